//! The request-level carrier: takes every request from its intended arrival to its outcome.
//!
//! ```text
//! source ──arrival──► connection ──► kube-proxy's choice ──► process ──► outcome ──► ledger
//!              ▲       (pool or new)   (of the client's node)  (queue, stations)
//!              └────────────── pause, next attempt ◄── failure ┘
//! ```
//!
//! Order of events: alarms (a process to look at, an attempt to repeat) before arrivals at the same
//! instant; what the world does at an instant comes before both. An answer due at the very instant
//! in which its process ends has been given.
//!
//! Invariant: a request is recorded once, when it is settled, in the order of intended arrival.
//! Invariant: requests in = good + failed + in flight.
//!
//! Not modelled: network delay between client and pod, and the packets of a refused connection: a
//! refusal is immediate, as in the recorded runs of Envoy (`e6`, flag `UF`).

mod attempt;
mod look;
mod mesh;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::doors::Doors;
use super::flights::Flights;
use super::mesh::{Crossings, Fleet, NO_CROSSING, Place};
use super::quota::Job;
use super::server::Server;
use super::source::Source;
use super::{CarrierSetup, IdleConnections, Interrupt, ServerSpec, Split, WaitLog};
use crate::engine::{Key, Purpose};
use crate::facts::{Cause, Ledger, Meter, MeterSpec, Verdict};
use crate::ids::{NodeId, PodId, ServiceId, SourceId};
use crate::units::{SimDuration, SimTime};

/// Something to do at an instant; ties go in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    /// Look at a pod's process.
    Look { pod: u32 },
    /// Make another attempt, if the one before still ended then.
    Again {
        flight: u64,
        ended: u64,
        attempt: u16,
    },
    /// What a request in a proxy's hands waits for has come, if it still waits for this.
    Crossing { ticket: u32, awaited: u32 },
    /// A proxy checks a host, or hears of the result, if that is still what it waits for.
    Check {
        place: Place,
        pod: u32,
        awaited: u32,
    },
    /// An upstream takes in changes of its hosts' health.
    Refresh(Place),
    /// The tick of an upstream's outlier detection.
    Tick(Place),
}

/// Carries all requests of a run.
#[derive(Debug)]
pub struct Carrier {
    now: u64,
    sources: Vec<Source>,
    /// Endpoints by node and service.
    views: Vec<Vec<Vec<u32>>>,
    servers: Vec<Option<Server>>,
    /// For each pod the time of its pending look.
    looks: Vec<u64>,
    flights: Flights,
    fleets: Vec<Fleet>,
    crossings: Crossings,
    /// Luck of what proxies decide on requests after their first try.
    proxy_luck: Key,
    alarms: BinaryHeap<Reverse<(u64, Alarm)>>,
    finished: Vec<(u64, Job)>,
    waits: Option<Box<WaitLog>>,
    metering: Option<Arc<MeterSpec>>,
}

impl Carrier {
    /// A carrier at t = 0, without servers and endpoints.
    pub fn new(setup: &CarrierSetup<'_>) -> Self {
        let sources = 0..setup.sources.len();
        let luck = setup.key.purpose(Purpose::Mesh);
        Self {
            now: 0,
            sources: sources.map(|index| Source::new(setup, index)).collect(),
            views: vec![Vec::new(); setup.nodes.max(1) as usize],
            servers: Vec::new(),
            looks: Vec::new(),
            flights: Flights::default(),
            fleets: (0u64..)
                .zip(setup.fleets)
                .map(|(index, fleet)| Fleet::new(fleet, luck.entity(index)))
                .collect(),
            crossings: Crossings::default(),
            proxy_luck: luck.entity(u64::MAX),
            alarms: BinaryHeap::new(),
            finished: Vec::new(),
            waits: None,
            metering: setup.metering.cloned(),
        }
    }

    /// Keeps the waits of requests that arrive from now on, for validation. Predicted service
    /// alone: a process under a CPU quota does not say when a request starts.
    pub fn log_waits(&mut self) {
        self.waits = Some(Box::default());
    }

    /// The waits kept so far.
    pub fn waits(&self) -> Option<&WaitLog> {
        self.waits.as_deref()
    }

    /// A process listens; also after a restart of its container.
    pub fn start_server(&mut self, now: SimTime, pod: PodId, spec: &ServerSpec) {
        self.move_to(now);
        let index = pod.index();
        if self.servers.len() <= index {
            self.servers.resize_with(index + 1, || None);
            self.looks.resize(index + 1, u64::MAX);
        }
        self.servers[index] = Some(Server::new(spec, self.metering.as_ref()));
        self.look_later(index as u32);
    }

    /// A process closes its listener and goes on with the work it has; new connections are
    /// refused. With [`IdleConnections::Keep`] open connections go on bringing requests.
    pub fn stop_accepting(&mut self, now: SimTime, pod: PodId, idle: IdleConnections) {
        self.move_to(now);
        let Some(server) = self.server_mut(pod.index() as u32) else {
            return;
        };
        server.accepts = false;
        if idle == IdleConnections::Close {
            server.closes_connections = true;
            self.close_connections(pod.index() as u32);
        }
    }

    /// A process is gone: what it had in flight fails for this cause, its connections close.
    pub fn kill(&mut self, now: SimTime, pod: PodId, cause: Cause) {
        self.move_to(now);
        let (now, index) = (now.as_nanos(), pod.index() as u32);
        self.catch_up(index, now);
        if let Some(server) = self.servers.get_mut(pod.index()) {
            *server = None;
            self.looks[pod.index()] = u64::MAX;
        }
        self.close_connections(index);
        for number in self.flights.at_pod(index, now) {
            let flight = self.flights.get_mut(number).expect("it is under way");
            match flight.crossing {
                NO_CROSSING => self.end_attempt(number, now, Verdict::Failed(cause)),
                ticket => self.crossing_lost(ticket, cause),
            }
        }
        self.lose_copies(index, cause);
    }

    /// When the last request in the hands of a process that accepts no more is done; absent while
    /// open connections may bring more, and for a process that still accepts.
    pub fn drained_at(&mut self, now: SimTime, pod: PodId) -> Option<SimTime> {
        self.move_to(now);
        let (now, index) = (now.as_nanos(), pod.index() as u32);
        self.catch_up(index, now);
        let closes = self.server_mut(index)?.closes_connections;
        if !closes && self.connections_to(now, index) > 0 {
            return None;
        }
        let server = self.server_mut(index)?;
        (!server.accepts).then(|| SimTime::from_nanos(server.drained_at(now)))
    }

    /// How long a probe that comes now would wait for its turn.
    pub fn queue_wait(&mut self, now: SimTime, pod: PodId) -> SimDuration {
        self.move_to(now);
        let (now, index) = (now.as_nanos(), pod.index() as u32);
        self.catch_up(index, now);
        let start = self.server_mut(index).map(|server| server.next_start(now));
        SimDuration::from_nanos(start.map_or(0, |start| start - now))
    }

    /// What a pod's process has answered until now, this instant included. Absent where no process
    /// listens (whoever asks opens a connection for it), and for all without
    /// [`CarrierSetup::metering`].
    pub fn read_meter(&mut self, now: SimTime, pod: PodId) -> Option<&Meter> {
        self.move_to(now);
        let index = pod.index() as u32;
        self.catch_up(index, now.as_nanos());
        let server = self.server_mut(index).filter(|server| server.accepts)?;
        server.read_meter(now)
    }

    /// A node's kube-proxy now sends new connections for a Service to these pods.
    pub fn set_endpoints(
        &mut self,
        now: SimTime,
        node: NodeId,
        service: ServiceId,
        pods: &[PodId],
    ) {
        self.move_to(now);
        let Some(view) = self.views.get_mut(node.index()) else {
            return;
        };
        if view.len() <= service.index() {
            view.resize_with(service.index() + 1, Vec::new);
        }
        let endpoints = &mut view[service.index()];
        endpoints.clear();
        endpoints.extend(pods.iter().map(|pod| pod.index() as u32));
    }

    /// From now on a router splits the requests of a source; `None`: all go where it knocks.
    pub fn set_split(&mut self, now: SimTime, source: SourceId, split: Option<Split>) {
        self.move_to(now);
        self.sources[source.index()].doors.split(split);
    }

    /// Requests that a pod has in service or waiting, given-up ones included.
    pub fn in_flight(&mut self, now: SimTime, pod: PodId) -> usize {
        self.move_to(now);
        let (now, index) = (now.as_nanos(), pod.index() as u32);
        self.catch_up(index, now);
        self.server_mut(index)
            .map_or(0, |server| server.in_flight(now))
    }

    /// Requests that are not settled: in service, waiting, or between attempts.
    pub fn unsettled(&self) -> usize {
        self.flights.unsettled(self.now)
    }

    /// Requests that have arrived so far, of all sources.
    pub fn arrived(&self) -> u64 {
        self.sources.iter().map(|source| source.number).sum()
    }

    /// Carries requests up to `until`, exclusive, and records what is settled by then. Returns
    /// early when requests bring a process down: the world must [`Carrier::kill`] it at that
    /// instant and call again.
    pub fn advance(&mut self, until: SimTime, ledger: &mut Ledger) -> Option<Interrupt> {
        let end = until.as_nanos();
        loop {
            let (source, arrival) = self.next_arrival();
            let alarm = self.alarms.peek().map_or(u64::MAX, |Reverse((at, _))| *at);
            if alarm.min(arrival) >= end {
                break;
            }
            if alarm <= arrival {
                self.now = self.now.max(alarm);
                if let Some(interrupt) = self.ring() {
                    return Some(interrupt);
                }
            } else {
                self.now = arrival;
                self.arrive(source);
            }
            self.deliver(self.now, ledger);
        }
        self.now = self.now.max(end);
        self.deliver(end, ledger);
        None
    }

    /// Ends the run: records what is settled by the horizon, counts the rest as unsettled, and
    /// closes the ledger. The carrier must have been advanced to the horizon.
    pub fn finish(&mut self, horizon: SimTime, ledger: &mut Ledger) {
        self.move_to(horizon);
        for (settled, flight) in self.flights.drain(horizon.as_nanos()) {
            match settled {
                true => ledger.record(&flight.fact()),
                false => ledger.leave_unsettled(SimTime::from_nanos(flight.intended)),
            }
        }
        ledger.close();
    }

    /// What the world does happens no earlier than what has been carried.
    fn move_to(&mut self, now: SimTime) {
        debug_assert!(now.as_nanos() >= self.now, "time never goes back");
        self.now = self.now.max(now.as_nanos());
    }

    #[inline]
    fn deliver(&mut self, now: u64, ledger: &mut Ledger) {
        while let Some(flight) = self.flights.pop_settled(now) {
            ledger.record(&flight.fact());
        }
    }

    #[inline]
    fn next_arrival(&self) -> (usize, u64) {
        let mut best = (0, u64::MAX);
        for (index, source) in self.sources.iter().enumerate() {
            if source.next_at < best.1 {
                best = (index, source.next_at);
            }
        }
        best
    }

    fn server_mut(&mut self, pod: u32) -> Option<&mut Server> {
        self.servers.get_mut(pod as usize)?.as_mut()
    }

    fn close_connections(&mut self, pod: u32) {
        let doors = self.sources.iter_mut().map(|source| &mut source.doors);
        doors
            .flat_map(Doors::pools_mut)
            .for_each(|pool| pool.close_pod(pod));
        self.all_upstreams()
            .for_each(|upstream| upstream.close_idle(pod));
    }

    fn connections_to(&mut self, now: u64, pod: u32) -> u32 {
        let doors = self.sources.iter_mut().map(|source| &mut source.doors);
        let pools = doors.flat_map(Doors::pools_mut);
        let direct: u32 = pools.map(|pool| pool.count_at(now, pod)).sum();
        let proxied = self.all_upstreams();
        direct + proxied.map(|it| it.connections_to(pod)).sum::<u32>()
    }
}

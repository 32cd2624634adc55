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

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::arrivals::ArrivalClock;
use super::connections::Pool;
use super::flights::{Flight, Flights, NOWHERE, Then};
use super::population::user_hash;
use super::quota::{Job, JobEnd};
use super::server::{Admission, Demand, Server};
use super::{
    CarrierSetup, Clients, IdleConnections, Interrupt, Population, Retries, ServerSpec,
    TrafficSpec, Version, WaitLog,
};
use crate::engine::{Draw, Key, Purpose};
use crate::facts::{Cause, Ledger, Verdict};
use crate::ids::{NodeId, PodId, ServiceId, UserId};
use crate::units::{SimDuration, SimTime};

/// Decides a user's node; part of every run alike.
const CLIENT_NODE: u64 = 0x0c11_0000;

/// One source on its way through time.
#[derive(Debug)]
struct Source {
    requests: Key,
    attempts: Key,
    clock: ArrivalClock,
    population: Arc<Population>,
    entry: usize,
    timeout: u64,
    retries: Retries,
    /// One pool for each client node; empty: a new connection for each attempt.
    pools: Vec<Pool>,
    client_nodes: u32,
    /// The next request: its number, its time, and the rest of its luck.
    number: u64,
    next_at: u64,
    luck: Draw,
}

impl Source {
    fn new(setup: &CarrierSetup<'_>, index: usize) -> Self {
        let spec: &TrafficSpec = &setup.sources[index];
        let nodes = setup.nodes.max(1);
        let (client_nodes, pools) = match spec.clients {
            Clients::NewConnection => (nodes, Vec::new()),
            Clients::KeepAlive(keep_alive) => {
                let groups = nodes.min(keep_alive.connections.max(1));
                let share = |node| {
                    let extra = u32::from(node < keep_alive.connections % groups);
                    (keep_alive.connections / groups + extra).max(1)
                };
                let pools = (0..groups).map(|node| Pool::new(share(node), keep_alive));
                (groups, pools.collect())
            }
        };
        let requests = setup.key.purpose(Purpose::Request).entity(index as u64);
        let states = setup.key.purpose(Purpose::Arrivals).entity(index as u64);
        let mut source = Self {
            requests,
            attempts: setup.key.purpose(Purpose::Attempt).entity(index as u64),
            clock: ArrivalClock::new(&spec.arrivals, states),
            population: Arc::clone(&setup.populations[index]),
            entry: setup.entries[index].index(),
            timeout: spec.timeout.as_nanos(),
            retries: spec.retries,
            pools,
            client_nodes,
            number: 0,
            next_at: 0,
            luck: requests.at(0),
        };
        source.next_at = source.clock.next(&mut source.luck).as_nanos();
        source
    }

    /// Moves on to the next request; gives the luck of the present one.
    #[inline]
    fn step(&mut self) -> Draw {
        self.number += 1;
        let mut luck = self.requests.at(self.number);
        self.next_at = self.clock.next(&mut luck).as_nanos();
        std::mem::replace(&mut self.luck, luck)
    }

    fn node_of(&self, user: UserId) -> usize {
        let hash = u64::from(user_hash(user, CLIENT_NODE));
        ((hash * u64::from(self.client_nodes)) >> 32) as usize
    }

    /// Pause after the n-th attempt failed.
    fn pause(&self, attempts: u16) -> u64 {
        let doubled = 1u64 << u32::from(attempts - 1).min(32);
        let pause = self.retries.backoff * doubled;
        pause.min(self.retries.backoff_max).as_nanos()
    }
}

/// The luck of one attempt, drawn in this order after the gap and the user.
#[derive(Debug, Clone, Copy)]
struct Luck {
    routing: u64,
    service: f64,
    error: f64,
    crash: f64,
}

impl Luck {
    #[inline]
    fn draw(draw: &mut Draw) -> Self {
        Self {
            routing: draw.bits(),
            service: draw.uniform(),
            error: draw.uniform(),
            crash: draw.uniform(),
        }
    }
}

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
    alarms: BinaryHeap<Reverse<(u64, Alarm)>>,
    finished: Vec<(u64, Job)>,
    waits: Option<Box<WaitLog>>,
}

impl Carrier {
    /// A carrier at t = 0, without servers and endpoints.
    pub fn new(setup: &CarrierSetup<'_>) -> Self {
        let sources = 0..setup.sources.len();
        Self {
            now: 0,
            sources: sources.map(|index| Source::new(setup, index)).collect(),
            views: vec![Vec::new(); setup.nodes.max(1) as usize],
            servers: Vec::new(),
            looks: Vec::new(),
            flights: Flights::default(),
            alarms: BinaryHeap::new(),
            finished: Vec::new(),
            waits: None,
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
        self.servers[index] = Some(Server::new(spec));
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
        for flight in self.flights.at_pod(index, now) {
            self.end_attempt(flight, now, Verdict::Failed(cause));
        }
        self.close_connections(index);
    }

    /// When the last request in the hands of a process that accepts no more is done; absent while
    /// open connections may bring more, and for a process that still accepts.
    pub fn drained_at(&mut self, now: SimTime, pod: PodId) -> Option<SimTime> {
        self.move_to(now);
        let (now, index) = (now.as_nanos(), pod.index() as u32);
        self.catch_up(index, now);
        if self.connections_to(now, index) > 0 {
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

    #[inline]
    fn arrive(&mut self, source: usize) {
        let index = source;
        let source = &mut self.sources[index];
        let number = source.number;
        let mut draw = source.step();
        let user = source.population.pick(draw.bits());
        let flight = self.flights.next_number();
        self.flights.push(Flight {
            intended: self.now,
            until: u64::MAX,
            number,
            user,
            pod: NOWHERE,
            source: index as u16,
            attempts: 1,
            verdict: Verdict::Good,
            then: Then::Settled,
            exposed: false,
        });
        let luck = Luck::draw(&mut draw);
        self.attempt(flight, luck);
    }

    /// One attempt of a request, now.
    #[inline]
    fn attempt(&mut self, number: u64, luck: Luck) {
        let now = self.now;
        let flight = *self.flights.get_mut(number).expect("it is under way");
        let pod = match self.route(&flight, luck.routing) {
            Ok(pod) => pod,
            Err(cause) => return self.end_attempt(number, now, Verdict::Failed(cause)),
        };
        self.catch_up(pod, now);
        let server = self.servers[pod as usize].as_mut();
        let server = server.expect("a route leads to a process");
        let admission = server.admit(
            now,
            &Demand {
                flight: number,
                attempt: u32::from(flight.attempts),
                user: flight.user,
                service: luck.service,
                error: luck.error,
                crash: luck.crash,
            },
        );
        let exposed = server.version == Version::Bad && admission != Admission::Overflow;
        if server.wake_at() != self.looks[pod as usize] {
            self.look_later(pod);
        }
        let flight = self.flights.get_mut(number).expect("it is under way");
        flight.exposed |= exposed;
        flight.pod = pod;
        let give_up = now.saturating_add(self.sources[usize::from(flight.source)].timeout);
        match admission {
            Admission::Predicted { start, end, ends } => {
                if let Some(waits) = &mut self.waits {
                    waits.record(start - now);
                }
                match ends {
                    JobEnd::Answered if end <= give_up => flight.until = end,
                    JobEnd::Erred if end <= give_up => {
                        self.end_attempt(number, end, Verdict::Failed(Cause::Defect));
                    }
                    _ => self.end_attempt(number, give_up, Verdict::Failed(Cause::Timeout)),
                }
            }
            Admission::Pending => {
                self.end_attempt(number, give_up, Verdict::Failed(Cause::Timeout));
            }
            Admission::Overflow => {
                flight.pod = NOWHERE;
                self.end_attempt(number, now, Verdict::Failed(Cause::Overflow));
            }
        }
    }

    /// The pod that takes the attempt, over an open connection or a new one.
    #[inline]
    fn route(&mut self, flight: &Flight, luck: u64) -> Result<u32, Cause> {
        let source = &mut self.sources[usize::from(flight.source)];
        let node = source.node_of(flight.user);
        if let Some(pool) = source.pools.get_mut(node)
            && let Some(pod) = pool.draw(self.now, luck)
        {
            return Ok(pod);
        }
        let view = self.views.get(node).and_then(|view| view.get(source.entry));
        let endpoints = view.map_or(&[][..], Vec::as_slice);
        if endpoints.is_empty() {
            return Err(Cause::NoReadyEndpoint);
        }
        let chosen = (u128::from(luck) * endpoints.len() as u128) >> 64;
        let pod = endpoints[chosen as usize];
        match self.servers.get(pod as usize) {
            Some(Some(server)) if server.accepts => {}
            _ => return Err(Cause::ConnectionRefused),
        }
        if let Some(pool) = source.pools.get_mut(node) {
            pool.opened(self.now, pod);
        }
        Ok(pod)
    }

    /// Notes how and when the present attempt of a request ends, as known now.
    fn end_attempt(&mut self, number: u64, until: u64, verdict: Verdict) {
        let Some(flight) = self.flights.get_mut(number) else {
            return;
        };
        let source = &self.sources[usize::from(flight.source)];
        flight.until = until;
        flight.verdict = verdict;
        let again = match verdict {
            Verdict::Good => false,
            Verdict::Failed(Cause::Defect) => source.retries.on_error,
            Verdict::Failed(_) => true,
        };
        if !again || u32::from(flight.attempts) > source.retries.attempts {
            flight.then = Then::Settled;
            return;
        }
        flight.then = Then::Again;
        let alarm = Alarm::Again {
            flight: number,
            ended: until,
            attempt: flight.attempts,
        };
        let at = until.saturating_add(source.pause(flight.attempts));
        self.alarms.push(Reverse((at, alarm)));
    }

    /// Does what the earliest alarm says.
    fn ring(&mut self) -> Option<Interrupt> {
        let Reverse((at, alarm)) = self.alarms.pop().expect("the caller saw it");
        match alarm {
            Alarm::Look { pod } if self.looks[pod as usize] == at => self.look(pod, at),
            Alarm::Look { .. } => None,
            Alarm::Again {
                flight,
                ended,
                attempt,
            } => {
                self.repeat(flight, ended, attempt);
                None
            }
        }
    }

    fn look(&mut self, pod: u32, at: u64) -> Option<Interrupt> {
        self.looks[pod as usize] = u64::MAX;
        self.catch_up(pod, at);
        let kind = self.server_mut(pod)?.downfall(at);
        let Some(kind) = kind else {
            self.look_later(pod);
            return None;
        };
        Some(Interrupt {
            at: SimTime::from_nanos(at),
            pod: PodId::new(pod),
            kind,
        })
    }

    fn repeat(&mut self, number: u64, ended: u64, attempt: u16) {
        let Some(flight) = self.flights.get_mut(number) else {
            return;
        };
        let valid = flight.then == Then::Again && flight.until == ended;
        if !valid || flight.attempts != attempt {
            return;
        }
        flight.attempts += 1;
        flight.verdict = Verdict::Good;
        flight.then = Then::Settled;
        flight.until = u64::MAX;
        let source = &self.sources[usize::from(flight.source)];
        let key = source.attempts.entity(flight.number);
        let luck = Luck::draw(&mut key.at(u64::from(attempt)));
        self.attempt(number, luck);
    }

    /// Sets the alarm at which a pod's process must be looked at.
    fn look_later(&mut self, pod: u32) {
        let Some(Some(server)) = self.servers.get(pod as usize) else {
            return;
        };
        let at = server.wake_at();
        if at == u64::MAX || at == self.looks[pod as usize] {
            return;
        }
        let at = at.max(self.now);
        self.looks[pod as usize] = at;
        self.alarms.push(Reverse((at, Alarm::Look { pod })));
    }

    /// Brings a process whose ends cannot be predicted up to `now` and notes what it finished.
    #[inline]
    fn catch_up(&mut self, pod: u32, now: u64) {
        let Some(Some(server)) = self.servers.get_mut(pod as usize) else {
            return;
        };
        server.advance(now, &mut self.finished);
        if !self.finished.is_empty() {
            self.settle_finished();
        }
    }

    fn settle_finished(&mut self) {
        let mut finished = std::mem::take(&mut self.finished);
        for (at, job) in finished.drain(..) {
            let verdict = match job.ends {
                JobEnd::Answered => Verdict::Good,
                JobEnd::Erred => Verdict::Failed(Cause::Defect),
                JobEnd::Crashes => continue,
            };
            let waits = self.flights.get_mut(job.flight).is_some_and(|flight| {
                u32::from(flight.attempts) == job.attempt && flight.until >= at
            });
            if waits {
                self.end_attempt(job.flight, at, verdict);
            }
        }
        self.finished = finished;
    }

    fn server_mut(&mut self, pod: u32) -> Option<&mut Server> {
        self.servers.get_mut(pod as usize)?.as_mut()
    }

    fn close_connections(&mut self, pod: u32) {
        for pool in self.sources.iter_mut().flat_map(|source| &mut source.pools) {
            pool.close_pod(pod);
        }
    }

    fn connections_to(&mut self, now: u64, pod: u32) -> u32 {
        let pools = self.sources.iter_mut().flat_map(|source| &mut source.pools);
        pools.map(|pool| pool.to_pod(now, pod)).sum()
    }
}

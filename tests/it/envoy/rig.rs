//! The rig of the recordings, with the real carrier in the place of Envoy and its backends.

use std::sync::Arc;

use rollcast::engine::Key;
use rollcast::facts::{Cause, Ledger, LedgerSpec, MeterSpec, Status};
use rollcast::ids::{PodId, RunIndex, ServiceId};
use rollcast::images::Memory;
use rollcast::laws::Law;
use rollcast::routing::envoy::balancing::{ClusterSettings, Policy};
use rollcast::traffic::mesh::{FleetSpec, HostSpec, RouteSpec, Routing, UpstreamSpec};
use rollcast::traffic::{
    Activity, Arrivals, Carrier, CarrierSetup, Clients, HealthPath, IdleConnections, Population,
    Retries, ServerSpec, TrafficSpec, Users, Version,
};
use rollcast::units::{Rate, Ratio, SimDuration, SimTime};

pub(super) fn at(seconds: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs_f64(seconds)
}

pub(super) fn share(fraction: f64) -> Ratio {
    Ratio::from_fraction(fraction).unwrap()
}

/// A backend of this service time, without limits, that fails with this probability.
pub(super) fn backend(service_time: Law, fails: f64) -> ServerSpec {
    ServerSpec {
        service_time,
        warm_up: None,
        concurrency: 10_000,
        queue: None,
        cpu_share: Ratio::ZERO,
        cpu_limit: None,
        memory: Memory::default(),
        memory_limit: None,
        error_rate: share(fails),
        users: Ratio::ONE,
        crash_per_request: Ratio::ZERO,
        version: Version::Sound,
        started_at: SimTime::ZERO,
    }
}

/// An upstream as the rig sets it up: no limits, no checks, nothing left out.
pub(super) fn upstream(policy: Policy) -> UpstreamSpec {
    UpstreamSpec::new(ServiceId::new(0), ClusterSettings::of(policy))
}

/// Something that is done to a backend or to the proxy.
pub(super) enum Deed {
    /// A backend listens, or goes on with these properties.
    Serve(u32, ServerSpec),
    /// Listener and connections close at once.
    Kill(u32),
    /// Listener and idle connections close, busy ones after their answer.
    Drain(u32),
    /// The listener closes.
    StopListening(u32),
    /// It says that it is not well.
    SayUnhealthy(u32),
    /// The proxy knows these hosts of an upstream.
    Hosts(usize, Vec<u32>),
}

/// What is run.
pub(super) struct Plan {
    pub(super) upstreams: Vec<UpstreamSpec>,
    pub(super) route: RouteSpec,
    /// Requests a second.
    pub(super) rate: f64,
    /// Seconds.
    pub(super) duration: f64,
    pub(super) warm_up: f64,
    /// At which second which is done.
    pub(super) deeds: Vec<(f64, Deed)>,
}

/// A run under way.
pub(super) struct Rig {
    pub(super) carrier: Carrier,
    pub(super) ledger: Ledger,
    deeds: std::iter::Peekable<std::vec::IntoIter<(f64, Deed)>>,
    end: f64,
}

impl Rig {
    /// At t = 0.
    pub(super) fn new(mut plan: Plan, run: u32) -> Self {
        plan.deeds.sort_by(|one, other| one.0.total_cmp(&other.0));
        let source = TrafficSpec {
            heads: Vec::new(),
            name: "load".to_owned(),
            arrivals: Arrivals::Poisson {
                rate: Rate::per_second(plan.rate).unwrap(),
            },
            users: Users {
                count: 1,
                activity: Activity::Uniform,
            },
            clients: Clients::NewConnection,
            timeout: SimDuration::from_secs(15),
            retries: Retries::default(),
        };
        let fleet = FleetSpec {
            proxies: 1,
            upstreams: plan.upstreams,
        };
        let mut carrier = Carrier::new(&CarrierSetup {
            fleets: &[fleet],
            proxied: &[Some(0)],
            key: Key::of_run(1405, RunIndex::new(run)),
            populations: &[Arc::new(Population::new(&source.users))],
            sources: &[source],
            entries: &[ServiceId::new(0)],
            nodes: 1,
            metering: Some(&Arc::new(MeterSpec::default())),
        });
        let routing = Routing {
            routes: vec![plan.route],
            chosen: vec![vec![Some(0)]],
        };
        carrier.set_routing(SimTime::ZERO, 0, 0, &Arc::new(routing));
        let counted = LedgerSpec::new(at(plan.warm_up), at(plan.duration), vec![1]);
        let mut rig = Self {
            carrier,
            ledger: Ledger::new(counted),
            deeds: plan.deeds.into_iter().peekable(),
            end: plan.duration,
        };
        rig.act(0.0);
        rig
    }

    fn act(&mut self, until: f64) {
        while let Some((seconds, deed)) = self.deeds.next_if(|(seconds, _)| *seconds <= until) {
            let now = at(seconds);
            assert_eq!(self.carrier.advance(now, &mut self.ledger), None);
            match deed {
                Deed::Serve(pod, spec) => self.carrier.start_server(now, PodId::new(pod), &spec),
                Deed::Kill(pod) => self.carrier.kill(now, PodId::new(pod), Cause::Reset),
                Deed::Drain(pod) => {
                    let (pod, idle) = (PodId::new(pod), IdleConnections::Close);
                    self.carrier.stop_accepting(now, pod, idle);
                }
                Deed::StopListening(pod) => {
                    let (pod, idle) = (PodId::new(pod), IdleConnections::Keep);
                    self.carrier.stop_accepting(now, pod, idle);
                }
                Deed::SayUnhealthy(pod) => {
                    let pod = PodId::new(pod);
                    self.carrier.set_health_path(now, pod, HealthPath::Fails);
                }
                Deed::Hosts(upstream, pods) => {
                    let hosts: Vec<HostSpec> = pods
                        .iter()
                        .map(|pod| HostSpec::new(PodId::new(*pod)))
                        .collect();
                    self.carrier.set_hosts(now, (0, 0, upstream), &hosts);
                }
            }
        }
    }

    /// Goes on to this second.
    pub(super) fn run(&mut self, seconds: f64) {
        self.act(seconds);
        let end = at(seconds);
        assert_eq!(self.carrier.advance(end, &mut self.ledger), None);
    }

    /// Runs to the end of the load, and on until its last request is settled: the slowest takes
    /// four tries of a second each.
    pub(super) fn finish(&mut self) {
        self.run(self.end + 6.0);
        let end = at(self.end + 6.0);
        self.carrier.finish(end, &mut self.ledger);
    }

    /// Requests that have reached a backend by now, this second.
    pub(super) fn received(&mut self, seconds: f64, pod: u32) -> f64 {
        let (now, pod) = (at(seconds), PodId::new(pod));
        let under_way = self.carrier.in_flight(now, pod);
        let meter = self.carrier.read_meter(now, pod);
        let statuses = [Status::Ok, Status::Error, Status::Unavailable];
        let answered = meter.map_or(0, |meter| {
            let counts = statuses.map(|status| meter.answered(status));
            counts.iter().sum::<u64>()
        });
        answered as f64 + under_way as f64
    }
}

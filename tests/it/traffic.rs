//! Stories of requests through the carrier, and its conservation law over random scripts.

use std::sync::Arc;

use proptest::prelude::*;
use rollcast::engine::Key;
use rollcast::facts::{Cause, Ledger, LedgerSpec};
use rollcast::ids::{NodeId, PodId, RunIndex, ServiceId};
use rollcast::images::{Memory, WarmUp};
use rollcast::laws::Law;
use rollcast::traffic::{
    Activity, Arrivals, Carrier, CarrierSetup, Clients, IdleConnections, InterruptKind, KeepAlive,
    Population, Retries, ServerSpec, TrafficSpec, Users, Version,
};
use rollcast::units::{Bytes, CpuMillis, Rate, Ratio, SimDuration, SimTime};

const SERVICE: ServiceId = ServiceId::new(0);

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

/// 100 requests a second, 2 nodes, 10 s.
fn traffic() -> TrafficSpec {
    TrafficSpec {
        heads: Vec::new(),
        name: "load".to_owned(),
        arrivals: Arrivals::Constant {
            rate: Rate::per_second(100.0).unwrap(),
        },
        users: Users {
            count: 1000,
            activity: Activity::Uniform,
        },
        clients: Clients::NewConnection,
        timeout: SimDuration::from_secs(30),
        retries: Retries::default(),
    }
}

fn keep_alive() -> Clients {
    Clients::KeepAlive(KeepAlive {
        connections: 20,
        lifetime: None,
        idle: Some(SimDuration::from_secs(60)),
    })
}

/// 25 ms a request, eight at once.
fn server() -> ServerSpec {
    ServerSpec {
        service_time: Law::Constant(0.025),
        warm_up: None,
        concurrency: 8,
        queue: None,
        cpu_share: Ratio::ZERO,
        cpu_limit: None,
        memory: Memory::default(),
        memory_limit: None,
        error_rate: Ratio::ZERO,
        users: Ratio::ONE,
        crash_per_request: Ratio::ZERO,
        version: Version::Sound,
        started_at: SimTime::ZERO,
    }
}

struct World {
    carrier: Carrier,
    ledger: Ledger,
}

impl World {
    fn new(source: &TrafficSpec, pods: &[&ServerSpec]) -> Self {
        let mut carrier = Carrier::new(&CarrierSetup {
            fleets: &[],
            proxied: &[],
            key: Key::of_run(1, RunIndex::new(0)),
            sources: std::slice::from_ref(source),
            populations: &[Arc::new(Population::new(&source.users))],
            entries: &[SERVICE],
            nodes: 2,
            metering: None,
        });
        for (pod, spec) in pods.iter().enumerate() {
            carrier.start_server(SimTime::ZERO, PodId::new(pod as u32), spec);
        }
        let users = vec![source.users.count];
        let ledger = Ledger::new(LedgerSpec::new(SimTime::ZERO, at(10_000), users));
        let mut world = Self { carrier, ledger };
        world.endpoints(SimTime::ZERO, &(0..pods.len() as u32).collect::<Vec<_>>());
        world
    }

    fn endpoints(&mut self, now: SimTime, pods: &[u32]) {
        let pods: Vec<PodId> = pods.iter().copied().map(PodId::new).collect();
        for node in 0..2 {
            self.carrier
                .set_endpoints(now, NodeId::new(node), SERVICE, &pods);
        }
    }

    fn run(&mut self, until: SimTime) {
        assert_eq!(self.carrier.advance(until, &mut self.ledger), None);
    }

    /// Runs to the end: good requests, and failures by cause.
    fn end(mut self) -> (u64, Vec<(Cause, u64)>) {
        self.run(at(10_000));
        self.carrier.finish(at(10_000), &mut self.ledger);
        let settled = self.ledger.total() + self.ledger.unsettled();
        assert_eq!(settled, self.carrier.arrived(), "none is lost");
        let failed = Cause::ALL.map(|cause| (cause, self.ledger.failed_by(cause)));
        let failed = failed.into_iter().filter(|(_, n)| *n > 0).collect();
        (self.ledger.good(), failed)
    }
}

#[test]
fn without_endpoints_nobody_is_served_and_refusals_name_their_cause() {
    let mut world = World::new(&traffic(), &[]);
    world.run(at(4_000));
    world.endpoints(at(4_000), &[5]);
    let (good, failed) = world.end();
    assert_eq!(good, 0);
    assert_eq!(
        failed,
        [
            (Cause::NoReadyEndpoint, 400),
            (Cause::ConnectionRefused, 600)
        ]
    );
}

#[test]
fn a_kill_takes_what_is_in_flight_and_refusals_last_until_the_endpoint_goes() {
    let mut world = World::new(&traffic(), &[&server()]);
    world.run(at(5_000));
    let in_flight = world.carrier.in_flight(at(5_000), PodId::new(0)) as u64;
    assert!((2..=3).contains(&in_flight), "100/s x 25 ms: {in_flight}");
    world.carrier.kill(at(5_000), PodId::new(0), Cause::Reset);
    world.run(at(6_000));
    world.endpoints(at(6_000), &[]);
    let (good, failed) = world.end();
    assert_eq!(good, 500 - in_flight);
    let expected = [
        (Cause::NoReadyEndpoint, 400),
        (Cause::ConnectionRefused, 100),
        (Cause::Reset, in_flight),
    ];
    assert_eq!(failed, expected);
}

#[test]
fn keep_alive_connections_stay_with_their_pod_unless_it_closes_them() {
    for (idle, clean) in [
        (IdleConnections::Keep, false),
        (IdleConnections::Close, true),
    ] {
        let mut source = traffic();
        source.clients = keep_alive();
        let mut world = World::new(&source, &[&server(), &server()]);
        world.run(at(3_000));
        world.endpoints(at(3_000), &[1]);
        world.carrier.stop_accepting(at(3_000), PodId::new(0), idle);
        let drained = world.carrier.drained_at(at(3_000), PodId::new(0));
        assert_eq!(drained.is_some(), clean);
        world.run(at(6_000));
        world.carrier.kill(at(6_000), PodId::new(0), Cause::Reset);
        let (_, failed) = world.end();
        assert_eq!(failed.is_empty(), clean, "{failed:?}");
        assert!(
            failed
                .iter()
                .all(|(cause, n)| *cause == Cause::Reset && *n <= 3)
        );
    }
}

#[test]
fn a_retry_goes_elsewhere_and_a_request_counts_once() {
    let mut source = traffic();
    source.retries.attempts = 10;
    let mut world = World::new(&source, &[&server(), &server()]);
    world
        .carrier
        .kill(SimTime::ZERO, PodId::new(0), Cause::Reset);
    world.run(at(10_000));
    world.carrier.finish(at(10_000), &mut world.ledger);
    let ledger = &world.ledger;
    assert_eq!(
        (ledger.failed(), ledger.good() + ledger.unsettled()),
        (0, 1000)
    );
    // Half of all attempts meet the dead pod: two attempts a request on average.
    let mean = ledger.attempts() as f64 / ledger.good() as f64;
    assert!((1.75..2.25).contains(&mean), "{mean}");
}

#[test]
fn the_client_gives_up_but_the_server_works_on() {
    let mut source = traffic();
    source.timeout = SimDuration::from_millis(500);
    let mut slow = server();
    (slow.concurrency, slow.service_time) = (1, Law::Constant(0.02));
    let mut world = World::new(&source, &[&slow]);
    world.run(at(5_000));
    // Twice the capacity: after 5 s the queue is 2.5 s of arrivals, 5 s of work, long.
    let wait = world.carrier.queue_wait(at(5_000), PodId::new(0));
    assert!(
        (4_900..5_100).contains(&(wait.as_nanos() / 1_000_000)),
        "{wait}"
    );
    let (good, failed) = world.end();
    assert!(
        good < 110 && failed[0].0 == Cause::Timeout,
        "{good} {failed:?}"
    );
}

#[test]
fn a_full_queue_refuses() {
    let mut small = server();
    (small.concurrency, small.queue, small.service_time) = (1, Some(1), Law::Constant(0.02));
    let (good, failed) = World::new(&traffic(), &[&small]).end();
    // A station of 20 ms serves 50 of 100 a second.
    assert!((498..=502).contains(&good), "{good}");
    assert_eq!(failed[0].0, Cause::Overflow);
}

#[test]
fn a_defect_hurts_its_share_of_users_always() {
    let mut bad = server();
    bad.error_rate = Ratio::ONE;
    bad.users = "20%".parse().unwrap();
    bad.version = Version::Bad;
    let mut world = World::new(&traffic(), &[&bad]);
    world.run(at(10_000));
    world.carrier.finish(at(10_000), &mut world.ledger);
    let share = world.ledger.failed_by(Cause::Defect) as f64 / world.ledger.total() as f64;
    // Binomial over 1000 requests: standard deviation 0.0126; five of them.
    assert!((share - 0.2).abs() < 0.063, "{share}");
    assert!(world.ledger.users_exposed() > 3 * world.ledger.users_affected());
}

#[test]
fn a_request_may_take_the_process_down() {
    let mut fragile = server();
    fragile.crash_per_request = "1%".parse().unwrap();
    let mut world = World::new(&traffic(), &[&fragile]);
    let interrupt = world.carrier.advance(at(10_000), &mut world.ledger);
    let interrupt = interrupt.expect("1000 requests at 1 %");
    assert_eq!(interrupt.kind, InterruptKind::Crashed);
    world
        .carrier
        .kill(interrupt.at, interrupt.pod, Cause::Crash);
    let (_, failed) = world.end();
    assert!(
        failed
            .iter()
            .any(|(cause, n)| *cause == Cause::Crash && (1..=4).contains(n))
    );
}

#[test]
fn memory_runs_out_when_growth_and_requests_reach_the_limit() {
    let mut leaky = server();
    leaky.memory = Memory {
        base: Bytes::new(100),
        per_request: Bytes::new(0),
        growth_per_hour: Bytes::new(3600),
    };
    leaky.memory_limit = Some(Bytes::new(105));
    let mut world = World::new(&traffic(), &[&leaky]);
    let interrupt = world
        .carrier
        .advance(at(10_000), &mut world.ledger)
        .unwrap();
    assert_eq!(interrupt.kind, InterruptKind::OutOfMemory);
    assert_eq!(interrupt.at.since_start().as_nanos() / 1_000_000, 5_000);
    leaky.memory.growth_per_hour = Bytes::new(0);
    leaky.memory.per_request = Bytes::new(3);
    let mut world = World::new(&traffic(), &[&leaky]);
    // Two requests in flight are more than 5 bytes: the second arrival, 10 ms after the first.
    let interrupt = world
        .carrier
        .advance(at(10_000), &mut world.ledger)
        .unwrap();
    assert!(interrupt.at < at(20), "{interrupt:?}");
}

#[test]
fn a_cpu_quota_slows_and_warm_up_too() {
    let mut throttled = server();
    throttled.cpu_share = Ratio::ONE;
    throttled.cpu_limit = Some(CpuMillis::new(3000));
    let latency = |spec: &ServerSpec| {
        let mut world = World::new(&traffic(), &[spec]);
        world.run(at(10_000));
        world
            .ledger
            .latencies()
            .quantile(0.999)
            .unwrap()
            .as_millis_f64()
    };
    // 2.5 cores are needed on average and never more than 3 requests meet: no stall.
    assert!((latency(&throttled) - 25.0).abs() < 0.3);
    // 2 cores: the grant of a period ends before the period does.
    throttled.cpu_limit = Some(CpuMillis::new(2000));
    assert!(latency(&throttled) > 50.0);
    let mut cold = server();
    cold.warm_up = Some(WarmUp {
        factor: 2.0,
        period: SimDuration::from_secs(10),
    });
    assert!((latency(&cold) - 50.0).abs() < 1.0);
}

/// One thing the world may do.
#[derive(Debug, Clone)]
enum Step {
    Start(u32),
    Stop(u32, bool),
    Kill(u32),
    Endpoints(Vec<u32>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..4u32).prop_map(Step::Start),
        (0..4u32, any::<bool>()).prop_map(|(pod, close)| Step::Stop(pod, close)),
        (0..4u32).prop_map(Step::Kill),
        prop::collection::vec(0..4u32, 0..4).prop_map(Step::Endpoints),
    ]
}

fn act(world: &mut World, now: SimTime, step: &Step, spec: &ServerSpec) {
    match step {
        Step::Start(pod) => {
            world.carrier.kill(now, PodId::new(*pod), Cause::Reset);
            world.carrier.start_server(now, PodId::new(*pod), spec);
        }
        Step::Stop(pod, close) => {
            let idle = match close {
                true => IdleConnections::Close,
                false => IdleConnections::Keep,
            };
            world.carrier.stop_accepting(now, PodId::new(*pod), idle);
        }
        Step::Kill(pod) => world.carrier.kill(now, PodId::new(*pod), Cause::Reset),
        Step::Endpoints(pods) => world.endpoints(now, pods),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn requests_in_are_good_or_failed_or_in_flight(
        steps in prop::collection::vec((1..400u64, step()), 1..30),
        pooled in any::<bool>(),
        quota in any::<bool>(),
        attempts in 0..3u32,
    ) {
        let mut source = traffic();
        source.timeout = SimDuration::from_millis(300);
        source.retries.attempts = attempts;
        if pooled {
            source.clients = keep_alive();
        }
        let mut spec = server();
        (spec.concurrency, spec.queue) = (2, Some(3));
        spec.service_time = Law::Exponential { mean: 0.03 };
        spec.crash_per_request = "0.5%".parse().unwrap();
        if quota {
            (spec.cpu_share, spec.cpu_limit) = (Ratio::ONE, Some(CpuMillis::new(800)));
        }
        let mut world = World::new(&source, &[&spec, &spec]);
        let mut now = SimTime::ZERO;
        for (pause, step) in &steps {
            now += SimDuration::from_millis(*pause);
            while let Some(interrupt) = world.carrier.advance(now, &mut world.ledger) {
                prop_assert!(interrupt.at <= now);
                world.carrier.kill(interrupt.at, interrupt.pod, Cause::Crash);
            }
            act(&mut world, now, step, &spec);
            let known = world.ledger.total() + world.carrier.unsettled() as u64;
            prop_assert!(known <= world.carrier.arrived());
        }
        let end = at(10_000).max(now);
        while let Some(interrupt) = world.carrier.advance(end, &mut world.ledger) {
            world.carrier.kill(interrupt.at, interrupt.pod, Cause::Crash);
        }
        world.carrier.finish(end, &mut world.ledger);
        let ledger = &world.ledger;
        prop_assert_eq!(ledger.good() + ledger.failed(), ledger.total());
        let beyond = world.carrier.arrived() - ledger.total() - ledger.unsettled();
        // Requests after the ledger's horizon are carried but not counted.
        prop_assert!(end > at(10_000) || beyond == 0, "{} lost", beyond);
    }
}

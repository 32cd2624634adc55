//! Stories of requests through client proxies, and their conservation laws over random scripts.
//!
//! A hundred requests a second at even gaps, pods that take 25 ms, ten seconds.

use std::sync::Arc;

use proptest::prelude::*;
use rollcast::engine::Key;
use rollcast::facts::{Cause, Ledger, LedgerSpec};
use rollcast::ids::{PodId, RunIndex, ServiceId};
use rollcast::images::Memory;
use rollcast::laws::Law;
use rollcast::routing::envoy::balancing::{ClusterSettings, Health, Policy};
use rollcast::routing::envoy::breakers::{BreakerLimits, RetryLimit};
use rollcast::routing::envoy::health_check::HealthCheckSettings;
use rollcast::routing::envoy::outlier::OutlierSettings;
use rollcast::routing::envoy::retries::{
    BackOff, BackOffRule, HostSelection, RetryOn, RetryPolicy,
};
use rollcast::traffic::mesh::{
    Abort, Action, Fault, FleetSpec, HostSpec, RouteSpec, Routing, Target, UpstreamSpec,
};
use rollcast::traffic::{
    Activity, Arrivals, Carrier, CarrierSetup, Clients, HealthPath, IdleConnections, Population,
    Retries, ServerSpec, TrafficSpec, Users, Version,
};
use rollcast::units::{CpuMillis, Rate, Ratio, SimDuration, SimTime};

const MAIN: (usize, usize, usize) = (0, 0, 0);
const SHADOW: (usize, usize, usize) = (0, 0, 1);

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

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
        timeout: SimDuration::from_secs(3),
        retries: Retries::default(),
    }
}

fn server(seconds: f64) -> ServerSpec {
    ServerSpec {
        service_time: Law::Constant(seconds),
        warm_up: None,
        concurrency: 1000,
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

fn failing() -> ServerSpec {
    ServerSpec {
        error_rate: Ratio::ONE,
        ..server(0.025)
    }
}

fn rotation(service: u32) -> UpstreamSpec {
    let settings = ClusterSettings::of(Policy::RoundRobin(None));
    UpstreamSpec::new(ServiceId::new(service), settings)
}

/// Two retries of these, away from hosts tried before.
fn retrying(on: RetryOn) -> Option<RetryPolicy> {
    Some(RetryPolicy {
        on,
        ..RetryPolicy::istio()
    })
}

struct World {
    carrier: Carrier,
    ledger: Ledger,
}

impl World {
    /// One proxy that knows these upstreams and this route; pods 0 and on are up and are the hosts
    /// of the first upstream.
    fn new(upstreams: &[UpstreamSpec], route: RouteSpec, pods: &[ServerSpec]) -> Self {
        let (source, fleet) = (
            traffic(),
            FleetSpec {
                proxies: 1,
                upstreams: upstreams.to_vec(),
            },
        );
        let carrier = Carrier::new(&CarrierSetup {
            fleets: &[fleet],
            proxied: &[Some(0)],
            key: Key::of_run(1, RunIndex::new(0)),
            populations: &[Arc::new(Population::new(&source.users))],
            sources: &[source],
            entries: &[ServiceId::new(0)],
            nodes: 1,
            metering: None,
        });
        let ledger = Ledger::new(LedgerSpec::new(SimTime::ZERO, at(10_000), vec![1000]));
        let mut world = Self { carrier, ledger };
        for (pod, spec) in (0..).zip(pods) {
            world.carrier.start_server(at(0), PodId::new(pod), spec);
        }
        world.hosts(at(0), &(0..pods.len() as u32).collect::<Vec<_>>());
        world.follow(at(0), vec![route]);
        world
    }

    fn follow(&mut self, now: SimTime, routes: Vec<RouteSpec>) {
        let chosen = vec![vec![(!routes.is_empty()).then_some(0)]];
        let routing = Arc::new(Routing { routes, chosen });
        self.carrier.set_routing(now, 0, 0, &routing);
    }

    fn hosts(&mut self, now: SimTime, pods: &[u32]) {
        let hosts: Vec<HostSpec> = pods
            .iter()
            .map(|pod| HostSpec::new(PodId::new(*pod)))
            .collect();
        self.carrier.set_hosts(now, MAIN, &hosts);
    }

    fn run(&mut self, until: SimTime) {
        assert_eq!(self.carrier.advance(until, &mut self.ledger), None);
    }

    /// Runs to the end: good requests, tries and failures by cause.
    fn end(mut self) -> (u64, u64, Vec<(Cause, u64)>) {
        self.run(at(10_000));
        self.carrier.finish(at(10_000), &mut self.ledger);
        let settled = self.ledger.total() + self.ledger.unsettled();
        assert_eq!(settled, self.carrier.arrived(), "none is lost");
        let failed = Cause::ALL.map(|cause| (cause, self.ledger.failed_by(cause)));
        let failed = failed.into_iter().filter(|(_, n)| *n > 0).collect();
        (self.ledger.good(), self.ledger.attempts(), failed)
    }
}

/// A whole run of one route to one upstream: good requests, tries and failures.
fn run(
    upstream: UpstreamSpec,
    route: RouteSpec,
    pods: &[ServerSpec],
) -> (u64, u64, Vec<(Cause, u64)>) {
    World::new(&[upstream], route, pods).end()
}

#[test]
fn a_rotation_serves_all_and_its_connections_are_kept() {
    let mut world = World::new(
        &[rotation(0)],
        RouteSpec::to(0),
        &[server(0.025), server(0.025)],
    );
    world.run(at(9_001));
    // Every 20 ms one to each, for 25 ms: never more than two at once at a pod.
    let load = world.carrier.breakers(MAIN);
    assert_eq!(load.connections(), 4);
    assert!(
        (2..=3).contains(&load.requests()),
        "100/s x 25 ms: {load:?}"
    );
    let (good, tries, failed) = world.end();
    // The two or three of the last 25 ms are under way.
    assert!((997..=998).contains(&good), "{good}");
    assert_eq!((tries, failed), (good, vec![]));
}

#[test]
fn refused_connections_are_retried_elsewhere() {
    let gone = |route: RouteSpec| {
        let pods = [server(0.025), server(0.025)];
        let mut world = World::new(&[rotation(0)], route, &pods);
        world.carrier.kill(at(0), PodId::new(0), Cause::Reset);
        world.end()
    };
    let (good, _, failed) = gone(RouteSpec::to(0));
    assert_eq!(failed, [(Cause::ConnectionRefused, 500)]);
    assert!(good >= 498, "{good}");
    let (good, tries, failed) = gone(RouteSpec {
        retries: retrying(RetryOn::CONNECT_FAILURE),
        ..RouteSpec::to(0)
    });
    assert_eq!(failed, []);
    // The rotation is shared with the retries, so it is not every second request that is refused.
    assert!(
        good >= 994 && tries > good + 300,
        "{good} good, {tries} tries"
    );
}

#[test]
fn server_errors_are_retried_where_the_policy_names_them() {
    let pods = [failing(), server(0.025)];
    let (_, _, failed) = run(rotation(0), RouteSpec::to(0), &pods);
    assert!(
        matches!(failed[..], [(Cause::Defect, 498..=500)]),
        "{failed:?}"
    );
    let policy = |on| RouteSpec {
        retries: retrying(on),
        ..RouteSpec::to(0)
    };
    let connecting = policy(RetryOn::CONNECT_FAILURE);
    assert_eq!(run(rotation(0), connecting, &pods).2, failed);
    let erring = policy(RetryOn::SERVER_ERROR);
    assert_eq!(run(rotation(0), erring, &pods).2, []);
}

#[test]
fn a_try_that_takes_too_long_is_made_again_within_the_routes_timeout() {
    let pods = [server(2.0), server(0.025)];
    let patient = RouteSpec {
        retries: Some(RetryPolicy {
            per_try_timeout: Some(SimDuration::from_millis(200)),
            ..retrying(RetryOn::SERVER_ERROR).unwrap()
        }),
        ..RouteSpec::to(0)
    };
    let (good, _, failed) = run(rotation(0), patient.clone(), &pods);
    assert!(good > 970 && failed.is_empty(), "{good} {failed:?}");
    // The first try of half the requests alone takes longer than this.
    let short = RouteSpec {
        timeout: Some(SimDuration::from_millis(150)),
        ..patient
    };
    let (_, _, failed) = run(rotation(0), short, &pods);
    assert!(
        matches!(failed[..], [(Cause::Timeout, 480..=500)]),
        "{failed:?}"
    );
}

#[test]
fn a_timeout_frees_the_proxy_but_not_the_process() {
    let route = RouteSpec {
        timeout: Some(SimDuration::from_millis(100)),
        ..RouteSpec::to(0)
    };
    let mut world = World::new(&[rotation(0)], route, &[server(1.0)]);
    world.run(at(5_001));
    assert_eq!(
        world.carrier.breakers(MAIN).requests(),
        10,
        "100/s x 100 ms"
    );
    assert_eq!(
        world.carrier.in_flight(at(5_001), PodId::new(0)),
        100,
        "x 1 s"
    );
    let (good, _, failed) = world.end();
    assert_eq!((good, failed), (0, vec![(Cause::Timeout, 990)]));
}

#[test]
fn an_open_breaker_refuses_at_once() {
    let limited = |limits: BreakerLimits| UpstreamSpec {
        limits,
        ..rotation(0)
    };
    // One at a time for 25 ms, one comes every 10 ms: every third is served.
    let requests = limited(BreakerLimits {
        requests: 1,
        ..BreakerLimits::ISTIO
    });
    let (good, _, failed) = run(requests, RouteSpec::to(0), &[server(0.025)]);
    assert!((333..=334).contains(&good), "{good}");
    assert!(
        matches!(failed[..], [(Cause::Overflow, 666..=667)]),
        "{failed:?}"
    );
    // With one that may wait the connection is never idle: 40 a second.
    let connections = limited(BreakerLimits {
        connections: 1,
        pending: 1,
        ..BreakerLimits::ISTIO
    });
    let (good, _, failed) = run(connections, RouteSpec::to(0), &[server(0.025)]);
    assert!((398..=400).contains(&good), "{good}");
    assert!(
        matches!(failed[..], [(Cause::Overflow, 598..=601)]),
        "{failed:?}"
    );
}

#[test]
fn whoever_waits_for_a_connection_is_refused_with_the_pod() {
    let upstream = UpstreamSpec {
        limits: BreakerLimits {
            connections: 1,
            ..BreakerLimits::ISTIO
        },
        ..rotation(0)
    };
    let mut world = World::new(&[upstream], RouteSpec::to(0), &[server(1.0)]);
    world.run(at(505));
    let load = world.carrier.breakers(MAIN);
    assert_eq!((load.requests(), load.pending()), (1, 50));
    world.carrier.kill(at(505), PodId::new(0), Cause::Reset);
    let load = world.carrier.breakers(MAIN);
    assert_eq!(
        (load.requests(), load.pending(), load.connections()),
        (0, 0, 0)
    );
    let (_, _, failed) = world.end();
    assert_eq!(failed, [(Cause::ConnectionRefused, 999), (Cause::Reset, 1)]);
}

#[test]
fn what_the_proxy_does_not_know_fails_by_its_name() {
    let pods = [server(0.025)];
    let mut world = World::new(&[rotation(0)], RouteSpec::to(0), &pods);
    world.hosts(at(0), &[]);
    world.run(at(3_000));
    world.follow(at(3_000), vec![]);
    world.run(at(6_000));
    world.follow(at(6_000), vec![RouteSpec::split(&[(Target::Unknown, 1)])]);
    let (good, _, failed) = world.end();
    let expected = [(Cause::NoReadyEndpoint, 300), (Cause::NoRoute, 700)];
    assert_eq!((good, failed), (0, expected.to_vec()));
    let answered = RouteSpec {
        action: Action::Respond(200),
        ..RouteSpec::to(0)
    };
    assert_eq!(run(rotation(0), answered, &pods).0, 1000);
}

#[test]
fn faults_delay_first_and_abort_then() {
    let abort = Some(Abort {
        share: Ratio::ONE,
        status: 503,
    });
    let delay = Some((Ratio::ONE, SimDuration::from_millis(500)));
    let faulty = |fault: Fault| {
        let route = RouteSpec {
            fault,
            ..RouteSpec::to(0)
        };
        run(rotation(0), route, &[server(0.025)])
    };
    let fails = faulty(Fault { abort, delay: None });
    assert_eq!((fails.0, fails.2), (0, vec![(Cause::Fault, 1000)]));
    // Those of the last 525 ms and of the last 500 ms are under way.
    let waits = faulty(Fault { abort: None, delay });
    assert!(
        (947..=948).contains(&waits.0) && waits.2.is_empty(),
        "{waits:?}"
    );
    let both = faulty(Fault { abort, delay });
    assert_eq!((both.0, both.2), (0, vec![(Cause::Fault, 950)]));
}

#[test]
fn copies_are_worked_on_and_nobody_waits_for_them() {
    for quota in [None, Some(CpuMillis::new(200_000))] {
        let route = RouteSpec {
            mirrors: vec![(1, Ratio::ONE)],
            ..RouteSpec::to(0)
        };
        let upstreams = [rotation(0), rotation(1)];
        let mut world = World::new(&upstreams, route, &[server(0.025)]);
        let slow = ServerSpec {
            cpu_share: Ratio::ONE,
            cpu_limit: quota,
            error_rate: Ratio::ONE,
            ..server(1.0)
        };
        let shadow = PodId::new(1);
        world.carrier.start_server(at(0), shadow, &slow);
        world
            .carrier
            .set_hosts(at(0), SHADOW, &[HostSpec::new(shadow)]);
        world.run(at(5_005));
        assert_eq!(world.carrier.in_flight(at(5_005), shadow), 100);
        assert_eq!(world.carrier.breakers(SHADOW).requests(), 100);
        world.carrier.kill(at(5_005), shadow, Cause::Reset);
        assert_eq!(world.carrier.breakers(SHADOW).requests(), 0);
        assert_eq!(world.carrier.breakers(SHADOW).connections(), 0);
        let (good, _, failed) = world.end();
        assert!((997..=998).contains(&good), "{good}");
        assert_eq!(failed, []);
    }
}

#[test]
fn a_kill_resets_what_the_pod_had_and_a_policy_may_retry_it() {
    let killed = |route: RouteSpec| {
        let mut world = World::new(&[rotation(0)], route, &[server(0.025), server(0.025)]);
        world.run(at(5_005));
        let had = world.carrier.in_flight(at(5_005), PodId::new(0)) as u64;
        world.carrier.kill(at(5_005), PodId::new(0), Cause::Reset);
        world.hosts(at(5_005), &[1]);
        (had, world.end().2)
    };
    let (had, failed) = killed(RouteSpec::to(0));
    assert!(had >= 1);
    assert_eq!(failed, [(Cause::Reset, had)]);
    let (_, failed) = killed(RouteSpec {
        retries: retrying(RetryOn::RESET),
        ..RouteSpec::to(0)
    });
    assert_eq!(failed, []);
}

/// When the first request comes, by bisection.
fn first_arrival() -> SimTime {
    let (mut before, mut after) = (0, 10_000_000);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let mut world = World::new(&[rotation(0)], RouteSpec::to(0), &[]);
        world.run(SimTime::from_nanos(middle));
        match world.carrier.arrived() {
            0 => before = middle,
            _ => after = middle,
        }
    }
    SimTime::from_nanos(before)
}

#[test]
fn an_answer_due_at_the_instant_of_the_kill_has_been_given() {
    let mut world = World::new(&[rotation(0)], RouteSpec::to(0), &[server(0.02)]);
    // The first request is due now, the second is under way, the third comes now.
    let now = first_arrival() + SimDuration::from_millis(20);
    world.run(now);
    world.carrier.kill(now, PodId::new(0), Cause::Reset);
    world.hosts(now, &[]);
    let (good, _, failed) = world.end();
    let expected = [(Cause::NoReadyEndpoint, 998), (Cause::Reset, 1)];
    assert_eq!((good, failed), (1, expected.to_vec()));
}

#[test]
fn a_removed_pod_finishes_what_it_has_and_its_connections_close() {
    let mut world = World::new(
        &[rotation(0)],
        RouteSpec::to(0),
        &[server(0.5), server(0.5)],
    );
    world.run(at(5_005));
    let connections = world.carrier.breakers(MAIN).connections();
    world.hosts(at(5_005), &[1]);
    world
        .carrier
        .stop_accepting(at(5_005), PodId::new(0), IdleConnections::Close);
    let drained = world.carrier.drained_at(at(5_005), PodId::new(0)).unwrap();
    assert!((at(5_400)..=at(5_505)).contains(&drained), "{drained}");
    world.run(at(5_600));
    world.carrier.kill(at(5_600), PodId::new(0), Cause::Reset);
    // All go to the other one, twice as many as before.
    assert_eq!(world.carrier.breakers(MAIN).connections(), connections);
    assert_eq!(world.end().2, []);
}

#[test]
fn retries_beyond_the_limit_overflow_and_slots_come_back() {
    let upstream = UpstreamSpec {
        limits: BreakerLimits {
            retries: RetryLimit::AtOnce(0),
            ..BreakerLimits::ISTIO
        },
        ..rotation(0)
    };
    let route = RouteSpec {
        retries: retrying(RetryOn::SERVER_ERROR),
        ..RouteSpec::to(0)
    };
    let (_, tries, failed) = run(upstream, route.clone(), &[failing()]);
    assert_eq!(failed, [(Cause::Defect, tries)]);
    let (_, tries, failed) = run(rotation(0), route, &[failing()]);
    let [(Cause::Defect, failed)] = failed[..] else {
        panic!("{failed:?}")
    };
    assert_eq!(tries, 3 * failed, "two retries each");
}

#[test]
fn a_host_that_fails_five_times_is_left_out_when_the_balancer_hears_of_it() {
    let fails_with = |merge_window: SimDuration| {
        let upstream = UpstreamSpec {
            outliers: Some(OutlierSettings {
                max_ejection_percent: 100,
                ..OutlierSettings::default()
            }),
            merge_window,
            ..rotation(0)
        };
        let (_, _, failed) = run(upstream, RouteSpec::to(0), &[failing(), server(0.025)]);
        let [(Cause::Defect, failed)] = failed[..] else {
            panic!("{failed:?}")
        };
        failed
    };
    // Five until it is known, and up to two that were sent in the 25 ms before.
    assert!((5..=7).contains(&fails_with(SimDuration::ZERO)));
    // Its hosts joined less than a second ago: the ejection waits for a second, half of the requests
    // of which are 50.
    assert!((55..=57).contains(&fails_with(SimDuration::SECOND)));
}

/// Two pods whose proxy checks them each second.
fn checked() -> World {
    let (interval, timeout) = (SimDuration::SECOND, SimDuration::from_millis(500));
    let upstream = UpstreamSpec {
        health_check: Some(HealthCheckSettings::every(interval, timeout)),
        second_check: Some(SimDuration::from_millis(250)),
        merge_window: SimDuration::ZERO,
        ..rotation(0)
    };
    World::new(
        &[upstream],
        RouteSpec::to(0),
        &[server(0.025), server(0.025)],
    )
}

#[test]
fn checks_take_a_dead_pod_out_and_bring_it_back() {
    let mut world = checked();
    world.run(at(3_000));
    world.carrier.kill(at(3_000), PodId::new(0), Cause::Reset);
    world.run(at(5_500));
    world
        .carrier
        .start_server(at(5_500), PodId::new(0), &server(0.025));
    world.run(at(7_000));
    assert_eq!(world.carrier.in_flight(at(7_000), PodId::new(0)), 0);
    world.run(at(7_500));
    assert!(world.carrier.in_flight(at(7_500), PodId::new(0)) > 0);
    // Checks fail at 3.25 s and 4.25 s, pass at 6.25 s and 7.25 s: half of the requests of 1.25 s
    // are refused.
    let (_, _, failed) = world.end();
    let refused = failed
        .iter()
        .find(|(cause, _)| *cause == Cause::ConnectionRefused);
    assert!(
        matches!(refused, Some((_, 62..=63))) && failed.len() <= 2,
        "{failed:?}"
    );
}

#[test]
fn a_bad_answer_takes_a_pod_out_at_once_and_a_queue_that_is_too_long_after_two() {
    let mut world = checked();
    let path = HealthPath::Fails;
    world.carrier.set_health_path(at(0), PodId::new(0), path);
    world.run(at(200));
    assert_eq!(world.carrier.in_flight(at(200), PodId::new(0)), 0, "first");
    assert_eq!(world.end().2, []);
    // 50 a second for a process that serves one: its queue is longer than 0.5 s from the start.
    let mut world = checked();
    let slow = ServerSpec {
        concurrency: 1,
        ..server(1.0)
    };
    world.carrier.start_server(at(0), PodId::new(0), &slow);
    world.run(at(3_000));
    // The first check passes; those at 0.25 s and 1.75 s (half a second is the timeout) do not.
    let waiting = world.carrier.in_flight(at(3_000), PodId::new(0));
    assert!((110..=112).contains(&waiting), "{waiting}");
}

#[test]
fn a_policy_may_stay_with_its_host() {
    let mut back_off = BackOff::new(SimDuration::from_millis(500), None).unwrap();
    back_off.rule = BackOffRule::Constant;
    let route = RouteSpec {
        retries: Some(RetryPolicy {
            retries: 3,
            on: RetryOn::CONNECT_FAILURE,
            host_selection: HostSelection::Same,
            back_off,
            ..RetryPolicy::none()
        }),
        ..RouteSpec::to(0)
    };
    let mut source = World::new(&[rotation(0)], route, &[server(0.025), server(0.025)]);
    source.carrier.kill(at(0), PodId::new(0), Cause::Reset);
    source.run(at(1_250));
    source
        .carrier
        .start_server(at(1_250), PodId::new(0), &server(0.025));
    // Whoever met the dead pod in 1.25 s is served by it at the third retry at the latest.
    let (good, tries, failed) = source.end();
    assert_eq!(failed, []);
    assert!(good >= 997, "{good}");
    // In vain are three tries of 12 or 13 requests, two of 25 and one of 25.
    let vain = tries - good;
    assert!((110..=115).contains(&vain), "{vain}");
}

/// One thing the world may do.
#[derive(Debug, Clone)]
enum Step {
    Start(u32),
    Stop(u32, bool),
    Kill(u32),
    Hosts(Vec<u32>),
    Health(u32, bool),
    Route(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..4u32).prop_map(Step::Start),
        (0..4u32, any::<bool>()).prop_map(|(pod, close)| Step::Stop(pod, close)),
        (0..4u32).prop_map(Step::Kill),
        prop::sample::subsequence(vec![0, 1, 2, 3], 0..=4).prop_map(Step::Hosts),
        (0..4u32, any::<bool>()).prop_map(|(pod, good)| Step::Health(pod, good)),
        any::<bool>().prop_map(Step::Route),
    ]
}

fn act(world: &mut World, now: SimTime, step: &Step, (spec, route): (&ServerSpec, &RouteSpec)) {
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
        Step::Hosts(pods) => world.hosts(now, pods),
        Step::Health(pod, good) => {
            let health = match good {
                true => Health::Healthy,
                false => Health::Unhealthy,
            };
            let pod = PodId::new(*pod);
            world.carrier.set_health(now, MAIN, pod, health);
        }
        Step::Route(there) => world.follow(now, vec![route.clone(); usize::from(*there)]),
    }
}

fn advance(world: &mut World, now: SimTime) {
    while let Some(interrupt) = world.carrier.advance(now, &mut world.ledger) {
        assert!(interrupt.at <= now);
        world
            .carrier
            .kill(interrupt.at, interrupt.pod, Cause::Crash);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_proxies_take_they_give_back(
        steps in prop::collection::vec((1..400u64, step()), 1..30),
        limited in any::<bool>(),
        quota in any::<bool>(),
        delayed in any::<bool>(),
    ) {
        let mut spec = server(0.0);
        (spec.concurrency, spec.queue) = (2, Some(3));
        spec.service_time = Law::Exponential { mean: 0.03 };
        spec.crash_per_request = "0.5%".parse().unwrap();
        spec.error_rate = "10%".parse().unwrap();
        if quota {
            (spec.cpu_share, spec.cpu_limit) = (Ratio::ONE, Some(CpuMillis::new(800)));
        }
        let mut main = rotation(0);
        main.outliers = Some(OutlierSettings {
            max_ejection_percent: 50,
            interval: SimDuration::SECOND,
            ..OutlierSettings::default()
        });
        main.requests_per_connection = Some(3);
        if limited {
            main.limits = BreakerLimits {
                connections: 2,
                pending: 3,
                requests: 4,
                retries: RetryLimit::AtOnce(2),
            };
        }
        let route = RouteSpec {
            timeout: Some(SimDuration::from_millis(400)),
            retries: Some(RetryPolicy {
                per_try_timeout: Some(SimDuration::from_millis(150)),
                host_selection: HostSelection::AvoidTried { reselections: 3 },
                ..retrying(RetryOn::SERVER_ERROR).unwrap()
            }),
            mirrors: vec![(1, "50%".parse().unwrap())],
            fault: Fault {
                delay: delayed.then(|| ("30%".parse().unwrap(), SimDuration::from_millis(90))),
                abort: None,
            },
            ..RouteSpec::to(0)
        };
        let mut world = World::new(&[main, rotation(1)], route.clone(), &[spec.clone(), spec.clone()]);
        let shadow = PodId::new(3);
        world.carrier.set_hosts(at(0), SHADOW, &[HostSpec::new(shadow)]);
        let mut now = SimTime::ZERO;
        for (pause, step) in &steps {
            now += SimDuration::from_millis(*pause);
            advance(&mut world, now);
            act(&mut world, now, step, (&spec, &route));
            let known = world.ledger.total() + world.carrier.unsettled() as u64;
            prop_assert!(known <= world.carrier.arrived());
        }
        // Nobody is left to send to, and what is under way runs out: the longest timeout is 3 s.
        for pod in (0..4).map(PodId::new) {
            world.carrier.kill(now, pod, Cause::Reset);
        }
        world.hosts(now, &[]);
        world.follow(now, vec![]);
        now += SimDuration::from_secs(4);
        advance(&mut world, now);
        prop_assert_eq!(world.carrier.unsettled(), 0);
        for place in [MAIN, SHADOW] {
            let load = world.carrier.breakers(place);
            let left = (load.requests(), load.pending(), load.retries(), load.connections());
            prop_assert_eq!(left, (0, 0, 0, 0));
        }
        let end = at(10_000).max(now);
        advance(&mut world, end);
        world.carrier.finish(end, &mut world.ledger);
        let ledger = &world.ledger;
        prop_assert_eq!(ledger.good() + ledger.failed(), ledger.total());
        let beyond = world.carrier.arrived() - ledger.total() - ledger.unsettled();
        // Requests after the ledger's horizon are carried but not counted.
        prop_assert!(end > at(10_000) || beyond == 0, "{} lost", beyond);
    }
}

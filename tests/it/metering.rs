//! What processes say they answered, beside what the ledger knows of the same requests.
//!
//! Not checked here: how a meter becomes series; `telemetry` does that.

use std::sync::Arc;

use proptest::prelude::*;
use rollcast::engine::Key;
use rollcast::facts::{Cause, Ledger, LedgerSpec, MeterSpec, Status};
use rollcast::ids::{NodeId, PodId, RunIndex, ServiceId};
use rollcast::images::Memory;
use rollcast::laws::Law;
use rollcast::traffic::{
    Activity, Arrivals, Carrier, CarrierSetup, Clients, IdleConnections, Population, Retries,
    ServerSpec, TrafficSpec, Users, Version,
};
use rollcast::units::{CpuMillis, Rate, Ratio, SimDuration, SimTime};

const SERVICE: ServiceId = ServiceId::new(3);
const STATUSES: [Status; 3] = [Status::Ok, Status::Error, Status::Unavailable];

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

/// 100 requests a second: within the first 10 ms, and each 10 ms after the one before.
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
        timeout: SimDuration::from_secs(3600),
        retries: Retries::default(),
    }
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
    pods: u32,
}

impl World {
    fn new(source: &TrafficSpec, spec: &ServerSpec, pods: u32) -> Self {
        let millis = [5, 10, 25, 50].map(SimDuration::from_millis);
        let meters = Arc::new(MeterSpec::new(millis.to_vec()));
        let mut carrier = Carrier::new(&CarrierSetup {
            fleets: &[],
            proxied: &[],
            key: Key::of_run(1, RunIndex::new(0)),
            sources: std::slice::from_ref(source),
            populations: &[Arc::new(Population::new(&source.users))],
            entries: &[SERVICE],
            nodes: 1,
            metering: Some(&meters),
        });
        let all: Vec<PodId> = (0..pods).map(PodId::new).collect();
        for pod in &all {
            carrier.start_server(SimTime::ZERO, *pod, spec);
        }
        carrier.set_endpoints(SimTime::ZERO, NodeId::new(0), SERVICE, &all);
        let users = vec![source.users.count];
        let ledger = Ledger::new(LedgerSpec::new(SimTime::ZERO, at(10_000), users));
        Self {
            carrier,
            ledger,
            pods,
        }
    }

    fn run(&mut self, millis: u64) {
        assert_eq!(self.carrier.advance(at(millis), &mut self.ledger), None);
    }

    /// Answers of pod 0 by status; absent where nobody listens.
    fn said(&mut self, millis: u64) -> Option<[u64; 3]> {
        answers(&mut self.carrier, at(millis), 0)
    }

    /// Answers of all pods by status.
    fn all_said(&mut self, now: SimTime) -> [u64; 3] {
        let mut sum = [0; 3];
        for pod in 0..self.pods {
            add(&mut sum, answers(&mut self.carrier, now, pod));
        }
        sum
    }
}

fn answers(carrier: &mut Carrier, now: SimTime, pod: u32) -> Option<[u64; 3]> {
    let meter = carrier.read_meter(now, PodId::new(pod))?;
    let all = meter.tallies().iter();
    assert!(all.clone().all(|tally| tally.through() == SERVICE));
    Some(STATUSES.map(|status| meter.answered(status)))
}

fn add(sum: &mut [u64; 3], more: Option<[u64; 3]>) {
    for (sum, more) in sum.iter_mut().zip(more.unwrap_or_default()) {
        *sum += more;
    }
}

#[test]
fn an_answer_counts_from_the_instant_it_is_given() {
    let mut world = World::new(&traffic(), &server(), 1);
    // Requests come within each 10 ms and take 25: at 25 + 10 n ms, n are answered.
    for (millis, expected) in [(25, 0), (35, 1), (45, 2), (995, 97)] {
        world.run(millis);
        assert_eq!(world.said(millis), Some([expected, 0, 0]), "{millis} ms");
    }
    let meter = world.carrier.read_meter(at(995), PodId::new(0)).unwrap();
    let tally = &meter.tallies()[0];
    assert_eq!(tally.at_most().collect::<Vec<_>>(), [0, 0, 97, 97]);
    assert_eq!(tally.total(), SimDuration::from_millis(97 * 25));
}

#[test]
fn a_client_that_gave_up_is_answered_all_the_same() {
    let mut source = traffic();
    source.timeout = SimDuration::from_millis(10);
    let mut world = World::new(&source, &server(), 1);
    world.run(995);
    assert_eq!(world.said(995), Some([97, 0, 0]));
    assert_eq!(world.ledger.good(), 0);
    assert!(world.ledger.failed_by(Cause::Timeout) >= 97);
}

#[test]
fn a_full_queue_answers_at_once() {
    let mut spec = server();
    (spec.concurrency, spec.queue) = (1, Some(0));
    let mut world = World::new(&traffic(), &spec, 1);
    // Taken within 10 ms from 0, 30, 60 and 90 ms on, answered 25 ms later; the two between each pair are turned away.
    world.run(100);
    assert_eq!(world.said(100), Some([3, 0, 6]));
    let meter = world.carrier.read_meter(at(100), PodId::new(0)).unwrap();
    let of = |status| meter.tallies().iter().find(|it| it.status() == status);
    let away = of(Status::Unavailable).unwrap();
    assert_eq!((away.count(), away.total()), (6, SimDuration::ZERO));
}

#[test]
fn a_process_takes_its_counters_along_and_a_closed_listener_shows_none() {
    let mut world = World::new(&traffic(), &server(), 1);
    let pod = PodId::new(0);
    world.run(505);
    assert_eq!(world.said(505), Some([48, 0, 0]));
    world.carrier.kill(at(505), pod, Cause::Crash);
    assert_eq!(world.said(505), None);
    world.run(700);
    world.carrier.start_server(at(700), pod, &server());
    assert_eq!(world.said(700), Some([0, 0, 0]));
    // 25 + 10 n ms after its start the new process has answered n.
    world.run(795);
    assert_eq!(world.said(795), Some([7, 0, 0]));
    world
        .carrier
        .stop_accepting(at(795), pod, IdleConnections::Keep);
    assert_eq!(world.said(795), None);
}

#[test]
fn without_metering_there_is_nothing_to_read() {
    let source = traffic();
    let mut carrier = Carrier::new(&CarrierSetup {
        fleets: &[],
        proxied: &[],
        key: Key::of_run(1, RunIndex::new(0)),
        sources: std::slice::from_ref(&source),
        populations: &[Arc::new(Population::new(&source.users))],
        entries: &[SERVICE],
        nodes: 1,
        metering: None,
    });
    carrier.start_server(SimTime::ZERO, PodId::new(0), &server());
    assert!(carrier.read_meter(at(1), PodId::new(0)).is_none());
}

/// A server of any kind: predicted or under a quota, with errors and a bounded queue.
fn any_server() -> impl Strategy<Value = ServerSpec> {
    let law = prop_oneof![
        (0.002..0.06f64).prop_map(Law::Constant),
        (0.002..0.06f64).prop_map(|mean| Law::Exponential { mean }),
    ];
    (law, 1..5u32, prop::option::of(0..4u32), any::<bool>()).prop_map(
        |(service_time, concurrency, queue, quota)| {
            let mut spec = server();
            (spec.service_time, spec.concurrency, spec.queue) = (service_time, concurrency, queue);
            spec.error_rate = "20%".parse().unwrap();
            if quota {
                (spec.cpu_share, spec.cpu_limit) = (Ratio::ONE, Some(CpuMillis::new(700)));
            }
            spec
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nobody gives up, tries again or dies: what has arrived and is not under way was answered.
    #[test]
    fn at_every_instant_the_counters_are_what_the_facts_count(
        spec in any_server(),
        pods in 1..4u32,
        pauses in prop::collection::vec(1..700_000u64, 1..30),
    ) {
        let mut world = World::new(&traffic(), &spec, pods);
        let mut now = SimTime::ZERO;
        for pause in pauses {
            now += SimDuration::from_nanos(pause * 1000);
            prop_assert_eq!(world.carrier.advance(now, &mut world.ledger), None);
            let said: u64 = world.all_said(now).iter().sum();
            let settled = world.carrier.arrived() - world.carrier.unsettled() as u64;
            prop_assert_eq!(said, settled, "at {}", now);
        }
    }

    /// What processes said before they died, and the others at the end, is what the ledger has as
    /// good, as defects and as overflow; nothing else is visible.
    #[test]
    fn what_processes_said_in_their_lives_adds_up_to_the_ledger(
        spec in any_server(),
        steps in prop::collection::vec((1..1500u64, 0..3u32), 0..12),
        crashes in any::<bool>(),
    ) {
        let mut spec = spec;
        if crashes {
            spec.crash_per_request = "1%".parse().unwrap();
        }
        let mut world = World::new(&traffic(), &spec, 3);
        let (mut said, mut now) = ([0; 3], SimTime::ZERO);
        let mut steps = steps.into_iter();
        loop {
            let step = steps.next();
            let pause = step.map_or(10_000, |(pause, _)| pause);
            now = at(10_000).min(now + SimDuration::from_millis(pause));
            while let Some(interrupt) = world.carrier.advance(now, &mut world.ledger) {
                let pod = interrupt.pod.index() as u32;
                add(&mut said, answers(&mut world.carrier, interrupt.at, pod));
                world.carrier.kill(interrupt.at, interrupt.pod, Cause::Crash);
                world.carrier.start_server(interrupt.at, interrupt.pod, &spec);
            }
            let Some((_, pod)) = step else { break };
            add(&mut said, answers(&mut world.carrier, now, pod));
            world.carrier.kill(now, PodId::new(pod), Cause::Reset);
            world.carrier.start_server(now, PodId::new(pod), &spec);
        }
        let rest = world.all_said(now);
        add(&mut said, Some(rest));
        world.carrier.finish(now, &mut world.ledger);
        let ledger = &world.ledger;
        let failed = |cause| ledger.failed_by(cause);
        let facts = [ledger.good(), failed(Cause::Defect), failed(Cause::Overflow)];
        prop_assert_eq!(said, facts);
    }
}

//! Stories of pods, told as timelines in seconds, and the proof that skipped ticks change nothing.
//!
//! Every story is worked out by hand above it, from reference kubernetes.md §3 (relists once a second, seen
//! no earlier: §3.6) and this clock: bound at 0, sandbox until 1, container until 1.5, start-up until 9.5; relists
//! fall on .2 s, the first after 1.5 is 2.2.

use std::sync::Arc;

use super::life::{Input, PodLife, Surroundings};
use super::prober::Ticking;
use super::*;
use crate::engine::{Key, Queue, Urgency};
use crate::facts::Happening;
use crate::ids::{ImageId, PodId, RunIndex};
use crate::images::{Behaviour, Health, OnSigterm};
use crate::laws::Law;
use crate::manifest::{PreStop, Probe, PullPolicy};
use crate::units::{Bytes, Ratio, SimDuration, SimTime};

const fn seconds(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

fn probe(initial_delay: u64, period: u64, success: u32, failure: u32) -> Probe {
    Probe {
        initial_delay: seconds(initial_delay),
        period: seconds(period),
        timeout: SimDuration::SECOND,
        success_threshold: success,
        failure_threshold: failure,
        grace: None,
    }
}

/// Sandbox 1 s, container start 0.5 s, start-up 8 s; no probes, no hook, grace 30 s.
fn plan() -> PodPlan {
    let mut behaviour = Behaviour::new(Law::Constant(8.0), Law::Constant(0.01), 8);
    behaviour.health.time_out_under_load = false;
    PodPlan {
        startup: None,
        readiness: None,
        liveness: None,
        pre_stop: None,
        grace: seconds(30),
        restarts: true,
        pull_policy: PullPolicy::IfNotPresent,
        image: ImageId::new(0),
        memory_limit: None,
        behaviour,
        sandbox: Law::Constant(1.0),
        container_start: Law::Constant(0.5),
    }
}

/// Relists fall on .2 s, polls of sleeping workers on .6 s.
const CLOCK: NodeClock = NodeClock {
    relist: SimDuration::from_millis(200),
    poll: SimDuration::from_millis(600),
};

struct Told {
    lines: Vec<String>,
    ready: Vec<(SimTime, bool)>,
    alive: bool,
}

struct Driver {
    life: PodLife,
    images: NodeImages,
    told: Told,
}

impl Driver {
    fn new(plan: PodPlan, seed: u64, ticking: Ticking) -> Self {
        let key = Key::of_run(seed, RunIndex::new(0));
        let mut life = PodLife::new(PodId::new(0), Arc::new(plan), CLOCK, (key, 0));
        life.ticking = ticking;
        let told = Told {
            lines: Vec::new(),
            ready: Vec::new(),
            alive: true,
        };
        Self {
            life,
            images: NodeImages::new(1e6),
            told,
        }
    }

    fn handle(&mut self, now: SimTime, input: Input) {
        let mut effects = Effects::default();
        let mut around = Surroundings {
            images: &mut self.images,
            queue_wait: SimDuration::ZERO,
        };
        self.life.handle(now, input, &mut around, &mut effects);
        self.note(now, &effects);
    }

    fn note(&mut self, now: SimTime, effects: &Effects) {
        let told = &mut self.told;
        for happening in &effects.happenings {
            let line = match happening {
                Happening::ContainerStarted(_, restarts) => format!("started, restarts {restarts}"),
                Happening::ContainerExited(_, exit) => format!("exited {exit:?}"),
                Happening::BackingOff(_, length) => format!("backing off {length}"),
                Happening::PodReady(_) => "ready".to_owned(),
                Happening::PodUnready(_) => "unready".to_owned(),
                Happening::Sigterm(_) => "sigterm".to_owned(),
                other => format!("{other:?}"),
            };
            told.lines.push(format!("{now} {line}"));
        }
        for action in &effects.actions {
            match action {
                Action::Listen => told.lines.push(format!("{now} listens")),
                Action::StopAccepting(_) => told.lines.push(format!("{now} closes")),
                Action::Gone => {
                    told.alive = false;
                    told.lines.push(format!("{now} gone"));
                }
                Action::End(_) => {}
            }
        }
        if let Some(status) = effects.status {
            told.ready.push((now, status.ready));
        }
    }

    /// Lives until `end`, with these inputs (seconds) in between.
    fn live(mut self, end: u64, inputs: &[(f64, Input)]) -> Told {
        let mut queue = Queue::new();
        queue.schedule(SimTime::ZERO, Urgency::MACHINE, Input::Bound);
        for (at, input) in inputs {
            let at = SimTime::ZERO + SimDuration::from_secs_f64(*at);
            queue.schedule(at, Urgency::OUTSIDE, *input);
        }
        let end = SimTime::from_secs(end);
        let mut ticket = None;
        while let Some((now, input)) = queue.pop() {
            if now > end {
                break;
            }
            self.handle(now, input);
            if let Some(ticket) = ticket.take() {
                queue.cancel(ticket);
            }
            let next = self.life.next_wake();
            ticket = next.map(|at| queue.schedule(at, Urgency::MACHINE, Input::Due));
        }
        self.told
    }
}

fn story(plan: PodPlan, end: u64, inputs: &[(f64, Input)]) -> Vec<String> {
    let driver = Driver::new(plan, 7, Ticking::WhereItMatters);
    driver.live(end, inputs).lines
}

fn guide() -> PodPlan {
    PodPlan {
        startup: Some(probe(10, 5, 1, 12)),
        readiness: Some(probe(15, 10, 2, 3)),
        liveness: Some(probe(30, 15, 1, 3)),
        pre_stop: Some(PreStop::Sleep(seconds(15))),
        ..plan()
    }
}

const DELETE: Input = Input::Delete(seconds(30));

#[test]
fn the_guides_pod_is_ready_half_a_minute_after_binding() {
    // Started at 1.5, listens at 9.5, seen at the relist 2.2. The startup probe ticks every 5 s from
    // 0; the first at an age of 10 s is the one at 15, it passes; the worker syncs at once and asks
    // readiness at 15 (age 13.5 < 15: too early), from where its ticker starts anew: 25 passes
    // once, 35 twice. Each sync while unready asks again: none comes before 35 but the resync after
    // 60 s, so Ready is at 35.
    let told = story(guide(), 100, &[]);
    insta::assert_snapshot!(told.join("\n"), @r"
    00:01.500 started, restarts 0
    00:09.500 listens
    00:35.000 ready
    ");
}

#[test]
fn a_hook_runs_before_sigterm_and_an_idle_server_ends_at_once() {
    // Deleted at 100, hook 15 s: SIGTERM at 115 (§3.5), which closes the listener. Drained at 115.5, so the
    // process ends then; the next relist is at 116.2.
    let inputs = [(100.0, DELETE), (115.5, Input::Drained)];
    let told = story(guide(), 200, &inputs);
    insta::assert_snapshot!(told[3..].join("\n"), @r"
    01:55.000 sigterm
    01:55.000 closes
    01:55.500 exited Finished
    01:56.200 gone
    ");
}

#[test]
fn a_server_that_exits_on_sigterm_is_gone_at_the_next_relist() {
    // SIGTERM at 100 + 15; the next relist is at 115.2.
    let mut plan = guide();
    plan.behaviour.on_sigterm = OnSigterm::Exit;
    let told = story(plan, 200, &[(100.0, DELETE)]);
    insta::assert_snapshot!(told[3..].join("\n"), @r"
    01:55.000 sigterm
    01:55.000 exited Finished
    01:55.200 gone
    ");
}

#[test]
fn a_server_that_keeps_serving_turns_unready_and_exits_after_its_time() {
    // No hook: SIGTERM at 100, exit 15 s later, seen at 115.2. Readiness was asked for by the sync at 15, when
    // the startup probe passed (rule 8), and every 2 s from there: the next tick is at 101, and one failure
    // is enough.
    let mut plan = guide();
    plan.pre_stop = None;
    plan.readiness = Some(probe(0, 2, 1, 1));
    plan.behaviour.on_sigterm = OnSigterm::KeepServing(seconds(15));
    let told = story(plan, 200, &[(100.0, DELETE)]);
    insta::assert_snapshot!(told[3..].join("\n"), @r"
    01:40.000 sigterm
    01:41.000 unready
    01:55.000 exited Finished
    01:55.200 gone
    ");
}

#[test]
fn told_to_leave_while_starting_up_it_serves_but_never_turns_ready() {
    // SIGTERM at 5, in the start-up that ends at 9.5; exit 15 s after SIGTERM. All readiness probes fail: up
    // to 9.5 for nobody listens, from then on for it is leaving.
    let mut plan = plan();
    plan.readiness = Some(probe(0, 1, 1, 1));
    plan.behaviour.on_sigterm = OnSigterm::KeepServing(seconds(15));
    let told = story(plan, 200, &[(5.0, DELETE)]);
    insta::assert_snapshot!(told.join("\n"), @r"
    00:01.500 started, restarts 0
    00:05.000 sigterm
    00:09.500 listens
    00:20.000 exited Finished
    00:20.200 gone
    ");
}

#[test]
fn a_hung_drain_is_killed_at_the_end_of_the_grace_period() {
    // SIGTERM at 115; 30 − 15 whole seconds of the hook are left: SIGKILL at 130, seen at 130.2.
    let told = story(guide(), 200, &[(100.0, DELETE)]);
    insta::assert_snapshot!(told[3..].join("\n"), @r"
    01:55.000 sigterm
    01:55.000 closes
    02:10.000 exited Killed
    02:10.200 gone
    ");
}

#[test]
fn a_hook_as_long_as_the_grace_period_leaves_two_seconds() {
    // The hook is cut at the grace of 30 s: SIGTERM at 130. Nothing is left of 30, but 2 s are the least.
    let mut plan = guide();
    plan.pre_stop = Some(PreStop::Sleep(seconds(60)));
    let told = story(plan, 200, &[(100.0, DELETE)]);
    insta::assert_snapshot!(told[3..].join("\n"), @r"
    02:10.000 sigterm
    02:10.000 closes
    02:12.000 exited Killed
    02:12.200 gone
    ");
}

#[test]
fn a_crash_loop_starts_at_once_and_then_after_ten_twenty_forty_seconds_and_some() {
    let mut plan = plan();
    plan.behaviour.start_up = Law::Constant(1.0);
    plan.behaviour.crash.on_start = Ratio::ONE;
    let told = story(plan, 150, &[]);
    // Started at 1.5, seen and ready at 2.2 (no probe), crashed a second after its start, seen at 3.2. The
    // first restart is at once (§3.3) and takes 0.5 s. Crashed at 4.7, seen at 5.2: now 10 s are stored.
    insta::assert_snapshot!(told[..9].join("\n"), @r"
    00:01.500 started, restarts 0
    00:02.200 ready
    00:02.500 exited Crashed
    00:03.200 unready
    00:03.700 started, restarts 1
    00:04.200 ready
    00:04.700 exited Crashed
    00:05.200 unready
    00:05.200 backing off 10
    ");
    let starts: Vec<f64> = told.iter().filter_map(|line| started_at(line)).collect();
    assert_eq!(starts.len(), 5, "{told:?}");
    for (pair, back_off) in starts[1..].windows(2).zip([10.0, 20.0, 40.0]) {
        // What is left of the back-off when the exit is seen, times 1 to 1.5 (§3.3), up to the next
        // poll on .6 s, and 0.5 s for the container.
        let exit = pair[0] + 1.0;
        let seen = after(exit, 0.2);
        let left = exit + back_off - seen;
        let earliest = after(seen + left, 0.6) + 0.5;
        let latest = after(seen + 1.5 * left, 0.6) + 0.5;
        assert!(
            (earliest..=latest).contains(&pair[1]),
            "{pair:?}: {earliest} to {latest}"
        );
    }
}

/// Seconds of a line that tells a start.
fn started_at(line: &str) -> Option<f64> {
    let (at, what) = line.split_once(' ')?;
    let (minutes, seconds) = at.split_once(':')?;
    let minutes: f64 = minutes.parse().ok()?;
    let seconds: f64 = seconds.parse().ok()?;
    // Thousandths, so that sums of them compare exactly.
    let thousandths = ((60.0 * minutes + seconds) * 1000.0).round();
    what.starts_with("started").then_some(thousandths / 1000.0)
}

/// The first instant after `at` that lies this far within its second, in thousandths.
fn after(at: f64, phase: f64) -> f64 {
    let thousandths = (((at - phase).floor() + 1.0 + phase) * 1000.0).round();
    thousandths / 1000.0
}

#[test]
fn failing_liveness_stops_the_container_by_its_hook_and_starts_it_again() {
    // Ticks every 10 s from 0. At 10 the container is 8.5 s old, too early; 20, 30 and 40 fail. The sync at
    // once runs the hook, 5 s, then SIGTERM: exit at 45, seen at 45.2. The first restart is at once: started
    // at 45.7, seen and ready at 46.2 (no readiness probe), listening 8 s after its start.
    let mut plan = plan();
    plan.liveness = Some(probe(10, 10, 1, 3));
    plan.pre_stop = Some(PreStop::Sleep(seconds(5)));
    plan.behaviour.on_sigterm = OnSigterm::Exit;
    plan.behaviour.health.liveness = Health::Dependencies(vec![("none".to_owned(), Ratio::ZERO)]);
    let told = story(plan, 60, &[]);
    insta::assert_snapshot!(told.join("\n"), @r"
    00:01.500 started, restarts 0
    00:02.200 ready
    00:09.500 listens
    00:45.000 sigterm
    00:45.000 exited Unhealthy
    00:45.200 unready
    00:45.700 started, restarts 1
    00:46.200 ready
    00:53.700 listens
    ");
}

#[test]
fn a_leak_ends_the_container_when_it_passes_the_limit() {
    let mut plan = plan();
    plan.memory_limit = Some(Bytes::new(100));
    plan.behaviour.memory.base = Bytes::new(40);
    plan.behaviour.memory.growth_per_hour = Bytes::new(3600);
    // 60 bytes of room at one byte a second from the start at 1.5: over at 61.5 (§9), seen at 62.2; the first
    // restart is at once and takes 0.5 s, seen at 63.2.
    let told = story(plan, 64, &[]);
    insta::assert_snapshot!(told.join("\n"), @r"
    00:01.500 started, restarts 0
    00:02.200 ready
    00:09.500 listens
    01:01.500 exited OutOfMemory
    01:02.200 unready
    01:02.700 started, restarts 1
    01:03.200 ready
    ");
}

#[test]
fn a_pod_deleted_while_its_image_is_pulled_never_starts() {
    // 60 MB at 1 MB/s take from 1 to 61. Deleted at 10, there is no container to stop: gone at the next
    // relist.
    let mut plan = plan();
    plan.behaviour.size = Bytes::new(60_000_000);
    assert_eq!(story(plan, 200, &[(10.0, DELETE)]), ["00:10.200 gone"]);
}

#[test]
fn a_pod_deleted_in_back_off_or_between_crash_and_relist_never_starts_again() {
    let mut plan = plan();
    plan.behaviour.start_up = Law::Constant(1.0);
    plan.behaviour.crash.on_start = Ratio::ONE;
    // It starts at 1.5 and crashes at 2.5, seen at 3.2.
    for at in [2.6, 3.1, 3.3, 3.9, 6.0, 12.0] {
        let told = story(plan.clone(), 100, &[(at, DELETE)]);
        let gone = SimTime::ZERO + SimDuration::from_secs_f64(at);
        let last = told.last().unwrap();
        let started = told.iter().filter(|line| line.contains("started")).count();
        let ended = told.iter().filter(|line| line.contains("exited")).count();
        assert!(last.ends_with("gone"), "{at}: {told:?}");
        assert_eq!(started, ended, "{at}: {told:?}");
        assert!(CLOCK.relist_after(gone).to_string() <= last.clone(), "{at}");
    }
}

/// All readiness that was ever published, and the story.
fn both_ways(plan: &PodPlan, seed: u64, inputs: &[(f64, Input)]) -> [Told; 2] {
    [Ticking::WhereItMatters, Ticking::Always].map(|ticking| {
        let driver = Driver::new(plan.clone(), seed, ticking);
        driver.live(900, inputs)
    })
}

mod skipping {
    use super::*;
    use proptest::prelude::*;

    fn any_probe() -> impl Strategy<Value = Option<Probe>> {
        let one = (0u64..20, 1u64..12, 1u32..4, 1u32..4).prop_map(|(d, p, s, f)| probe(d, p, s, f));
        prop::option::weighted(0.8, one)
    }
    fn any_health() -> impl Strategy<Value = Health> {
        prop_oneof![
            Just(Health::Always),
            Just(Health::AfterStartUp),
            (0u32..=100).prop_map(|percent| {
                let chance = Ratio::from_fraction(f64::from(percent) / 100.0).unwrap();
                Health::Dependencies(vec![("api".to_owned(), chance)])
            }),
        ]
    }
    fn any_sigterm() -> impl Strategy<Value = OnSigterm> {
        prop_oneof![
            Just(OnSigterm::Exit),
            Just(OnSigterm::StopAccepting),
            (0u64..40).prop_map(|length| OnSigterm::KeepServing(seconds(length))),
        ]
    }

    prop_compose! {
        fn any_plan()(
            probes in (any_probe(), any_probe(), any_probe()),
            health in (any_health(), any_health(), any_health()),
            on_sigterm in any_sigterm(),
            times in (0.0f64..30.0, 0.0f64..500.0, 0u64..40),
            crashes in any::<bool>(),
        ) -> PodPlan {
            let mut plan = plan();
            let single = |probe: Option<Probe>| {
                probe.map(|probe| Probe { success_threshold: 1, ..probe })
            };
            (plan.startup, plan.readiness, plan.liveness) =
                (single(probes.0), probes.1, single(probes.2));
            let behaviour = &mut plan.behaviour;
            (behaviour.health.startup, behaviour.health.readiness, behaviour.health.liveness) =
                health;
            behaviour.on_sigterm = on_sigterm;
            behaviour.start_up = Law::Constant(times.0);
            behaviour.crash.after = crashes.then_some(Law::Constant(times.1));
            plan.pre_stop = Some(PreStop::Sleep(seconds(times.2)));
            plan
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn ticks_without_consequence_can_be_left_out(
            plan in any_plan(),
            seed in any::<u64>(),
            deleted in prop::option::of(0.0f64..800.0),
        ) {
            let inputs: Vec<_> = deleted.map(|at| (at, DELETE)).into_iter().collect();
            let [skipping, ticking] = both_ways(&plan, seed, &inputs);
            prop_assert_eq!(&skipping.lines, &ticking.lines);
            prop_assert_eq!(&skipping.ready, &ticking.ready);
            prop_assert_eq!(skipping.alive, ticking.alive);
        }
    }
}

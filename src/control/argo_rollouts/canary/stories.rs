//! Whole updates, pass by pass; the expected actions are worked out by hand from the reference (§2)
//! and from upstream's code.

use super::super::analysis::Phase as RunPhase;
use super::super::{
    Analysis, CanaryScale, CanarySpec, ControllerPause, Routing, StableScale, Step, TemplateHash,
};
use super::world::{NEW, NEWEST, OLD, START, World, set};
use super::{Action, Judge, StepRun, abort, promote, promote_full, requeue_at, retry};
use crate::units::{IntOrPercent, SimDuration, SimTime};

const TICK: SimDuration = SimDuration::from_nanos(1);
/// The default delay before a former stable set, or an aborted canary, goes.
const DELAY: SimDuration = SimDuration::from_secs(30);

fn minute() -> SimDuration {
    SimDuration::from_secs(60)
}

fn weight(canary: u32) -> Action {
    let stable = 100 - canary;
    Action::SetWeight { canary, stable }
}

fn point(canary: TemplateHash, stable: TemplateHash) -> Action {
    Action::PointRoutes { canary, stable }
}

fn reset(current: TemplateHash, step: u32) -> Action {
    let step_index = Some(step);
    Action::ResetStatus {
        current,
        step_index,
    }
}

fn basic(steps: Vec<Step>) -> CanarySpec {
    CanarySpec {
        steps,
        max_surge: IntOrPercent::Percent(25),
        max_unavailable: IntOrPercent::Int(0),
        ..CanarySpec::default()
    }
}

fn weighted(steps: Vec<Step>, stable: StableScale) -> CanarySpec {
    CanarySpec {
        steps,
        routing: Routing::Weighted {
            max_weight: 100,
            stable,
        },
        ..CanarySpec::default()
    }
}

/// 20 % of 10 pods are 2, 50 % are 5; at most 10 + ⌈25 %⌉ = 13 pods, at least 10 available (§2.3).
#[test]
fn a_basic_canary_grows_within_its_surge_and_waits_a_minute() {
    let steps = vec![
        Step::SetWeight(20),
        Step::Pause(Some(minute())),
        Step::SetWeight(50),
    ];
    let mut world = World::updating(basic(steps));
    world.check(&[
        &[reset(NEW, 0)],
        &[Action::Resize(NEW, 2)],
        // 12 are available: stable may lose 2.
        &[Action::Resize(OLD, 8)],
        &[Action::SetStepIndex(1)],
        &[Action::BeginPause(START)],
        &[],
    ]);
    let end = START + minute();
    assert_eq!(world.seen(|seen| requeue_at(seen, START)), Some(end + TICK));
    world.now = end;
    world.check(&[&[]]);
    world.now = end + TICK;
    world.check(&[
        &[Action::SetStepIndex(2)],
        // 10 pods, so 3 more; then 13 are available, so 3 fewer.
        &[Action::Resize(NEW, 5)],
        &[Action::Resize(OLD, 5)],
        &[Action::SetStepIndex(3)],
        // All steps are done: all pods, again by threes.
        &[Action::Resize(NEW, 8)],
        &[Action::Resize(OLD, 2)],
        &[Action::Resize(NEW, 10)],
        &[Action::Resize(OLD, 0), Action::PromoteToStable(NEW)],
        &[],
    ]);
}

/// `setCanaryScale` sizes the canary apart from its weight (§2.4); the former stable set goes 30 s
/// after nothing points at it any more (§2.8).
#[test]
fn a_routed_canary_is_scaled_apart_from_its_weight_and_promoted_by_hand() {
    let steps = vec![
        Step::SetCanaryScale(CanaryScale::Replicas(3)),
        Step::SetWeight(10),
        Step::Pause(None),
        Step::SetCanaryScale(CanaryScale::MatchTrafficWeight),
        Step::SetWeight(50),
    ];
    let mut world = World::updating(weighted(steps, StableScale::Full));
    world.check(&[
        &[reset(NEW, 0)],
        &[point(NEW, OLD), Action::Resize(NEW, 3)],
        &[Action::SwitchCanary(NEW), Action::SetStepIndex(1)],
        &[weight(10), Action::SetStepIndex(2)],
        &[Action::BeginPause(START)],
        &[],
    ]);
    assert_eq!(world.seen(|seen| requeue_at(seen, START)), None);
    world.status = world.seen(promote).status;
    world.check(&[
        &[Action::SetStepIndex(3)],
        // 10 % of 10 pods is 1.
        &[Action::Resize(NEW, 1)],
        &[Action::SetStepIndex(4)],
        &[Action::Resize(NEW, 5)],
        &[weight(50), Action::SetStepIndex(5)],
        &[Action::Resize(NEW, 10)],
        &[weight(100), Action::PromoteToStable(NEW)],
        &[Action::SwitchStable(NEW), point(NEW, NEW), weight(0)],
        &[Action::SetDeadline(OLD, START + DELAY)],
        &[],
    ]);
    let due = world.seen(|seen| requeue_at(seen, START));
    assert_eq!(due, Some(START + DELAY));
    world.now = START + DELAY;
    world.check(&[&[Action::Resize(OLD, 0), Action::ClearDeadline(OLD)], &[]]);
}

/// The canary's traffic goes back as stable grows: of the setWeights the first whose pods are fewer
/// than max(10 − stable, canary) (§2.4, §2.5).
#[test]
fn an_abort_with_a_dynamic_stable_set_goes_back_step_by_step() {
    let steps = vec![Step::SetWeight(20), Step::SetWeight(50), Step::Pause(None)];
    let mut spec = weighted(steps, StableScale::Dynamic);
    spec.background = Analysis::Configured;
    let mut world = World::at_step(spec, 2, 50, (5, 5));
    world.status.pause = ControllerPause::Since(START);
    world.analysis.background = Some(RunPhase::Failed);
    world.check(&[
        &[Action::Abort(Judge::Background), Action::SetStepIndex(0)],
        // max(5, 5) pods: 50 % has as many, 20 % fewer; stable has to carry 80 % first.
        &[Action::CancelBackgroundAnalysis, Action::Resize(OLD, 8)],
        &[weight(20), Action::Resize(NEW, 2)],
        // max(2, 2) pods: no setWeight has fewer; stable carries all with 10.
        &[Action::Resize(OLD, 10)],
        &[Action::SwitchCanary(OLD), weight(0), Action::Resize(NEW, 0)],
        &[],
    ]);
    assert!(world.status.abort);
}

/// All traffic at once, then the canary stays for 30 s (§2.8).
#[test]
fn an_abort_with_a_full_stable_set_is_one_write() {
    let steps = vec![Step::SetWeight(50), Step::Pause(None)];
    let mut world = World::at_step(weighted(steps, StableScale::Full), 1, 50, (5, 10));
    world.status.pause = ControllerPause::Since(START);
    world.status = abort(world.status);
    world.check(&[
        &[
            Action::SwitchCanary(OLD),
            weight(0),
            Action::SetDeadline(NEW, START + DELAY),
            Action::SetStepIndex(0),
            Action::EndPause,
        ],
        &[],
    ]);
    world.now = START + DELAY;
    world.check(&[&[Action::Resize(NEW, 0)], &[]]);
    // A retry begins with the first step, whose pods come first.
    world.status = retry(world.status);
    world.check(&[
        &[
            Action::ClearDeadline(NEW),
            Action::Resize(NEW, 5),
            Action::ClearAbort,
        ],
        &[
            Action::SwitchCanary(NEW),
            weight(50),
            Action::SetStepIndex(1),
        ],
        &[Action::BeginPause(START + DELAY)],
    ]);
}

/// A human skips the step whose analysis has no verdict (upstream's `getPatches`).
#[test]
fn a_step_without_verdict_waits_for_a_human_who_skips_it() {
    let steps = vec![Step::SetWeight(20), Step::Analysis, Step::Pause(None)];
    let mut world = World::at_step(basic(steps), 1, 0, (2, 8));
    world.check(&[&[Action::StartStepAnalysis(1)]]);
    let run = |phase| Some(StepRun { step: 1, phase });
    world.analysis.step = run(RunPhase::Running);
    world.check(&[&[]]);
    world.analysis.step = run(RunPhase::Inconclusive);
    world.check(&[&[Action::PauseInconclusive(Judge::Step)], &[]]);
    world.status = world.seen(promote).status;
    assert_eq!(world.status.step_index, Some(2));
    world.check(&[
        &[Action::CancelStepAnalysis, Action::BeginPause(START)],
        &[],
    ]);
}

/// After the pause a new background run is started (upstream's `needsNewAnalysisRun`); the pause of
/// the step ends by the same command.
#[test]
fn a_background_without_verdict_is_started_again_after_the_promotion() {
    let steps = vec![Step::SetWeight(20), Step::Pause(None)];
    let mut spec = basic(steps);
    spec.background = Analysis::Configured;
    let mut world = World::at_step(spec, 1, 0, (2, 8));
    world.status.pause = ControllerPause::Since(START);
    world.analysis.background = Some(RunPhase::Inconclusive);
    world.check(&[&[Action::PauseInconclusive(Judge::Background)], &[]]);
    world.status = world.seen(promote).status;
    world.check(&[&[Action::StartBackgroundAnalysis, Action::SetStepIndex(2)]]);
}

/// The router is told first that nothing goes to the canary, then which set that is (upstream's
/// `reconcileTrafficRouting`); the set in between goes at once when nothing points at it (§2.8).
#[test]
fn a_third_template_drops_the_second_once_its_traffic_has_left() {
    let steps = vec![Step::SetWeight(20), Step::Pause(None)];
    let mut world = World::at_step(weighted(steps, StableScale::Full), 1, 50, (5, 10));
    world.template = NEWEST;
    world.sets.push(set(NEWEST, 3, 0));
    world.check(&[
        &[reset(NEWEST, 0)],
        &[weight(0), point(NEWEST, OLD), Action::Resize(NEWEST, 2)],
        &[
            Action::SwitchCanary(NEWEST),
            weight(20),
            Action::SetStepIndex(1),
        ],
        &[Action::Resize(NEW, 0)],
        &[Action::BeginPause(START)],
    ]);
}

/// Back to the stable template: past the last step at once, and the canary waits for its deadline.
#[test]
fn going_back_to_stable_skips_all_steps() {
    let steps = vec![Step::SetWeight(50), Step::Pause(None)];
    let mut world = World::at_step(weighted(steps, StableScale::Full), 1, 50, (5, 10));
    world.template = OLD;
    world.check(&[
        &[reset(OLD, 2)],
        &[Action::SwitchCanary(OLD), point(OLD, OLD), weight(0)],
        &[Action::SetDeadline(NEW, START + DELAY)],
        &[],
    ]);
}

/// A stable set that is too small for all traffic keeps what it has until it is whole (upstream's
/// `IsDynamicallyRollingBackToStable`).
#[test]
fn going_back_to_a_dynamic_stable_set_waits_until_it_is_whole() {
    let steps = vec![Step::SetWeight(50), Step::Pause(None)];
    let mut world = World::at_step(weighted(steps, StableScale::Dynamic), 1, 50, (5, 5));
    world.template = OLD;
    world.check(&[
        &[reset(OLD, 2)],
        &[Action::Resize(OLD, 10)],
        &[Action::SwitchCanary(OLD), point(OLD, OLD), weight(0)],
        &[Action::Resize(NEW, 0)],
    ]);
}

/// Ten pods at once, since traffic routing knows no surge (§2.4); the weight rises with them.
#[test]
fn a_full_promotion_skips_pauses_and_keeps_the_weight_until_all_pods_are_there() {
    let steps = vec![Step::SetWeight(20), Step::Pause(None), Step::SetWeight(50)];
    let mut world = World::at_step(weighted(steps, StableScale::Full), 1, 20, (2, 10));
    world.status.pause = ControllerPause::Since(START);
    world.status = world.seen(promote_full).status;
    world.check(&[
        &[
            Action::Resize(NEW, 10),
            Action::SetStepIndex(3),
            Action::EndPause,
        ],
        &[Action::PromoteToStable(NEW)],
        &[Action::SwitchStable(NEW), point(NEW, NEW), weight(0)],
    ]);
}

#[test]
fn a_change_of_the_number_of_pods_is_a_pass_for_sizes_only() {
    let steps = vec![Step::SetWeight(50), Step::Pause(None)];
    let mut world = World::at_step(weighted(steps, StableScale::Full), 1, 50, (5, 10));
    world.rollout.replicas = 20;
    world.check(&[
        &[Action::Resize(OLD, 20)],
        // The new set was not told yet: sizes only, again.
        &[Action::Resize(NEW, 10)],
        &[Action::BeginPause(START)],
    ]);
}

#[test]
fn a_human_holds_sizes_and_steps() {
    let mut world = World::at_step(basic(vec![Step::SetWeight(50)]), 0, 0, (2, 8));
    world.rollout.paused = true;
    world.check(&[&[]]);
    world.rollout.paused = false;
    world.check(&[&[Action::Resize(NEW, 5)]]);
}

#[test]
fn pods_that_were_restarted_end_the_pass() {
    let world = World::at_step(basic(vec![Step::SetWeight(50)]), 0, 0, (2, 8));
    let restarted = world.seen(|seen| {
        let seen = super::CanaryView {
            pods_restarted: 1,
            ..*seen
        };
        super::reconcile(&seen, SimTime::ZERO)
    });
    assert_eq!(restarted.actions, []);
}

/// Pods that never come are taken back as they do not count as available (§2.3 step 4).
#[test]
fn an_aborted_basic_canary_whose_pods_never_came_goes_at_once() {
    let mut world = World::updating(basic(vec![Step::SetWeight(20)]));
    world.sick = Some(NEW);
    world.check(&[&[reset(NEW, 0)], &[Action::Resize(NEW, 2)], &[]]);
    world.status = abort(world.status);
    world.check(&[&[Action::Resize(NEW, 0)], &[]]);
}

#[test]
fn an_experiment_that_fails_aborts_and_one_that_succeeds_ends_its_step() {
    let steps = vec![Step::SetWeight(20), Step::Experiment];
    let seen = |phase| Some(super::ExperimentSeen { phase, weight: 0 });
    let mut world = World::at_step(basic(steps), 1, 0, (2, 8));
    world.check(&[&[Action::StartExperiment(1)]]);
    world.experiment = seen(RunPhase::Running);
    world.check(&[&[]]);
    world.experiment = seen(RunPhase::Successful);
    world.check(&[&[Action::ForgetExperiment, Action::SetStepIndex(2)]]);
    (world.status.step_index, world.experiment) = (Some(1), seen(RunPhase::Failed));
    world.check(&[&[
        Action::Abort(Judge::Experiment),
        Action::ForgetExperiment,
        Action::SetStepIndex(0),
    ]]);
}

/// An experiment's traffic is stable's, while it runs (§2.5).
#[test]
fn an_experiment_takes_its_traffic_from_stable() {
    let steps = vec![Step::SetWeight(20), Step::Experiment];
    let mut world = World::at_step(weighted(steps, StableScale::Full), 1, 20, (2, 10));
    let phase = RunPhase::Running;
    world.experiment = Some(super::ExperimentSeen { phase, weight: 5 });
    let (canary, stable) = (20, 75);
    world.check(&[&[Action::SetWeight { canary, stable }]]);
}

#[test]
fn header_and_mirror_routes_go_with_the_abort() {
    let steps = vec![
        Step::SetHeaderRoute,
        Step::SetMirrorRoute,
        Step::Pause(None),
    ];
    let mut world = World::at_step(weighted(steps, StableScale::Full), 0, 0, (1, 10));
    world
        .spec
        .steps
        .insert(0, Step::SetCanaryScale(CanaryScale::Replicas(1)));
    world.status.step_index = Some(1);
    world.check(&[
        &[Action::SetHeaderRoute(1), Action::SetStepIndex(2)],
        &[Action::SetMirrorRoute(2), Action::SetStepIndex(3)],
        &[Action::BeginPause(START)],
    ]);
    world.status = abort(world.status);
    assert!(
        world
            .pass()
            .starts_with(&[Action::SwitchCanary(OLD), Action::RemoveRoutes])
    );
}

//! Whole updates, pass by pass; the expected actions are worked out by hand from the reference (§2)
//! and from upstream's code.

use super::super::analysis::Phase as RunPhase;
use super::super::{Analysis, CanaryScale, ControllerPause, StableScale, Step};
use super::wording::{DELAY, basic, point, reset, weight, weighted};
use super::world::{NEW, OLD, START, World};
use super::{Action, ExperimentSeen, Judge, StepRun, abort, promote, requeue_at};
use crate::units::SimDuration;

const TICK: SimDuration = SimDuration::from_nanos(1);
const MINUTE: SimDuration = SimDuration::from_secs(60);

/// 20 % of 10 pods are 2, 50 % are 5; at most 10 + ⌈25 %⌉ = 13 pods, at least 10 available (§2.3).
#[test]
fn a_basic_canary_grows_within_its_surge_and_waits_a_minute() {
    let steps = vec![
        Step::SetWeight(20),
        Step::Pause(Some(MINUTE)),
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
    let end = START + MINUTE;
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

#[test]
fn an_experiment_that_fails_aborts_and_one_that_succeeds_ends_its_step() {
    let steps = vec![Step::SetWeight(20), Step::Experiment];
    let seen = |phase| Some(ExperimentSeen { phase, weight: 0 });
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
    world.experiment = Some(ExperimentSeen { phase, weight: 5 });
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

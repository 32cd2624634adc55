//! Updates that do not go through: aborts, other templates, humans, other numbers of pods; the
//! expected actions are worked out by hand from the reference (§2) and from upstream's code.

use super::super::analysis::Phase as RunPhase;
use super::super::{Analysis, ControllerPause, StableScale, Step};
use super::wording::{DELAY, basic, point, reset, weight, weighted};
use super::world::{NEW, NEWEST, OLD, START, World, set};
use super::{Action, CanaryView, Judge, abort, promote_full, reconcile, retry};
use crate::units::SimTime;

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
        let seen = CanaryView {
            pods_restarted: 1,
            ..*seen
        };
        reconcile(&seen, SimTime::ZERO)
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

//! One pass over a canary Rollout.

use super::super::{
    CanaryStatus, ControllerPause, SetView, Sizing, Step, Update, is_rollback_within_window,
    is_scaling_event,
};
use super::advance::{SoFar, advance};
use super::judges::{analyses, experiment};
use super::services::services;
use super::sizes::sizes;
use super::traffic::traffic;
use super::{Action, CanaryView, Pass, StepsSeen};
use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// One pass, in upstream's order (reference §2.1, `rolloutCanary`): a change of `spec.replicas` is a
/// pass for sizes only, and one of the template or the steps resets the status; else Services,
/// traffic, experiment, analyses, sizes, pause, status. A pause for want of a verdict skips sizes and
/// pause, and a size that changes skips the pause; the status comes last in any case. The making of
/// the new set is the caller's.
pub fn reconcile(seen: &CanaryView<'_>, now: SimTime) -> Pass {
    let Some(new) = seen.sets.new else {
        return Pass::default();
    };
    if is_scaling_event(seen.rollout, &seen.sets) {
        let sized = sizes(
            seen,
            sizing(seen, seen.is_aborted()),
            &seen.canary_status(),
            now,
        );
        let actions = sized.changes.into_iter().map(Action::from).collect();
        return Pass { actions };
    }
    if has_changed(seen, new) {
        let actions = vec![reset(seen, new)];
        return Pass { actions };
    }
    if seen.pods_restarted > 0 {
        // The counts of available pods do not know of the evictions yet.
        return Pass::default();
    }
    let mut actions = services(seen);
    let (routed, weights) = traffic(seen, new);
    actions.extend(routed);
    let status = CanaryStatus {
        weights,
        ..seen.canary_status()
    };
    actions.extend(experiment(seen));
    let aborted = seen.is_aborted() || aborts(&actions);
    actions.extend(analyses(seen, aborted, now));
    let aborted = aborted || aborts(&actions);
    let rest = sizes_and_pause(seen, &actions, (&status, aborted), now);
    if aborted {
        // An abort ends every pause, one that begins in the same pass too.
        actions.retain(|action| !matches!(action, Action::PauseInconclusive(_)));
    }
    actions.extend(rest);
    let so_far = SoFar {
        actions: &actions,
        aborted,
        status: &status,
    };
    let last = advance(seen, so_far, now);
    actions.extend(last);
    Pass { actions }
}

/// Whether a pass comes to the restarter: the template and the steps are those of the last pass, and
/// it is no pass for sizes only. The restarter then acts first, and ends the pass if it evicts.
pub fn runs_restarter(seen: &CanaryView<'_>) -> bool {
    let same = |new: &SetView| !has_changed(seen, new);
    seen.sets.new.is_some_and(same) && !is_scaling_event(seen.rollout, &seen.sets)
}

fn has_changed(seen: &CanaryView<'_>, new: &SetView) -> bool {
    new.hash != seen.status.current || seen.status.steps == StepsSeen::Changed
}

/// The reset for another template or other steps; going back to the stable template, or to one within
/// the rollback window that still has pods, skips all steps.
fn reset(seen: &CanaryView<'_>, new: &SetView) -> Action {
    let to_stable = seen.status.stable == Some(new.hash);
    let to_window = is_rollback_within_window(seen.rollout, &seen.sets) && new.spec > 0;
    let step_index = match seen.steps() {
        0 => None,
        steps if to_stable || to_window => Some(steps),
        _ => Some(0),
    };
    Action::ResetStatus {
        current: new.hash,
        step_index,
    }
}

fn aborts(actions: &[Action]) -> bool {
    let abort = |action: &Action| matches!(action, Action::Abort(_));
    actions.iter().any(abort)
}

fn sizing<'a>(seen: &CanaryView<'a>, aborted: bool) -> Sizing<'a> {
    Sizing {
        rollout: seen.rollout,
        update: Update::of(aborted, &seen.sets),
    }
}

/// The sizes, and where they all are as they should be, the pause.
fn sizes_and_pause(
    seen: &CanaryView<'_>,
    so_far: &[Action],
    (status, aborted): (&CanaryStatus, bool),
    now: SimTime,
) -> Vec<Action> {
    let paused = |action: &Action| matches!(action, Action::PauseInconclusive(_));
    if so_far.iter().any(paused) {
        return Vec::new();
    }
    let sized = sizes(seen, sizing(seen, aborted), status, now);
    let pause = begins_pause(seen) && !aborted && !sized.scaled;
    let changes = sized.changes.into_iter().map(Action::from);
    let pause = pause.then_some(Action::BeginPause(stamp(now)));
    changes.chain(pause).collect()
}

/// Whether the present step is a pause that has not begun (upstream's `reconcileCanaryPause`).
fn begins_pause(seen: &CanaryView<'_>) -> bool {
    let at_pause = matches!(seen.step(), Some((_, Step::Pause(_))));
    let window = is_rollback_within_window(seen.rollout, &seen.sets);
    let held = seen.rollout.paused || seen.status.promote_full || window;
    at_pause && !held && seen.step_pause() == ControllerPause::None
}

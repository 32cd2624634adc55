//! What humans command (upstream's `kubectl argo rollouts`).

use super::super::analysis::Phase as RunPhase;
use super::super::{Commanded, ControllerPause};
use super::{CanaryRunStatus, CanaryView};

/// `promote` (upstream's `getPatches`); sets `spec.paused: false` in any case.
///
/// * Paused: the pauses end, and the next pass sees that a human has ended them.
/// * Paused because the step's analysis has no verdict: the pauses end and the step is skipped.
/// * Not paused: the step is skipped, whatever it waits for.
pub fn promote(seen: &CanaryView<'_>) -> Commanded<CanaryRunStatus> {
    let mut status = seen.status;
    let run = seen.analysis.step.map(|run| run.phase);
    let no_verdict = run == Some(RunPhase::Inconclusive);
    if seen.has_pause() {
        status.pause = match no_verdict {
            true => ControllerPause::None,
            false => ControllerPause::Resumed,
        };
        (status.inconclusive, status.inconclusive_experiment) = (false, false);
    }
    if !seen.has_pause() || no_verdict {
        status.step_index = index_after(seen);
    }
    let unpauses = seen.rollout.paused;
    Commanded { status, unpauses }
}

/// The index of the next step; past the last step it stays, and without steps there is none.
fn index_after(seen: &CanaryView<'_>) -> Option<u32> {
    match seen.steps() {
        0 => seen.status.step_index,
        steps => Some((seen.status.step_index.unwrap_or(0) + 1).min(steps)),
    }
}

/// `promote --full`: skips all that is left, unless nothing is.
pub fn promote_full(seen: &CanaryView<'_>) -> Commanded<CanaryRunStatus> {
    let mut status = seen.status;
    status.promote_full |= !seen.is_fully_promoted();
    let unpauses = seen.rollout.paused;
    Commanded { status, unpauses }
}

/// `abort`; without effect where nothing is under way.
pub fn abort(mut status: CanaryRunStatus) -> CanaryRunStatus {
    status.abort = true;
    status
}

/// `retry`: takes the abort away; the update begins with its first step again.
pub fn retry(mut status: CanaryRunStatus) -> CanaryRunStatus {
    status.retried |= status.abort;
    status.abort = false;
    status
}

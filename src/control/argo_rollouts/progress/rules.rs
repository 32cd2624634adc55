//! What counts as progress, and when there has been none for too long.

use super::super::{Condition, Reason, RolloutSpec, RolloutStrategy, Step};
use super::{ProgressView, Written};
use crate::units::{SimDuration, SimTime};

/// Whether anything moved between two statuses (reference §1.10, upstream's `RolloutProgressing`): the
/// number of updated pods, fewer old pods, more ready or available ones; with blue-green also where a
/// Service points; with a canary also the stable template, the step or the steps.
pub fn progressing(rollout: &RolloutSpec, before: &Written, after: &Written) -> bool {
    let old =
        |written: &Written| i64::from(written.counts.replicas) - i64::from(written.counts.updated);
    let moved = match rollout.strategy {
        RolloutStrategy::BlueGreen(_) => {
            before.active != after.active || before.preview != after.preview
        }
        RolloutStrategy::Canary(_) => {
            let step = before.step_index.zip(after.step_index);
            before.stable != after.stable || step.is_some_and(|(before, after)| before != after)
        }
    };
    after.counts.updated != before.counts.updated
        || old(after) < old(before)
        || after.counts.ready > before.counts.ready
        || after.counts.available > before.counts.available
        || moved
}

/// Whether the present template is the stable one (upstream's `RolloutCompleted`).
pub fn completed(written: &Written) -> bool {
    written.stable == Some(written.current)
}

/// Whether all is as wanted (upstream's `RolloutHealthy`): every pod updated and available, and every
/// Service switched (blue-green), or all steps done, the template stable and no pod too many (canary).
pub fn healthy(seen: &ProgressView<'_>) -> bool {
    let (after, replicas) = (&seen.after, seen.rollout.replicas);
    let current = Some(after.current);
    let done = match &seen.rollout.strategy {
        RolloutStrategy::BlueGreen(_) => {
            after.active == current && (!seen.has_preview || after.preview == current)
        }
        RolloutStrategy::Canary(canary) => {
            let steps = canary.steps.len() as u64;
            let all = |index: u32| steps == 0 || u64::from(index) == steps;
            after.step_index.is_none_or(all)
                && completed(after)
                && after.counts.replicas == replicas
        }
    };
    let counts = after.counts;
    counts.updated == replicas && counts.available == replicas && seen.observed && done
}

/// Whether the last progress lies further back than the deadline, strictly (upstream's
/// `RolloutTimedOut`). While paused or aborted nothing times out; what has timed out stays so until it
/// progresses.
pub fn timed_out(deadline: SimDuration, condition: Option<Condition>, now: SimTime) -> bool {
    let Some(condition) = condition else {
        return false;
    };
    match condition.reason {
        Reason::RolloutAborted | Reason::RolloutPaused => false,
        Reason::ProgressDeadlineExceeded => true,
        _ => condition.last_update + deadline < now,
    }
}

/// Whether the present step, or a pause, may take as long as it likes (upstream's `isIndefiniteStep`).
fn is_indefinite(seen: &ProgressView<'_>) -> bool {
    let step = matches!(
        seen.step,
        Some(Step::Experiment | Step::Analysis | Step::Pause(_))
    );
    step || seen.conditions.paused == Some(true)
}

/// Whether the deadline is looked at now and was missed (reference §1.10).
pub(super) fn misses_deadline(seen: &ProgressView<'_>, now: SimTime) -> bool {
    let (deadline, condition) = (seen.rollout.progress_deadline, seen.conditions.progressing);
    !is_indefinite(seen) && !seen.older_deadline && timed_out(deadline, condition, now)
}

/// Whether this pass has moved anything.
pub(super) fn has_progressed(seen: &ProgressView<'_>) -> bool {
    seen.steps_changed || progressing(seen.rollout, &seen.before, &seen.after)
}

/// When a Rollout whose status did not change has to be looked at for its progress deadline (upstream's
/// `requeueStuckRollout`): a second after it, or one tick after it if less than a second is left;
/// `None` if there is nothing to wait for.
pub fn requeue_at(seen: &ProgressView<'_>, now: SimTime) -> Option<SimTime> {
    let condition = seen.conditions.progressing?;
    let over = condition.reason == Reason::ProgressDeadlineExceeded;
    let held = seen.before.paused || seen.rollout.paused || seen.before.aborted;
    if over || held || healthy(seen) || is_indefinite(seen) {
        return None;
    }
    let deadline = condition.last_update + seen.rollout.progress_deadline;
    let again = match deadline.saturating_since(now) < SimDuration::SECOND {
        true => deadline + SimDuration::from_nanos(1),
        false => deadline + SimDuration::SECOND,
    };
    (again > now).then_some(again)
}

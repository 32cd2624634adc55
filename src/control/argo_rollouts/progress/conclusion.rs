//! How a pass ends, and what comes before it.

use super::super::{Condition, DeadlineMissed, Phase, Reason, RolloutStrategy};
use super::rules::{has_progressed, misses_deadline};
use super::{Conclusion, Conditions, ProgressView, completed, healthy};
use crate::units::SimTime;

/// How the pass ends: first whether a missed deadline aborts the update (`progressDeadlineAbort`,
/// upstream's `evaluateProgressDeadlineAbort`), then the conditions, then the phase (upstream's
/// `persistRolloutStatus`).
pub fn conclude(seen: &ProgressView<'_>, now: SimTime) -> Conclusion {
    let aborts = seen.rollout.deadline_missed == DeadlineMissed::Abort
        && !seen.after.aborted
        && !completed(&seen.after)
        && !has_progressed(seen)
        && misses_deadline(seen, now);
    let aborted = seen.after.aborted || aborts;
    let conditions = conditions(seen, aborted, now);
    Conclusion {
        aborts,
        conditions,
        phase: phase(seen, aborted, &conditions),
    }
}

/// The conditions after a pass (upstream's `calculateRolloutConditions`).
fn conditions(seen: &ProgressView<'_>, aborted: bool, now: SimTime) -> Conditions {
    let paused = (seen.after.paused && !aborted) || seen.rollout.paused;
    let healthy = healthy(seen);
    let well = healthy && !paused;
    let fell_ill = seen.conditions.healthy == Some(true) && !well;
    let current = seen.conditions.progressing;
    let set = |reason| Some(Condition::set(current, reason, now));
    let progressing = match () {
        () if aborted => set(Reason::RolloutAborted),
        () if healthy => set(Reason::NewReplicaSetAvailable),
        () if fell_ill && completed(&seen.after) => {
            let reason = Reason::ReplicaSetNotAvailable;
            Some(Condition::refresh(current, reason, now))
        }
        () if fell_ill || has_progressed(seen) => {
            Some(Condition::refresh(current, Reason::ReplicaSetUpdated, now))
        }
        () if misses_deadline(seen, now) => set(Reason::ProgressDeadlineExceeded),
        () => current,
    };
    Conditions {
        progressing,
        paused: seen.conditions.paused,
        healthy: match (well, seen.conditions.healthy) {
            (true, _) => Some(true),
            (false, before) => before.map(|_| false),
        },
    }
}

/// The phase after a pass (upstream's `CalculateRolloutPhase`; the order is upstream's).
fn phase(seen: &ProgressView<'_>, aborted: bool, conditions: &Conditions) -> Phase {
    let (after, counts) = (&seen.after, seen.after.counts);
    let reason = conditions.progressing.map(|condition| condition.reason);
    let degraded = [Reason::RolloutAborted, Reason::ProgressDeadlineExceeded];
    let waits = match &seen.rollout.strategy {
        RolloutStrategy::BlueGreen(_) => after.active != Some(after.current),
        RolloutStrategy::Canary(canary) => {
            !canary.is_weighted() && counts.replicas > counts.updated
        }
    };
    match () {
        () if reason.is_some_and(|reason| degraded.contains(&reason)) => Phase::Degraded,
        () if seen.rollout.paused || (after.paused && !aborted) => Phase::Paused,
        () if seen.restarting || counts.updated < seen.rollout.replicas => Phase::Progressing,
        () if counts.available < counts.updated => Phase::Progressing,
        () if waits || !completed(after) => Phase::Progressing,
        () => Phase::Healthy,
    }
}

/// The conditions to write at the beginning of a pass because the Rollout was paused, resumed or
/// retried, if it was (upstream's `checkPausedConditions`): the pass is then over. A spec that was not
/// observed yet is left to the full pass.
pub fn paused_conditions(seen: &ProgressView<'_>, now: SimTime) -> Option<Conditions> {
    let before = &seen.before;
    let current = seen.conditions.progressing;
    let is = |reason| current.is_some_and(|condition| condition.reason == reason);
    let paused = before.paused || seen.rollout.paused;
    let aborted = is(Reason::RolloutAborted);
    let mut next = seen.conditions;
    if paused != is(Reason::RolloutPaused) && !aborted && !completed(before) {
        let reason = match paused {
            true => Reason::RolloutPaused,
            false => Reason::RolloutResumed,
        };
        next.progressing = Some(Condition::set(current, reason, now));
    }
    if aborted && !before.aborted {
        next.progressing = Some(Condition::set(current, Reason::RolloutRetry, now));
    }
    if paused != (seen.conditions.paused == Some(true)) && !aborted {
        next.paused = Some(paused);
    }
    (seen.observed && next != seen.conditions).then_some(next)
}

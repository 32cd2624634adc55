//! What a pass says of a Rollout's progress, whatever the strategy: conditions, the progress deadline,
//! the phase.
//!
//! ```text
//! pass ─ paused_conditions ─┬ Some: written, the pass is over
//!                           └ None: reconcile ─ apply ─ conclude ─ conditions, abort, phase
//! ```
//!
//! The clock of the deadline starts anew with every progress (`lastUpdateTime` of Progressing), stands
//! still while paused, and is not looked at in steps that may take as long as they like.

use super::{
    Condition, DeadlineMissed, Phase, Reason, RolloutSpec, RolloutStrategy, Sets, Step,
    TemplateHash,
};
use crate::units::{SimDuration, SimTime};

/// Pods, as the status counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// `replicas`: pods of all sets.
    pub replicas: u32,
    /// `updatedReplicas`: pods of the new set.
    pub updated: u32,
    /// `readyReplicas`.
    pub ready: u32,
    /// `availableReplicas`.
    pub available: u32,
}

impl Counts {
    /// The counts of what was seen (upstream's `calculateBaseStatus` and what the strategies change
    /// of it). `ready` are the ready pods of the set that counts: with blue-green that of the active
    /// Service, else of all sets.
    pub fn of(
        rollout: &RolloutSpec,
        sets: &Sets<'_>,
        active: Option<TemplateHash>,
        ready: u32,
    ) -> Self {
        let blue_green = matches!(rollout.strategy, RolloutStrategy::BlueGreen(_));
        let served = sets
            .all()
            .find(|set| blue_green && Some(set.hash) == active);
        let available = sets.all().map(|set| set.available).sum();
        Self {
            replicas: sets.all().map(|set| set.replicas).sum(),
            updated: sets.new.map_or(0, |new| new.replicas),
            ready,
            available: served.map_or(available, |set| set.available),
        }
    }
}

/// What a status says, its conditions aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Pods.
    pub counts: Counts,
    /// `currentPodHash`.
    pub current: TemplateHash,
    /// `stableRS`.
    pub stable: Option<TemplateHash>,
    /// `blueGreen.activeSelector`; `None` for a canary.
    pub active: Option<TemplateHash>,
    /// `blueGreen.previewSelector`; `None` for a canary and without a preview Service.
    pub preview: Option<TemplateHash>,
    /// `currentStepIndex`.
    pub step_index: Option<u32>,
    /// Whether there are pause conditions.
    pub paused: bool,
    /// `abort`.
    pub aborted: bool,
}

/// Conditions, as far as a decision looks at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Progressing.
    pub progressing: Option<Condition>,
    /// Whether Paused is True; `None`: there is no such condition.
    pub paused: Option<bool>,
    /// Whether Healthy is True; `None`: there is no such condition.
    pub healthy: Option<bool>,
}

/// What the end of a pass looks at.
#[derive(Debug, Clone, Copy)]
pub struct ProgressView<'a> {
    /// The Rollout's spec.
    pub rollout: &'a RolloutSpec,
    /// The status as last written.
    pub before: Written,
    /// The status that the pass has come to.
    pub after: Written,
    /// The conditions as last written.
    pub conditions: Conditions,
    /// The step that was the present one before the pass.
    pub step: Option<Step>,
    /// Whether the steps have changed since the last pass.
    pub steps_changed: bool,
    /// Whether a set that is neither new nor stable carries a scale-down deadline.
    pub older_deadline: bool,
    /// Whether there is a preview Service.
    pub has_preview: bool,
    /// Whether the last written status has observed the spec's generation.
    pub observed: bool,
    /// Whether a restart is not carried out yet (`restartAt` is not `restartedAt`).
    pub restarting: bool,
}

/// How a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conclusion {
    /// Whether the update is aborted because the progress deadline was missed; every pause ends then.
    pub aborts: bool,
    /// The conditions from now on.
    pub conditions: Conditions,
    /// `status.phase`.
    pub phase: Phase,
}

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
fn misses_deadline(seen: &ProgressView<'_>, now: SimTime) -> bool {
    let (deadline, condition) = (seen.rollout.progress_deadline, seen.conditions.progressing);
    !is_indefinite(seen) && !seen.older_deadline && timed_out(deadline, condition, now)
}

fn has_progressed(seen: &ProgressView<'_>) -> bool {
    seen.steps_changed || progressing(seen.rollout, &seen.before, &seen.after)
}

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
    let fell_ill = seen.conditions.healthy == Some(true) && (paused || !healthy);
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
        healthy: match (healthy && !paused, seen.conditions.healthy) {
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

#[cfg(test)]
mod tests {
    use super::super::CanarySpec;
    use super::*;

    const NEW: TemplateHash = TemplateHash::new(2);
    const OLD: TemplateHash = TemplateHash::new(1);
    const SINCE: SimTime = SimTime::from_secs(100);
    const DEADLINE: SimDuration = SimDuration::from_secs(600);
    const TICK: SimDuration = SimDuration::from_nanos(1);

    fn rollout(strategy: RolloutStrategy) -> RolloutSpec {
        RolloutSpec {
            replicas: 10,
            paused: false,
            progress_deadline: DEADLINE,
            deadline_missed: DeadlineMissed::Abort,
            rollback_window: 0,
            strategy,
        }
    }

    fn canary() -> RolloutSpec {
        rollout(RolloutStrategy::Canary(CanarySpec {
            steps: vec![Step::SetWeight(20)],
            ..CanarySpec::default()
        }))
    }

    /// A canary of 2 pods, none available, beside 10 old ones; the last progress was at `SINCE`.
    fn stuck(rollout: &RolloutSpec) -> ProgressView<'_> {
        let written = Written {
            counts: Counts {
                replicas: 12,
                updated: 2,
                ready: 10,
                available: 10,
            },
            current: NEW,
            stable: Some(OLD),
            active: None,
            preview: None,
            step_index: Some(0),
            paused: false,
            aborted: false,
        };
        ProgressView {
            rollout,
            before: written,
            after: written,
            conditions: Conditions {
                progressing: Some(Condition::set(None, Reason::ReplicaSetUpdated, SINCE)),
                paused: None,
                healthy: Some(false),
            },
            step: Some(Step::SetWeight(20)),
            steps_changed: false,
            older_deadline: false,
            has_preview: false,
            observed: true,
            restarting: false,
        }
    }

    /// Whether it aborts, why Progressing stands as it does, and the phase.
    #[track_caller]
    fn check(seen: &ProgressView<'_>, now: SimTime, expected: (bool, Reason, Phase)) {
        let end = conclude(seen, now);
        let reason = end.conditions.progressing.unwrap().reason;
        assert_eq!((end.aborts, reason, end.phase), expected);
    }

    #[test]
    fn the_deadline_is_strict_and_aborts_only_where_that_is_written() {
        let mut rollout = canary();
        let (going, late) = (SINCE + DEADLINE, SINCE + DEADLINE + TICK);
        let seen = stuck(&rollout);
        check(
            &seen,
            going,
            (false, Reason::ReplicaSetUpdated, Phase::Progressing),
        );
        check(&seen, late, (true, Reason::RolloutAborted, Phase::Degraded));
        rollout.deadline_missed = DeadlineMissed::Report;
        let missed = Reason::ProgressDeadlineExceeded;
        check(&stuck(&rollout), late, (false, missed, Phase::Degraded));
    }

    #[test]
    fn nothing_is_missed_in_steps_that_may_take_long_nor_beside_a_deadline() {
        let rollout = canary();
        let late = SINCE + DEADLINE + TICK;
        let same = (false, Reason::ReplicaSetUpdated, Phase::Progressing);
        let seen = stuck(&rollout);
        for step in [Step::Pause(None), Step::Analysis, Step::Experiment] {
            let step = Some(step);
            check(&ProgressView { step, ..seen }, late, same);
        }
        let older_deadline = true;
        check(
            &ProgressView {
                older_deadline,
                ..seen
            },
            late,
            same,
        );
    }

    #[test]
    fn one_more_available_pod_restarts_the_clock() {
        let rollout = canary();
        let mut seen = stuck(&rollout);
        seen.after.counts.available = 11;
        let late = SINCE + DEADLINE + TICK;
        let condition = conclude(&seen, late).conditions.progressing.unwrap();
        assert_eq!(condition.last_update, SINCE + DEADLINE);
        assert_eq!(condition.last_transition, SINCE);
    }

    #[test]
    fn a_promoted_canary_is_healthy_and_falls_ill_without_running_late() {
        let rollout = canary();
        let mut seen = stuck(&rollout);
        seen.after.stable = Some(NEW);
        seen.after.step_index = Some(1);
        seen.after.counts = Counts {
            replicas: 10,
            updated: 10,
            ready: 10,
            available: 10,
        };
        let done = Reason::NewReplicaSetAvailable;
        check(&seen, SINCE, (false, done, Phase::Healthy));
        seen.conditions = conclude(&seen, SINCE).conditions;
        seen.before = seen.after;
        seen.after.counts.available = 9;
        let (late, ill) = (SINCE + DEADLINE + TICK, Reason::ReplicaSetNotAvailable);
        check(&seen, late, (false, ill, Phase::Progressing));
    }

    #[test]
    fn pauses_and_retries_are_written_first_and_stop_the_clock() {
        let rollout = canary();
        let mut seen = stuck(&rollout);
        seen.before.paused = true;
        let next = paused_conditions(&seen, SINCE).unwrap();
        assert_eq!(next.progressing.unwrap().reason, Reason::RolloutPaused);
        assert_eq!(next.paused, Some(true));
        seen.conditions = next;
        assert_eq!(paused_conditions(&seen, SINCE), None);
        assert_eq!(requeue_at(&seen, SINCE), None);
        seen.before.paused = false;
        let later = SINCE + DEADLINE;
        let resumed = paused_conditions(&seen, later)
            .unwrap()
            .progressing
            .unwrap();
        assert_eq!(
            (resumed.reason, resumed.last_update),
            (Reason::RolloutResumed, later)
        );
        let aborted = Condition::set(None, Reason::RolloutAborted, SINCE);
        seen.conditions.progressing = Some(aborted);
        let retried = paused_conditions(&seen, SINCE)
            .unwrap()
            .progressing
            .unwrap();
        assert_eq!(retried.reason, Reason::RolloutRetry);
    }

    #[test]
    fn the_next_look_is_a_second_after_the_deadline_or_a_tick_if_that_is_near() {
        let rollout = canary();
        let (seen, deadline) = (stuck(&rollout), SINCE + DEADLINE);
        let second = Some(deadline + SimDuration::SECOND);
        assert_eq!(requeue_at(&seen, SINCE), second);
        assert_eq!(requeue_at(&seen, deadline), Some(deadline + TICK));
        assert_eq!(requeue_at(&seen, deadline + TICK), None);
    }
}

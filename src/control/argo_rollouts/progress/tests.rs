//! Deadlines, conditions and phases of stuck, promoted, paused and aborted updates.

use super::super::{
    CanarySpec, Condition, DeadlineMissed, Phase, Reason, RolloutSpec, RolloutStrategy, Step,
    TemplateHash,
};
use super::*;
use crate::units::{SimDuration, SimTime};

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

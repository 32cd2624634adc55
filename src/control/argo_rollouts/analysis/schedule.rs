//! When a metric is measured.

use super::{Measurement, MetricResult, MetricSpec, Phase, RunState};
use crate::units::{SimDuration, SimTime};

/// Wait after a measurement that ended in an error, whatever the interval (reference §3.1).
pub const ERROR_RETRY: SimDuration = SimDuration::from_secs(10);

/// What is to be done about a metric now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricTask {
    /// Measure it.
    Measure,
    /// Take up the measurement under way; if the run is terminating: end it.
    Resume,
}

/// What is to be done about a metric now, if anything (reference §3.1, upstream's
/// `generateMetricTasks`). The test of the interval is strict, that of the initial delay is not; the
/// initial delay counts from the run's start, which is known only after its first pass.
pub fn due(
    spec: &MetricSpec,
    result: &MetricResult,
    (run, started): (RunState, Option<SimTime>),
    now: SimTime,
) -> Option<MetricTask> {
    if result.is_completed() {
        return None;
    }
    match result.last {
        Some(Measurement {
            finished: None,
            resume,
            ..
        }) => {
            let waits = run == RunState::Going && resume.is_some_and(|resume| resume > now);
            (!waits).then_some(MetricTask::Resume)
        }
        _ if run == RunState::Terminating => None,
        None => first_is_due(spec, started, now).then_some(MetricTask::Measure),
        Some(last) => next_is_due(spec, result, &last, now).then_some(MetricTask::Measure),
    }
}

fn first_is_due(spec: &MetricSpec, started: Option<SimTime>, now: SimTime) -> bool {
    match spec.initial_delay {
        None => true,
        Some(delay) => started.is_some_and(|started| started + delay <= now),
    }
}

fn next_is_due(spec: &MetricSpec, result: &MetricResult, last: &Measurement, now: SimTime) -> bool {
    let wait = match last.phase {
        Phase::Error => ERROR_RETRY,
        _ => spec.interval.unwrap_or(ERROR_RETRY),
    };
    let finished = last.finished.unwrap_or(SimTime::NEVER);
    !is_counted_out(spec, result) && now > finished + wait
}

fn is_counted_out(spec: &MetricSpec, result: &MetricResult) -> bool {
    spec.effective_count()
        .is_some_and(|count| result.count >= count)
}

/// When the run has to be looked at again, by the earliest of its metrics (reference §3.1, upstream's
/// `calculateNextReconcileTime`); `None`: only an event wakes it.
pub fn next_reconcile(
    metrics: &[(MetricSpec, MetricResult)],
    started: Option<SimTime>,
    now: SimTime,
) -> Option<SimTime> {
    let times = metrics.iter();
    times
        .filter_map(|(spec, result)| next_of(spec, result, started.unwrap_or(now)))
        .min()
}

fn next_of(spec: &MetricSpec, result: &MetricResult, started: SimTime) -> Option<SimTime> {
    if result.is_completed() {
        return None;
    }
    let Some(last) = result.last else {
        return Some(started + spec.initial_delay?);
    };
    let Some(finished) = last.finished else {
        return last.resume;
    };
    match last.phase {
        _ if is_counted_out(spec, result) => None,
        Phase::Error => Some(finished + ERROR_RETRY),
        _ => Some(finished + spec.interval?),
    }
}

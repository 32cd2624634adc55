//! What a metric's measurements say together.

use super::{MetricResult, MetricSpec, Phase};

/// Whether a run still measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It does.
    Going,
    /// It has been told to end, or one of its metrics has gone wrong.
    Terminating,
}

/// The phase of a metric (reference §3.3, upstream's `assessMetricStatus`; the order is upstream's).
pub fn assess_metric(spec: &MetricSpec, result: &MetricResult, run: RunState) -> Phase {
    if let Some(phase) = result.phase.filter(|phase| phase.is_completed()) {
        return phase;
    }
    let ended = |otherwise| match run {
        RunState::Terminating => Phase::Successful,
        RunState::Going => otherwise,
    };
    let Some(last) = result.last else {
        return ended(Phase::Pending);
    };
    if !last.phase.is_completed() {
        return Phase::Running;
    }
    if let Some(phase) = over_limit(spec, result) {
        return phase;
    }
    let needed = spec.successes_needed();
    if needed.is_some_and(|needed| i64::from(result.consecutive_success) >= i64::from(needed)) {
        return Phase::Successful;
    }
    let counted = |count| result.count >= count;
    if !spec.effective_count().is_some_and(counted) {
        return ended(Phase::Running);
    }
    // All measurements are in and no limit was met.
    match (spec.failures_borne(), needed) {
        (Some(_), Some(_)) => Phase::Inconclusive,
        (None, Some(_)) => Phase::Failed,
        (_, None) => Phase::Successful,
    }
}

/// Which limit is exceeded, the graver one first: errors in a row, then inconclusive, then failed.
pub fn over_limit(spec: &MetricSpec, result: &MetricResult) -> Option<Phase> {
    let over = |seen: u32, borne: i32| i64::from(seen) > i64::from(borne);
    let failures = spec.failures_borne();
    match () {
        () if over(result.consecutive_error, spec.errors_borne()) => Some(Phase::Error),
        () if over(result.inconclusive, spec.inconclusive_borne()) => Some(Phase::Inconclusive),
        () if failures.is_some_and(|borne| over(result.failed, borne)) => Some(Phase::Failed),
        () => None,
    }
}

//! What all metrics of a run say together.

use super::{MetricResult, MetricSpec, Phase, RunState, assess_metric};

/// Whether a metric has a say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricRole {
    /// It has.
    Counts,
    /// `dryRun`: measured and reported, no more; but the run waits for it.
    DryRun,
}

/// Assesses every metric anew, writes its phase into its result, and returns the run's (reference
/// §3.4, upstream's `assessRunStatus`): running until all are decided or the run is ending, then the
/// worst. Metrics never measured are undecided.
pub fn assess_run(metrics: &mut [(MetricSpec, MetricRole, MetricResult)], run: RunState) -> Phase {
    let mut all_decided = true;
    let mut worst: Option<Phase> = None;
    for (spec, role, result) in metrics {
        if result.last.is_none() && result.phase.is_none() {
            all_decided = false;
            continue;
        }
        let phase = assess_metric(spec, result, run);
        result.phase = Some(phase);
        if !phase.is_completed() {
            all_decided = false;
            continue;
        }
        worst = match role {
            MetricRole::Counts => worst.max(Some(phase)),
            MetricRole::DryRun => worst.or(Some(Phase::Successful)),
        };
    }
    match (run, worst) {
        (RunState::Terminating, worst) => worst.unwrap_or(Phase::Successful),
        (RunState::Going, Some(worst)) if all_decided => worst,
        (RunState::Going, _) => Phase::Running,
    }
}

impl RunState {
    /// Whether a run ends early: told so (`Terminating`), or a metric that counts has gone wrong (§3.4).
    pub fn of(told: Self, metrics: &[(MetricSpec, MetricRole, MetricResult)]) -> Self {
        let bad = |(_, role, result): &(MetricSpec, MetricRole, MetricResult)| {
            *role == MetricRole::Counts && result.phase.is_some_and(Phase::is_bad)
        };
        match metrics.iter().any(bad) {
            true => Self::Terminating,
            false => told,
        }
    }
}

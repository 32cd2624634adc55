//! Columns of numbers by run, and their differences.

use super::estimate::Nature;
use super::{Estimate, Estimates};
use crate::metrics::{Ending, Metric, RunOutcome};
use crate::stats::{Strata, paired};
use crate::units::Ratio;

/// The values of a metric, by run.
pub(super) fn column(outcomes: &[RunOutcome], metric: Metric) -> Vec<Option<f64>> {
    outcomes
        .iter()
        .map(|outcome| outcome.metrics.get(metric))
        .collect()
}

/// 1 where the run ended so, 0 otherwise.
pub(super) fn ended(outcomes: &[RunOutcome], ending: Ending) -> Vec<Option<f64>> {
    let hit = |outcome: &RunOutcome| Some(f64::from(u8::from(outcome.ending == ending)));
    outcomes.iter().map(hit).collect()
}

/// The estimates of one variant; with a twin, also of every excess over it.
pub(super) fn estimates(
    outcomes: &[RunOutcome],
    twin: Option<&[RunOutcome]>,
    strata: &Strata,
    level: Ratio,
) -> Estimates {
    let mut estimates = Estimates::default();
    for metric in Metric::all() {
        let values = column(outcomes, *metric);
        let what = (*metric, Nature::Itself);
        estimates.insert(metric.name(), Estimate::of(what, &values, strata, level));
    }
    let Some(twin) = twin else {
        return estimates;
    };
    for metric in Metric::all() {
        let values = paired(&column(outcomes, *metric), &column(twin, *metric));
        let what = (*metric, Nature::Difference);
        estimates.insert(
            metric.excess_name(),
            Estimate::of(what, &values, strata, level),
        );
    }
    estimates
}

/// The estimates of first minus second.
pub(super) fn differences(
    first: &[RunOutcome],
    second: &[RunOutcome],
    strata: &Strata,
    level: Ratio,
) -> Estimates {
    let mut estimates = Estimates::default();
    for metric in Metric::all() {
        let values = paired(&column(first, *metric), &column(second, *metric));
        let what = (*metric, Nature::Difference);
        estimates.insert(metric.name(), Estimate::of(what, &values, strata, level));
    }
    estimates
}

//! What a variant costs when nothing is wrong, and when each risk is real.
//!
//! A mean over all truths mixes the strategy with the defects it met; within one truth the runs
//! differ by luck alone, so that the strategies show.

use super::difference::{column, ended};
use super::estimate::Nature;
use super::{Estimate, Estimates, ShareEstimate, TruthResults, truths};
use crate::images::Truths;
use crate::metrics::{Ending, Metric, RunOutcome};
use crate::stats::{Strata, paired};
use crate::units::Ratio;

/// What is kept of each truth: what the tables show. All the rest is in the runs together.
const KEPT: [Metric; 5] = [
    Metric::DowntimeSeconds,
    Metric::RequestsFailedTotal,
    Metric::UsersAffected,
    Metric::CostUsd,
    Metric::RolloutSeconds,
];

/// One entry for each truth that a run faced, by ascending number: nothing wrong first.
pub(super) fn by_truth(
    truths: &Truths,
    outcomes: &[RunOutcome],
    twin: Option<&[RunOutcome]>,
    level: Ratio,
) -> Vec<TruthResults> {
    let mut labels: Vec<u32> = outcomes.iter().map(|outcome| outcome.truth).collect();
    labels.sort_unstable();
    labels.dedup();
    let one = |label: u32| {
        let facing = |outcomes: &[RunOutcome]| outcomes_facing(outcomes, label);
        let mine = facing(outcomes);
        let strata = Strata::alike(mine.len());
        let hits = ended(&mine, Ending::Promoted);
        let promoted = ShareEstimate::of(&hits, &strata, level);
        TruthResults {
            name: truths::name(truths, label),
            chance: truths::chance(truths, label),
            runs: mine.len() as u32,
            promoted: promoted.expect("a run faced this truth"),
            metrics: kept(&mine, twin.map(facing).as_deref(), &strata, level),
        }
    };
    labels.into_iter().map(one).collect()
}

fn outcomes_facing(outcomes: &[RunOutcome], truth: u32) -> Vec<RunOutcome> {
    let facing = outcomes.iter().filter(|outcome| outcome.truth == truth);
    facing.cloned().collect()
}

fn kept(
    outcomes: &[RunOutcome],
    twin: Option<&[RunOutcome]>,
    strata: &Strata,
    level: Ratio,
) -> Estimates {
    let mut estimates = Estimates::default();
    for metric in KEPT {
        let values = column(outcomes, metric);
        let what = (metric, Nature::Itself);
        estimates.insert(metric.name(), Estimate::of(what, &values, strata, level));
    }
    let Some(twin) = twin else {
        return estimates;
    };
    for metric in KEPT {
        let values = paired(&column(outcomes, metric), &column(twin, metric));
        let what = (metric, Nature::Difference);
        let name = metric.excess_name();
        estimates.insert(name, Estimate::of(what, &values, strata, level));
    }
    estimates
}

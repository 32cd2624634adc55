//! What a variant costs when nothing is wrong, and when each risk is real.
//!
//! A mean over all truths mixes the strategy with the defects it met; within one truth the runs
//! differ by luck alone, so that the strategies show.

use super::decisions::decided;
use super::difference::{column, ended};
use super::estimate::Nature;
use super::{Estimate, Estimates, ShareEstimate, TruthResults, truths};
use crate::images::Truths;
use crate::metrics::{Decision, Ending, Metric, RunOutcome};
use crate::stats::{Strata, paired};
use crate::units::Ratio;

/// What is kept of each truth, and how sure it is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    /// Whether somebody could notice.
    pub(super) watched: bool,
    /// Confidence level of intervals.
    pub(super) level: Ratio,
}

/// What the tables show, in the order of all metrics. All the rest is in the runs together.
const TOLD: [Metric; 7] = [
    Metric::DowntimeSeconds,
    Metric::RequestsFailedTotal,
    Metric::UsersAffected,
    Metric::UsersAffectedBeforeAlarm,
    Metric::CostUsd,
    Metric::RolloutSeconds,
    Metric::DetectionSeconds,
];

/// Told only where somebody could notice. A twin has no bad version: there is no excess over it.
const NOTICED: [Metric; 2] = [Metric::DetectionSeconds, Metric::UsersAffectedBeforeAlarm];

/// One entry for each truth that a run faced, by ascending number: nothing wrong first.
pub(super) fn by_truth(
    truths: &Truths,
    outcomes: &[RunOutcome],
    twin: Option<&[RunOutcome]>,
    keep: Kept,
) -> Vec<TruthResults> {
    let mut labels: Vec<u32> = outcomes.iter().map(|outcome| outcome.truth).collect();
    labels.sort_unstable();
    labels.dedup();
    let one = |label: u32| {
        let facing = |outcomes: &[RunOutcome]| outcomes_facing(outcomes, label);
        let mine = facing(outcomes);
        let strata = Strata::alike(mine.len());
        let share = |hits: &[Option<f64>]| ShareEstimate::of(hits, &strata, keep.level);
        let promoted = share(&ended(&mine, Ending::Promoted));
        let decision = |decision| share(&decided(&mine, decision)).filter(|_| keep.watched);
        // A truth is bad or not: one of the two is absent.
        let alarmed = decision(Decision::Detected).or(decision(Decision::FalseAlarm));
        TruthResults {
            name: truths::name(truths, label),
            chance: truths::chance(truths, label),
            runs: mine.len() as u32,
            promoted: promoted.expect("a run faced this truth"),
            alarmed,
            missed_defect: decision(Decision::MissedDefect),
            metrics: kept(&mine, twin.map(facing).as_deref(), &strata, keep),
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
    keep: Kept,
) -> Estimates {
    let mut estimates = Estimates::default();
    let level = keep.level;
    let told = |metric: &Metric| keep.watched || !NOTICED.contains(metric);
    for metric in TOLD.into_iter().filter(told) {
        let values = column(outcomes, metric);
        let what = (metric, Nature::Itself);
        estimates.insert(metric.name(), Estimate::of(what, &values, strata, level));
    }
    let Some(twin) = twin else {
        return estimates;
    };
    for metric in TOLD.into_iter().filter(|it| !NOTICED.contains(it)) {
        let values = paired(&column(outcomes, metric), &column(twin, metric));
        let what = (metric, Nature::Difference);
        let name = metric.excess_name();
        estimates.insert(name, Estimate::of(what, &values, strata, level));
    }
    estimates
}

//! The experiment itself, and what it says in words.

use indexmap::IndexMap;

use super::by_truth::{Kept, by_truth};
use super::decisions::{Decisions, is_watched};
use super::difference::{column, differences, ended, estimates};
use super::gates::Evidence;
use super::results::{Assumptions, Difference, FORMAT_VERSION, Results, TruthSeen, VariantResults};
use super::runs::simulate_all;
use super::verdict::verdict;
use super::worlds::{Cases, Job};
use super::{ExperimentError, Plan, ShareEstimate, truths};
use crate::metrics::{Ending, Metric, RunOutcome};
use crate::scenario::Scenario;
use crate::stats::{Strata, sorted, variance_reduction};

/// What a comparison found, and the runs it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Estimates, gates, words.
    pub results: Results,
    /// Outcomes by variant, then by run.
    pub outcomes: Vec<Vec<RunOutcome>>,
}

/// Runs every variant and every distinct twin, and compares them.
///
/// `progress` is called from any thread with (runs done, runs in all).
///
/// # Errors
/// If there is nothing to run, or the threads cannot be started.
pub fn compare<S, P>(
    scenario: &Scenario,
    plan: Plan,
    simulate: S,
    progress: P,
) -> Result<Compared, ExperimentError>
where
    S: Fn(&Job<'_>) -> RunOutcome + Sync,
    P: Fn(u64, u64) + Sync,
{
    let cases = Cases::of(scenario);
    let by_world = simulate_all(&cases, plan, &simulate, &progress)?;
    let results = summarise(scenario, &cases, &by_world);
    let mut outcomes = by_world;
    outcomes.truncate(scenario.variants.len());
    Ok(Compared { results, outcomes })
}

fn summarise(scenario: &Scenario, cases: &Cases, by_world: &[Vec<RunOutcome>]) -> Results {
    let labels: Vec<u32> = by_world[0].iter().map(|outcome| outcome.truth).collect();
    let strata = truths::strata(&scenario.truths, &labels);
    let variants = scenario.variants.len();
    let evidence = Evidence {
        outcomes: by_world[..variants].iter().map(Vec::as_slice).collect(),
        twins: cases
            .twin_of
            .iter()
            .map(|twin| twin.map(|it| by_world[it].as_slice()))
            .collect(),
        strata: &strata,
        level: scenario.level,
    };
    let names: Vec<String> = scenario.variants.iter().map(|it| it.name.clone()).collect();
    let ranking = evidence.rank(&names);
    let summary: Vec<VariantResults> = (0..variants)
        .map(|index| variant_results(scenario, &evidence, index))
        .collect();
    let differences: Vec<Difference> = (1..variants)
        .map(|index| difference(&evidence, &names, index))
        .collect();
    Results {
        version: FORMAT_VERSION,
        seed: scenario.seed.to_string(),
        scenario: scenario.name.clone(),
        assumed: assumptions(scenario, &labels),
        verdict: verdict(&summary, &differences, &ranking),
        gates: scenario
            .gates
            .iter()
            .map(|gate| evidence.judge(scenario, gate))
            .collect(),
        ranking: ranking.places,
        warnings: failing_at_rest(&evidence, &names)
            .chain(warnings(&strata, &labels))
            .collect(),
        variants: summary,
        differences,
    }
}

/// Whoever serves a smaller share of the requests while nothing changes has another problem than its
/// rollout.
const SERVED_AT_REST: f64 = 0.9;

fn variant_results(scenario: &Scenario, evidence: &Evidence<'_>, index: usize) -> VariantResults {
    let outcomes = evidence.outcomes[index];
    let watched = is_watched(&scenario.variants[index], outcomes);
    let share = |ending: Ending| {
        let hits = ended(outcomes, ending);
        let share = ShareEstimate::of(&hits, evidence.strata, evidence.level)?;
        Some((ending.name().to_owned(), share))
    };
    let mut reasons: IndexMap<String, u32> = IndexMap::new();
    for outcome in outcomes.iter().filter(|outcome| !outcome.why.is_empty()) {
        *reasons.entry(outcome.why.clone()).or_default() += 1;
    }
    reasons.sort_keys();
    VariantResults {
        name: scenario.variants[index].name.clone(),
        metrics: estimates(
            outcomes,
            evidence.twins[index],
            evidence.strata,
            evidence.level,
        ),
        outcomes: Ending::ALL.into_iter().filter_map(share).collect(),
        decisions: watched.then(|| Decisions::of(outcomes, evidence.strata, evidence.level)),
        reasons,
        median_run: median_run(outcomes),
        by_truth: by_truth(
            &scenario.truths,
            outcomes,
            evidence.twins[index],
            Kept {
                watched,
                level: evidence.level,
            },
        ),
        downtime_seconds_sorted: sorted(&column(outcomes, Metric::DowntimeSeconds)),
        timeline: None,
    }
}

fn difference(evidence: &Evidence<'_>, names: &[String], index: usize) -> Difference {
    let (mine, first) = (evidence.outcomes[index], evidence.outcomes[0]);
    Difference {
        variant: names[index].clone(),
        against: names[0].clone(),
        metrics: differences(mine, first, evidence.strata, evidence.level),
        variance_reduction: variance_reduction(
            &column(mine, Metric::UsersAffected),
            &column(first, Metric::UsersAffected),
        ),
    }
}

/// The lower middle by (downtime, users affected, failed requests, run index).
fn median_run(outcomes: &[RunOutcome]) -> u32 {
    let harm = |run: usize| {
        let get = |metric| outcomes[run].metrics.get(metric).unwrap_or(0.0);
        [
            get(Metric::DowntimeSeconds),
            get(Metric::UsersAffected),
            get(Metric::RequestsFailedTotal),
        ]
    };
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_by(|a, b| {
        let pairs = harm(*a).into_iter().zip(harm(*b));
        let first = pairs.map(|(a, b)| a.total_cmp(&b)).find(|it| it.is_ne());
        first.unwrap_or_else(|| a.cmp(b))
    });
    order[(order.len() - 1) / 2] as u32
}

fn assumptions(scenario: &Scenario, labels: &[u32]) -> Assumptions {
    let mut counts: std::collections::BTreeMap<u32, u32> = Default::default();
    // Every single truth is listed, met or not.
    (0..=scenario.truths.risks.len() as u32).for_each(|truth| {
        counts.insert(truth, 0);
    });
    labels
        .iter()
        .for_each(|truth| *counts.entry(*truth).or_default() += 1);
    let seen = |(truth, runs): (u32, u32)| TruthSeen {
        name: truths::name(&scenario.truths, truth),
        chance: truths::chance(&scenario.truths, truth),
        runs,
    };
    Assumptions {
        runs: labels.len() as u32,
        level: scenario.level.as_fraction(),
        horizon_seconds: scenario.horizon.as_secs_f64(),
        warm_up_seconds: scenario.warm_up.as_secs_f64(),
        downtime_threshold: scenario.downtime_threshold.as_fraction(),
        truths: counts.into_iter().map(seen).collect(),
    }
}

/// What is told over standing still looks harmless where standing still is a disaster.
fn failing_at_rest(evidence: &Evidence<'_>, names: &[String]) -> impl Iterator<Item = String> {
    let twins = evidence.twins.iter().zip(names);
    twins.filter_map(|(twin, name)| {
        let served = column((*twin)?, Metric::Availability);
        let known: Vec<f64> = served.into_iter().flatten().collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        (!known.is_empty() && mean < SERVED_AT_REST).then(|| {
            format!(
                "`{name}` fails {:.0} % of its requests without any release: figures over standing \
                 still say nothing good of it",
                100.0 * (1.0 - mean)
            )
        })
    })
}

fn warnings(strata: &Strata, labels: &[u32]) -> Vec<String> {
    let mut warnings = Vec::new();
    // Rounding of sums of chances is not a truth.
    if strata.unseen() > 1e-9 {
        warnings.push(format!(
            "truths with a chance of {:.2} % together met no run and are missing from the means; \
             raise `--runs`",
            100.0 * strata.unseen()
        ));
    }
    let count = |label: &u32| labels.iter().filter(|other| *other == label).count();
    let lonely = labels.iter().filter(|label| count(label) == 1).count();
    if lonely > 0 && labels.len() > 1 {
        warnings.push(format!(
            "{lonely} truths met a single run each; intervals count them with the most frequent \
             truth, which errs on the wide side"
        ));
    }
    if labels.len() < 30 {
        warnings.push(format!(
            "{} runs are few: an event rarer than one run in {} may not have been seen",
            labels.len(),
            (labels.len() / 3).max(1)
        ));
    }
    warnings
}

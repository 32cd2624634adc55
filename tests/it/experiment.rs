//! What is done with the outcomes of runs, on made-up outcomes.

use std::sync::atomic::{AtomicU64, Ordering};

use rollcast::experiment::{ExperimentError, GateVerdict, Plan, World, compare};
use rollcast::metrics::Metric;

use crate::synthetic::{compared, scenario, simulate};

#[test]
fn the_number_of_threads_changes_no_result() {
    let one = compared(4, 1);
    assert_eq!(one, compared(4, 2));
    assert_eq!(one, compared(4, 8));
}

#[test]
fn equal_twins_run_once() {
    let (released, standing) = (AtomicU64::new(0), AtomicU64::new(0));
    let plan = Plan {
        runs: 5,
        threads: Some(2),
    };
    let counted = compare(
        &scenario(4),
        plan,
        |job| {
            let counter = match job.world {
                World::Released => &released,
                World::Standing => &standing,
            };
            counter.fetch_add(1, Ordering::Relaxed);
            assert_eq!(job.variant.release.is_some(), job.world == World::Released);
            simulate(job)
        },
        |_, total| assert_eq!(total, 25),
    );
    assert!(counted.is_ok());
    assert_eq!((released.into_inner(), standing.into_inner()), (20, 5));
}

#[test]
fn estimates_are_those_of_the_pencil() {
    let results = compared(3, 2).results;
    let second = &results.variants[1];
    // Released: 5 s, 20 more in 4 of 40 runs, 1 more in 10 of 40; the twin has the last alone.
    // Of the good runs 10 of 36 have that second (the fourths), of the bad none (3, 13, 23, 33).
    let itself = second.metrics.of(Metric::DowntimeSeconds).unwrap();
    let excess = second.metrics.excess_of(Metric::DowntimeSeconds).unwrap();
    assert!((itself.mean.unwrap() - (5.0 + 2.0 + 0.25)).abs() < 1e-12);
    assert!((excess.mean.unwrap() - 7.0).abs() < 1e-12);
    // The excess is constant within each truth, and the truths are stratified: no spread is left
    // but rounding (1e-12 of a second).
    assert!(excess.high.unwrap() - excess.low.unwrap() < 1e-12);
    assert_eq!(
        (excess.p50, excess.p95, excess.worst),
        (Some(5.0), Some(25.0), Some(25.0))
    );
    assert_eq!(second.metrics.of(Metric::RolloutSeconds).unwrap().runs, 36);
    assert_eq!(second.metrics.of(Metric::PodHours).unwrap().mean, None);
    assert!((second.outcomes["stuck"].mean - 0.1).abs() < 1e-12);
    assert_eq!(second.reasons["ProgressDeadlineExceeded"], 4);
    // Worst availability is the smallest: 1 − 50 · 25 / 60000.
    let worst = second
        .metrics
        .of(Metric::Availability)
        .unwrap()
        .worst
        .unwrap();
    assert!((worst - (1.0 - 1250.0 / 60_000.0)).abs() < 1e-12);
    // Paired: the variants differ by exactly 5 s in every run.
    let difference = results.differences[0]
        .metrics
        .of(Metric::DowntimeSeconds)
        .unwrap();
    assert_eq!((difference.low, difference.high), (Some(5.0), Some(5.0)));
}

#[test]
fn within_one_truth_the_strategies_show() {
    let second = &compared(3, 2).results.variants[1];
    let [good, bad] = second.by_truth.as_slice() else {
        panic!("two truths were met: {:?}", second.by_truth);
    };
    assert_eq!((good.name.as_str(), good.runs), ("nothing wrong", 36));
    assert_eq!((bad.name.as_str(), bad.runs), ("wrong answers", 4));
    assert!((good.chance - 0.9).abs() < 1e-12);
    assert_eq!((good.promoted.mean, bad.promoted.mean), (1.0, 0.0));
    // 5 s of its own, 20 more with the defect, over standing still.
    let excess = |truth: &rollcast::experiment::TruthResults| {
        let excess = truth.metrics.excess_of(Metric::DowntimeSeconds).unwrap();
        (excess.mean, excess.low, excess.high)
    };
    assert_eq!(excess(good), (Some(5.0), Some(5.0), Some(5.0)));
    assert_eq!(excess(bad), (Some(25.0), Some(25.0), Some(25.0)));
}

#[test]
fn gates_pass_fail_or_stay_undecided() {
    let results = compared(3, 2).results;
    let verdicts: Vec<GateVerdict> = results.gates.iter().map(|gate| gate.verdict).collect();
    // Excess of the first is 2 s > 1; the second has some 7 s; third − second is +5 s, not
    // below 0; the p99 lies above the 38th of 40 runs, 20 s, and 40 runs do not bound it above;
    // promoted is 90 % with an interval around it.
    assert_eq!(
        verdicts,
        [
            GateVerdict::Failed,
            GateVerdict::Passed,
            GateVerdict::Failed,
            GateVerdict::Undecided,
            GateVerdict::Undecided,
        ]
    );
    assert_eq!(
        results.gates[3].advice,
        "it takes 368 runs to bound this quantile"
    );
}

#[test]
fn the_best_variant_hurts_the_fewest() {
    let results = compared(4, 2).results;
    let places: Vec<(&str, u32)> = results
        .ranking
        .iter()
        .map(|it| (it.variant.as_str(), it.place))
        .collect();
    assert_eq!(
        places,
        [
            ("as is", 1),
            ("recreate", 2),
            ("surge 1, unavailable 0", 3),
            ("surge 100 %", 4)
        ]
    );
    assert!(
        results
            .verdict
            .starts_with("Best is `as is`: its rollout hurts"),
        "{}",
        results.verdict
    );
    assert!(
        results.verdict.ends_with(
            "Every other variant is clearly behind in users hurt, downtime or finishing."
        )
    );
}

#[test]
fn nothing_to_run_is_an_error_with_a_cure() {
    let plan = Plan {
        runs: 0,
        threads: Some(1),
    };
    let error = compare(&scenario(1), plan, simulate, |_, _| {}).unwrap_err();
    assert_eq!(error, ExperimentError::NoRuns);
    assert_eq!(error.to_string(), "`0` runs: expected at least one");
}

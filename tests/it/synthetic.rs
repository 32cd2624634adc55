//! A made-up scenario and a made-up simulation, for tests of what is done with results. Nothing
//! here comes from a simulated cluster; the numbers are chosen so that a pencil can follow.

use indexmap::IndexMap;
use rollcast::cluster::{ClientLimit, ClusterSpec, Latencies};
use rollcast::experiment::{Compared, Job, Mark, Plan, Series, Steps, Timeline, World, compare};
use rollcast::facts::Cause;
use rollcast::images::{Risk, Truths};
use rollcast::laws::Law;
use rollcast::metrics::{Ending, Metric, Prices, RunMetrics, RunOutcome};
use rollcast::scenario::{
    Bound, Comparison, Gate, Measure, Objects, Release, Scenario, Statistic, Subject, Variant,
};
use rollcast::units::{Bytes, CpuMillis, SimDuration, SimTime};

/// Seven variants, one with a very long name.
pub(crate) const NAMES: [&str; 7] = [
    "as is",
    "recreate",
    "surge 1, unavailable 0",
    "surge 100 %",
    "without preStop",
    "with the guide's own SIGTERM handler",
    "with the guide's demo health checks, all of them, and a name that does not end",
];

fn variant(name: &str) -> Variant {
    let tenth = Law::Constant(0.1);
    Variant {
        name: name.to_owned(),
        before: Objects::default(),
        release: Some(Release {
            at: SimTime::from_secs(300),
            after: Objects::default(),
            to: Vec::new(),
        }),
        images: IndexMap::new(),
        traffic: Vec::new(),
        entries: Vec::new(),
        mesh: Default::default(),
        cluster: ClusterSpec {
            nodes: 3,
            node_cpu: CpuMillis::new(4000),
            node_memory: Bytes::new(16 << 30),
            node_pods: 110,
            pull_bytes_per_second: 1e8,
            client_limit: ClientLimit::default(),
            rollout_client_limit: ClientLimit::default(),
            latencies: Latencies {
                api_write: Law::Constant(0.007),
                watch: tenth,
                controller: tenth,
                scheduler: tenth,
                sandbox: tenth,
                container_start: tenth,
                endpoint_propagation: tenth,
            },
        },
        prices: Prices::default(),
        operators: Vec::new(),
        telemetry: Default::default(),
        on_call: None,
    }
}

fn gate(subject: Subject, measure: Measure, bound: (Statistic, Comparison, f64)) -> Gate {
    Gate {
        subject,
        measure,
        text: format!("{:?} {:?} {}", bound.0, bound.1, bound.2),
        bound: Bound {
            statistic: bound.0,
            comparison: bound.1,
            value: bound.2,
        },
    }
}

fn gates() -> Vec<Gate> {
    let down = |excess| Measure::Metric {
        metric: Metric::DowntimeSeconds,
        excess,
    };
    let (mean, most) = (Statistic::Mean, Comparison::AtMost);
    vec![
        gate(Subject::Variant(0), down(true), (mean, most, 1.0)),
        gate(Subject::Variant(1), down(false), (mean, most, 20.0)),
        gate(
            Subject::Difference(2, 1),
            down(false),
            (mean, Comparison::Less, 0.0),
        ),
        gate(
            Subject::Variant(0),
            down(false),
            (Statistic::P99, most, 20.5),
        ),
        gate(
            Subject::Variant(0),
            Measure::Ending(Ending::Promoted),
            (mean, Comparison::AtLeast, 0.9),
        ),
    ]
}

/// One risk of 10 %, the first `variants` names, and gates where there are enough variants.
pub(crate) fn scenario(variants: usize) -> Scenario {
    Scenario {
        name: "made up: which rollout?".to_owned(),
        horizon: SimTime::from_secs(900),
        warm_up: SimDuration::from_secs(300),
        seed: 18_446_744_073_709_551_615,
        runs: 40,
        level: "95%".parse().unwrap(),
        downtime_threshold: "5%".parse().unwrap(),
        truths: Truths {
            risks: vec![Risk {
                name: "wrong answers".to_owned(),
                chance: "10%".parse().unwrap(),
                independent: false,
                differences: Default::default(),
            }],
        },
        variants: NAMES[..variants].iter().map(|name| variant(name)).collect(),
        gates: if variants < 3 { Vec::new() } else { gates() },
    }
}

/// Standing still: 1 s of downtime in every fourth run. A release adds 5 × the variant's number,
/// and 20 s with a bad truth (every tenth run).
pub(crate) fn simulate(job: &Job<'_>) -> RunOutcome {
    let run = job.run.index();
    let bad = run % 10 == 3;
    let released = job.world == World::Released;
    let number = NAMES
        .iter()
        .position(|name| *name == job.variant.name)
        .unwrap_or(0) as f64;
    let harm = if released {
        5.0 * number + if bad { 20.0 } else { 0.0 }
    } else {
        0.0
    };
    let downtime = harm + if run.is_multiple_of(4) { 1.0 } else { 0.0 };
    let mut metrics = RunMetrics::default();
    metrics.set(Metric::RequestsTotal, 60_000.0);
    metrics.set(Metric::RequestsFailedTotal, 50.0 * downtime);
    metrics.set(Metric::RequestsFailed(Cause::Defect), 50.0 * downtime);
    metrics.set(Metric::Availability, 1.0 - 50.0 * downtime / 60_000.0);
    metrics.set(Metric::DowntimeSeconds, downtime);
    metrics.set(Metric::UsersAffected, downtime / 1000.0);
    metrics.set(
        Metric::CostUsd,
        0.05 + if released {
            0.004 * (8.0 - number)
        } else {
            0.0
        },
    );
    if released && !bad {
        metrics.set(
            Metric::RolloutSeconds,
            120.0 + 10.0 * number + run as f64 / 10.0,
        );
    }
    RunOutcome {
        metrics,
        ending: if bad { Ending::Stuck } else { Ending::Promoted },
        why: if bad {
            "ProgressDeadlineExceeded".to_owned()
        } else {
            String::new()
        },
        alarmed: false,
        truth: u32::from(bad),
    }
}

pub(crate) fn compared(variants: usize, threads: usize) -> Compared {
    let plan = Plan {
        runs: 40,
        threads: Some(threads),
    };
    compare(&scenario(variants), plan, simulate, |_, _| {}).unwrap()
}

/// A made-up median run: six pods replaced two by two, and a burst of failures.
pub(crate) fn timeline(run: u32) -> Timeline {
    let old: Vec<u32> = (0..600)
        .map(|s: u32| 6 - (s.saturating_sub(30) / 40 * 2).min(6))
        .collect();
    let new: Vec<u32> = (0..600)
        .map(|s: u32| (s.saturating_sub(10) / 40 * 2).min(6))
        .collect();
    let burst = |from: u32, height: u32| -> Vec<u32> {
        (0..600)
            .map(|s| {
                if (from..from + 12).contains(&s) {
                    height + s % 3
                } else {
                    0
                }
            })
            .collect()
    };
    let series = |name: &str, values: &[u32]| Series {
        name: name.to_owned(),
        steps: Steps::from_values(values),
    };
    Timeline {
        run,
        start_second: 280,
        seconds: 600,
        release_second: Some(300.0),
        ready_by_version: vec![series("v1.9.0", &old), series("v2.0.0", &new)],
        failures_by_cause: Cause::ALL
            .iter()
            .zip([0, 9, 5, 0, 0, 2, 0])
            .map(|(cause, height)| match height {
                0 => series(cause.name(), &[0; 600]),
                _ => series(cause.name(), &burst(40 + 40 * height / 5, height)),
            })
            .collect(),
        marks: vec![
            Mark {
                at_seconds: 300.0,
                text: "released".to_owned(),
            },
            Mark {
                at_seconds: 430.5,
                text: "complete".to_owned(),
            },
        ],
    }
}

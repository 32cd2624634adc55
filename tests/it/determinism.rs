//! Same scenario, seed and version: the same bytes, whoever computes them and how often.
//!
//! Files in `tests/golden` are our own output: they notice that a number moved, and prove nothing about it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rollcast::engine::{Key, Purpose};
use rollcast::experiment::{Compared, Plan, compare, retell};
use rollcast::ids::RunIndex;
use rollcast::laws::{Law, Unit};
use rollcast::metrics::Metric;
use rollcast::report::{from_json, to_csv, to_html, to_json, to_text};
use rollcast::scenario::{Scenario, load};
use rollcast::sim::{Job, Simulation, Watched};
use rollcast::units::SimTime;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

fn tiny() -> Scenario {
    load(&path("scenarios/tiny.toml"))
        .expect("the scenario is good")
        .scenario
}

fn compared(scenario: &Scenario, runs: u32, threads: usize) -> Compared {
    let simulation = Simulation::new(scenario);
    let plan = Plan {
        runs,
        threads: Some(threads),
    };
    let run = |job: &rollcast::experiment::Job<'_>| {
        simulation.run(&Job {
            variant: job.variant,
            count_from: job.count_from,
            run: job.run,
        })
    };
    compare(scenario, plan, run, |_, _| ()).expect("so few threads can be had")
}

fn watched(scenario: &Scenario, variant: usize) -> Watched {
    let variant = &scenario.variants[variant];
    let run = RunIndex::new(0);
    Simulation::new(scenario).watch(&Job {
        variant,
        count_from: SimTime::ZERO,
        run,
    })
}

#[test]
fn the_bytes_are_the_same_twice_and_with_any_number_of_threads() {
    let scenario = tiny();
    let bytes = |threads| to_json(&compared(&scenario, 12, threads).results);
    let first = bytes(1);
    for threads in [1, 2, 8] {
        assert_eq!(bytes(threads), first, "{threads} threads");
    }
}

#[test]
fn another_seed_gives_other_bytes() {
    let mut scenario = tiny();
    let first = compared(&scenario, 2, 1).outcomes;
    scenario.seed += 1;
    assert_ne!(compared(&scenario, 2, 1).outcomes, first);
}

#[test]
fn a_saved_result_gives_the_same_reports_as_the_live_one() {
    let scenario = tiny();
    let mut live = compared(&scenario, 3, 2).results;
    for (index, variant) in live.variants.iter_mut().enumerate() {
        let watched = watched(&scenario, index);
        variant.timeline = Some(retell(&watched.recording, 0, scenario.horizon));
    }
    let saved = from_json(&to_json(&live)).expect("it was just written");
    assert_eq!(to_json(&saved), to_json(&live));
    assert_eq!(to_text(&saved), to_text(&live));
    assert_eq!(to_csv(&saved), to_csv(&live));
    assert_eq!(to_html(&saved), to_html(&live));
}

#[test]
fn a_longer_experiment_begins_with_the_runs_of_a_shorter_one() {
    let scenario = tiny();
    let (short, long) = (
        compared(&scenario, 3, 2).outcomes,
        compared(&scenario, 9, 2).outcomes,
    );
    for (short, long) in short.iter().zip(&long) {
        assert_eq!(short[..], long[..3]);
    }
}

#[test]
fn another_strategy_moves_no_arrival() {
    let mut scenario = tiny();
    for seconds in [30, 60, 120] {
        scenario.horizon = SimTime::from_secs(seconds);
        let (rolling, recreate) = (watched(&scenario, 0), watched(&scenario, 1));
        assert_ne!(rolling.recording.noted, recreate.recording.noted);
        assert_eq!(
            rolling.balance.arrived, recreate.balance.arrived,
            "until {seconds} s"
        );
        assert_eq!(rolling.truth, recreate.truth);
    }
}

#[test]
fn until_the_release_every_variant_is_the_same_world() {
    let mut scenario = tiny();
    // The release is at 10 s; latencies, users and failures before it are equal to the last bit.
    scenario.horizon = SimTime::from_secs(10);
    let (rolling, recreate) = (watched(&scenario, 0), watched(&scenario, 1));
    assert!(rolling.balance.good > 100, "{:?}", rolling.balance);
    for metric in Metric::all() {
        let (one, other) = (&rolling.outcome.metrics, &recreate.outcome.metrics);
        assert_eq!(one.get(*metric), other.get(*metric), "{}", metric.name());
    }
}

/// Compares with a committed file. Golden bytes only detect change, they prove nothing: set
/// `ROLLCAST_UPDATE=1` to write them anew once the change is understood and meant.
fn unchanged(name: &str, seen: &str) {
    let file = path("golden").join(name);
    if std::env::var_os("ROLLCAST_UPDATE").is_some() {
        std::fs::write(&file, seen).expect("the folder takes files");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    let moved = seen
        .lines()
        .zip(expected.lines())
        .find(|(seen, expected)| seen != expected);
    assert!(
        seen == expected,
        "{name} has changed, first here (seen, expected): {moved:?}"
    );
}

#[test]
fn samplers_and_math_functions_have_not_moved() {
    let mut text = String::new();
    let key = Key::of_run(7, RunIndex::new(3));
    for purpose in [
        Purpose::Request,
        Purpose::Arrivals,
        Purpose::Pod,
        Purpose::Truth,
    ] {
        let draw = key.purpose(purpose).entity(5).at(11).bits();
        let _ = writeln!(text, "draw {purpose:?} {draw:016x}");
    }
    for law in [
        "uniform(1s, 3s)",
        "exponential(mean = 8ms)",
        "lognormal(p50 = 8ms, p99 = 60ms)",
        "erlang(k = 4, mean = 8ms)",
        "hyperexponential(mean = 1s, scv = 4)",
    ] {
        let drawn = Law::parse(law, Unit::Seconds).expect("it is a law");
        for share in [1e-9, 0.01, 0.3, 0.5, 0.9, 0.999, 1.0 - 1e-12] {
            let value = drawn.quantile(share);
            let _ = writeln!(text, "{law} at {share}: {:016x} {value}", value.to_bits());
        }
    }
    unchanged("samplers.txt", &text);
}

#[test]
fn the_tiny_scenario_comes_to_the_same_numbers_as_ever() {
    unchanged("tiny.csv", &to_csv(&compared(&tiny(), 4, 2).results));
}

//! Upstream's tables of Argo Rollouts through the decisions of `control::argo_rollouts`.
//!
//! A file may hold several lists of rows, each about a function of its own. A list that nobody knows,
//! a row that cannot be read, and an expectation that nothing computes are failures.

mod analysis;
mod blue_green;
mod canary;
mod read;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use super::folder;
use super::row::{Got, Row, agree};

/// One list of rows: file stem, list, the field that holds what is expected, what computes it.
type List = (&'static str, &'static str, &'static str, fn(&Row) -> Got);

const LISTS: [List; 24] = [
    ("argo-fenceposts", "cases", "expect", canary::fenceposts),
    (
        "argo-fenceposts",
        "single_value_cases",
        "expect",
        canary::single_fencepost,
    ),
    (
        "argo-canary-replica-counts",
        "cases",
        "expect",
        canary::sizes,
    ),
    (
        "argo-canary-weight-to-replicas",
        "cases",
        "expect",
        canary::weight_to_replicas,
    ),
    (
        "argo-canary-approx-weight",
        "cases",
        "expect",
        canary::approximate,
    ),
    (
        "argo-canary-step-helpers",
        "replicas_for_scale_down",
        "expect",
        canary::for_scale_down,
    ),
    (
        "argo-canary-step-helpers",
        "canary_replicas_or_weight",
        "expect",
        canary::target,
    ),
    (
        "argo-canary-step-helpers",
        "current_set_weight",
        "expect",
        canary::set_weight,
    ),
    (
        "argo-canary-step-helpers",
        "before_starting_step",
        "expect",
        canary::before_start,
    ),
    (
        "argo-canary-step-helpers",
        "all_desired_available",
        "expect",
        canary::all_available,
    ),
    (
        "argo-canary-step-helpers",
        "replica_progress_threshold",
        "expect",
        canary::threshold,
    ),
    (
        "argo-canary-step-helpers",
        "at_desired_replica_counts_basic",
        "expect",
        canary::at_desired,
    ),
    (
        "argo-canary-step-helpers",
        "no_distinct_stable",
        "expect",
        canary::no_distinct_stable,
    ),
    (
        "argo-canary-dynamic-stable-scale",
        "cases",
        "expect",
        canary::dynamic,
    ),
    (
        "argo-canary-dynamic-stable-scale",
        "abort_weight_cases",
        "expect",
        canary::abort_weight,
    ),
    (
        "argo-bluegreen-preview-replicas",
        "cases",
        "expect",
        blue_green::preview,
    ),
    (
        "argo-bluegreen-transitions",
        "single_reconcile",
        "expect",
        blue_green::pass,
    ),
    (
        "argo-bluegreen-transitions",
        "rollback_window",
        "expect",
        blue_green::window,
    ),
    (
        "argo-bluegreen-transitions",
        "abort_scale_down_delay",
        "expect",
        blue_green::abort_delay,
    ),
    (
        "argo-bluegreen-transitions",
        "should_full_promote_canary",
        "expect",
        canary::promoted,
    ),
    (
        "argo-bluegreen-analysis-gating",
        "pre",
        "skip",
        blue_green::skips_pre,
    ),
    (
        "argo-bluegreen-analysis-gating",
        "post",
        "skip",
        blue_green::skips_post,
    ),
    (
        "argo-analysis-assess-metric",
        "cases",
        "expect",
        analysis::assess,
    ),
    (
        "argo-analysis-scheduling",
        "cases",
        "expect",
        analysis::schedule,
    ),
];

/// Lists of conditions, whose expectation has several spellings.
const EVALUATE: [List; 3] = [
    (
        "argo-analysis-evaluate",
        "truth_table",
        "phase",
        analysis::truth,
    ),
    (
        "argo-analysis-evaluate",
        "provider_rows",
        "phase",
        analysis::provider,
    ),
    (
        "argo-analysis-evaluate",
        "conversions",
        "out",
        analysis::conversion,
    ),
];

/// Tables that belong to other rooms.
const ELSEWHERE: [&str; 1] = ["argo-analysis-prom-rate"];

fn list(stem: &str, name: &str) -> Option<&'static List> {
    let mut lists = LISTS.iter().chain(&EVALUATE);
    lists.find(|(file, list, _, _)| *file == stem && *list == name)
}

#[test]
fn upstreams_argo_tables_come_out_of_the_decisions() {
    let mut failures = Vec::new();
    let mut stems: Vec<String> = std::fs::read_dir(folder())
        .expect("the folder of tables can be read")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
        .filter(|stem| stem.starts_with("argo-") && !ELSEWHERE.contains(&stem.as_str()))
        .collect();
    stems.sort();
    assert!(!stems.is_empty(), "no table in {}", folder().display());
    for stem in stems {
        failures.extend(run(&stem));
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// Runs all lists of one file and returns what disagrees.
fn run(stem: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder().join(format!("{stem}.json")));
    let table: Value = match text.map(|text| serde_json::from_str(&text)) {
        Ok(Ok(table)) => table,
        other => return vec![format!("{stem}: {other:?}")],
    };
    let (mut rows, mut failures) = (0, Vec::new());
    for (name, cases) in table.as_object().into_iter().flatten() {
        let Some(cases) = cases.as_array() else {
            continue;
        };
        rows += cases.len();
        for (index, case) in cases.iter().enumerate() {
            let wrong = match list(stem, name) {
                Some(list) => check(list, &Row::new(&table, case)),
                None => Some("nobody knows this list".to_owned()),
            };
            failures.extend(wrong.map(|wrong| format!("{stem}: {name}[{index}]: {wrong}: {case}")));
        }
    }
    println!("{stem}: {} of {rows} rows", rows - failures.len());
    if rows == 0 {
        failures.push(format!("{stem}: no rows"));
    }
    failures
}

/// What is wrong with one row, if anything.
fn check((_, _, key, compute): &List, row: &Row) -> Option<String> {
    let expected = row.raw(key);
    match catch_unwind(AssertUnwindSafe(|| compute(row))) {
        Err(_) => Some("panicked".to_owned()),
        Ok(Err(error)) => Some(error),
        Ok(Ok(got)) => match (expected, &got) {
            (Value::Null, _) if !row.has("error") => Some("nothing is expected".to_owned()),
            (Value::Object(fields), Value::Object(_)) => fields
                .iter()
                .find(|(name, expected)| got.get(name).is_none_or(|got| !agree(got, expected)))
                .map(|(name, _)| format!("{name}: got {got}, expected {expected}")),
            _ => (!agree(&got, expected)).then(|| format!("got {got}, expected {expected}")),
        },
    }
}

#[test]
fn an_unknown_list_or_function_is_a_failure() {
    assert!(list("argo-fenceposts", "no such list").is_none());
    let table = serde_json::json!({ "cases": [{ "fn": "no such", "expect": 1 }] });
    let row = Row::new(&table, &table["cases"][0]);
    for list in LISTS.iter().chain(&EVALUATE) {
        assert!(check(list, &row).is_some(), "{} {}", list.0, list.1);
    }
}

#[test]
fn every_argo_table_is_among_the_committed_ones() {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for (stem, ..) in LISTS.iter().chain(&EVALUATE) {
        assert!(
            own.join(format!("{stem}.json")).exists(),
            "{stem} is missing"
        );
    }
}

//! Upstream's own test tables through the functions the simulator runs.
//!
//! Every `k8s-*.json` of `tests/cases/` (or of the folder that `ROLLCAST_CASES` names) whose name is
//! known here is read whole; a row is given to the function it is about, and everything its `expected`
//! (and `derived`) says must come out. Rows can be added without code. A row that cannot be read, or
//! whose `fn` nobody knows, fails; so does a file whose name nobody knows.
//!
//! Not checked: upstream's events, messages and write counts.

// The counts per table are what a reader of the test's output looks for.
#![allow(clippy::print_stdout)]

mod argo;
mod backoff;
mod deployment;
mod disruption;
mod endpoints;
mod envoy;
mod istio;
mod probe_worker;
mod replica_set;
mod row;
mod scaling;
mod status;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use row::{Got, Row, differences};
use serde_json::Value;

/// What computes a row of a table.
type Compute = fn(&Row) -> Got;

/// File stem → what computes a row of it.
const TABLES: [(&str, Compute); 12] = [
    ("k8s-new-rs-replicas", deployment::new_replicas),
    ("k8s-resolve-fenceposts", deployment::fenceposts),
    ("k8s-reconcile-old-rs", deployment::reconcile_old_sets),
    ("k8s-cleanup-unhealthy", deployment::cleanup),
    ("k8s-scale-down-old-rs", deployment::scale_down),
    ("k8s-proportional-scale", scaling::scaling),
    ("k8s-deployment-status", status::status),
    ("k8s-replicaset", replica_set::replica_set),
    ("k8s-deletion-rank", replica_set::deletion_rank),
    ("k8s-probe-worker", probe_worker::probe_worker),
    ("k8s-crashloop-backoff", backoff::backoff),
    ("k8s-endpoints", endpoints::endpoints),
];

/// A table beyond the issue's list, computed by the same crate.
const BUDGETS: (&str, Compute) = ("k8s-pdb", disruption::disruption);

/// Tables with a test file of their own beside this one.
const ELSEWHERE: [&str; 1] = ["k8s-quantities"];

/// Tables of products that rollcast does not model yet.
const NOT_YET: [&str; 2] = ["k8s-hpa", "k8s-scheduler"];

fn folder() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    std::env::var_os("ROLLCAST_CASES").map_or_else(own, PathBuf::from)
}

fn stems() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the folder of tables can be read");
    let paths = entries.map(|entry| entry.expect("a folder entry").path());
    let mut stems: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|stem| stem.starts_with("k8s-"))
        .collect();
    stems.sort();
    stems
}

#[test]
fn upstreams_tables_come_out_of_the_controllers_decisions() {
    let mut failures = Vec::new();
    let mut tables = 0;
    for stem in stems() {
        let known = TABLES
            .iter()
            .chain([&BUDGETS])
            .find(|(name, _)| *name == stem);
        if let Some((_, compute)) = known {
            tables += 1;
            failures.extend(run(&stem, *compute));
        } else if NOT_YET.contains(&stem.as_str()) {
            println!("{stem}: not modelled yet");
        } else if !ELSEWHERE.contains(&stem.as_str()) {
            failures.push(format!("{stem}: nobody knows this table"));
        }
    }
    assert!(tables > 0, "no table in {}", folder().display());
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// Runs all rows of one table, prints how many agree, and returns what disagrees.
fn run(stem: &str, compute: Compute) -> Vec<String> {
    let text = std::fs::read_to_string(folder().join(format!("{stem}.json")));
    let table = text
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()));
    let table = match table {
        Ok(table) => table,
        Err(error) => return vec![format!("{stem}: {error}")],
    };
    let Some(cases) = table["cases"].as_array().filter(|cases| !cases.is_empty()) else {
        return vec![format!("{stem}: no `cases`")];
    };
    let rows = cases.iter().map(|case| Row::new(&table, case));
    let failures: Vec<String> = rows
        .filter_map(|row| Some(format!("{stem}: {}: {}", row.name(), check(&row, compute)?)))
        .collect();
    println!(
        "{stem}: {} of {} rows",
        cases.len() - failures.len(),
        cases.len()
    );
    failures
}

/// What is wrong with one row, if anything.
fn check(row: &Row, compute: Compute) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(|| compute(row))) {
        Err(_) => Some("panicked".to_owned()),
        Ok(Err(error)) => Some(error),
        Ok(Ok(got)) => differences(row, &got),
    }
}

#[test]
fn every_table_of_the_issue_is_among_the_committed_ones() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for (stem, _) in TABLES.iter().chain([&BUDGETS]) {
        assert!(
            own.join(format!("{stem}.json")).exists(),
            "{stem} is missing"
        );
    }
}

#[test]
fn a_row_of_an_unknown_function_is_a_failure() {
    let table = serde_json::json!({ "cases": [{ "name": "x", "fn": "no such", "expected": 1 }] });
    for (stem, compute) in TABLES.iter().chain([&BUDGETS]) {
        let row = Row::new(&table, &table["cases"][0]);
        assert!(
            check(&row, *compute).is_some(),
            "{stem} let an unknown row pass"
        );
    }
}

#[test]
fn a_wrong_expectation_is_a_failure_that_names_both_values() {
    let table = serde_json::json!({ "cases": [{
        "name": "one pod too many", "fn": "new_rs_new_replicas", "strategy": "Recreate",
        "deployment_replicas": 3, "max_surge": 1, "max_unavailable": 1,
        "all_rs_spec_replicas_sum": 5, "new_rs_spec_replicas": 1,
        "expected": { "new_rs_spec_replicas": 4 },
    }] });
    let row = Row::new(&table, &table["cases"][0]);
    let wrong = check(&row, deployment::new_replicas).expect("3 is not 4");
    assert_eq!(wrong, "new_rs_spec_replicas: got 3, expected 4");
}

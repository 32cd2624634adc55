//! What a real Prometheus answered, asked again of rollcast.
//!
//! Every file of `tests/promql/` (or of the folder that `ROLLCAST_PROMQL` names) is read whole:
//! series, and rows of (series, query, time, answer) as Prometheus 2.42 gave it. A row with
//! `derived_v3` says besides what the rules of version 3 make of it. The rows of
//! `tests/cases/argo-analysis-prom-rate.json` follow version 3.
//!
//! Not checked: the order of an answer's series, error messages.

// The counts are what a reader of the test's output looks for.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rollcast::telemetry::promql::{Answer, Query, Version};
use rollcast::telemetry::{Labels, Storage};
use rollcast::units::SimTime;
use serde_json::Value;

/// The oracle prints every bit; sums over series differ in the last ones with the order of addition,
/// which the recording does not tell (oracle README), and quotients carry that on.
const TOLERANCE: f64 = 1e-12;

type Vector = BTreeMap<Labels, f64>;

fn folder() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promql");
    std::env::var_os("ROLLCAST_PROMQL").map_or_else(own, PathBuf::from)
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn labels(value: &Value) -> Labels {
    let pairs = value.as_object().unwrap().iter();
    pairs.map(|(k, v)| (k, v.as_str().unwrap())).collect()
}

/// Series of a scenario: sample i at i scrape intervals.
fn storage(scenario: &Value) -> Storage {
    let interval = scenario["scrape_interval_s"].as_f64().unwrap();
    let mut storage = Storage::default();
    for series in scenario["series"].as_array().unwrap() {
        let name = series["name"].as_str().unwrap();
        let id = storage.series(name, labels(&series["labels"]));
        for (at, sample) in series["samples"].as_array().unwrap().iter().enumerate() {
            let at = SimTime::from_nanos((at as f64 * interval * 1e9).round() as u64);
            match sample {
                Value::Null => {}
                Value::String(text) if text == "stale" => storage.mark_stale(id, at),
                Value::String(text) => storage.record(id, at, text.parse().unwrap()),
                number => storage.record(id, at, number.as_f64().unwrap()),
            }
        }
    }
    storage
}

fn expected(result: &Value) -> Vector {
    let readings = result.as_array().unwrap().iter();
    let reading = |r: &Value| {
        let value = r["value"].as_str().unwrap().parse().unwrap();
        (labels(&r["labels"]), value)
    };
    readings.map(reading).collect()
}

fn asked(storage: &Storage, row: &Value, version: Version) -> Vector {
    let query: Query = row["expr"].as_str().unwrap().parse().unwrap();
    let nanos = (row["eval_time_s"].as_f64().unwrap() * 1e9).round() as u64;
    match query.evaluate(storage, SimTime::from_nanos(nanos), version) {
        Ok(Answer::Vector(readings)) => readings.into_iter().map(|r| (r.labels, r.value)).collect(),
        Ok(Answer::Scalar(value)) => Vector::from([(Labels::NONE, value)]),
        Err(error) => panic!("{row}: {error}"),
    }
}

fn agrees(got: &Vector, wanted: &Vector, tolerance: f64) -> bool {
    got.len() == wanted.len()
        && got
            .iter()
            .zip(wanted)
            .all(|((own, got), (theirs, wanted))| own == theirs && close(*got, *wanted, tolerance))
}

fn close(got: f64, wanted: f64, tolerance: f64) -> bool {
    got == wanted
        || (got.is_nan() && wanted.is_nan())
        || (got - wanted).abs() <= tolerance * wanted.abs()
}

/// Whether the oracle's second evaluator knows a query, so that a row without `derived_v3` has the
/// same answer in both versions (oracle README: rates and increases, and what is built on them).
fn recomputed(expression: &str) -> bool {
    let calls = |name: &str| expression.split('(').any(|part| part.ends_with(name));
    (calls("rate") && !calls("irate")) || calls("increase")
}

/// Rows of one version: how many, how many to the last bit, and which disagree.
#[derive(Default)]
struct Tally {
    rows: usize,
    same_bits: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn row(&mut self, row: &Value, got: &Vector, wanted: &Vector) {
        self.rows += 1;
        self.same_bits += usize::from(agrees(got, wanted, 0.0));
        if !agrees(got, wanted, TOLERANCE) {
            let place = (&row["scenario"], &row["expr"], &row["eval_time_s"]);
            self.wrong
                .push(format!("{place:?}: got {got:?}, not {wanted:?}"));
        }
    }
    fn check(&self, name: &str) {
        let right = self.rows - self.wrong.len();
        let (rows, same_bits) = (self.rows, self.same_bits);
        println!("{name}: {right} of {rows} rows, {same_bits} to the last bit");
        assert!(self.wrong.is_empty(), "{name}:\n{}", self.wrong.join("\n"));
    }
}

#[test]
fn every_recorded_answer_comes_again() {
    let mut files: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    let [mut two, mut three, mut unchanged] = [(); 3].map(|()| Tally::default());
    for file in files {
        let file = read(&file);
        let scenarios = file["scenarios"].as_array().unwrap().iter();
        let storages: BTreeMap<_, _> = scenarios
            .map(|scenario| (scenario["id"].as_str().unwrap(), storage(scenario)))
            .collect();
        for row in file["rows"].as_array().unwrap() {
            let storage = &storages[row["scenario"].as_str().unwrap()];
            let wanted = expected(&row["result"]);
            two.row(row, &asked(storage, row, Version::Two), &wanted);
            let newer = || asked(storage, row, Version::Three);
            if let Some(derived) = row.get("derived_v3") {
                three.row(row, &newer(), &expected(derived));
            } else if recomputed(row["expr"].as_str().unwrap()) {
                unchanged.row(row, &newer(), &wanted);
            }
        }
    }
    two.check("version 2");
    three.check("version 3, derived");
    unchanged.check("version 3, as version 2");
    assert!(two.rows > 0 && three.rows > 0, "no rows were found");
}

#[test]
fn rates_of_the_analysis_table_come_out() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let folder = std::env::var_os("ROLLCAST_CASES").map_or(own, PathBuf::from);
    let table = read(&folder.join("argo-analysis-prom-rate.json"));
    assert_eq!(table["left_open_window"], true);
    let cases = table["cases"].as_array().unwrap();
    let mut right = 0;
    for case in cases {
        let mut storage = Storage::default();
        let id = storage.series("x", Labels::NONE);
        for sample in case["samples"].as_array().unwrap() {
            let at = SimTime::from_secs(sample[0].as_u64().unwrap());
            storage.record(id, at, sample[1].as_f64().unwrap());
        }
        let query: Query = format!("rate(x[{}s])", case["range"]).parse().unwrap();
        let at = SimTime::from_secs(case["end"].as_u64().unwrap());
        let got = query
            .evaluate(&storage, at, Version::Three)
            .unwrap()
            .values();
        let same = match (&got[..], case["expect"].as_f64()) {
            ([], None) => true,
            ([got], Some(wanted)) => close(*got, wanted, TOLERANCE),
            _ => false,
        };
        assert!(same, "{}: got {got:?}, not {}", case["id"], case["expect"]);
        right += 1;
    }
    println!("argo-analysis-prom-rate: {right} of {} rows", cases.len());
}

#[test]
fn a_query_reads_the_series_of_its_metric_only() {
    // A thousand other metrics change nothing about the answer; that they cost nothing is the
    // storage's index by name.
    let mut storage = Storage::default();
    for metric in 0..1000 {
        let other = storage.series(&format!("other_{metric}"), Labels::NONE);
        storage.record(other, SimTime::from_secs(15), 1.0);
    }
    let own = storage.series("own", Labels::NONE);
    storage.record(own, SimTime::from_secs(15), 7.0);
    let query: Query = "sum(own)".parse().unwrap();
    let answer = query.evaluate(&storage, SimTime::from_secs(20), Version::Three);
    assert_eq!(answer.unwrap().values(), [7.0]);
    assert_eq!(storage.named("own").count(), 1);
}

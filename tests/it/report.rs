//! Results in, bytes out, on made-up results.

use rollcast::experiment::Results;
use rollcast::report::{ReadError, charts_png, from_json, to_csv, to_html, to_json, to_text};

use crate::synthetic::{compared, timeline};

fn results(variants: usize) -> Results {
    let mut results = compared(variants, 2).results;
    for variant in &mut results.variants {
        variant.timeline = Some(timeline(variant.median_run));
    }
    results
}

#[test]
fn a_saved_result_gives_the_same_reports_byte_for_byte() {
    let live = results(7);
    let saved = from_json(&to_json(&live)).unwrap();
    assert_eq!(saved, live);
    assert_eq!(to_json(&saved), to_json(&live));
    assert_eq!(to_csv(&saved), to_csv(&live));
    assert_eq!(to_text(&saved), to_text(&live));
    assert_eq!(to_html(&saved), to_html(&live));
}

#[test]
fn json_has_the_shape_that_is_promised() {
    let json: serde_json::Value = serde_json::from_str(&to_json(&results(3))).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["seed"], "18446744073709551615");
    assert_eq!(json["scenario"], "made up: which rollout?");
    let variant = &json["variants"][1];
    assert_eq!(variant["name"], "recreate");
    for key in [
        "mean", "low", "high", "level", "p50", "p95", "p99", "worst", "runs",
    ] {
        assert!(
            variant["metrics"]["downtime_seconds"][key].is_number(),
            "{key}"
        );
        assert!(
            variant["metrics"]["requests_failed"]["total"][key].is_number(),
            "{key}"
        );
        assert!(
            variant["metrics"]["requests_failed"]["defect"][key].is_number(),
            "{key}"
        );
        assert!(
            variant["metrics"]["requests_failed_excess"]["total"][key].is_number(),
            "{key}"
        );
    }
    // Absent rather than NaN, with its count.
    let absent = serde_json::json!({ "level": 0.95, "runs": 0 });
    assert_eq!(variant["metrics"]["pod_hours"], absent);
    for key in ["mean", "low", "high", "level", "runs"] {
        assert!(variant["outcomes"]["promoted"][key].is_number(), "{key}");
    }
    assert_eq!(json["gates"][1]["verdict"], "passed");
}

#[test]
fn what_is_not_a_saved_result_is_refused() {
    let later = to_json(&results(1)).replace("\"version\": 1", "\"version\": 2");
    assert_eq!(from_json(&later), Err(ReadError::Version(2)));
    let unknown = to_json(&results(1)).replace("\"pod_hours\"", "\"pot_hours\"");
    let error = from_json(&unknown).unwrap_err().to_string();
    assert!(error.contains("unknown metric in `pot_hours`"), "{error}");
    let error = from_json("{").unwrap_err().to_string();
    assert!(error.starts_with("not a saved result: EOF"), "{error}");
}

#[test]
fn the_text_report_reads_like_this() {
    let text = to_text(&results(3));
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    insta::assert_snapshot!(text);
}

#[test]
fn the_csv_has_one_line_for_each_number() {
    let csv = to_csv(&results(2));
    let first: Vec<&str> = csv.lines().take(4).collect();
    insta::assert_snapshot!(first.join("\n"));
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert!(reader.records().all(|record| record.unwrap().len() == 12));
}

#[test]
fn the_page_needs_nobody_else() {
    let page = to_html(&results(7));
    for reference in ["http://", "https://", "src=", "@import", "url("] {
        let foreign = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!foreign.contains(reference), "{reference}");
    }
    assert_eq!(page.matches("<svg").count(), 2 + 7);
    assert!(!page.contains("NaN"));
}

#[test]
fn charts_are_drawn_without_fonts_of_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let paths = charts_png(&results(2), folder.path()).unwrap();
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "cost-and-users.png",
            "downtime.png",
            "median-run-1.png",
            "median-run-2.png"
        ]
    );
    for path in paths {
        assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
    }
    let nowhere = folder.path().join("nowhere");
    assert!(charts_png(&results(1), &nowhere).is_err());
}

#[test]
fn results_without_any_value_still_draw() {
    let mut empty = compared(2, 1).results;
    let none = r#"{ "level": 0.95, "runs": 0 }"#;
    for variant in &mut empty.variants {
        let names = ["cost_usd", "downtime_seconds", "users_affected"];
        let bare = names.map(|name| format!("\"{name}\": {none}")).join(",");
        variant.metrics = serde_json::from_str(&format!("{{{bare}}}")).unwrap();
        variant.downtime_seconds_sorted.clear();
    }
    assert!(to_html(&empty).contains("no value"));
    assert!(to_text(&empty).contains('–'));
}

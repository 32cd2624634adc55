//! Every row of upstream's endpoint tables through the real functions.

use rollcast::routing::{
    EndpointPod, InclusionOfTerminating, PodPhase, belongs, conditions,
};
use serde_json::Value;

fn flag(row: &Value, key: &str) -> bool {
    row[key].as_bool().unwrap_or_else(|| panic!("`{key}` of {row}"))
}

fn phase(row: &Value) -> PodPhase {
    match row["phase"].as_str() {
        Some("Pending") => PodPhase::Pending,
        Some("Running") | None => PodPhase::Running,
        Some("Succeeded") => PodPhase::Succeeded,
        Some("Failed") => PodPhase::Failed,
        Some("Unknown") => PodPhase::Unknown,
        Some(other) => panic!("phase `{other}`"),
    }
}

fn condition_row(row: &Value) -> bool {
    let pod = EndpointPod {
        phase: PodPhase::Running,
        has_ip: true,
        ready: flag(row, "pod_ready"),
        terminating: flag(row, "pod_terminating"),
    };
    let got = conditions(&pod, flag(row, "publish_not_ready_addresses"));
    let expected = &row["expected"];
    got.ready == flag(expected, "ready")
        && got.serving == flag(expected, "serving")
        && got.terminating == flag(expected, "terminating")
}

fn membership_row(row: &Value) -> bool {
    let pod = EndpointPod {
        phase: phase(row),
        has_ip: flag(row, "has_ip"),
        ready: false,
        terminating: flag(row, "terminating"),
    };
    let terminating = if flag(row, "include_terminating") {
        InclusionOfTerminating::Included
    } else {
        InclusionOfTerminating::LeftOut
    };
    belongs(&pod, terminating) == row["expected"].as_bool().expect("a verdict")
}

#[test]
fn endpoints_agree_with_upstreams_tables() {
    let folder = std::env::var("ROLLCAST_CASES")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases").to_owned());
    let text = std::fs::read_to_string(format!("{folder}/k8s-endpoints.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let rows = file["cases"].as_array().unwrap();
    let failed: Vec<&Value> = rows
        .iter()
        .filter(|row| match row["fn"].as_str() {
            Some("endpoint_conditions") => !condition_row(row),
            Some("in_endpoints") => !membership_row(row),
            _ => true,
        })
        .collect();
    println!("k8s-endpoints: {} of {} rows", rows.len() - failed.len(), rows.len());
    assert!(!rows.is_empty() && failed.is_empty(), "{failed:#?}");
}

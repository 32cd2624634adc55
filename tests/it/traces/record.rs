//! A recorded rollout, as far as it is replayed or compared.

use std::fmt;

use rollcast::control::replica_set::PodPhase;
use rollcast::manifest::{
    Container, Deployment, Labels, PodDisruptionBudget, PodTemplate, PullPolicy, Resources,
    Selector, Strategy, UnhealthyPodEviction,
};
use rollcast::units::{IntOrPercent, SimDuration};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Exact,
    Race,
    RaceUnmatched,
    Throttled,
    Stalls,
}

pub(super) struct Trace {
    pub(super) name: String,
    pub(super) class: Class,
    /// Whether an index says its class.
    pub(super) listed: bool,
    pub(super) conditions_known_to_differ: bool,
    pub(super) raw: Value,
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Exact => "exact",
            Self::Race => "race",
            Self::RaceUnmatched => "race-unmatched",
            Self::Throttled => "throttled",
            Self::Stalls => "stalls",
        })
    }
}

/// A trace with what an index says of it; one that is in none counts as exact until replays say more.
pub(super) fn trace_of(raw: Value, index: &[Value]) -> Trace {
    let name = raw["name"].as_str().expect("a trace has a name").to_owned();
    let entry = index.iter().find(|entry| entry["name"] == name.as_str());
    let family = raw["family"].as_str().unwrap_or_default();
    let class = match entry.and_then(|entry| entry["class"].as_str()) {
        Some("race") => Class::Race,
        Some("race-unmatched") => Class::RaceUnmatched,
        Some("throttled") => Class::Throttled,
        Some("stalls") => Class::Stalls,
        None if family.starts_with("default-qps") => Class::Throttled,
        _ => Class::Exact,
    };
    let differs = entry.is_some_and(|entry| entry["rules_conditions_equal"] == false);
    Trace {
        name,
        class,
        listed: entry.is_some(),
        conditions_known_to_differ: differs,
        raw,
    }
}

/// A list at a key, empty if there is none.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Seconds, possibly negative, as written.
pub(super) fn seconds(value: &Value) -> f64 {
    value.as_f64().expect("times are numbers")
}

/// The version in an image's tag: `app:v3` → 3.
pub(super) fn version_of(image: &str) -> u32 {
    let digits = image.rsplit(":v").next().and_then(|tag| tag.parse().ok());
    digits.expect("images are named app:v1, app:v2, …")
}

/// Applies a JSON merge patch (RFC 7396).
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in fields {
        if value.is_null() {
            target.as_object_mut().expect("made one").remove(key);
        } else {
            merge(&mut target[key], value);
        }
    }
}

pub(super) fn deployment(manifest: &Value) -> Deployment {
    let spec = &manifest["spec"];
    let whole_seconds = |key: &str| spec[key].as_u64().map(SimDuration::from_secs);
    let deadline = spec["progressDeadlineSeconds"].as_u64().unwrap_or(600);
    Deployment {
        name: "app".into(),
        namespace: "default".into(),
        replicas: spec["replicas"].as_u64().unwrap_or(1) as u32,
        strategy: strategy(&spec["strategy"]),
        min_ready: whole_seconds("minReadySeconds").unwrap_or_default(),
        progress_deadline: (deadline != 2_147_483_647).then(|| SimDuration::from_secs(deadline)),
        revision_history_limit: spec["revisionHistoryLimit"].as_u64().unwrap_or(10) as u32,
        paused: spec["paused"].as_bool().unwrap_or(false),
        selector: selector(),
        template: template(&spec["template"]),
    }
}

fn selector() -> Selector {
    Selector {
        match_labels: labels(),
        match_expressions: Vec::new(),
    }
}

fn labels() -> Labels {
    [("app".to_owned(), "app".to_owned())].into()
}

fn strategy(raw: &Value) -> Strategy {
    let fence = |key: &str| match &raw["rollingUpdate"][key] {
        Value::Null => IntOrPercent::Percent(25),
        Value::String(text) => text.parse().expect("a percentage"),
        number => IntOrPercent::Int(number.as_i64().expect("a number") as i32),
    };
    match raw["type"].as_str() {
        Some("Recreate") => Strategy::Recreate,
        _ => Strategy::RollingUpdate {
            max_surge: fence("maxSurge"),
            max_unavailable: fence("maxUnavailable"),
        },
    }
}

/// Templates differ by their image alone, so its version is their hash.
fn template(raw: &Value) -> PodTemplate {
    let image = raw["spec"]["containers"][0]["image"].as_str();
    let image = image.expect("a container has an image").to_owned();
    PodTemplate {
        labels: labels(),
        grace: SimDuration::from_secs(30),
        restarts: true,
        hash: u64::from(version_of(&image)),
        containers: vec![Container {
            name: "app".into(),
            image,
            pull_policy: PullPolicy::IfNotPresent,
            resources: Resources::default(),
            startup: None,
            readiness: None,
            liveness: None,
            pre_stop: None,
        }],
    }
}

/// The PodDisruptionBudgets among the extra objects.
pub(super) fn budgets(trace: &Value) -> Vec<PodDisruptionBudget> {
    let limit = |raw: &Value| match raw {
        Value::Null => None,
        Value::String(text) => Some(text.parse().expect("a percentage")),
        number => Some(IntOrPercent::Int(number.as_i64().expect("a number") as i32)),
    };
    let objects = list(trace, "extras").iter().map(|extra| &extra["object"]);
    let found = objects.filter(|object| object["kind"] == "PodDisruptionBudget");
    found
        .map(|object| PodDisruptionBudget {
            name: "app".into(),
            namespace: "default".into(),
            selector: selector(),
            min_available: limit(&object["spec"]["minAvailable"]),
            max_unavailable: limit(&object["spec"]["maxUnavailable"]),
            unhealthy: UnhealthyPodEviction::IfHealthyBudget,
        })
        .collect()
}

/// Phase of a pod that exists at t = 0.
pub(super) fn initial_phase(pod: &Value) -> PodPhase {
    match (pod["failed"] == true, pod["node"].is_null()) {
        (true, _) => PodPhase::Failed,
        (_, true) => PodPhase::Pending,
        _ => PodPhase::Running,
    }
}

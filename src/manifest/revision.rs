//! When two pod templates are the same revision.

use crate::document::{Map, Node, Value};

use super::template::default_pull_policy;
use super::{PullPolicy, Quantity};

/// Fields whose default may be written out without making another template: the API server fills
/// them in before anyone compares (pkg/apis/core/v1/defaults.go).
const POD_DEFAULTS: [(&str, Default); 4] = [
    ("restartPolicy", Default::Text("Always")),
    ("dnsPolicy", Default::Text("ClusterFirst")),
    ("schedulerName", Default::Text("default-scheduler")),
    ("terminationGracePeriodSeconds", Default::Number(30)),
];
const CONTAINER_DEFAULTS: [(&str, Default); 2] = [
    (
        "terminationMessagePath",
        Default::Text("/dev/termination-log"),
    ),
    ("terminationMessagePolicy", Default::Text("File")),
];
const PROBE_DEFAULTS: [(&str, Default); 5] = [
    ("initialDelaySeconds", Default::Number(0)),
    ("periodSeconds", Default::Number(10)),
    ("timeoutSeconds", Default::Number(1)),
    ("successThreshold", Default::Number(1)),
    ("failureThreshold", Default::Number(3)),
];
const PROBES: [&str; 3] = ["startupProbe", "readinessProbe", "livenessProbe"];

enum Default {
    Text(&'static str),
    Number(i64),
}

/// A hash of a template as it is once defaults are filled in. Quantities count by their value
/// (`1` and `1000m` of processor are the same); deeper defaults are not known here.
pub(super) fn template_hash(template: &Node) -> u64 {
    let mut normal = template.clone();
    let spec = child_mut(&mut normal, "spec");
    if let Some(spec) = spec.and_then(map_mut) {
        drop_defaults(spec, &POD_DEFAULTS);
        if let Some(Value::List(list)) = spec
            .get_mut("containers")
            .map(|entry| &mut entry.node.value)
        {
            list.iter_mut()
                .filter_map(map_mut)
                .for_each(normalize_container);
        }
    }
    normal.canonical_hash()
}

fn normalize_container(container: &mut Map) {
    drop_defaults(container, &CONTAINER_DEFAULTS);
    let text = |key: &str| container.get(key).and_then(|entry| entry.node.as_text());
    let policy = text("image").map(default_pull_policy);
    let default = match policy {
        Some(PullPolicy::Always) => "Always",
        _ => "IfNotPresent",
    };
    if text("imagePullPolicy") == Some(default) {
        container.shift_remove("imagePullPolicy");
    }
    for probe in PROBES {
        let probe = container
            .get_mut(probe)
            .and_then(|entry| map_mut(&mut entry.node));
        if let Some(probe) = probe {
            drop_defaults(probe, &PROBE_DEFAULTS);
        }
    }
    let Some(resources) = container.get_mut("resources").map(|entry| &mut entry.node) else {
        return;
    };
    for part in ["requests", "limits"] {
        let amounts = child_mut(resources, part).and_then(map_mut);
        for (_, entry) in amounts.into_iter().flatten() {
            normalize_amount(&mut entry.node);
        }
    }
}

fn normalize_amount(node: &mut Node) {
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return,
    };
    if let Ok(quantity) = text.parse::<Quantity>() {
        node.value = Value::Text(format!("{}n", quantity.as_nanos()));
    }
}

fn drop_defaults(map: &mut Map, defaults: &[(&str, Default)]) {
    for (key, default) in defaults {
        let is_default = map
            .get(*key)
            .is_some_and(|entry| match (&entry.node.value, default) {
                (Value::Text(text), Default::Text(default)) => text == default,
                (Value::Int(number), Default::Number(default)) => number == default,
                _ => false,
            });
        if is_default {
            map.shift_remove(*key);
        }
    }
}

fn child_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    map_mut(node)?.get_mut(key).map(|entry| &mut entry.node)
}

fn map_mut(node: &mut Node) -> Option<&mut Map> {
    match &mut node.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

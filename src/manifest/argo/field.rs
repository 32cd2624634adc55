//! `fieldRef`: text out of the Rollout itself.

use crate::document::{Map, Node, Value};
use crate::manifest::Object;

/// What is at a `fieldPath` of a Rollout, as text: `metadata.labels['app']`, `spec.replicas`
/// (upstream's `BuildArgumentsForRolloutAnalysisRun`; Kubernetes' `fieldpath` for `metadata`).
///
/// # Errors
/// Why there is no text.
pub(super) fn field_text(object: &Object, path: &str) -> Result<String, String> {
    match path {
        _ if path.starts_with("metadata") => metadata(object, path),
        _ if path.starts_with("status") => {
            Err("its `status` is known only while it runs".to_owned())
        }
        _ => anywhere(&object.node, path),
    }
}

fn metadata(object: &Object, path: &str) -> Result<String, String> {
    let written = |key: &str| object.node.child("metadata").and_then(|all| all.child(key));
    match path {
        "metadata.name" => return Ok(object.name.name.clone()),
        "metadata.namespace" => return Ok(object.namespace().to_owned()),
        "metadata.labels" => return Ok(whole_map(written("labels"))),
        "metadata.annotations" => return Ok(whole_map(written("annotations"))),
        "metadata.uid" => return Err("a simulated object has no `uid`".to_owned()),
        _ => {}
    }
    let inner = |key: &str| {
        let rest = path.strip_prefix(&format!("metadata.{key}['"))?;
        let name = rest.strip_suffix("']")?;
        let value = written(key).and_then(|map| map.child(name));
        Some(value.and_then(Node::as_text).unwrap_or_default().to_owned())
    };
    let found = inner("labels").or_else(|| inner("annotations"));
    found.ok_or_else(|| {
        "expected `metadata.name`, `metadata.namespace`, `metadata.labels['…']` or \
         `metadata.annotations['…']`"
            .to_owned()
    })
}

/// `key="value"`, a line each, sorted by key.
fn whole_map(map: Option<&Node>) -> String {
    let mut entries: Vec<(&String, &str)> = map
        .and_then(Node::as_map)
        .into_iter()
        .flat_map(Map::iter)
        .map(|(key, entry)| (key, entry.node.as_text().unwrap_or_default()))
        .collect();
    entries.sort_unstable();
    let lines = entries
        .iter()
        .map(|(key, value)| format!("{key}={value:?}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Steps stand between dots and brackets, however many.
fn anywhere(node: &Node, path: &str) -> Result<String, String> {
    let mut at = node;
    for step in path.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        let next = match &at.value {
            Value::List(list) => step.parse().ok().and_then(|index: usize| list.get(index)),
            _ => at.child(step),
        };
        at = next.ok_or_else(|| format!("nothing is at `{step}`"))?;
    }
    match &at.value {
        Value::Text(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Int(number) => Ok(as_go_prints(*number as f64)),
        Value::Float(number) => Ok(as_go_prints(*number)),
        Value::Null => Err("nothing is there".to_owned()),
        Value::List(_) | Value::Map(_) => Err("expected a single value there".to_owned()),
    }
}

/// A number has travelled as JSON, so it is a double, which Go prints with an exponent from 10⁶ on
/// and below 10⁻⁴.
fn as_go_prints(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-4..1e6).contains(&size) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').expect("it was asked for");
    let exponent: i32 = exponent.parse().expect("an exponent is a whole number");
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Diagnostics, Sources, parse_yaml};

    const ROLLOUT: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, labels: { b: x, a: 'y' }, annotations: { team: web } }
spec: { replicas: 4, paused: true, strategy: { canary: { steps: [{ setWeight: 20 }] } } }
";

    fn check(path: &str, expected: Option<&str>) {
        let mut documents = parse_yaml(&mut Sources::default(), "r.yaml", ROLLOUT).unwrap();
        let object = Object::named(documents.remove(0), &mut Diagnostics::default()).unwrap();
        assert_eq!(
            field_text(&object, path).ok().as_deref(),
            expected,
            "{path}"
        );
    }

    /// Upstream's `TestBuildArgumentsForRolloutAnalysisRun` by its rules.
    #[test]
    fn a_path_leads_to_text_or_nowhere() {
        check("metadata.name", Some("shop"));
        check("metadata.namespace", Some("default"));
        check("metadata.labels['a']", Some("y"));
        check("metadata.labels['none']", Some(""));
        check("metadata.labels", Some("a=\"y\"\nb=\"x\""));
        check("metadata.annotations['team']", Some("web"));
        check("metadata.uid", None);
        check("metadata.labelz['a']", None);
        check("spec.replicas", Some("4"));
        check("spec.paused", Some("true"));
        check("spec.strategy.canary.steps[0].setWeight", Some("20"));
        check("spec.strategy.canary.steps[1].setWeight", None);
        check("spec.strategy.canary", None);
        check("status.currentPodHash", None);
    }

    /// `fmt.Sprintf("%v", …)` of doubles.
    #[test]
    fn numbers_are_printed_as_go_prints_them() {
        for (number, text) in [
            (0.0, "0"),
            (0.5, "0.5"),
            (999_999.0, "999999"),
            (1_000_000.0, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (0.000_01, "1e-05"),
        ] {
            assert_eq!(as_go_prints(number), text);
        }
    }
}

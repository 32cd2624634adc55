//! Services, labels, selectors.

use std::collections::BTreeMap;

use super::Object;
use super::labels::read_labels;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Value};

/// Labels of an object.
pub type Labels = BTreeMap<String, String>;

/// Which pods an object means: every pair must be among a pod's labels (and `matchExpressions`
/// hold); an empty selector of a Service selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector {
    /// `matchLabels`, or a Service's plain map.
    pub match_labels: Labels,
    /// `matchExpressions`: key, operator (`In`, `NotIn`, `Exists`, `DoesNotExist`), values.
    pub match_expressions: Vec<(String, String, Vec<String>)>,
}

impl Selector {
    /// Whether a pod with these labels is meant.
    pub fn matches(&self, labels: &Labels) -> bool {
        let pairs = self
            .match_labels
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value));
        pairs
            && self
                .match_expressions
                .iter()
                .all(|(key, operator, values)| {
                    let found = labels.get(key);
                    match operator.as_str() {
                        "In" => found.is_some_and(|value| values.contains(value)),
                        "NotIn" => found.is_none_or(|value| !values.contains(value)),
                        "Exists" => found.is_some(),
                        _ => found.is_none(),
                    }
                })
    }
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }
}

/// A Service in front of pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.selector`.
    pub selector: Selector,
    /// `spec.publishNotReadyAddresses`, default false.
    pub publish_not_ready_addresses: bool,
    /// `spec.ports`, their numbers in the order of the file.
    pub ports: Vec<u16>,
}

impl Service {
    /// Reads a Service; `None` where too much is wrong to go on.
    pub fn read(object: &Object, problems: &mut Diagnostics) -> Option<Self> {
        let named = object.require_name(problems);
        let mut map = MapReader::open(&object.node, "a Service", problems)?;
        map.required_node("spec")?;
        let mut spec = map.map("spec")?;
        let labels = spec.entries("selector");
        let match_labels = labels.map(|labels| read_labels(labels, spec.problems()));
        let publish = spec.optional("publishNotReadyAddresses");
        let ports = read_ports(&mut spec);
        named.then(|| Self {
            name: object.name.name.clone(),
            namespace: object.namespace().to_owned(),
            selector: Selector {
                match_labels: match_labels.unwrap_or_default(),
                match_expressions: Vec::new(),
            },
            publish_not_ready_addresses: publish.unwrap_or(false),
            ports,
        })
    }
}

/// What is no whole number is told by the tables of fields.
fn read_ports(spec: &mut MapReader<'_, '_>) -> Vec<u16> {
    let nodes = spec.node("ports").and_then(Node::as_list);
    let numbers = nodes.into_iter().flatten().filter_map(|port| {
        let node = port.child("port")?;
        match node.value {
            Value::Int(number) => Some((number, node.span)),
            _ => None,
        }
    });
    let mut ports = Vec::new();
    for (number, span) in numbers {
        match u16::try_from(number) {
            Ok(port @ 1..) => ports.push(port),
            _ => {
                let finding = Diagnostic::error(format!("`port` is {number}, out of range"));
                spec.problems()
                    .push(finding.at(span).label("expected 1 to 65535"));
            }
        }
    }
    ports
}

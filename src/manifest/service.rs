//! Services, labels, selectors.

use std::collections::BTreeMap;

use super::Object;
use super::labels::read_labels;
use crate::document::{Diagnostics, MapReader};

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
        named.then(|| Self {
            name: object.name.name.clone(),
            namespace: object.namespace().to_owned(),
            selector: Selector {
                match_labels: match_labels.unwrap_or_default(),
                match_expressions: Vec::new(),
            },
            publish_not_ready_addresses: publish.unwrap_or(false),
        })
    }
}

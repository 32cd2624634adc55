//! Services, labels, selectors.

use std::collections::BTreeMap;

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

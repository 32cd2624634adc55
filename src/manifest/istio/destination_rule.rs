//! DestinationRules.

use super::TrafficPolicy;
use super::names::{check_host, check_label};
use super::traffic_policy::read_traffic_policy;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::manifest::labels::read_labels;
use crate::manifest::{Labels, Object};

/// How requests to a host are sent, and into which subsets its pods fall (destination_rule.proto).
#[derive(Debug, Clone, PartialEq)]
pub struct DestinationRule {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.host`, as written.
    pub host: String,
    /// `spec.trafficPolicy`.
    pub traffic_policy: Option<TrafficPolicy>,
    /// `spec.subsets`.
    pub subsets: Vec<Subset>,
}

/// Some pods of a host.
#[derive(Debug, Clone, PartialEq)]
pub struct Subset {
    /// `name`.
    pub name: String,
    /// `labels` the pods carry; none means every pod of the host.
    pub labels: Labels,
    /// `trafficPolicy`: block by block in place of the rule's.
    pub traffic_policy: Option<TrafficPolicy>,
}

impl DestinationRule {
    /// Reads a DestinationRule; `None` where too much is wrong to go on.
    pub fn read(object: &Object, problems: &mut Diagnostics) -> Option<Self> {
        let named = object.require_name(problems);
        let mut map = MapReader::open(&object.node, "a DestinationRule", problems)?;
        map.required_node("spec")?;
        let mut spec = map.map("spec")?;
        let host = spec.required_node("host");
        let host = host.and_then(|node| check_host("host", node, spec.problems()));
        let traffic_policy = read_traffic_policy(&mut spec);
        let mut subsets: Vec<Subset> = Vec::new();
        for node in spec.list("subsets").unwrap_or_default() {
            subsets.extend(read_subset(node, &subsets, spec.problems()));
        }
        let host = host?;
        named.then(|| Self {
            name: object.name.name.clone(),
            namespace: object.namespace().to_owned(),
            host,
            traffic_policy,
            subsets,
        })
    }
}

fn read_subset(node: &Node, others: &[Subset], problems: &mut Diagnostics) -> Option<Subset> {
    let mut map = MapReader::open(node, "a subset", problems)?;
    let name = map.required_node("name");
    let name = name.and_then(|node| check_label("name", node, map.problems()));
    let twin = |other: &Subset| Some(&other.name) == name.as_ref();
    if others.iter().any(twin) {
        let finding = Diagnostic::error("two subsets have this name");
        let finding = finding.at(map.value_span("name"));
        map.problems().push(finding.label("expected another name"));
    }
    let labels = map.entries("labels");
    let labels = labels.map(|labels| read_labels(labels, map.problems()));
    let traffic_policy = read_traffic_policy(&mut map);
    Some(Subset {
        name: name?,
        labels: labels.unwrap_or_default(),
        traffic_policy,
    })
}

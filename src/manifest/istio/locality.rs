//! How a proxy prefers pods that are near.

use std::collections::BTreeMap;

use crate::document::{Diagnostic, Diagnostics, MapReader, Node};

/// `localityLbSetting` (destination_rule.proto). A locality is `region/zone/subzone`; a missing end or
/// `*` means any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalityLb {
    /// `enabled`, default true.
    pub enabled: bool,
    /// `distribute`: shares by locality; the first whose `from` fits the proxy counts.
    pub distribute: Vec<Distribute>,
    /// `failover`: which region stands in for which.
    pub failover: Vec<Failover>,
    /// `failoverPriority`: labels, the most important first; `label=value` asks for that value.
    pub failover_priority: Vec<String>,
}

/// Where the requests of a locality go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribute {
    /// `from`: the proxy's locality.
    pub from: String,
    /// `to`: weights by locality; they sum to 100.
    pub to: BTreeMap<String, u32>,
}

/// A region that stands in for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failover {
    /// `from`: the proxy's region.
    pub from: String,
    /// `to`: the region that comes next.
    pub to: String,
}

impl Default for LocalityLb {
    /// The mesh's own setting: failover by locality.
    fn default() -> Self {
        Self {
            enabled: true,
            distribute: Vec::new(),
            failover: Vec::new(),
            failover_priority: Vec::new(),
        }
    }
}

const TOPOLOGY: [&str; 3] = [
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
];

/// Reads `localityLbSetting`.
pub(super) fn read_locality(map: &mut MapReader<'_, '_>) -> Option<LocalityLb> {
    let mut map = map.map("localityLbSetting")?;
    let enabled = map.optional("enabled").unwrap_or(true);
    let nodes = map.list("distribute").unwrap_or_default();
    let read = |node| read_distribute(node, map.problems());
    let distribute: Vec<Distribute> = nodes.iter().filter_map(read).collect();
    let nodes = map.list("failover").unwrap_or_default();
    let read = |node| read_failover(node, map.problems());
    let failover: Vec<Failover> = nodes.iter().filter_map(read).collect();
    let failover_priority: Vec<String> = map.list_of("failoverPriority").unwrap_or_default();
    let label = |one: &&str| failover_priority.iter().any(|label| label == one);
    let told_twice = TOPOLOGY.iter().find(|one| label(one));
    let (message, key) = if !distribute.is_empty() && !failover.is_empty() {
        ("`distribute` and `failover` exclude each other", "failover")
    } else if told_twice.is_some() && !failover.is_empty() {
        ("`failover` beside a label of topology", "failoverPriority")
    } else {
        return Some(LocalityLb {
            enabled,
            distribute,
            failover,
            failover_priority,
        });
    };
    let finding = Diagnostic::error(message).at(map.key_span(key));
    map.problems().push(finding.hint("keep one of them"));
    None
}

fn read_distribute(node: &Node, problems: &mut Diagnostics) -> Option<Distribute> {
    let mut map = MapReader::open(node, "a distribution", problems)?;
    let from = map.required("from");
    let mut to = BTreeMap::new();
    for (place, entry) in map.entries("to").into_iter().flatten() {
        let weight = crate::document::FromNode::from_node(&entry.node);
        let weight: Result<u32, Diagnostic> = weight;
        match weight {
            Ok(weight @ 1..=100) => {
                to.insert(place.clone(), weight);
            }
            Ok(_) => map.error(entry.node.span, "a weight of a locality is not in 1 to 100"),
            Err(problem) => map.problems().push(problem),
        }
    }
    check_sum(&to, &mut map);
    Some(Distribute { from: from?, to })
}

fn check_sum(to: &BTreeMap<String, u32>, map: &mut MapReader<'_, '_>) {
    let sum: u32 = to.values().sum();
    if sum != 100 {
        let finding = Diagnostic::error(format!("the weights of `to` sum to {sum}"));
        let finding = finding.at(map.key_span("to"));
        map.problems().push(finding.label("expected 100"));
    }
}

fn read_failover(node: &Node, problems: &mut Diagnostics) -> Option<Failover> {
    let mut map = MapReader::open(node, "a failover", problems)?;
    let (from, to) = (map.required::<String>("from"), map.required::<String>("to"));
    let (from, to) = (from?, to?);
    let region = |text: &str| !text.contains(['/', '*']);
    if from == to || !region(&from) || !region(&to) {
        let finding = Diagnostic::error(format!("`{from}` cannot fail over to `{to}`"));
        let finding = finding.at(map.value_span("to"));
        map.problems().push(finding.label("expected two regions"));
        return None;
    }
    Some(Failover { from, to })
}

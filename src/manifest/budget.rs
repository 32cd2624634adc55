//! PodDisruptionBudgets.

use super::int_or_string::{Shares, count_or_share};
use super::labels::read_selector;
use super::{Object, Selector};
use crate::document::{Diagnostic, Diagnostics, MapReader};
use crate::units::IntOrPercent;

/// A PodDisruptionBudget (reference kubernetes.md §6).
#[derive(Debug, Clone, PartialEq)]
pub struct PodDisruptionBudget {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.selector`.
    pub selector: Selector,
    /// `spec.minAvailable`; exclusive with the next.
    pub min_available: Option<IntOrPercent>,
    /// `spec.maxUnavailable`.
    pub max_unavailable: Option<IntOrPercent>,
    /// `spec.unhealthyPodEvictionPolicy`, default IfHealthyBudget.
    pub unhealthy: UnhealthyPodEviction,
}

/// Which unready pods may be evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnhealthyPodEviction {
    /// Freely if the healthy ones meet the budget.
    #[default]
    IfHealthyBudget,
    /// Always.
    AlwaysAllow,
}

impl PodDisruptionBudget {
    /// Reads a PodDisruptionBudget; `None` where too much is wrong to go on, or where it has no
    /// selector and so guards no pod (a warning says so).
    pub fn read(object: &Object, problems: &mut Diagnostics) -> Option<Self> {
        let named = object.require_name(problems);
        let mut map = MapReader::open(&object.node, "a PodDisruptionBudget", problems)?;
        map.required_node("spec")?;
        let mut spec = map.map("spec")?;
        let min_available = bound(&mut spec, "minAvailable");
        let max_unavailable = bound(&mut spec, "maxUnavailable");
        if min_available.is_some() && max_unavailable.is_some() {
            let finding =
                Diagnostic::error("`minAvailable` and `maxUnavailable` exclude each other")
                    .at(spec.key_span("maxUnavailable"));
            spec.problems().push(finding.hint("keep one of them"));
        }
        let unhealthy = spec.word(
            "unhealthyPodEvictionPolicy",
            &[
                ("IfHealthyBudget", UnhealthyPodEviction::IfHealthyBudget),
                ("AlwaysAllow", UnhealthyPodEviction::AlwaysAllow),
            ],
        );
        let Some(selector) = spec.node("selector") else {
            let finding = Diagnostic::warning("a budget without `selector` guards no pod");
            let place = spec.span();
            spec.problems().push(finding.at(place));
            return None;
        };
        let selector = read_selector(selector, spec.problems())?;
        named.then(|| Self {
            name: object.name.name.clone(),
            namespace: object.namespace().to_owned(),
            selector,
            min_available,
            max_unavailable,
            unhealthy: unhealthy.unwrap_or_default(),
        })
    }
}

fn bound<'a>(spec: &mut MapReader<'a, '_>, key: &'a str) -> Option<IntOrPercent> {
    let node = spec.node(key)?;
    let read = count_or_share(node, Shares::WithinWhole);
    read.map_err(|mut problem| {
        problem.message = format!("`{key}`: {}", problem.message);
        spec.problems().push(problem);
    })
    .ok()
}

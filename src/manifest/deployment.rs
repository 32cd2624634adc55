//! Deployments.

use super::int_or_string::{Shares, count_or_share};
use super::labels::read_selector;
use super::probe::{SECONDS_MAX, seconds};
use super::template::read_template;
use super::workload::{check_selector, read_replicas, read_times};
use super::{Object, PodTemplate, Selector};
use crate::document::{Diagnostic, Diagnostics, MapReader};
use crate::units::{IntOrPercent, SimDuration};

/// A Deployment with its defaults filled in (reference kubernetes.md §1.0).
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.replicas`, default 1.
    pub replicas: u32,
    /// `spec.strategy`, default RollingUpdate 25 % / 25 %.
    pub strategy: Strategy,
    /// `spec.minReadySeconds`, default 0.
    pub min_ready: SimDuration,
    /// `spec.progressDeadlineSeconds`, default 600 s; `None` for 2147483647 (no deadline).
    pub progress_deadline: Option<SimDuration>,
    /// `spec.revisionHistoryLimit`, default 10.
    pub revision_history_limit: u32,
    /// `spec.paused`, default false.
    pub paused: bool,
    /// `spec.selector`.
    pub selector: Selector,
    /// `spec.template`.
    pub template: PodTemplate,
}

/// How old pods are replaced by new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// All old pods end before new ones start.
    Recreate,
    /// Bit by bit.
    RollingUpdate {
        /// Pods above the wanted number; percentages round up.
        max_surge: IntOrPercent,
        /// Pods that may be missing; percentages round down.
        max_unavailable: IntOrPercent,
    },
}

/// `progressDeadlineSeconds` with this value means: never.
const NO_DEADLINE: i64 = 2_147_483_647;
const QUARTER: IntOrPercent = IntOrPercent::Percent(25);

impl Deployment {
    /// Reads a Deployment with its defaults; `None` where too much is wrong to go on. Errors may be
    /// reported beside a value: look at [`Diagnostics::has_errors`].
    pub fn read(object: &Object, problems: &mut Diagnostics) -> Option<Self> {
        let named = object.require_name(problems);
        let mut map = MapReader::open(&object.node, "a Deployment", problems)?;
        map.required_node("spec")?;
        let mut spec = map.map("spec")?;
        let replicas = read_replicas(&mut spec);
        let strategy = read_strategy(&mut spec);
        let (min_ready, deadline) = read_times(&mut spec);
        let progress_deadline = (deadline != seconds(NO_DEADLINE)).then_some(deadline);
        let history = spec.number_within("revisionHistoryLimit", 0..=SECONDS_MAX);
        let paused = spec.optional("paused").unwrap_or(false);
        let selector = spec.required_node("selector");
        let selector = selector.and_then(|node| read_selector(node, spec.problems()));
        let template = spec.required_node("template");
        let template =
            template.and_then(|node| read_template(node, "a Deployment", spec.problems()));
        let (selector, template) = (selector?, template?);
        check_selector(&selector, &template, &mut spec);
        named.then_some(Self {
            name: object.name.name.clone(),
            namespace: object.namespace().to_owned(),
            replicas,
            strategy,
            min_ready,
            progress_deadline,
            revision_history_limit: history.unwrap_or(10) as u32,
            paused,
            selector,
            template,
        })
    }
}

fn read_strategy(spec: &mut MapReader<'_, '_>) -> Strategy {
    let default = Strategy::RollingUpdate {
        max_surge: QUARTER,
        max_unavailable: QUARTER,
    };
    let Some(mut map) = spec.map("strategy") else {
        return default;
    };
    let recreate = map.word("type", &[("RollingUpdate", false), ("Recreate", true)]);
    if recreate == Some(true) {
        if map.has("rollingUpdate") {
            let finding = Diagnostic::error("`rollingUpdate` does not go with `type: Recreate`")
                .at(map.key_span("rollingUpdate"));
            map.problems()
                .push(finding.hint("remove `spec.strategy.rollingUpdate`"));
        }
        return Strategy::Recreate;
    }
    let Some(mut rolling) = map.map("rollingUpdate") else {
        return default;
    };
    let max_surge = fencepost(&mut rolling, "maxSurge", Shares::AnyShare);
    let max_unavailable = fencepost(&mut rolling, "maxUnavailable", Shares::WithinWhole);
    let zero = |post| matches!(post, IntOrPercent::Int(0) | IntOrPercent::Percent(0));
    if zero(max_surge) && zero(max_unavailable) {
        let finding = Diagnostic::error("`maxSurge` and `maxUnavailable` are both 0")
            .at(rolling.value_span("maxUnavailable"))
            .label("no pod could ever be replaced")
            .hint("allow at least one of them, such as `maxSurge: 1`");
        rolling.problems().push(finding);
    }
    Strategy::RollingUpdate {
        max_surge,
        max_unavailable,
    }
}

fn fencepost<'a>(map: &mut MapReader<'a, '_>, key: &'a str, shares: Shares) -> IntOrPercent {
    let Some(node) = map.node(key) else {
        return QUARTER;
    };
    count_or_share(node, shares).unwrap_or_else(|mut problem| {
        problem.message = format!("`{key}`: {}", problem.message);
        map.problems().push(problem);
        QUARTER
    })
}

//! Rollouts.

use super::blue_green::read_blue_green;
use super::canary::read_canary;
use super::{AnalysisRef, AntiAffinity, BlueGreen, Canary, CanaryStep};
use crate::document::{Diagnostic, Diagnostics, MapReader};
use crate::manifest::labels::read_selector;
use crate::manifest::probe::SECONDS_MAX;
use crate::manifest::template::read_template;
use crate::manifest::workload::{check_selector, read_replicas, read_times};
use crate::manifest::{Object, PodTemplate, Selector};
use crate::units::SimDuration;

/// A Rollout with its defaults filled in (reference progressive-delivery.md §1.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.replicas`, default 1.
    pub replicas: u32,
    /// `spec.minReadySeconds`, default 0.
    pub min_ready: SimDuration,
    /// `spec.progressDeadlineSeconds`, default 600 s; longer than `minReadySeconds`.
    pub progress_deadline: SimDuration,
    /// `spec.progressDeadlineAbort`: whether a missed deadline aborts the update; default false.
    pub progress_deadline_abort: bool,
    /// `spec.revisionHistoryLimit` (sets), default 10.
    pub revision_history_limit: u32,
    /// `spec.paused`, default false.
    pub paused: bool,
    /// `spec.rollbackWindow.revisions`: how many revisions back an update may go without being judged.
    pub rollback_window: Option<u32>,
    /// `spec.selector`.
    pub selector: Selector,
    /// `spec.template`.
    pub template: PodTemplate,
    /// `spec.strategy`.
    pub strategy: RolloutStrategy,
}

/// `spec.strategy`: exactly one of the two.
#[derive(Debug, Clone, PartialEq)]
pub enum RolloutStrategy {
    /// Two full sets of pods and one switch.
    BlueGreen(BlueGreen),
    /// Bit by bit, in steps.
    Canary(Canary),
}

impl RolloutStrategy {
    /// `antiAffinity`.
    pub fn anti_affinity(&self) -> Option<AntiAffinity> {
        match self {
            Self::BlueGreen(strategy) => strategy.anti_affinity,
            Self::Canary(strategy) => strategy.anti_affinity,
        }
    }
}

/// What the parts of a Rollout need to know of the whole.
pub(super) struct Whole<'o> {
    /// As written: arguments may name its fields.
    pub(super) object: &'o Object,
    /// `spec.revisionHistoryLimit`.
    pub(super) revision_history_limit: u32,
}

impl Rollout {
    /// Reads a Rollout with its defaults; `None` where too much is wrong to go on. Errors may be
    /// reported beside a value: look at [`Diagnostics::has_errors`].
    pub fn read(object: &Object, problems: &mut Diagnostics) -> Option<Self> {
        let named = object.require_name(problems);
        let mut map = MapReader::open(&object.node, "a Rollout", problems)?;
        map.required_node("spec")?;
        let mut spec = map.map("spec")?;
        if refuses_workload_ref(&mut spec) {
            return None;
        }
        let replicas = read_replicas(&mut spec);
        let (min_ready, progress_deadline) = read_times(&mut spec);
        let abort = spec.optional("progressDeadlineAbort");
        let history = spec.number_within("revisionHistoryLimit", 0..=SECONDS_MAX);
        let paused = spec.optional("paused");
        let window = spec
            .map("rollbackWindow")
            .and_then(|mut window| window.number_within("revisions", 0..=SECONDS_MAX));
        let whole = Whole {
            object,
            revision_history_limit: history.unwrap_or(10) as u32,
        };
        let strategy = read_strategy(&mut spec, &whole);
        let selector = spec.required_node("selector");
        let selector = selector.and_then(|node| read_selector(node, spec.problems()));
        let template = spec.required_node("template");
        let template = template.and_then(|node| read_template(node, "a Rollout", spec.problems()));
        let (selector, template) = (selector?, template?);
        check_selector(&selector, &template, &mut spec);
        let strategy = strategy?;
        named.then(|| Self {
            name: object.name.name.clone(),
            namespace: object.namespace().to_owned(),
            replicas,
            min_ready,
            progress_deadline,
            progress_deadline_abort: abort.unwrap_or(false),
            revision_history_limit: whole.revision_history_limit,
            paused: paused.unwrap_or(false),
            rollback_window: window.map(|revisions| revisions as u32),
            selector,
            template,
            strategy,
        })
    }

    /// Every analysis it may ask for, in the order of the file; those of experiments too.
    pub fn analyses(&self) -> Vec<&AnalysisRef> {
        match &self.strategy {
            RolloutStrategy::BlueGreen(strategy) => {
                let both = [&strategy.pre_promotion, &strategy.post_promotion];
                both.into_iter().flatten().collect()
            }
            RolloutStrategy::Canary(canary) => {
                let background = canary.analysis.iter().map(|one| &one.analysis);
                let steps = canary.steps.iter().flat_map(CanaryStep::analyses);
                background.chain(steps).collect()
            }
        }
    }
}

fn refuses_workload_ref(spec: &mut MapReader<'_, '_>) -> bool {
    let written = spec.node("workloadRef").is_some();
    if written {
        let finding = Diagnostic::error("`workloadRef` is not modelled")
            .at(spec.key_span("workloadRef"))
            .label("here a Rollout brings its own pods")
            .hint("write the `selector` and `template` of that workload into the Rollout");
        spec.problems().push(finding);
    }
    written
}

fn read_strategy(spec: &mut MapReader<'_, '_>, whole: &Whole<'_>) -> Option<RolloutStrategy> {
    spec.required_node("strategy")?;
    let mut map = spec.map("strategy")?;
    let wrong = match (map.has("blueGreen"), map.has("canary")) {
        (true, false) => {
            let strategy = read_blue_green(map.map("blueGreen")?, whole);
            return strategy.map(RolloutStrategy::BlueGreen);
        }
        (false, true) => {
            let canary = read_canary(map.map("canary")?, whole);
            return Some(RolloutStrategy::Canary(canary));
        }
        (true, true) => Diagnostic::error("`blueGreen` and `canary` exclude each other")
            .at(map.key_span("canary"))
            .label("expected exactly one strategy")
            .hint("keep one of them"),
        (false, false) => Diagnostic::error("`strategy` is neither `blueGreen` nor `canary`")
            .at(map.span())
            .label("expected exactly one strategy")
            .hint("for a rolling update without steps write `canary: {}`"),
    };
    map.problems().push(wrong);
    None
}

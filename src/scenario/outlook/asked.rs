//! What the analyses of a Rollout ask, arguments filled in.

use std::fmt;

use super::Judge;
use crate::control::argo_rollouts::analysis::{
    HashNames, MetricRole, ResolvedMetric, RunEnd, RunRequest, given_arguments, resolve,
};
use crate::manifest::argo::{AnalysisRef, CanaryStep, RolloutStrategy, TemplateRef};
use crate::manifest::{AnalysisTemplate, Rollout};
use crate::telemetry::promql::Query;

/// Where in an update an analysis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum Place {
    /// `prePromotionAnalysis`.
    PrePromotion,
    /// `postPromotionAnalysis`.
    PostPromotion,
    /// `canary.analysis`.
    Background,
    /// The analysis of the step of this index.
    Step(usize),
    /// Of an experiment in the step of this index.
    Experiment(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrePromotion => f.write_str("pre-promotion"),
            Self::PostPromotion => f.write_str("post-promotion"),
            Self::Background => f.write_str("background"),
            Self::Step(index) => write!(f, "step {}", index + 1),
            Self::Experiment(index) => write!(f, "experiment of step {}", index + 1),
        }
    }
}

/// One metric of one analysis.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Asked {
    pub(in crate::scenario) place: Place,
    pub(in crate::scenario) metric: ResolvedMetric,
    pub(in crate::scenario) query: Query,
    pub(in crate::scenario) judge: Judge,
    /// Where the metric is written, or the analysis if its name is made when it runs.
    pub(in crate::scenario) path: String,
}

/// Stand for the hashes of a run.
pub(super) const HASHES: HashNames<'static> = HashNames {
    latest: NEW_HASH,
    stable: OLD_HASH,
};
/// Of the new template.
pub(super) const NEW_HASH: &str = "0";
/// Of the old one.
pub(super) const OLD_HASH: &str = "1";

impl Asked {
    /// Whether it has a say.
    pub(in crate::scenario) fn counts(&self) -> bool {
        self.metric.role == MetricRole::Counts
    }
    /// A path into the metric.
    pub(in crate::scenario) fn at(&self, steps: &str) -> String {
        format!("{}.{steps}", self.path)
    }
    /// A path to its query.
    pub(in crate::scenario) fn at_query(&self) -> String {
        self.at("provider.prometheus.query")
    }
}

/// Every metric that analyses of a Rollout ask, in the order of the file. What cannot be resolved or
/// read is an error of the scenario, told elsewhere.
pub(in crate::scenario) fn asked_of(
    rollout: &Rollout,
    templates: &[AnalysisTemplate],
) -> Vec<Asked> {
    let mut all = Vec::new();
    for (place, analysis) in placed(rollout) {
        let arguments = given_arguments(&analysis.args, HASHES);
        let end = match place {
            Place::Background | Place::Experiment(_) => RunEnd::WhenTold,
            _ => RunEnd::ByItself,
        };
        let request = RunRequest::of(analysis, &rollout.namespace, &arguments, end);
        let metrics = resolve(&request, templates).unwrap_or_default();
        all.extend(metrics.into_iter().filter_map(|metric| {
            Some(Asked {
                place,
                query: metric.query.parse().ok()?,
                judge: Judge::of(&metric)?,
                path: path_of(&metric.name, (rollout, place, analysis), templates),
                metric,
            })
        }));
    }
    all
}

fn placed(rollout: &Rollout) -> Vec<(Place, &AnalysisRef)> {
    match &rollout.strategy {
        RolloutStrategy::BlueGreen(strategy) => {
            let both = [
                (Place::PrePromotion, &strategy.pre_promotion),
                (Place::PostPromotion, &strategy.post_promotion),
            ];
            let written = both.into_iter();
            written
                .filter_map(|(place, analysis)| Some((place, analysis.as_ref()?)))
                .collect()
        }
        RolloutStrategy::Canary(canary) => {
            let background = canary.analysis.iter();
            let background = background.map(|one| (Place::Background, &one.analysis));
            let steps = canary.steps.iter().enumerate().flat_map(|(index, step)| {
                let place = match step {
                    CanaryStep::Experiment(_) => Place::Experiment(index),
                    _ => Place::Step(index),
                };
                step.analyses().into_iter().map(move |one| (place, one))
            });
            background.chain(steps).collect()
        }
    }
}

/// The path of a metric in its template.
fn path_of(
    metric: &str,
    (rollout, place, analysis): (&Rollout, Place, &AnalysisRef),
    templates: &[AnalysisTemplate],
) -> String {
    let written = template_with(metric, &analysis.templates, (&rollout.namespace, templates));
    if let Some(template) = written {
        let name = &template.name;
        let object = match &template.namespace {
            Some(namespace) => format!("AnalysisTemplate/{namespace}/{name}"),
            None => format!("ClusterAnalysisTemplate/{name}"),
        };
        return format!("{object}:spec.metrics[name=\"{metric}\"]");
    }
    let (namespace, name) = (&rollout.namespace, &rollout.name);
    let steps = match place {
        Place::PrePromotion => "blueGreen.prePromotionAnalysis".to_owned(),
        Place::PostPromotion => "blueGreen.postPromotionAnalysis".to_owned(),
        Place::Background => "canary.analysis".to_owned(),
        Place::Step(index) => format!("canary.steps[{index}].analysis"),
        Place::Experiment(index) => format!("canary.steps[{index}].experiment"),
    };
    format!("Rollout/{namespace}/{name}:spec.strategy.{steps}")
}

/// The template that has a metric of this name, among these or those that they name.
fn template_with<'t>(
    metric: &str,
    refs: &[TemplateRef],
    (namespace, templates): (&str, &'t [AnalysisTemplate]),
) -> Option<&'t AnalysisTemplate> {
    let mut waiting: Vec<&TemplateRef> = refs.iter().collect();
    let mut seen: Vec<&TemplateRef> = Vec::new();
    while let Some(next) = waiting.pop() {
        if seen.contains(&next) {
            continue;
        }
        seen.push(next);
        let is_meant = |template: &&AnalysisTemplate| {
            let space = template.namespace.as_deref();
            let wanted = (!next.cluster_scope).then_some(namespace);
            template.name == next.name && space == wanted
        };
        let Some(found) = templates.iter().find(is_meant) else {
            continue;
        };
        if found.metrics.iter().any(|one| one.name.text() == metric) {
            return Some(found);
        }
        waiting.extend(&found.templates);
    }
    None
}

//! The experiments of a canary: sets of pods for a while, beside stable and canary.

use super::analysis::{name_span, read_args, read_dry_run};
use super::rollout::Whole;
use super::routing::Routes;
use super::{AnalysisRef, GoDuration, Router, TemplateRef};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::manifest::REPLICAS_MAX;
use crate::manifest::probe::{SECONDS_MAX, seconds};
use crate::units::SimDuration;

/// An `experiment` step.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// `duration`; default none: until its analyses are done.
    pub duration: Option<SimDuration>,
    /// `templates`, at least one: its sets of pods.
    pub templates: Vec<ExperimentTemplate>,
    /// `analyses`.
    pub analyses: Vec<ExperimentAnalysis>,
    /// `scaleDownDelaySeconds`: how long its pods stay after it.
    pub scale_down_delay: Option<SimDuration>,
}

/// A set of pods of an experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExperimentTemplate {
    /// `name`.
    pub name: String,
    /// `specRef`: whose pod template it has.
    pub spec_ref: SpecRef,
    /// `replicas` (pods), default 1.
    pub replicas: u32,
    /// `weight` (parts): its own share of the traffic, taken from stable's; default none.
    pub weight: Option<u32>,
}

/// Whose pod template a set has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecRef {
    /// The stable one.
    Stable,
    /// The new one.
    Canary,
}

/// An analysis of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentAnalysis {
    /// `name`.
    pub name: String,
    /// Its one template, its arguments, and the dry runs of the experiment.
    pub analysis: AnalysisRef,
    /// `requiredForCompletion`: whether the experiment waits for it; default false.
    pub required_for_completion: bool,
}

/// Reads `experiment`; what is wrong in its lists is reported and left out.
pub(super) fn read_experiment(
    mut map: MapReader<'_, '_>,
    routes: Routes<'_>,
    whole: &Whole<'_>,
) -> Experiment {
    let duration = map.quantity::<GoDuration>("duration");
    let delay = map.number_within("scaleDownDelaySeconds", 0..=SECONDS_MAX);
    let dry_run = read_dry_run(&mut map);
    let templates = read_templates(&mut map, routes);
    let mut analyses = Vec::new();
    for node in map.list("analyses").unwrap_or_default() {
        analyses.extend(read_analysis(node, (&dry_run, whole), map.problems()));
    }
    Experiment {
        duration: duration.map(GoDuration::length),
        templates,
        analyses,
        scale_down_delay: delay.map(seconds),
    }
}

fn read_templates(map: &mut MapReader<'_, '_>, routes: Routes<'_>) -> Vec<ExperimentTemplate> {
    let mut templates: Vec<ExperimentTemplate> = Vec::new();
    if map.required_node("templates").is_none() {
        return templates;
    }
    let nodes = map.list("templates");
    if nodes.is_some_and(<[_]>::is_empty) {
        let finding = Diagnostic::error("an experiment without templates");
        let place = map.key_span("templates");
        map.problems()
            .push(finding.at(place).label("expected at least one"));
    }
    for node in nodes.unwrap_or_default() {
        let Some(template) = read_template(node, routes, map.problems()) else {
            continue;
        };
        if templates.iter().any(|other| other.name == template.name) {
            let message = format!(
                "two templates of an experiment are called `{}`",
                template.name
            );
            map.error(name_span(node), message);
        }
        templates.push(template);
    }
    templates
}

fn read_template(
    node: &Node,
    routes: Routes<'_>,
    problems: &mut Diagnostics,
) -> Option<ExperimentTemplate> {
    let mut map = MapReader::open(node, "a template of an experiment", problems)?;
    let name = map.required("name");
    map.required_node("specRef");
    let spec_ref = map.word(
        "specRef",
        &[("stable", SpecRef::Stable), ("canary", SpecRef::Canary)],
    );
    let replicas = map.number_within("replicas", 0..=REPLICAS_MAX);
    let weight = map.number_within("weight", 0..=i64::from(routes.max_weight()));
    if map.has("weight") && routes.can(Router::weighs_experiments) == Some(false) {
        let message = match routes {
            Routes::By(routing) => {
                format!("`weight` of an experiment with `{}`", routing.router.key())
            }
            _ => "`weight` of an experiment without `trafficRouting`".to_owned(),
        };
        let finding = Diagnostic::error(message).at(map.key_span("weight"));
        let rule = "only `istio`, `alb`, `smi` and `plugins` give an experiment traffic";
        map.problems()
            .push(finding.label(rule).hint("remove `weight`"));
    }
    Some(ExperimentTemplate {
        name: name?,
        spec_ref: spec_ref?,
        replicas: replicas.unwrap_or(1) as u32,
        weight: weight.map(|weight| weight as u32),
    })
}

fn read_analysis(
    node: &Node,
    (dry_run, whole): (&[String], &Whole<'_>),
    problems: &mut Diagnostics,
) -> Option<ExperimentAnalysis> {
    let mut map = MapReader::open(node, "an analysis of an experiment", problems)?;
    let name = map.required("name");
    let template = map.required("templateName");
    let cluster_scope = map.optional("clusterScope").unwrap_or(false);
    let args = read_args(&mut map, whole);
    let required = map.optional("requiredForCompletion").unwrap_or(false);
    let template = TemplateRef {
        name: template?,
        cluster_scope,
    };
    Some(ExperimentAnalysis {
        name: name?,
        analysis: AnalysisRef {
            templates: vec![template],
            args,
            dry_run: dry_run.to_vec(),
            span: map.span(),
        },
        required_for_completion: required,
    })
}

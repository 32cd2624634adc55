//! What a Rollout names has to be there: its Services, the templates of its analyses, and in them
//! queries and conditions that can be read. In a cluster it would stand still, or abort in the middle
//! of an update; here it is known before any run.

use super::rollout_steps::check_steps;
use super::{Objects, Operation, Variant, WorkloadObject};
use crate::control::argo_rollouts::analysis::{
    Condition, HashNames, ResolvedMetric, RunEnd, RunRequest, given_arguments, resolve,
};
use crate::document::{Diagnostic, Diagnostics, Node, Span, nearest};
use crate::manifest::argo::{AnalysisRef, CanaryStep, RolloutStrategy};
use crate::manifest::{AnalysisTemplate, ObjectSet, Rollout};
use crate::telemetry::promql::Query;

impl Variant {
    /// Every query that analyses of its Rollouts may ask, before or after the release. None in a world
    /// without an update, where no analysis ever runs.
    pub fn analysis_queries(&self) -> Vec<String> {
        let changed: Vec<&Rollout> = self.changed_rollouts().collect();
        if changed.is_empty() {
            return Vec::new();
        }
        let templates = &self.before.analysis_templates;
        let all = self.before.rollouts.iter().chain(changed);
        let mut queries: Vec<String> = all.flat_map(|one| queries_of(one, templates)).collect();
        queries.sort();
        queries.dedup();
        queries
    }

    /// Whether anybody or anything can notice that its release goes wrong: a rule on call, an analysis,
    /// an experiment whose pods do not come, a progress deadline that aborts. Where nobody can, that
    /// nothing was noticed is no finding.
    pub fn can_notice(&self) -> bool {
        let asks = || !self.analysis_queries().is_empty();
        let deadline = || {
            let mut changed = self.changed_rollouts();
            changed.any(|rollout| rollout.progress_deadline_abort)
        };
        let watches = self.on_call.is_some() || asks() || self.has_experiments() || deadline();
        self.release.is_some() && watches
    }

    /// Whether an update may come to a step with an experiment.
    pub fn has_experiments(&self) -> bool {
        let mut rollouts = self.before.rollouts.iter().chain(self.changed_rollouts());
        rollouts.any(|rollout| match &rollout.strategy {
            RolloutStrategy::Canary(canary) => {
                let experiment = |step: &CanaryStep| matches!(step, CanaryStep::Experiment(_));
                canary.steps.iter().any(experiment)
            }
            RolloutStrategy::BlueGreen(_) => false,
        })
    }

    /// Rollouts as somebody applies them in a run.
    fn changed_rollouts(&self) -> impl Iterator<Item = &Rollout> {
        let applied = self.operators.iter();
        let applied = applied.filter_map(|operator| match &operator.operation {
            Operation::Apply(WorkloadObject::Rollout(rollout)) => Some(&**rollout),
            _ => None,
        });
        let released = self.release.iter();
        applied.chain(released.flat_map(|release| &release.after.rollouts))
    }
}

fn queries_of(rollout: &Rollout, templates: &[AnalysisTemplate]) -> Vec<String> {
    let metrics = |(analysis, end): (&AnalysisRef, RunEnd)| {
        let arguments = given_arguments(&analysis.args, ANY_HASHES);
        let request = RunRequest::of(analysis, &rollout.namespace, &arguments, end);
        resolve(&request, templates).unwrap_or_default()
    };
    let all = analyses_of(rollout).into_iter().flat_map(metrics);
    all.map(|metric| metric.query).collect()
}

/// Reports what Rollouts name and what is not there or cannot be read.
pub(super) fn check_rollouts(objects: &Objects, trees: &ObjectSet, problems: &mut Diagnostics) {
    for rollout in &objects.rollouts {
        check_steps(rollout, trees, problems);
        for (key, name) in services_of(rollout) {
            check_service(rollout, (key, name), (objects, trees), problems);
        }
        for (analysis, end) in analyses_of(rollout) {
            check_analysis(rollout, (analysis, end), objects, problems);
        }
    }
}

/// The Services that a Rollout switches, with the path of their names in its strategy.
fn services_of(rollout: &Rollout) -> Vec<([&'static str; 2], &String)> {
    let named = match &rollout.strategy {
        RolloutStrategy::BlueGreen(strategy) => [
            (
                ["blueGreen", "activeService"],
                Some(&strategy.active_service),
            ),
            (
                ["blueGreen", "previewService"],
                strategy.preview_service.as_ref(),
            ),
        ],
        RolloutStrategy::Canary(strategy) => [
            (
                ["canary", "stableService"],
                strategy.stable_service.as_ref(),
            ),
            (
                ["canary", "canaryService"],
                strategy.canary_service.as_ref(),
            ),
        ],
    };
    let written = named.into_iter();
    written
        .filter_map(|(path, name)| Some((path, name?)))
        .collect()
}

fn check_service(
    rollout: &Rollout,
    (path, name): ([&'static str; 2], &String),
    (objects, trees): (&Objects, &ObjectSet),
    problems: &mut Diagnostics,
) {
    let here = objects
        .services
        .iter()
        .filter(|it| it.namespace == rollout.namespace);
    let names: Vec<&str> = here.map(|service| service.name.as_str()).collect();
    if names.contains(&name.as_str()) {
        return;
    }
    let near = nearest(name, names.iter().copied());
    let finding = Diagnostic::error(format!("`{}`: there is no Service `{name}`", path[1]))
        .label(format!(
            "expected a Service in namespace `{}` among the manifests",
            rollout.namespace
        ))
        .maybe_hint(near.map(|near| format!("did you mean `{near}`?")));
    problems.push(match place(rollout, path, trees) {
        Some(span) => finding.at(span),
        None => finding,
    });
}

fn place(rollout: &Rollout, path: [&str; 2], trees: &ObjectSet) -> Option<Span> {
    let tree = trees.iter().find(|tree| {
        tree.name.kind == "Rollout"
            && tree.name.name == rollout.name
            && tree.name.namespace.as_ref() == Some(&rollout.namespace)
    })?;
    let mut node: &Node = tree.node.child("spec")?.child("strategy")?;
    for key in path {
        node = node.child(key)?;
    }
    Some(node.span)
}

/// Every analysis of a Rollout, and how its runs end.
fn analyses_of(rollout: &Rollout) -> Vec<(&AnalysisRef, RunEnd)> {
    let told = ended_from_outside(rollout);
    let end = |one: &AnalysisRef| match told.iter().any(|it| std::ptr::eq(*it, one)) {
        true => RunEnd::WhenTold,
        false => RunEnd::ByItself,
    };
    let all = rollout.analyses().into_iter();
    all.map(|one| (one, end(one))).collect()
}

/// Analyses that somebody ends: the one in the background, and those that an experiment does not wait
/// for.
fn ended_from_outside(rollout: &Rollout) -> Vec<&AnalysisRef> {
    let RolloutStrategy::Canary(canary) = &rollout.strategy else {
        return Vec::new();
    };
    let steps = canary.steps.iter();
    let optional = steps.flat_map(|step| match step {
        CanaryStep::Experiment(experiment) => experiment.analyses.as_slice(),
        _ => &[],
    });
    let optional = optional.filter(|one| !one.required_for_completion);
    let background = canary.analysis.iter().map(|one| &one.analysis);
    background
        .chain(optional.map(|one| &one.analysis))
        .collect()
}

/// Hashes stand for those that a run will have: any text will do.
const ANY_HASHES: HashNames<'static> = HashNames {
    latest: "0",
    stable: "1",
};

fn check_analysis(
    rollout: &Rollout,
    (analysis, end): (&AnalysisRef, RunEnd),
    objects: &Objects,
    problems: &mut Diagnostics,
) {
    let arguments = given_arguments(&analysis.args, ANY_HASHES);
    let request = RunRequest::of(analysis, &rollout.namespace, &arguments, end);
    match resolve(&request, &objects.analysis_templates) {
        Err(errors) => {
            for error in errors {
                let finding = Diagnostic::error(error.to_string()).at(analysis.span);
                problems.push(finding.label("a run of this analysis cannot be made"));
            }
        }
        Ok(metrics) => {
            for metric in metrics {
                check_metric(&metric, analysis.span, problems);
            }
        }
    }
}

fn check_metric(metric: &ResolvedMetric, span: Span, problems: &mut Diagnostics) {
    let name = &metric.name;
    let mut report = |what: &str, error: String| {
        let finding =
            Diagnostic::error(format!("{what} of metric `{name}` cannot be read: {error}"));
        problems.push(
            finding
                .at(span)
                .label("every measurement would be an error"),
        );
    };
    if let Err(error) = metric.query.parse::<Query>() {
        report("the query", error.to_string());
    }
    let conditions = [
        ("`successCondition`", &metric.success),
        ("`failureCondition`", &metric.failure),
    ];
    for (what, text) in conditions {
        let written = text.as_deref().filter(|text| !text.is_empty());
        if let Some(Err(error)) = written.map(Condition::new) {
            report(what, error.to_string());
        }
    }
}

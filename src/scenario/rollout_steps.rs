//! Steps of canaries that no run can take, or not in full: told before any run, so that no update
//! stands still without a word.

use crate::control::argo_rollouts::experiment::fill_arguments;
use crate::document::{Diagnostic, Diagnostics, Node, Span};
use crate::manifest::argo::{ArgSource, CanaryStep, Experiment, RolloutStrategy};
use crate::manifest::{ObjectSet, Rollout};

/// Refuses `plugin` steps and arguments of experiments that nothing fills in; warns of weights of
/// experiments.
pub(super) fn check_steps(rollout: &Rollout, trees: &ObjectSet, problems: &mut Diagnostics) {
    let RolloutStrategy::Canary(canary) = &rollout.strategy else {
        return;
    };
    for (index, step) in canary.steps.iter().enumerate() {
        let place = |path: &[&str]| span_of(step_node(rollout, index, trees)?, path);
        match step {
            CanaryStep::Plugin(name) => {
                let finding = Diagnostic::error(format!("step plugin `{name}` is not modelled"));
                let rule = "what a plugin does, and how long it takes, nobody knows here";
                let cure = "a `pause` with a `duration` takes its place";
                push(problems, place(&["plugin"]), finding.label(rule).hint(cure));
            }
            CanaryStep::Experiment(experiment) => {
                let place = place(&["experiment"]);
                check_experiment(experiment, place, problems);
            }
            _ => {}
        }
    }
}

fn check_experiment(experiment: &Experiment, place: Option<Span>, problems: &mut Diagnostics) {
    if experiment.templates.iter().any(|it| it.weight > Some(0)) {
        let finding =
            Diagnostic::warning("`weight` of an experiment brings its pods no requests here");
        let rule = "stable and canary divide all of the traffic among them";
        push(problems, place, finding.label(rule));
    }
    let names = experiment.templates.iter();
    let names: Vec<_> = names.map(|template| (template.name.as_str(), "")).collect();
    for analysis in &experiment.analyses {
        let written = analysis.analysis.args.iter();
        let written = written.filter_map(|arg| match &arg.source {
            ArgSource::Value(value) => Some((arg.name.clone(), value.clone())),
            _ => None,
        });
        if let Err(error) = fill_arguments(&written.collect::<Vec<_>>(), &names) {
            let finding = Diagnostic::error(error).at(analysis.analysis.span);
            let rule = "expected `templates.NAME.podTemplateHash` of a template of the experiment";
            problems.push(finding.label(rule));
        }
    }
}

fn push(problems: &mut Diagnostics, place: Option<Span>, finding: Diagnostic) {
    problems.push(match place {
        Some(span) => finding.at(span),
        None => finding,
    });
}

fn step_node<'t>(rollout: &Rollout, index: usize, trees: &'t ObjectSet) -> Option<&'t Node> {
    let tree = trees.iter().find(|tree| {
        tree.name.kind == "Rollout"
            && tree.name.name == rollout.name
            && tree.name.namespace.as_ref() == Some(&rollout.namespace)
    })?;
    let strategy = tree.node.child("spec")?.child("strategy")?;
    strategy
        .child("canary")?
        .child("steps")?
        .as_list()?
        .get(index)
}

fn span_of(node: &Node, path: &[&str]) -> Option<Span> {
    let inner = path.iter().try_fold(node, |node, key| node.child(key))?;
    Some(inner.span)
}

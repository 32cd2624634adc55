//! What people do, resolved against the objects they do it to.

use super::edits::edit_object;
use super::idle_deeds::warn_of_idle_deeds;
use super::library::Library;
use super::objects::read_objects;
use super::rollout_steps::check_steps;
use super::sections::{Act, Edit, OperatorSection};
use super::serving::check_serving;
use super::target::target_of;
use super::world::check_fields;
use super::{Moment, Objects, Operation, Operator, Workload};
use crate::document::{Diagnostic, Diagnostics, Root, Span};
use crate::manifest::{Object, ObjectSet};
use crate::units::SimTime;

/// The objects that deeds change.
pub(super) struct Stage<'s> {
    /// Raw, before the release.
    pub(super) before: &'s ObjectSet,
    /// Raw, after it; the same without a release.
    pub(super) after: &'s ObjectSet,
    /// When that is.
    pub(super) released_at: Option<SimTime>,
    /// Described images.
    pub(super) image_names: &'s [String],
    /// When the run ends.
    pub(super) horizon: SimTime,
    /// Whether any workload is paused after the release.
    pub(super) paused_by_release: bool,
    /// At t = 0: a target's number counts its workloads.
    pub(super) objects: &'s Objects,
}

/// Resolves every deed. `set` and `apply` are worked out here on the objects as they stand after
/// the earlier ones of the file (before or after the release, as their time says), not on what an
/// `undo` or `scale` has made of them meanwhile.
pub(super) fn resolve_operators(
    sections: Vec<OperatorSection>,
    stage: &Stage<'_>,
    library: &mut Library,
    problems: &mut Diagnostics,
) -> Vec<Operator> {
    warn_of_idle_deeds(&sections, stage, problems);
    let mut before = stage.before.clone();
    let mut after = stage.after.clone();
    let mut operators = Vec::new();
    for section in sections {
        let early = matches!(
            (&section.when, stage.released_at),
            (Moment::At(at), Some(released)) if *at < released
        );
        let trees = if early { &mut before } else { &mut after };
        let made = match &section.act {
            Act::Apply(files) => {
                let changed = apply_files(trees, files, library, problems);
                changed_workloads(&changed, (stage, section.span), problems)
            }
            Act::Set(edits) => {
                let changed = apply_edits(trees, edits, problems);
                changed_workloads(&changed, (stage, section.span), problems)
            }
            Act::Plain(operation) => target_of(&section, operation, stage.objects)
                .map(|target| vec![(target, operation.clone())])
                .unwrap_or_else(|problem| {
                    problems.push(problem);
                    Vec::new()
                }),
        };
        operators.extend(made.into_iter().map(|(target, operation)| Operator {
            when: section.when.clone(),
            target,
            operation,
        }));
    }
    operators
}

/// Puts the objects of files in place; returns which trees changed.
fn apply_files(
    trees: &mut ObjectSet,
    files: &[(String, Span)],
    library: &mut Library,
    problems: &mut Diagnostics,
) -> Vec<Object> {
    let old = trees.clone();
    for (name, span) in files {
        for node in library.documents(name, *span, problems) {
            trees.replace(node, problems);
        }
    }
    differing(&old, trees)
}

fn apply_edits(trees: &mut ObjectSet, edits: &[Edit], problems: &mut Diagnostics) -> Vec<Object> {
    let old = trees.clone();
    for edit in edits {
        if edit.path.root == Root::Scenario {
            let finding = Diagnostic::error(format!("nobody can change `{}` in a run", edit.path))
                .at(edit.span)
                .label("expected a path into an object, such as `Deployment/name:spec…`");
            problems.push(finding);
            continue;
        }
        edit_object(trees, edit, problems);
    }
    differing(&old, trees)
}

/// The objects that are not as they were.
fn differing(old: &ObjectSet, new: &ObjectSet) -> Vec<Object> {
    let same = |object: &&Object| old.iter().any(|other| other == *object);
    new.iter().filter(|object| !same(object)).cloned().collect()
}

fn changed_workloads(
    changed: &[Object],
    (stage, span): (&Stage<'_>, Span),
    problems: &mut Diagnostics,
) -> Vec<(usize, Operation)> {
    let mut part = ObjectSet::default();
    for object in changed {
        part.add(object.node.clone(), problems);
    }
    let objects: Objects = read_objects(&part, problems);
    check_fields(&part, span.file, problems);
    check_serving(&objects, &part, stage.image_names, problems);
    for rollout in &objects.rollouts {
        check_steps(rollout, &part, problems);
    }
    let mut operations = Vec::new();
    for object in objects.into_workloads() {
        let view = object.view();
        let mut known = stage.objects.workloads();
        match known.position(|other| other.is_same_as(&view)) {
            Some(target) => operations.push((target, Operation::Apply(object))),
            None => problems.push(not_there(&view, span)),
        }
    }
    if let Some(other) = changed
        .iter()
        .find(|object| !matches!(object.name.kind.as_str(), "Deployment" | "Rollout"))
    {
        let finding = Diagnostic::error(format!(
            "a change of `{}` during a run is not modelled",
            other.name
        ));
        problems.push(
            finding
                .at(span)
                .label("expected changes of Deployments and Rollouts"),
        );
    }
    operations
}

fn not_there(workload: &Workload<'_>, span: Span) -> Diagnostic {
    let kind = workload.kind.name();
    Diagnostic::error(format!("`{workload}` is not there at t = 0"))
        .at(span)
        .label(format!("expected a {kind} among the variant's manifests"))
}

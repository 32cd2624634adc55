//! What people do, resolved against the objects they do it to.

use super::edits::edit_object;
use super::entry::names_joined;
use super::idle_deeds::warn_of_idle_deeds;
use super::library::Library;
use super::objects::read_objects;
use super::sections::{Act, Edit, OperatorSection};
use super::serving::check_serving;
use super::world::check_fields;
use super::{Moment, Objects, Operation, Operator};
use crate::document::{Diagnostic, Diagnostics, ObjectName, Root, Span, nearest};
use crate::manifest::{Deployment, Object, ObjectSet};
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
    /// Whether any Deployment is paused after the release.
    pub(super) paused_by_release: bool,
    /// What a target's number counts.
    pub(super) deployments: &'s [Deployment],
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
                changed_deployments(&changed, (stage, section.span), problems)
            }
            Act::Set(edits) => {
                let changed = apply_edits(trees, edits, problems);
                changed_deployments(&changed, (stage, section.span), problems)
            }
            plain => target_of(&section, stage.deployments)
                .map(|target| vec![(target, operation_of(plain))])
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

fn operation_of(act: &Act) -> Operation {
    match act {
        Act::Scale(replicas) => Operation::Scale(*replicas),
        Act::Pause => Operation::Pause,
        Act::Resume => Operation::Resume,
        Act::Undo => Operation::Undo,
        Act::DeletePod => Operation::DeletePod,
        Act::EvictPod => Operation::EvictPod,
        Act::Apply(_) | Act::Set(_) => unreachable!("worked out on the objects by the caller"),
    }
}

/// The Deployment a deed is done to: the named one, or the only one.
fn target_of(section: &OperatorSection, deployments: &[Deployment]) -> Result<usize, Diagnostic> {
    let names: Vec<String> = deployments.iter().map(called).collect();
    let Some((text, span)) = &section.target else {
        if deployments.len() == 1 {
            return Ok(0);
        }
        return Err(Diagnostic::error(format!(
            "this could be done to {}",
            names_joined(&names, " or ")
        ))
        .at(section.span)
        .label("expected a `target`, since there is more than one Deployment"));
    };
    let name: Option<ObjectName> = text.parse().ok();
    let fits = |deployment: &Deployment| {
        name.as_ref().is_some_and(|name| {
            name.kind == "Deployment"
                && name.name == deployment.name
                && name
                    .namespace
                    .as_ref()
                    .is_none_or(|space| *space == deployment.namespace)
        })
    };
    deployments.iter().position(fits).ok_or_else(|| {
        let near = nearest(text, names.iter().map(String::as_str));
        Diagnostic::error(format!("there is no `{text}` to do this to"))
            .at(*span)
            .label("expected a Deployment among the manifests, such as `Deployment/name`")
            .maybe_hint(near.map(|near| format!("did you mean `{near}`?")))
    })
}

fn called(deployment: &Deployment) -> String {
    format!("Deployment/{}", deployment.name)
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

fn changed_deployments(
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
    let mut operations = Vec::new();
    for deployment in objects.deployments {
        let known = stage.deployments.iter().position(|other| {
            other.name == deployment.name && other.namespace == deployment.namespace
        });
        match known {
            Some(target) => operations.push((target, Operation::Apply(Box::new(deployment)))),
            None => problems.push(not_there(&format!("Deployment/{}", deployment.name), span)),
        }
    }
    if let Some(other) = changed
        .iter()
        .find(|object| object.name.kind != "Deployment")
    {
        let finding = Diagnostic::error(format!(
            "a change of `{}` during a run is not modelled",
            other.name
        ));
        problems.push(finding.at(span).label("expected changes of Deployments"));
    }
    operations
}

fn not_there(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("`{name}` is not there at t = 0"))
        .at(span)
        .label("expected a Deployment among the variant's manifests")
}

//! A finding before it has a place in a text.

use crate::document::{Diagnostic, Node, Path, Root, Span, Step};
use crate::manifest::{Container, ObjectSet};
use crate::scenario::Workload;

/// Something that is probably not what was meant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    /// Where: a path in the grammar of patches.
    pub(super) path: String,
    /// What is wrong, with the numbers.
    pub(super) message: String,
    /// Why it matters.
    pub(super) reason: String,
    /// What to do.
    pub(super) cure: String,
}

impl Finding {
    /// A finding at a path; the reason and the cure follow.
    pub(super) fn at(path: String, message: String) -> Self {
        Self {
            path,
            message,
            reason: String::new(),
            cure: String::new(),
        }
    }
    /// Why it matters.
    pub(super) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }
    /// What to do.
    pub(super) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = cure.into();
        self
    }

    /// The finding at its place: the path's, or where the nearest part above it is written.
    pub(super) fn diagnostic(&self, objects: &ObjectSet, scenario: &Node) -> Diagnostic {
        let mut warning = Diagnostic::warning(self.message.clone()).hint(self.cure.clone());
        warning = warning.label(self.reason.clone());
        match place(&self.path, objects, scenario) {
            Some(span) => warning.at(span),
            None => warning,
        }
    }
}

fn place(path: &str, objects: &ObjectSet, scenario: &Node) -> Option<Span> {
    let path: Path = path.parse().ok()?;
    match &path.root {
        Root::Scenario => deepest(scenario, &path.steps),
        Root::Object(name) => {
            let object = objects.find(name).ok()?;
            Some(deepest(&object.node, &path.steps).unwrap_or(object.span()))
        }
    }
}

/// Where the last step that is written is written.
fn deepest(node: &Node, steps: &[Step]) -> Option<Span> {
    let mut ways = (1..=steps.len()).rev().map(|count| &steps[..count]);
    ways.find_map(|way| node.get(way).ok().map(|node| node.span))
}

/// A path into a workload.
pub(super) fn in_workload(workload: &Workload<'_>, steps: &str) -> String {
    let (kind, namespace) = (workload.kind.name(), workload.namespace);
    format!("{kind}/{namespace}/{}:{steps}", workload.name)
}

/// A path into a container of a workload.
pub(super) fn in_container(workload: &Workload<'_>, container: &Container, steps: &str) -> String {
    let name = &container.name;
    in_workload(
        workload,
        &format!("spec.template.spec.containers[name={name}].{steps}"),
    )
}

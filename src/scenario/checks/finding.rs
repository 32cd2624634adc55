//! A finding before it has a place in a text.

use crate::document::{Diagnostic, Path, Root, Span};
use crate::manifest::{Container, Deployment, ObjectSet};

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
    pub(super) fn diagnostic(&self, objects: &ObjectSet) -> Diagnostic {
        let mut warning = Diagnostic::warning(self.message.clone()).hint(self.cure.clone());
        warning = warning.label(self.reason.clone());
        match place(&self.path, objects) {
            Some(span) => warning.at(span),
            None => warning,
        }
    }
}

fn place(path: &str, objects: &ObjectSet) -> Option<Span> {
    let path: Path = path.parse().ok()?;
    let Root::Object(name) = &path.root else {
        return None;
    };
    let object = objects.find(name).ok()?;
    let found = (1..=path.steps.len())
        .rev()
        .find_map(|count| object.node.get(&path.steps[..count]).ok());
    Some(found.map_or(object.span(), |node| node.span))
}

/// A path into a Deployment.
pub(super) fn in_deployment(deployment: &Deployment, steps: &str) -> String {
    let (namespace, name) = (&deployment.namespace, &deployment.name);
    format!("Deployment/{namespace}/{name}:{steps}")
}

/// A path into a container of a Deployment.
pub(super) fn in_container(deployment: &Deployment, container: &Container, steps: &str) -> String {
    let name = &container.name;
    in_deployment(
        deployment,
        &format!("spec.template.spec.containers[name={name}].{steps}"),
    )
}

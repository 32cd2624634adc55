//! One raw object and what it is called.

use crate::document::{Diagnostic, Diagnostics, Node, ObjectName, Span};

/// A raw object: the tree stays the truth, typed views are read from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What it is called; the namespace is always there (`default` where none is written).
    pub name: ObjectName,
    /// `apiVersion`.
    pub api_version: String,
    /// All that was written.
    pub node: Node,
}

impl Object {
    /// Reads what a document is called; `None` and an error where it is no Kubernetes object.
    pub fn named(node: Node, problems: &mut Diagnostics) -> Option<Self> {
        let kind = header(&node, "kind", problems);
        let api_version = header(&node, "apiVersion", problems);
        let (kind, api_version) = (kind?, api_version?);
        let metadata = node.child("metadata");
        let text = |key| metadata.and_then(|metadata| metadata.child(key)?.as_text());
        // A file for a tool, such as a Kustomization, needs no name; what is read into a typed view
        // does, and the typed view says so.
        let name = text("name").or(text("generateName")).unwrap_or_default();
        let namespace = text("namespace").unwrap_or("default");
        let name = ObjectName {
            kind,
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        };
        Some(Self {
            name,
            api_version,
            node,
        })
    }

    /// The part of `apiVersion` before the slash; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// Where the object begins.
    pub fn span(&self) -> Span {
        first_place(&self.node)
    }

    /// The namespace it lives in.
    pub fn namespace(&self) -> &str {
        self.name.namespace.as_deref().unwrap_or("default")
    }

    /// Whether it has a name, as everything that is read into a typed view must.
    pub(super) fn require_name(&self, problems: &mut Diagnostics) -> bool {
        if self.name.name.is_empty() {
            let written = self
                .node
                .child("metadata")
                .and_then(|meta| meta.child("name"));
            let finding = match written.filter(|name| !name.is_null()) {
                Some(name) => Diagnostic::error(format!("`metadata.name` is {}", name.kind()))
                    .at(name.span)
                    .label("expected text")
                    .hint("write it in quotes"),
                None => Diagnostic::error("`metadata.name` is missing")
                    .at(self.span())
                    .label("expected an object with a name"),
            };
            problems.push(finding);
        }
        !self.name.name.is_empty()
    }

    /// The name as people write it, without its namespace.
    pub(super) fn short_name(&self) -> String {
        format!("{}/{}", self.name.kind, self.name.name)
    }
}

/// Where a document begins: its first key.
pub(super) fn first_place(node: &Node) -> Span {
    let first = node.as_map().and_then(|map| map.values().next());
    first.map_or(node.span, |entry| entry.key_span)
}

/// `kind` or `apiVersion`: what makes a document a manifest.
fn header(node: &Node, key: &str, problems: &mut Diagnostics) -> Option<String> {
    let found = node.child(key);
    if let Some(text) = found.and_then(Node::as_text) {
        return Some(text.to_owned());
    }
    let what = match (node.as_map(), found) {
        (None, _) => format!("it is {}", node.kind()),
        (_, None) => format!("`{key}` is missing"),
        (_, Some(found)) => format!("`{key}` is {}", found.kind()),
    };
    let finding = Diagnostic::error(format!("not a Kubernetes manifest: {what}"))
        .at(first_place(node))
        .label("expected an object with `apiVersion`, `kind` and `metadata`");
    problems.push(finding);
    None
}

//! `patch` and `remove`: changes of objects and of the scenario itself, named by paths.

use crate::document::{Diagnostic, MapReader, Node, Path, Span};

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) struct Edit {
    /// What is changed.
    pub(in crate::scenario) path: Path,
    /// Where the path is written.
    pub(in crate::scenario) span: Span,
    /// How.
    pub(in crate::scenario) change: Change,
}

/// How a place is changed.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) enum Change {
    /// This is put there; missing maps on the way are made.
    Set(Node),
    /// What is there goes.
    Remove,
}

/// Reads `patch` and `remove` of a map, in this order.
pub(super) fn read_edits(reader: &mut MapReader<'_, '_>) -> Vec<Edit> {
    let mut edits = read_sets(reader, "patch");
    let removed = reader.list("remove").unwrap_or_default();
    for node in removed {
        let Some(text) = node.as_text() else {
            let finding = Diagnostic::error(format!("`remove`: {} is no path", node.kind()));
            reader.problems().push(finding.at(node.span));
            continue;
        };
        edits.extend(read_path(text, node.span, reader).map(|path| Edit {
            path,
            span: node.span,
            change: Change::Remove,
        }));
    }
    edits
}

/// Reads a map of paths and values.
pub(super) fn read_sets<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (text, entry) in reader.entries(key).into_iter().flatten() {
        edits.extend(read_path(text, entry.key_span, reader).map(|path| Edit {
            path,
            span: entry.key_span,
            change: Change::Set(entry.node.clone()),
        }));
    }
    edits
}

fn read_path(text: &str, span: Span, reader: &mut MapReader<'_, '_>) -> Option<Path> {
    text.parse()
        .map_err(|error: crate::document::PathError| {
            let finding = Diagnostic::error(format!("`{text}` is no path"))
                .at(span)
                .label(error.rule);
            reader.problems().push(finding);
        })
        .ok()
}

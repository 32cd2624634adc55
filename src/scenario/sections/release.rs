//! `[release]`.

use super::edits::{Edit, read_edits};
use super::variant::read_files;
use crate::document::{Diagnostic, FromNode, MapReader, Node, Root, Span};
use crate::units::{SimDuration, SimTime};

/// A container and the image it gets.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) struct NewImage {
    /// The container's name.
    pub(in crate::scenario) container: String,
    /// Where that is written.
    pub(in crate::scenario) span: Span,
    /// The image, as a node so that it can be put into an object.
    pub(in crate::scenario) image: Node,
}

/// `[release]` as written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) struct ReleaseSection {
    /// When it is applied.
    pub(in crate::scenario) at: SimTime,
    /// Images before.
    pub(in crate::scenario) from: Vec<NewImage>,
    /// Images after.
    pub(in crate::scenario) to: Vec<NewImage>,
    /// Objects that replace or join the old ones.
    pub(in crate::scenario) manifests: Vec<(String, Span)>,
    /// Changes that come with it.
    pub(in crate::scenario) edits: Vec<Edit>,
    /// Where `at` is written.
    pub(in crate::scenario) span: Span,
}

/// Reads `[release]`.
pub(in crate::scenario) fn read_release(mut reader: MapReader<'_, '_>) -> Option<ReleaseSection> {
    let at: Option<SimDuration> = reader.required_quantity("at");
    let span = reader.value_span("at");
    let from = read_new_images(&mut reader, "from");
    let to = read_new_images(&mut reader, "to");
    let manifests = read_files(&mut reader);
    let edits = read_edits(&mut reader);
    for edit in edits.iter().filter(|edit| edit.path.root == Root::Scenario) {
        let finding = Diagnostic::error(format!("a release cannot change `{}`", edit.path))
            .at(edit.span)
            .label("expected a path into an object, such as `Deployment/name:spec…`")
            .hint("what differs between variants belongs in the `patch` of a `[[variant]]`");
        reader.problems().push(finding);
    }
    if to.is_empty() && manifests.is_none() && edits.is_empty() {
        let finding = Diagnostic::error("a release that ships nothing")
            .at(reader.span())
            .hint("add `to = { container = \"repo/name:tag\" }`, `manifests` or `patch`");
        reader.problems().push(finding);
    }
    reader.finish();
    Some(ReleaseSection {
        at: SimTime::ZERO + at?,
        from,
        to,
        manifests: manifests.unwrap_or_default(),
        edits,
        span,
    })
}

fn read_new_images<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Vec<NewImage> {
    let mut images = Vec::new();
    for (container, entry) in reader.entries(key).into_iter().flatten() {
        match String::from_node(&entry.node) {
            Ok(_) => images.push(NewImage {
                container: container.clone(),
                span: entry.key_span,
                image: entry.node.clone(),
            }),
            Err(problem) => reader.problems().push(problem),
        }
    }
    images
}

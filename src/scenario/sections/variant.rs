//! `[[variant]]`, and lists of manifests.

use super::edits::{Edit, read_edits};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Span};

/// One variant as written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) struct VariantSection {
    /// `name`.
    pub(in crate::scenario) name: String,
    /// Where it is written.
    pub(in crate::scenario) span: Span,
    /// Its own manifests, in place of the scenario's.
    pub(in crate::scenario) manifests: Option<Vec<(String, Span)>>,
    /// Its changes.
    pub(in crate::scenario) edits: Vec<Edit>,
    /// `entry`: source, place of that name, Service, place of that.
    pub(in crate::scenario) entries: Vec<EntrySection>,
}

/// `entry = { source = "Service/name" }`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) struct EntrySection {
    /// The source of traffic.
    pub(in crate::scenario) source: String,
    /// Where that is written.
    pub(in crate::scenario) source_span: Span,
    /// The object it knocks at.
    pub(in crate::scenario) object: String,
    /// Where that is written.
    pub(in crate::scenario) span: Span,
}

/// Reads every variant; a second one of the same name is an error.
pub(in crate::scenario) fn read_variants(
    list: &[Node],
    problems: &mut Diagnostics,
) -> Vec<VariantSection> {
    let mut variants: Vec<VariantSection> = Vec::new();
    for node in list {
        let Some(reader) = MapReader::open(node, "a variant", problems) else {
            continue;
        };
        let Some(variant) = read_variant(reader) else {
            continue;
        };
        if variants.iter().any(|earlier| earlier.name == variant.name) {
            let message = format!("two variants are called `{}`", variant.name);
            let finding = Diagnostic::error(message)
                .at(variant.span)
                .label("expected a name that no other variant has");
            problems.push(finding);
        }
        variants.push(variant);
    }
    variants
}

fn read_variant(mut reader: MapReader<'_, '_>) -> Option<VariantSection> {
    let name: Option<String> = reader.required("name");
    let span = reader.value_span("name");
    let manifests = read_files(&mut reader);
    let edits = read_edits(&mut reader);
    let entries = read_entries(&mut reader);
    reader.finish();
    Some(VariantSection {
        name: name?,
        span,
        manifests,
        edits,
        entries,
    })
}

fn read_entries(reader: &mut MapReader<'_, '_>) -> Vec<EntrySection> {
    let mut entries = Vec::new();
    for (source, entry) in reader.entries("entry").into_iter().flatten() {
        let Some(object) = entry.node.as_text() else {
            let finding = Diagnostic::error(format!("`entry`: found {}", entry.node.kind()))
                .at(entry.node.span)
                .label("expected an object such as `Service/name`");
            reader.problems().push(finding);
            continue;
        };
        entries.push(EntrySection {
            source: source.clone(),
            source_span: entry.key_span,
            object: object.to_owned(),
            span: entry.node.span,
        });
    }
    entries
}

/// Reads `manifests = ["file.yaml", "folder/"]`.
pub(in crate::scenario) fn read_files(
    reader: &mut MapReader<'_, '_>,
) -> Option<Vec<(String, Span)>> {
    let nodes = reader.list("manifests")?;
    let mut files = Vec::new();
    for node in nodes {
        match node.as_text() {
            Some(text) => files.push((text.to_owned(), node.span)),
            None => {
                let finding = Diagnostic::error(format!("`manifests`: found {}", node.kind()))
                    .at(node.span)
                    .label("expected the path of a file or a folder");
                reader.problems().push(finding);
            }
        }
    }
    Some(files)
}

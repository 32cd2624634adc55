//! How a Rollout asks for an analysis.

use super::field::field_text;
use super::rollout::Whole;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Span};

/// An analysis that a strategy or a step asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisRef {
    /// `templates`, at least one.
    pub templates: Vec<TemplateRef>,
    /// `args`, in order.
    pub args: Vec<AnalysisArg>,
    /// `dryRun`: rules (regular expressions) for the names of metrics without a say.
    pub dry_run: Vec<String>,
    /// Where it is asked for.
    pub span: Span,
}

/// `canary.analysis`: runs while the steps go on.
#[derive(Debug, Clone, PartialEq)]
pub struct BackgroundAnalysis {
    /// What it asks for.
    pub analysis: AnalysisRef,
    /// `startingStep` (index); default none: from the beginning.
    pub starting_step: Option<u32>,
}

/// The name of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRef {
    /// `templateName`.
    pub name: String,
    /// `clusterScope`: whether a ClusterAnalysisTemplate is meant; default false.
    pub cluster_scope: bool,
}

/// A value given to an argument of the templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisArg {
    /// `name`.
    pub name: String,
    /// Where its value comes from.
    pub source: ArgSource,
}

/// Where the value of an argument comes from. A secret is no such place: only templates name secrets
/// ([`TemplateValue::Secret`](super::TemplateValue::Secret)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgSource {
    /// `value`; empty where nothing is written, as in the controller.
    Value(String),
    /// `valueFrom.podTemplateHashValue`.
    PodTemplateHash(PodHash),
    /// `valueFrom.fieldRef`: a field of the Rollout as it is written.
    Field {
        /// `fieldPath`.
        path: String,
        /// What is there.
        value: String,
    },
}

/// Whose pods a hash names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodHash {
    /// Those of the new template.
    Latest,
    /// Those of the stable one.
    Stable,
}

/// Reads an analysis under `key`, whose map is open already.
pub(super) fn read_analysis(
    key: &str,
    mut map: MapReader<'_, '_>,
    whole: &Whole<'_>,
) -> AnalysisRef {
    let span = map.span();
    let asked = map.has("templates");
    let templates = read_template_refs(&mut map);
    let empty = map
        .node("templates")
        .and_then(Node::as_list)
        .is_some_and(<[_]>::is_empty);
    if !asked || empty {
        let finding = Diagnostic::error(format!("`{key}` names no templates")).at(span);
        let finding = finding.label("a run without templates has nothing to measure");
        let cure = format!("add `templates: [{{ templateName: … }}]`, or remove `{key}`");
        map.problems().push(finding.hint(cure));
    }
    AnalysisRef {
        templates,
        args: read_args(&mut map, whole),
        dry_run: read_dry_run(&mut map),
        span,
    }
}

/// Reads `templates`.
pub(super) fn read_template_refs(map: &mut MapReader<'_, '_>) -> Vec<TemplateRef> {
    let nodes = map.list("templates").unwrap_or_default();
    let read = |node| {
        let mut map = MapReader::open(node, "a reference to a template", map.problems())?;
        let name = map.required("templateName");
        let cluster_scope = map.optional("clusterScope").unwrap_or(false);
        Some(TemplateRef {
            name: name?,
            cluster_scope,
        })
    };
    nodes.iter().filter_map(read).collect()
}

/// Reads `dryRun`.
pub(super) fn read_dry_run(map: &mut MapReader<'_, '_>) -> Vec<String> {
    let nodes = map.list("dryRun").unwrap_or_default();
    let read = |node| MapReader::open(node, "a dry run", map.problems())?.required("metricName");
    nodes.iter().filter_map(read).collect()
}

/// Reads `args`; the controller lets the last of one name count.
pub(super) fn read_args(map: &mut MapReader<'_, '_>, whole: &Whole<'_>) -> Vec<AnalysisArg> {
    let mut args: Vec<AnalysisArg> = Vec::new();
    for node in map.list("args").unwrap_or_default() {
        let Some(arg) = read_arg(node, whole, map.problems()) else {
            continue;
        };
        if args.iter().any(|other| other.name == arg.name) {
            let message = format!("argument `{}` is given twice", arg.name);
            let finding = Diagnostic::warning(message).at(name_span(node));
            map.problems().push(finding.label("the last one counts"));
        }
        args.push(arg);
    }
    args
}

/// Where the name of a named entry of a list is written.
pub(super) fn name_span(node: &Node) -> Span {
    node.child("name").map_or(node.span, |name| name.span)
}

fn read_arg(node: &Node, whole: &Whole<'_>, problems: &mut Diagnostics) -> Option<AnalysisArg> {
    let mut map = MapReader::open(node, "an argument", problems)?;
    let name: Option<String> = map.required("name");
    let value: Option<String> = map.optional("value");
    let wrong_value = map.has("value") && value.is_none();
    let source = match map.map("valueFrom") {
        Some(from) => read_source(from, whole),
        None => Some(ArgSource::Value(value.clone().unwrap_or_default())),
    };
    let name = name?;
    if map.has("value") && map.has("valueFrom") {
        let finding = Diagnostic::warning(format!("`value` of argument `{name}` does not count"))
            .at(map.key_span("value"))
            .label("`valueFrom` goes before it")
            .hint("keep one of them");
        map.problems().push(finding);
    } else if !map.has("value") && !map.has("valueFrom") {
        let finding = Diagnostic::warning(format!("argument `{name}` is given without a value"))
            .at(map.value_span("name"))
            .label("it is empty, even where its template has a default");
        map.problems().push(finding);
    }
    let source = source.filter(|_| !wrong_value)?;
    Some(AnalysisArg { name, source })
}

fn read_source(mut from: MapReader<'_, '_>, whole: &Whole<'_>) -> Option<ArgSource> {
    if from.has("podTemplateHashValue") {
        let hashes = [("Latest", PodHash::Latest), ("Stable", PodHash::Stable)];
        let hash = from.word("podTemplateHashValue", &hashes);
        return hash.map(ArgSource::PodTemplateHash);
    }
    let Some(mut field) = from.map("fieldRef") else {
        if !from.has("fieldRef") {
            let finding = Diagnostic::error("`valueFrom` names no place").at(from.span());
            let rule = "expected `podTemplateHashValue` or `fieldRef`";
            from.problems().push(finding.label(rule));
        }
        return None;
    };
    let path: String = field.required("fieldPath")?;
    match field_text(whole.object, &path) {
        Ok(value) => Some(ArgSource::Field { path, value }),
        Err(why) => {
            let message = format!("`fieldPath`: `{path}` leads to no value");
            let finding = Diagnostic::error(message).at(field.value_span("fieldPath"));
            field.problems().push(finding.label(why));
            None
        }
    }
}

//! AnalysisTemplates, of a namespace or of the whole cluster.

use super::analysis::{name_span, read_dry_run, read_template_refs};
use super::metric::read_metric;
use super::{AnalysisMetric, TemplateRef};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::manifest::Object;

/// An AnalysisTemplate or a ClusterAnalysisTemplate (reference progressive-delivery.md §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisTemplate {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`; `None`: of the whole cluster.
    pub namespace: Option<String>,
    /// `spec.args`, in order.
    pub args: Vec<TemplateArg>,
    /// `spec.metrics`, in order.
    pub metrics: Vec<AnalysisMetric>,
    /// `spec.dryRun`: rules (regular expressions) for the names of metrics without a say.
    pub dry_run: Vec<String>,
    /// `spec.templates`: others whose metrics come along.
    pub templates: Vec<TemplateRef>,
}

/// An argument that a template declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateArg {
    /// `name`.
    pub name: String,
    /// Its value where nobody gives another; `None`: somebody has to.
    pub value: Option<TemplateValue>,
}

/// What an argument is by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateValue {
    /// `value`.
    Text(String),
    /// `valueFrom.secretKeyRef`: only the cluster knows it.
    Secret,
    /// `valueFrom.fieldRef`, which the controller never fills in: somebody has to give a value.
    Field,
}

/// The kind of templates of the whole cluster.
pub(in crate::manifest) const CLUSTER: &str = "ClusterAnalysisTemplate";

impl AnalysisTemplate {
    /// Reads a template of either kind; `None` where too much is wrong to go on.
    pub fn read(object: &Object, problems: &mut Diagnostics) -> Option<Self> {
        let named = object.require_name(problems);
        let of_cluster = object.name.kind == CLUSTER;
        let called = if of_cluster {
            "a ClusterAnalysisTemplate"
        } else {
            "an AnalysisTemplate"
        };
        let mut map = MapReader::open(&object.node, called, problems)?;
        map.required_node("spec")?;
        let mut spec = map.map("spec")?;
        let args = spec.list("args").unwrap_or_default();
        let args = args
            .iter()
            .filter_map(|node| read_arg(node, spec.problems()));
        let args = args.collect();
        let metrics = read_metrics(&mut spec);
        let templates = read_template_refs(&mut spec);
        let empty = |key: &str| {
            let written = object.node.child("spec").and_then(|spec| spec.child(key));
            written.is_none_or(|node| node.is_null() || node.as_list().is_some_and(<[_]>::is_empty))
        };
        if empty("metrics") && empty("templates") {
            let finding = Diagnostic::error("a template without metrics").at(spec.span());
            let finding = finding.label("a run of it has nothing to measure");
            spec.problems()
                .push(finding.hint("add `metrics`, or `templates` that have some"));
        }
        let dry_run = read_dry_run(&mut spec);
        named.then(|| Self {
            name: object.name.name.clone(),
            namespace: (!of_cluster).then(|| object.namespace().to_owned()),
            args,
            metrics,
            dry_run,
            templates,
        })
    }
}

fn read_metrics(spec: &mut MapReader<'_, '_>) -> Vec<AnalysisMetric> {
    let mut metrics: Vec<AnalysisMetric> = Vec::new();
    for node in spec.list("metrics").unwrap_or_default() {
        let Some(metric) = read_metric(node, spec.problems()) else {
            continue;
        };
        if metrics.iter().any(|other| other.name == metric.name) {
            let message = format!("two metrics are called `{}`", metric.name.text());
            spec.error(name_span(node), message);
        }
        metrics.push(metric);
    }
    metrics
}

fn read_arg(node: &Node, problems: &mut Diagnostics) -> Option<TemplateArg> {
    let mut map = MapReader::open(node, "an argument", problems)?;
    let name: String = map.required("name")?;
    if map.has("value") && map.has("valueFrom") {
        let message = format!("argument `{name}` has both `value` and `valueFrom`");
        let finding = Diagnostic::error(message).at(map.key_span("valueFrom"));
        map.problems()
            .push(finding.label("expected at most one of them"));
        return None;
    }
    let written = map.has("value");
    let text = map.optional("value").map(TemplateValue::Text);
    if written && text.is_none() {
        return None;
    }
    let value = match map.map("valueFrom") {
        None => text,
        Some(mut from) => read_source(&mut from),
    };
    Some(TemplateArg { name, value })
}

fn read_source(from: &mut MapReader<'_, '_>) -> Option<TemplateValue> {
    if let Some(mut secret) = from.map("secretKeyRef") {
        secret.required::<String>("name");
        secret.required::<String>("key");
        return Some(TemplateValue::Secret);
    }
    let mut field = from.map("fieldRef")?;
    field.required::<String>("fieldPath");
    Some(TemplateValue::Field)
}

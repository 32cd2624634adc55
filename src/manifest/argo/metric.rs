//! The metrics of an analysis template.

use super::templated::{is_open, tags};
use super::{GoDuration, Templated};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Value};

/// One metric, its texts as written (reference progressive-delivery.md §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisMetric {
    /// `name`.
    pub name: Templated,
    /// `interval`, a [`GoDuration`]: from the end of one measurement to the next.
    pub interval: Option<Templated>,
    /// `initialDelay`, a [`GoDuration`].
    pub initial_delay: Option<Templated>,
    /// `count` (measurements).
    pub count: Option<Templated>,
    /// `failureLimit` (measurements).
    pub failure_limit: Option<Templated>,
    /// `inconclusiveLimit` (measurements).
    pub inconclusive_limit: Option<Templated>,
    /// `consecutiveErrorLimit` (measurements).
    pub consecutive_error_limit: Option<Templated>,
    /// `consecutiveSuccessLimit` (measurements).
    pub consecutive_success_limit: Option<Templated>,
    /// `successCondition`.
    pub success_condition: Option<Templated>,
    /// `failureCondition`.
    pub failure_condition: Option<Templated>,
    /// `provider`: who is asked.
    pub provider: Provider,
    /// Every tag anywhere in the metric, each once, in the order of the file: a run needs them all.
    pub tags: Vec<String>,
}

/// Who measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// `prometheus`.
    Prometheus {
        /// `address`; default none: the controller knows one.
        address: Option<Templated>,
        /// `query`.
        query: Templated,
    },
    /// Another one, by its field: `job`, `web`, `datadog` …
    Other(String),
}

const OTHERS: [&str; 11] = [
    "kayenta",
    "web",
    "datadog",
    "wavefront",
    "newRelic",
    "job",
    "cloudWatch",
    "graphite",
    "influxdb",
    "skywalking",
    "plugin",
];

/// Reads one metric; `None` without a name or a provider.
pub(super) fn read_metric(node: &Node, problems: &mut Diagnostics) -> Option<AnalysisMetric> {
    let mut map = MapReader::open(node, "a metric", problems)?;
    let name = map.required::<String>("name").map(Templated::new);
    let interval = duration(&mut map, "interval");
    let initial_delay = duration(&mut map, "initialDelay");
    let [
        count,
        failure_limit,
        inconclusive_limit,
        consecutive_error_limit,
        consecutive_success_limit,
    ] = [
        ("count", 0),
        ("failureLimit", -1),
        ("inconclusiveLimit", 0),
        ("consecutiveErrorLimit", 0),
        ("consecutiveSuccessLimit", 0),
    ]
    .map(|(key, least)| number(&mut map, key, least));
    let mut condition = |key| {
        let text = map.optional(key).filter(|text: &String| !text.is_empty());
        text.map(Templated::new)
    };
    let success_condition = condition("successCondition");
    let failure_condition = condition("failureCondition");
    let provider = read_provider(&mut map);
    let mut tags = Vec::new();
    read_tags(node, &mut tags, map.problems());
    Some(AnalysisMetric {
        name: name?,
        interval,
        initial_delay,
        count,
        failure_limit,
        inconclusive_limit,
        consecutive_error_limit,
        consecutive_success_limit,
        success_condition,
        failure_condition,
        provider: provider?,
        tags,
    })
}

/// A duration, checked where it names no argument; an empty one is none.
fn duration<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<Templated> {
    let text: String = map.optional(key)?;
    let text = Templated::new(text);
    if text.text().is_empty() {
        return None;
    }
    if text.is_plain()
        && let Err(error) = text.text().parse::<GoDuration>()
    {
        let message = format!("`{key}`: `{}` cannot be read", error.value);
        let finding = Diagnostic::error(message).at(map.value_span(key));
        map.problems().push(finding.label(error.rule));
        return None;
    }
    Some(text)
}

/// A number, checked where it names no argument.
fn number<'a>(map: &mut MapReader<'a, '_>, key: &'a str, least: i32) -> Option<Templated> {
    let text: Templated = map.optional(key)?;
    let fits = |number: i32| number >= least;
    if text.is_plain() && !text.text().parse().is_ok_and(fits) {
        let message = format!("`{key}` is `{}`", text.text());
        let finding = Diagnostic::error(message).at(map.value_span(key));
        let rule = format!("expected a whole number from {least} on");
        map.problems().push(finding.label(rule));
        return None;
    }
    Some(text)
}

fn read_provider(map: &mut MapReader<'_, '_>) -> Option<Provider> {
    map.required_node("provider")?;
    let mut provider = map.map("provider")?;
    let all = OTHERS.into_iter().chain(["prometheus"]);
    let written: Vec<&str> = all.filter(|key| provider.has(key)).collect();
    let finding = match written[..] {
        ["prometheus"] => return read_prometheus(provider.map("prometheus")?),
        [other] => return Some(Provider::Other(other.to_owned())),
        [] => Diagnostic::error("`provider` names nobody to ask")
            .at(provider.span())
            .label("expected exactly one provider, such as `prometheus`"),
        [first, second, ..] => {
            let message = format!("`provider` names two: `{first}` and `{second}`");
            Diagnostic::error(message)
                .at(provider.key_span(second))
                .label("expected exactly one provider")
        }
    };
    provider.problems().push(finding);
    None
}

fn read_prometheus(mut map: MapReader<'_, '_>) -> Option<Provider> {
    let address = map.optional::<String>("address").map(Templated::new);
    let query = map.required::<String>("query").map(Templated::new);
    Some(Provider::Prometheus {
        address: address.filter(|address| !address.text().is_empty()),
        query: query?,
    })
}

/// Upstream fills in the whole metric at once, so a tag counts wherever it is written.
fn read_tags(node: &Node, found: &mut Vec<String>, problems: &mut Diagnostics) {
    match &node.value {
        Value::Text(text) if is_open(text) => {
            let finding = Diagnostic::error("a `{{` is never closed").at(node.span);
            problems.push(finding.label("expected `}}` after it, such as in `{{args.name}}`"));
        }
        Value::Text(text) => {
            for tag in tags(text) {
                if !found.iter().any(|known| known == tag) {
                    found.push(tag.to_owned());
                }
            }
        }
        Value::List(list) => list.iter().for_each(|one| read_tags(one, found, problems)),
        Value::Map(map) => map
            .values()
            .for_each(|entry| read_tags(&entry.node, found, problems)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
    }
}

//! `label_replace` and `label_join`.

use promql_parser::label::Matcher;
use regex::Regex;

use super::element::Metric;

/// How labels are rewritten.
#[derive(Debug, Clone)]
pub(super) enum Relabel {
    /// Where the whole source matches, the target becomes the replacement (`$1` is a group).
    Replace {
        target: String,
        replacement: String,
        source: String,
        pattern: Regex,
    },
    /// The target becomes the sources, joined.
    Join {
        target: String,
        separator: String,
        sources: Vec<String>,
    },
}

impl Relabel {
    pub(super) fn apply<'a>(&self, mut metric: Metric<'a>) -> Metric<'a> {
        match self {
            Self::Replace {
                target,
                replacement,
                source,
                pattern,
            } => {
                let mut text = String::new();
                if let Some(groups) = pattern.captures(metric.get(source)) {
                    groups.expand(replacement, &mut text);
                } else {
                    return metric;
                }
                metric.set(target, &text);
            }
            Self::Join {
                target,
                separator,
                sources,
            } => {
                let values: Vec<_> = sources.iter().map(|name| metric.get(name)).collect();
                let text = values.join(separator);
                metric.set(target, &text);
            }
        }
        metric
    }
}

/// A selector's labels as `absent` reports them: those that must equal one value.
pub(super) fn certain_labels(matchers: &[Matcher]) -> crate::telemetry::Labels {
    use promql_parser::label::MatchOp;
    let certain = |matcher: &&Matcher| {
        let same = matchers.iter().filter(|other| other.name == matcher.name);
        matches!(matcher.op, MatchOp::Equal) && same.count() == 1
    };
    let pair = |matcher: &'_ Matcher| (matcher.name.clone(), matcher.value.clone());
    matchers.iter().filter(certain).map(pair).collect()
}

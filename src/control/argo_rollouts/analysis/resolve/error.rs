//! Why a run cannot be made.

use std::fmt;

use super::super::InvalidMetric;

/// Why a run cannot be made. Upstream's Rollout then stands still, or its run is an Error at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveError {
    /// No template has this name; `kind` is where it was looked for.
    NoTemplate {
        /// `AnalysisTemplate` or `ClusterAnalysisTemplate`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A template comes back to itself.
    Circle {
        /// The names on the way round, the first again at the end.
        names: Vec<String>,
    },
    /// No template has a metric.
    NoMetrics,
    /// Two metrics have one name.
    TwoMetrics {
        /// It.
        metric: String,
    },
    /// Two templates give an argument different values.
    TwoValues {
        /// The argument.
        argument: String,
        /// The value of the template that comes first.
        first: String,
        /// The other one.
        second: String,
    },
    /// An argument has no value.
    NoValue {
        /// The argument.
        argument: String,
        /// The template that declares it.
        template: String,
    },
    /// A text names something that is no argument of any template.
    UnknownTag {
        /// What stands between the braces.
        tag: String,
        /// The metric it is in.
        metric: String,
        /// The template of the metric.
        template: String,
    },
    /// A text that decides needs a secret, which nobody knows here.
    Secret {
        /// The argument.
        argument: String,
        /// The metric it is in.
        metric: String,
    },
    /// A field of a metric is no duration or number once it is filled in.
    Unreadable {
        /// The field.
        field: &'static str,
        /// What is there.
        text: String,
        /// What is expected.
        rule: &'static str,
        /// The metric.
        metric: String,
    },
    /// A metric breaks a rule of its limits.
    Invalid {
        /// The metric.
        metric: String,
        /// The rule.
        rule: InvalidMetric,
    },
    /// A metric of a run that has to end by itself goes on for ever.
    Endless {
        /// The metric.
        metric: String,
    },
    /// Another provider than Prometheus.
    Provider {
        /// It.
        provider: String,
        /// The metric that asks it.
        metric: String,
    },
    /// Two rules for dry runs are the same.
    TwoDryRuns {
        /// The rule.
        rule: String,
    },
    /// A rule for dry runs fits no metric.
    IdleDryRun {
        /// The rule.
        rule: String,
    },
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTemplate { kind, name } => write!(f, "there is no {kind} `{name}`"),
            Self::Circle { names } => {
                let way: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                write!(f, "templates go in a circle: {}", way.join(" → "))
            }
            Self::NoMetrics => f.write_str("no template has a metric"),
            Self::TwoMetrics { metric } => write!(f, "two metrics are called `{metric}`"),
            Self::TwoValues {
                argument,
                first,
                second,
            } => write!(
                f,
                "argument `{argument}` is `{first}` in one template and `{second}` in another"
            ),
            Self::NoValue { argument, template } => write!(
                f,
                "argument `{argument}` of template `{template}` has no value"
            ),
            Self::UnknownTag {
                tag,
                metric,
                template,
            } => write!(
                f,
                "`{{{{{tag}}}}}` in metric `{metric}` of template `{template}` is no argument of it"
            ),
            Self::Secret { argument, metric } => write!(
                f,
                "argument `{argument}` of metric `{metric}` is a secret, which is not known here"
            ),
            Self::Unreadable {
                field,
                text,
                rule,
                metric,
            } => write!(f, "`{field}` of metric `{metric}` is `{text}`: {rule}"),
            Self::Invalid { metric, rule } => write!(f, "metric `{metric}`: {rule}"),
            Self::Endless { metric } => write!(
                f,
                "metric `{metric}` has an `interval` but no `count`: the update would wait for ever"
            ),
            Self::Provider { provider, metric } => write!(
                f,
                "metric `{metric}` asks `{provider}`; only `prometheus` is modelled"
            ),
            Self::TwoDryRuns { rule } => write!(f, "`dryRun` has `{rule}` twice"),
            Self::IdleDryRun { rule } => write!(f, "`dryRun` `{rule}` fits no metric"),
        }
    }
}

impl std::error::Error for ResolveError {}

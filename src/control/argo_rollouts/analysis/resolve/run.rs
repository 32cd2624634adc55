//! What a run measures.

use regex::Regex;

use super::super::{MetricRole, MetricSpec};
use super::fill::{Filled, fill};
use super::gather::gather;
use super::merge::{arguments, dry_runs};
use super::{ResolveError, RunEnd, RunRequest};
use crate::manifest::AnalysisTemplate;

/// A metric of a run, its arguments filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedMetric {
    /// Its name, unique in the run.
    pub name: String,
    /// When it is measured and how much it bears.
    pub spec: MetricSpec,
    /// Whether it has a say.
    pub role: MetricRole,
    /// `successCondition`.
    pub success: Option<String>,
    /// `failureCondition`.
    pub failure: Option<String>,
    /// The query that Prometheus is asked.
    pub query: String,
}

/// What a run measures, in upstream's order: metrics of the templates of its namespace, then of those
/// of the cluster.
///
/// # Errors
/// Everything that keeps the run from being made.
pub fn resolve(
    request: &RunRequest<'_>,
    found: &[AnalysisTemplate],
) -> Result<Vec<ResolvedMetric>, Vec<ResolveError>> {
    let mut errors = Vec::new();
    let templates = gather(request, found, &mut errors);
    let known = arguments(request, &templates, &mut errors);
    let rules = dry_runs(request, &templates, &mut errors);
    // Without all values, what is not filled in would be told over and over.
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut filled = Vec::new();
    for template in &templates {
        for metric in &template.metrics {
            filled.extend(fill(metric, &template.name, &known, &mut errors));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    check(&filled, request.end, &mut errors);
    let dry = dry_names(&filled, &rules, &mut errors);
    match errors.is_empty() {
        true => Ok(with_roles(filled, &dry)),
        false => Err(errors),
    }
}

/// Upstream's `ValidateMetrics`, and the rule for runs that are waited for.
fn check(filled: &[Filled], end: RunEnd, errors: &mut Vec<ResolveError>) {
    if filled.is_empty() {
        errors.push(ResolveError::NoMetrics);
    }
    for (at, Filled { name, spec, .. }) in filled.iter().enumerate() {
        let metric = name.clone();
        if filled[..at].iter().any(|other| other.name == *name) {
            errors.push(ResolveError::TwoMetrics { metric });
        } else if let Err(rule) = spec.validate() {
            errors.push(ResolveError::Invalid { metric, rule });
        } else if end == RunEnd::ByItself && spec.effective_count().is_none() {
            errors.push(ResolveError::Endless { metric });
        }
    }
}

/// The names that some rule fits (upstream's `GetDryRunMetrics`): anywhere in the name, and a rule
/// that is no regular expression, such as `*`, fits nothing.
fn dry_names(filled: &[Filled], rules: &[&str], errors: &mut Vec<ResolveError>) -> Vec<String> {
    let mut dry = Vec::new();
    for rule in rules {
        let fits = |name: &str| Regex::new(rule).is_ok_and(|rule| rule.is_match(name));
        let before = dry.len();
        let names = filled.iter().map(|metric| &metric.name);
        dry.extend(names.filter(|name| fits(name)).cloned());
        if dry.len() == before {
            errors.push(ResolveError::IdleDryRun {
                rule: (*rule).to_owned(),
            });
        }
    }
    dry
}

fn with_roles(filled: Vec<Filled>, dry: &[String]) -> Vec<ResolvedMetric> {
    let role = |name: &String| match dry.contains(name) {
        true => MetricRole::DryRun,
        false => MetricRole::Counts,
    };
    let metrics = filled.into_iter().map(|metric| ResolvedMetric {
        role: role(&metric.name),
        name: metric.name,
        spec: metric.spec,
        success: metric.success,
        failure: metric.failure,
        query: metric.query,
    });
    metrics.collect()
}

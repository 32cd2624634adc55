//! One metric with its arguments filled in.

use std::collections::BTreeMap;

use super::super::MetricSpec;
use super::ResolveError;
use super::merge::Known;
use crate::manifest::argo::{AnalysisMetric, GoDuration, Provider, Templated};
use crate::units::SimDuration;

/// A metric without its role.
pub(super) struct Filled {
    pub(super) name: String,
    pub(super) spec: MetricSpec,
    pub(super) success: Option<String>,
    pub(super) failure: Option<String>,
    pub(super) query: String,
}

/// Fills one metric in: every tag anywhere in it has to be known (upstream's `ResolveMetricArgs`);
/// those in a text that decides may not be secrets. `None` where something is wrong, which is told.
pub(super) fn fill(
    metric: &AnalysisMetric,
    template: &str,
    known: &BTreeMap<String, Known>,
    errors: &mut Vec<ResolveError>,
) -> Option<Filled> {
    let before = errors.len();
    let mut filling = Filling {
        metric: metric.name.text(),
        known,
        errors,
    };
    for tag in &metric.tags {
        filling.check_tag(tag, template);
    }
    let name = filling.text(&metric.name);
    let spec = filling.spec(metric);
    let success = metric.success_condition.as_ref();
    let success = success.map(|condition| filling.text(condition));
    let failure = metric.failure_condition.as_ref();
    let failure = failure.map(|condition| filling.text(condition));
    let query = filling.query(&metric.provider);
    (errors.len() == before).then_some(Filled {
        name,
        spec,
        success,
        failure,
        query,
    })
}

struct Filling<'f> {
    metric: &'f str,
    known: &'f BTreeMap<String, Known>,
    errors: &'f mut Vec<ResolveError>,
}

impl Filling<'_> {
    fn known(&self, tag: &str) -> Option<&Known> {
        self.known.get(tag.strip_prefix("args.")?)
    }

    fn check_tag(&mut self, tag: &str, template: &str) {
        if self.known(tag).is_none() {
            self.errors.push(ResolveError::UnknownTag {
                tag: tag.to_owned(),
                metric: self.metric.to_owned(),
                template: template.to_owned(),
            });
        }
    }

    /// A text filled in; a tag that is not known has been told.
    fn text(&mut self, text: &Templated) -> String {
        let value = |tag: &str| match self.known(tag) {
            Some(Known::Text(value)) => Some(value.as_str()),
            Some(Known::Secret) => None,
            None => Some(""),
        };
        let filled = text.fill(value);
        filled.unwrap_or_else(|secret| {
            self.errors.push(ResolveError::Secret {
                argument: secret.trim_start_matches("args.").to_owned(),
                metric: self.metric.to_owned(),
            });
            String::new()
        })
    }

    fn spec(&mut self, metric: &AnalysisMetric) -> MetricSpec {
        let count = self.number("count", metric.count.as_ref(), 0);
        let mut limit = |field, text: &Option<Templated>| {
            let limit = self.number(field, text.as_ref(), i32::MIN);
            limit.map(|limit| limit as i32)
        };
        let failure_limit = limit("failureLimit", &metric.failure_limit);
        let inconclusive_limit = limit("inconclusiveLimit", &metric.inconclusive_limit);
        let error_limit = limit("consecutiveErrorLimit", &metric.consecutive_error_limit);
        let success_limit = limit("consecutiveSuccessLimit", &metric.consecutive_success_limit);
        MetricSpec {
            interval: self.duration("interval", metric.interval.as_ref()),
            initial_delay: self.duration("initialDelay", metric.initial_delay.as_ref()),
            count: count.map(|count| count as u32),
            failure_limit,
            inconclusive_limit,
            consecutive_error_limit: error_limit,
            consecutive_success_limit: success_limit,
        }
    }

    fn duration(&mut self, field: &'static str, text: Option<&Templated>) -> Option<SimDuration> {
        let text = self.readable(text?)?;
        match text.parse::<GoDuration>() {
            // An empty one is none, as in Go.
            _ if text.is_empty() => None,
            Ok(duration) => Some(duration.length()),
            Err(error) => self.unreadable(field, text, error.rule),
        }
    }

    /// Upstream reads text that is no number as 0 here, which nobody can mean.
    fn number(&mut self, field: &'static str, text: Option<&Templated>, least: i32) -> Option<i64> {
        let text = self.readable(text?)?;
        match text.parse::<i32>() {
            Ok(number) if number >= least => Some(i64::from(number)),
            Ok(_) => self.unreadable(field, text, "expected 0 or more"),
            Err(_) => self.unreadable(field, text, "expected a whole number"),
        }
    }

    /// A text filled in; `None` where a tag in it is not known, which has been told.
    fn readable(&mut self, text: &Templated) -> Option<String> {
        let before = self.errors.len();
        let filled = self.text(text);
        let complete = text.fill(|tag| self.known(tag).map(|_| "")).is_ok();
        (complete && self.errors.len() == before).then_some(filled)
    }

    fn unreadable<T>(
        &mut self,
        field: &'static str,
        text: String,
        rule: &'static str,
    ) -> Option<T> {
        self.errors.push(ResolveError::Unreadable {
            field,
            text,
            rule,
            metric: self.metric.to_owned(),
        });
        None
    }

    fn query(&mut self, provider: &Provider) -> String {
        match provider {
            Provider::Prometheus { query, .. } => self.text(query),
            Provider::Other(provider) => {
                self.errors.push(ResolveError::Provider {
                    provider: provider.clone(),
                    metric: self.metric.to_owned(),
                });
                String::new()
            }
        }
    }
}

//! Members of an instant vector while a query is evaluated.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::error::EvaluationError;
use super::expression::Grouping;
use crate::telemetry::{Labels, Series};

/// The label that holds a metric's name.
pub(super) const NAME: &str = "__name__";

/// Name and labels; labels are borrowed from the storage until something changes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Metric<'a> {
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) labels: Cow<'a, Labels>,
}

/// One value of an instant vector.
#[derive(Debug, Clone)]
pub(super) struct Element<'a> {
    pub(super) metric: Metric<'a>,
    pub(super) value: f64,
}

impl<'a> Metric<'a> {
    pub(super) fn of(series: &'a Series) -> Self {
        Self {
            name: Some(Cow::Borrowed(series.name())),
            labels: Cow::Borrowed(series.labels()),
        }
    }
    pub(super) fn unnamed(labels: Labels) -> Self {
        Self {
            name: None,
            labels: Cow::Owned(labels),
        }
    }
    pub(super) fn drop_name(mut self) -> Self {
        self.name = None;
        self
    }
    /// A label's value, the name's included; empty where there is none.
    pub(super) fn get(&self, label: &str) -> &str {
        match (&self.name, label) {
            (name, NAME) => name.as_deref().unwrap_or_default(),
            _ => self.labels.get(label),
        }
    }
    /// With a label set, the name included; an empty value takes it away.
    pub(super) fn set(&mut self, label: &str, value: &str) {
        if label == NAME {
            self.name = (!value.is_empty()).then(|| Cow::Owned(value.to_owned()));
        } else if self.labels.get(label) != value {
            self.labels.to_mut().set(label, value);
        }
    }
    /// What is left of it for a grouping or a match.
    pub(super) fn grouped(&self, grouping: &Grouping) -> Self {
        match grouping {
            Grouping::Only(names) if names.is_empty() => Self::unnamed(Labels::NONE),
            Grouping::Only(names) => Self {
                name: self
                    .name
                    .clone()
                    .filter(|_| names.iter().any(|n| n == NAME)),
                labels: Cow::Owned(self.labels.only(names)),
            },
            Grouping::AllBut(names) if names.is_empty() => self.clone().drop_name(),
            Grouping::AllBut(names) => Self::unnamed(self.labels.without(names)),
        }
    }
    /// All labels, the name among them.
    pub(super) fn into_labels(self) -> Labels {
        let mut labels = self.labels.into_owned();
        if let Some(name) = &self.name {
            labels.set(NAME, name);
        }
        labels
    }
}

/// Fails where two elements bear the same labels.
pub(super) fn distinct<'a>(vector: Vec<Element<'a>>) -> Result<Vec<Element<'a>>, EvaluationError> {
    let mut seen = BTreeSet::new();
    for element in &vector {
        if !seen.insert(&element.metric) {
            let labels = element.metric.clone().into_labels().to_string();
            return Err(EvaluationError::SameLabels { labels });
        }
    }
    drop(seen);
    Ok(vector)
}

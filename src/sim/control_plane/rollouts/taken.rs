//! What one measurement says, with the words for the report.

use super::analysis::Metric;
use crate::control::argo_rollouts::analysis::{MetricValue, Phase, measurement_phase};
use crate::facts::{Judgement, Reading};
use crate::telemetry::promql::Answer;

/// A measurement that has just been taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taken {
    pub(super) phase: Phase,
    pub(super) reading: Reading,
    /// In words, if it is not successful.
    pub(super) why: String,
}

impl Taken {
    /// Of what a query came to, or the error of the query itself.
    pub(super) fn of(metric: &Metric, answer: Result<Answer, String>) -> Self {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Self::new(Phase::Error, None, failed(metric, &error)),
        };
        let value = value_of(&answer);
        let first = answer.values().first().copied();
        let judged = measurement_phase(&value, metric.success.as_ref(), metric.failure.as_ref());
        match judged {
            Ok(phase) => Self::new(phase, first, judged_words(metric, phase, first)),
            Err(_) if first.is_none() => Self::new(Phase::Error, None, unseen(metric)),
            Err(error) => Self::new(Phase::Error, first, failed(metric, &error.to_string())),
        }
    }

    fn new(phase: Phase, value: Option<f64>, why: String) -> Self {
        let judgement = judgement(phase);
        Self {
            phase,
            reading: Reading { value, judgement },
            why,
        }
    }
}

/// A scalar is a number, a vector the list of its numbers (reference progressive-delivery.md §3.2).
fn value_of(answer: &Answer) -> MetricValue {
    match answer {
        Answer::Scalar(value) => MetricValue::Number(*value),
        Answer::Vector(_) => MetricValue::Numbers(answer.values()),
    }
}

fn unseen(metric: &Metric) -> String {
    let Metric {
        name, condition, ..
    } = metric;
    format!("metric `{name}` has no data: its query finds no series, so `{condition}` is an error")
}

fn failed(metric: &Metric, error: &str) -> String {
    format!("metric `{}` cannot be judged: {error}", metric.name)
}

fn judged_words(metric: &Metric, phase: Phase, value: Option<f64>) -> String {
    let Metric {
        name, condition, ..
    } = metric;
    match (phase, value) {
        (Phase::Successful, _) => String::new(),
        (Phase::Inconclusive, _) => {
            format!("metric `{name}` is neither success nor failure by `{condition}`")
        }
        (_, Some(value)) if value.is_nan() => {
            format!("metric `{name}` is no number: its rates are 0 / 0, and `{condition}` is false")
        }
        _ => format!("metric `{name}` is out of bounds by `{condition}`"),
    }
}

/// The phase of something that is over, as it is told.
pub(super) fn judgement(phase: Phase) -> Judgement {
    match phase {
        Phase::Successful => Judgement::Successful,
        Phase::Failed => Judgement::Failed,
        Phase::Inconclusive => Judgement::Inconclusive,
        Phase::Error | Phase::Running | Phase::Pending => Judgement::Error,
    }
}

//! What the conditions of a metric say of values that nobody has measured yet.

use crate::control::argo_rollouts::analysis::{
    Condition, MetricValue, Phase, ResolvedMetric, measurement_phase,
};

/// The conditions of a metric.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Judge {
    success: Option<Condition>,
    failure: Option<Condition>,
}

/// Numbers that stand for all others: the ends of a share, usual limits and what lies beside them, and
/// what a latency or a count may be.
const NUMBERS: [f64; 18] = [
    f64::NEG_INFINITY,
    -1.0,
    0.0,
    0.000_1,
    0.01,
    0.02,
    0.05,
    0.1,
    0.5,
    0.9,
    0.94,
    0.99,
    0.999_9,
    1.0,
    2.0,
    99.5,
    1e3,
    1e9,
];

impl Judge {
    /// The conditions, which were read without error when the scenario was loaded.
    pub(super) fn of(metric: &ResolvedMetric) -> Option<Self> {
        let read = |text: &Option<String>| -> Option<Option<Condition>> {
            match text.as_deref().filter(|text| !text.is_empty()) {
                None => Some(None),
                Some(text) => Condition::new(text).ok().map(Some),
            }
        };
        Some(Self {
            success: read(&metric.success)?,
            failure: read(&metric.failure)?,
        })
    }

    /// What they say of a value.
    pub(in crate::scenario) fn phase(&self, value: &MetricValue) -> Phase {
        let judged = measurement_phase(value, self.success.as_ref(), self.failure.as_ref());
        judged.unwrap_or(Phase::Error)
    }

    /// Of a vector with this one number.
    pub(in crate::scenario) fn of_number(&self, number: f64) -> Phase {
        self.phase(&MetricValue::Numbers(vec![number]))
    }

    /// Of a query that finds no series.
    pub(in crate::scenario) fn of_nothing(&self) -> Phase {
        self.phase(&MetricValue::Numbers(Vec::new()))
    }

    /// Of every number that stands for others; infinity and those of a query without series too.
    pub(in crate::scenario) fn of_numbers(&self) -> Vec<Phase> {
        let numbers = NUMBERS.into_iter().chain([f64::INFINITY]);
        let vectors = numbers.clone().map(|number| self.of_number(number));
        let scalars = numbers.map(|number| self.phase(&MetricValue::Number(number)));
        // A condition asks for one of the two: on the other it is an error throughout.
        let (vectors, scalars): (Vec<Phase>, Vec<Phase>) = (vectors.collect(), scalars.collect());
        match vectors.iter().all(|phase| *phase == Phase::Error) {
            true => scalars,
            false => vectors,
        }
    }

    /// Whether it has a condition at all.
    pub(in crate::scenario) fn judges(&self) -> bool {
        self.success.is_some() || self.failure.is_some()
    }
}

//! One quantity over many runs.

use serde::{Deserialize, Serialize};

use crate::metrics::{Kind, Metric, Worst};
use crate::stats::{Interval, Strata, quantile, sorted, wilson};
use crate::units::Ratio;

/// A quantity over runs, as product.md's "The numbers" lays it out. What cannot be had is absent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Mean over the runs that have a value, truths weighted by their chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Lower end of the interval of the mean (Student on the stratified mean).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Confidence level of the interval, as a fraction.
    pub level: f64,
    /// Median run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<f64>,
    /// The value that 95 % of the runs stay at or below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// The value that 99 % of the runs stay at or below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
    /// The worst run for the user: the smallest availability, the largest of most others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<f64>,
    /// Runs that have a value.
    pub runs: u32,
}

/// A share of runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareEstimate {
    /// The share, truths weighted by their chance.
    pub mean: f64,
    /// Lower end of Wilson's interval, over the runs that it is a share of.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence level, as a fraction.
    pub level: f64,
    /// Runs that it is a share of.
    pub runs: u32,
}

/// Which side of a difference a quantity stands on, for the values it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// The metric itself: a share lies in 0 … 1, everything else is not negative.
    Itself,
    /// An excess or a difference of two variants.
    Difference,
}

/// The values that a metric can have.
pub(super) fn possible(metric: Metric, nature: Nature) -> Interval {
    let high = match metric.kind() {
        Kind::Share => 1.0,
        _ => f64::INFINITY,
    };
    let low = match nature {
        Nature::Itself => 0.0,
        Nature::Difference => -high,
    };
    Interval { low, high }
}

impl Estimate {
    /// From the values of all runs.
    pub(super) fn of(
        (metric, nature): (Metric, Nature),
        values: &[Option<f64>],
        strata: &Strata,
        level: Ratio,
    ) -> Self {
        let ascending = sorted(values);
        let mean = strata.mean(values, level);
        let interval = mean.and_then(|mean| mean.interval);
        let interval = interval.map(|it| it.within(possible(metric, nature)));
        let at = |percent: &str| quantile(&ascending, percent.parse().expect("a share"));
        Self {
            mean: mean.map(|mean| mean.mean),
            low: interval.map(|it| it.low),
            high: interval.map(|it| it.high),
            level: level.as_fraction(),
            p50: at("50%"),
            p95: at("95%"),
            p99: at("99%"),
            worst: match metric.worst() {
                Worst::Smallest => ascending.first().copied(),
                Worst::Largest => ascending.last().copied(),
            },
            runs: ascending.len() as u32,
        }
    }
}

impl ShareEstimate {
    /// From who had it; runs without a value are not counted. Absent without runs.
    pub(super) fn of(had: &[Option<f64>], strata: &Strata, level: Ratio) -> Option<Self> {
        let mean = strata.mean(had, level)?;
        let interval = wilson(mean.mean, mean.runs, level)?;
        Some(Self {
            mean: mean.mean,
            low: interval.low.min(mean.mean),
            high: interval.high.max(mean.mean),
            level: level.as_fraction(),
            runs: mean.runs as u32,
        })
    }

    /// The share of the same runs that did not have it.
    pub fn complement(&self) -> Self {
        Self {
            mean: 1.0 - self.mean,
            low: 1.0 - self.high,
            high: 1.0 - self.low,
            ..*self
        }
    }

    /// The same as an estimate: a share of runs has no quantiles.
    pub fn as_estimate(&self) -> Estimate {
        Estimate {
            mean: Some(self.mean),
            low: Some(self.low),
            high: Some(self.high),
            level: self.level,
            p50: None,
            p95: None,
            p99: None,
            worst: None,
            runs: self.runs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(metric: Metric, nature: Nature, values: &[f64]) -> Estimate {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let strata = Strata::alike(values.len());
        Estimate::of((metric, nature), &values, &strata, "95%".parse().unwrap())
    }

    #[test]
    fn an_interval_ends_where_the_possible_values_end() {
        // 0, 0, 0, 1: mean 0.25, s = 0.5, half-width t(0.975, 3) · 0.5 / 2 = 3.182446 / 4 = 0.795612.
        let values = [0.0, 0.0, 0.0, 1.0];
        let near = |end: Option<f64>, pencil: f64| (end.unwrap() - pencil).abs() < 1e-6;
        let downtime = estimate(Metric::DowntimeSeconds, Nature::Itself, &values);
        assert_eq!(downtime.low, Some(0.0), "downtime is never negative");
        assert!(near(downtime.high, 1.045_612));
        let excess = estimate(Metric::DowntimeSeconds, Nature::Difference, &values);
        assert!(near(excess.low, -0.545_612), "an excess may well be");
        let share = estimate(Metric::UsersAffected, Nature::Itself, &values);
        assert_eq!((share.low, share.high), (Some(0.0), Some(1.0)));
    }

    #[test]
    fn no_metric_itself_is_below_zero() {
        for metric in Metric::all() {
            assert_eq!(
                possible(*metric, Nature::Itself).low,
                0.0,
                "{}",
                metric.name()
            );
        }
    }
}

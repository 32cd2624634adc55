//! `deriv` and `predict_linear`: a straight line through a range.

use super::sum::Compensated;
use crate::telemetry::{Sample, Stamp};

/// A line by least squares.
pub(super) struct Line {
    /// Change per second.
    pub(super) slope: f64,
    /// Value at the instant asked for.
    pub(super) level: f64,
}

/// The line through the samples, its level at `at`; absent with fewer than two samples.
pub(super) fn line(samples: &[Sample], at: Stamp) -> Option<Line> {
    let [first, _, ..] = samples else {
        return None;
    };
    if samples.iter().all(|sample| sample.value == first.value) {
        let (slope, level) = match first.value.is_infinite() {
            true => (f64::NAN, f64::NAN),
            false => (0.0, first.value),
        };
        return Some(Line { slope, level });
    }
    let points = || samples.iter().map(|s| (s.at.secs_since(at), s.value));
    let count = samples.len() as f64;
    let sum_x = Compensated::of(points().map(|(x, _)| x));
    let sum_y = Compensated::of(points().map(|(_, y)| y));
    let sum_xy = Compensated::of(points().map(|(x, y)| x * y));
    let sum_xx = Compensated::of(points().map(|(x, _)| x * x));
    let slope = (sum_xy - sum_x * sum_y / count) / (sum_xx - sum_x * sum_x / count);
    let level = sum_y / count - slope * sum_x / count;
    Some(Line { slope, level })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_is_found_again() {
        let sample = |second: i64| Sample {
            at: Stamp::from_millis(second * 1000),
            value: 3.0 + 2.0 * second as f64,
        };
        let line = line(&[0, 15, 30].map(sample), Stamp::from_millis(60_000)).unwrap();
        assert_eq!((line.slope, line.level), (2.0, 123.0));
    }
}

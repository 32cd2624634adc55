//! `rate`, `increase`, `delta`: a change over a window, extrapolated to the window's ends.
//!
//! ```text
//! window   |--------------------------------|
//! samples       ·      ·      ·      ·
//!          start gap                  end gap
//! ```
//!
//! The change between the first and the last sample is stretched over the gaps; a gap of 1.1 mean
//! intervals or more is taken for the series' true start or end and counts for half an interval.
//! A counter does not begin below zero: its start gap ends at its extrapolated zero point
//! (reference progressive-delivery.md §3.6).

use super::version::Version;
use crate::telemetry::{Sample, Window};

/// Which change is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Of a counter, per second.
    Rate,
    /// Of a counter, over the window.
    Increase,
    /// Of a gauge, over the window.
    Delta,
}

/// The change over a window; absent with fewer than two samples.
pub(super) fn change(
    change: Change,
    samples: &[Sample],
    window: &Window,
    version: Version,
) -> Option<f64> {
    let [first, .., last] = samples else {
        return None;
    };
    let raw = match change {
        Change::Delta => last.value - first.value,
        Change::Rate | Change::Increase => increase(samples),
    };
    let sampled = last.at.secs_since(first.at);
    let interval = sampled / (samples.len() - 1) as f64;
    let zero = (change != Change::Delta && raw > 0.0 && first.value >= 0.0)
        .then(|| sampled * (first.value / raw));
    let start = start_gap(first.at.secs_since(window.start), interval, zero, version);
    let end = cut(window.end.secs_since(last.at), interval);
    let mut factor = (sampled + start + end) / sampled;
    if change == Change::Rate {
        factor /= window.length_secs();
    }
    Some(raw * factor)
}

/// Last minus first, plus what the counter held before each reset.
fn increase(samples: &[Sample]) -> f64 {
    let [first, .., last] = samples else {
        return 0.0;
    };
    let mut total = last.value - first.value;
    for pair in samples.windows(2) {
        if pair[1].value < pair[0].value {
            total += pair[0].value;
        }
    }
    total
}

/// Prometheus 2 looks for the zero point in the whole gap and then cuts; 3 cuts first.
fn start_gap(gap: f64, interval: f64, zero: Option<f64>, version: Version) -> f64 {
    let zero = zero.unwrap_or(f64::INFINITY);
    match version {
        Version::Two => cut(if zero < gap { zero } else { gap }, interval),
        Version::Three => {
            let gap = cut(gap, interval);
            if zero < gap { zero } else { gap }
        }
    }
}

fn cut(gap: f64, interval: f64) -> f64 {
    if gap < interval * 1.1 {
        gap
    } else {
        interval / 2.0
    }
}

/// `irate`: the slope of the last two samples of a counter, per second.
pub(super) fn instant_rate(samples: &[Sample]) -> Option<f64> {
    let [.., previous, last] = samples else {
        return None;
    };
    let reset = last.value < previous.value;
    let change = last.value - if reset { 0.0 } else { previous.value };
    Some(change / last.at.secs_since(previous.at))
}

/// `idelta`: the difference of the last two samples.
pub(super) fn instant_delta(samples: &[Sample]) -> Option<f64> {
    let [.., previous, last] = samples else {
        return None;
    };
    Some(last.value - previous.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Stamp;

    fn check(seconds_and_values: &[(i64, f64)], version: Version) -> Option<f64> {
        let sample = |(second, value): &(i64, f64)| Sample {
            at: Stamp::from_millis(second * 1000),
            value: *value,
        };
        let samples: Vec<_> = seconds_and_values.iter().map(sample).collect();
        let window = version.window(Stamp::from_millis(60_000), 60_000);
        change(Change::Increase, &samples, &window, version)
    }

    #[test]
    fn both_gaps_are_filled_when_they_are_short() {
        // 30 in 30 s, 15 s of gap before and after: 60 in the minute.
        let samples = [(15, 100.0), (30, 115.0), (45, 130.0)];
        assert_eq!(check(&samples, Version::Three), Some(60.0));
    }

    #[test]
    fn a_young_counter_begins_at_its_zero_point() {
        // 24 in 30 s; zero lies 5 s before the first sample, the end gap is 0.
        let samples = [(30, 4.0), (45, 16.0), (60, 28.0)];
        assert_eq!(check(&samples, Version::Three), Some(28.0));
    }

    #[test]
    fn versions_differ_where_the_zero_point_lies_beyond_half_an_interval() {
        // Zero lies 11.25 s before the first sample: version 2 takes it, version 3 cuts to 7.5 s.
        let samples = [(30, 9.0), (45, 21.0), (60, 33.0)];
        assert_eq!(check(&samples, Version::Two), Some(33.0));
        assert_eq!(check(&samples, Version::Three), Some(30.0));
    }

    #[test]
    fn a_reset_adds_what_was_there_and_one_sample_says_nothing() {
        let samples = [(0, 10.0), (30, 20.0), (60, 5.0)];
        assert_eq!(check(&samples, Version::Two), Some(15.0));
        assert_eq!(check(&[(30, 1.0)], Version::Two), None);
    }
}

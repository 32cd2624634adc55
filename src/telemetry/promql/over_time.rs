//! Functions over the samples of a range, but for the extrapolated ones.

use super::quantile::quantile;
use super::sum::Compensated;
use super::version::Version;
use crate::telemetry::Sample;

/// `avg_over_time`: version 2 moves a mean along, version 3 divides the sum.
pub(super) fn average(samples: &[Sample], version: Version) -> f64 {
    let count = samples.len() as f64;
    let mut sum = Compensated::default();
    samples.iter().for_each(|sample| sum.add(sample.value));
    if version == Version::Three && sum.sum.is_finite() {
        return sum.sum / count + sum.lost / count;
    }
    moving_average(samples)
}

fn moving_average(samples: &[Sample]) -> f64 {
    let mut mean = Compensated::default();
    for (before, sample) in samples.iter().enumerate() {
        let count = (before + 1) as f64;
        let keeps = mean.sum.is_infinite()
            && !sample.value.is_nan()
            && (sample.value.is_finite() || sample.value == mean.sum);
        if !keeps {
            mean.add(sample.value / count - mean.sum / count);
        }
    }
    mean.total()
}

/// `sum_over_time`.
pub(super) fn sum(samples: &[Sample]) -> f64 {
    Compensated::of(samples.iter().map(|sample| sample.value))
}

/// `stdvar_over_time`: the mean squared distance from the mean (divided by n).
pub(super) fn variance(samples: &[Sample]) -> f64 {
    let (mut mean, mut squares) = (Compensated::default(), Compensated::default());
    for (before, sample) in samples.iter().enumerate() {
        let delta = sample.value - mean.total();
        mean.add(delta / (before + 1) as f64);
        squares.add(delta * (sample.value - mean.total()));
    }
    squares.total() / samples.len() as f64
}

/// `quantile_over_time`.
pub(super) fn quantile_of(level: f64, samples: &[Sample]) -> f64 {
    quantile(level, samples.iter().map(|sample| sample.value).collect())
}

/// `resets`: how often the value fell.
pub(super) fn resets(samples: &[Sample]) -> f64 {
    let fell = |pair: &&[Sample]| pair[1].value < pair[0].value;
    samples.windows(2).filter(fell).count() as f64
}

/// `changes`: how often the value changed; NaN after NaN is no change.
pub(super) fn changes(samples: &[Sample]) -> f64 {
    let changed = |pair: &&[Sample]| {
        let (old, new) = (pair[0].value, pair[1].value);
        old != new && !(old.is_nan() && new.is_nan())
    };
    samples.windows(2).filter(changed).count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Stamp;

    fn samples(values: &[f64]) -> Vec<Sample> {
        let sample = |(at, value): (usize, &f64)| Sample {
            at: Stamp::from_millis(at as i64 * 1000),
            value: *value,
        };
        values.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn spread_is_divided_by_the_count() {
        // Mean 5, squares 9 1 1 1 0 0 4 16: variance 4.
        let values = samples(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!(variance(&values), 4.0);
        for version in [Version::Two, Version::Three] {
            assert_eq!(average(&values, version), 5.0);
        }
    }

    #[test]
    fn resets_fall_and_changes_differ() {
        let values = samples(&[1.0, 2.0, 0.0, f64::NAN, f64::NAN, 3.0]);
        assert_eq!((resets(&values), changes(&values)), (1.0, 4.0));
    }

    #[test]
    fn an_infinite_mean_stays_infinite() {
        let values = samples(&[f64::INFINITY, 1.0, f64::INFINITY]);
        for version in [Version::Two, Version::Three] {
            assert_eq!(average(&values, version), f64::INFINITY);
        }
    }
}

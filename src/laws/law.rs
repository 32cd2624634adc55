//! One law: its quantile function and its mean.

use std::fmt;

use super::normal::normal_quantile;
use super::quantile::{erlang, hyper_exponential};

/// What the numbers of a law are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Durations; values in seconds.
    Seconds,
    /// Shares; values in 0 ..= 1.
    Share,
    /// Bare numbers.
    Number,
}

/// A probability law over non-negative values, in the base unit of its [`Unit`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    /// Always the same value: `8ms`.
    Constant(f64),
    /// `uniform(low, high)`.
    Uniform {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// `exponential(mean = 8ms)`.
    Exponential {
        /// Mean value.
        mean: f64,
    },
    /// `lognormal(p50 = 8ms, p99 = 60ms)`: exp of a normal with this location and scale.
    LogNormal {
        /// Mean of the logarithm.
        location: f64,
        /// Standard deviation of the logarithm.
        scale: f64,
    },
    /// `erlang(k = 4, mean = 8ms)`: sum of `k` equal exponential stages.
    Erlang {
        /// Number of stages, 1 ..= 64.
        stages: u8,
        /// Mean of the sum.
        mean: f64,
    },
    /// `hyperexponential(mean = 1s, scv = 4)`: two exponentials with balanced means.
    HyperExponential {
        /// Chance of the first.
        chance: f64,
        /// Mean of the first.
        first: f64,
        /// Mean of the second.
        second: f64,
    },
}

/// The largest number below one.
const ALMOST_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

impl Law {
    /// The value that a draw stays below with chance `u` in (0, 1): never falls as `u` rises, to
    /// the last digits of rounding. Numbers outside are taken for the nearest inside.
    #[inline]
    pub fn quantile(&self, u: f64) -> f64 {
        let u = u.clamp(f64::MIN_POSITIVE, ALMOST_ONE);
        match *self {
            Self::Constant(value) => value,
            Self::Uniform { low, high } => low + (high - low) * u,
            Self::Exponential { mean } => -mean * libm::log1p(-u),
            Self::LogNormal { location, scale } => libm::exp(location + scale * normal_quantile(u)),
            Self::Erlang { stages, mean } => {
                mean / f64::from(stages) * erlang(stages, (1.0 - u).min(ALMOST_ONE))
            }
            Self::HyperExponential {
                chance,
                first,
                second,
            } => hyper_exponential(chance, (first, second), 1.0 - u),
        }
    }

    /// Mean value.
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Constant(value) => value,
            Self::Uniform { low, high } => f64::midpoint(low, high),
            Self::Exponential { mean } | Self::Erlang { mean, .. } => mean,
            Self::LogNormal { location, scale } => libm::exp(location + scale * scale / 2.0),
            Self::HyperExponential {
                chance,
                first,
                second,
            } => chance * first + (1.0 - chance) * second,
        }
    }

    /// The law of `factor` times the value; the factor is above zero.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let mut law = *self;
        match &mut law {
            Self::Constant(value) => *value *= factor,
            Self::Uniform { low, high } => (*low, *high) = (*low * factor, *high * factor),
            Self::Exponential { mean } | Self::Erlang { mean, .. } => *mean *= factor,
            Self::LogNormal { location, .. } => *location += libm::log(factor),
            Self::HyperExponential { first, second, .. } => {
                (*first, *second) = (*first * factor, *second * factor);
            }
        }
        law
    }

    /// Two exponentials with this mean and squared coefficient of variation (above 1) that
    /// contribute equally to the mean: chance (1 + sqrt((scv - 1) / (scv + 1))) / 2 of the short
    /// one, each with mean `mean / (2 chance)` of its own chance (Whitt 1982, balanced means).
    pub(super) fn balanced(mean: f64, scv: f64) -> Self {
        let chance = 0.5 * (1.0 + ((scv - 1.0) / (scv + 1.0)).sqrt());
        Self::HyperExponential {
            chance,
            first: mean / (2.0 * chance),
            second: mean / (2.0 * (1.0 - chance)),
        }
    }
}

/// Why a text is not a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawError {
    /// The rule that was broken and the cure, lowercase, without a full stop.
    pub rule: String,
}

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)
    }
}

impl std::error::Error for LawError {}

#[cfg(test)]
mod tests {
    use super::*;

    const LAWS: [&str; 6] = [
        "8ms",
        "uniform(5ms, 50ms)",
        "exponential(mean = 8ms)",
        "lognormal(p50 = 8ms, p99 = 20ms)",
        "erlang(k = 4, mean = 8ms)",
        "hyperexponential(mean = 8ms, scv = 4)",
    ];

    #[test]
    fn quantiles_rise_and_their_average_is_the_mean() {
        for text in LAWS {
            let law = Law::parse(text, Unit::Seconds).unwrap();
            let values: Vec<f64> = (0..200_000)
                .map(|k| law.quantile((f64::from(k) + 0.5) / 2e5))
                .collect();
            assert!(values.is_sorted(), "{text}");
            let mean = values.iter().sum::<f64>() / 2e5;
            // The midpoint rule cuts the last tail off: about n^-1 ln n of a mean for these laws.
            assert!((mean / law.mean() - 1.0).abs() < 5e-4, "{text}: {mean}");
        }
    }

    #[test]
    fn a_lognormal_goes_through_its_two_points() {
        let law = Law::parse("lognormal(p50 = 8s, p99 = 20s)", Unit::Seconds).unwrap();
        assert!((law.quantile(0.5) - 8.0).abs() < 1e-9);
        assert!((law.quantile(0.99) - 20.0).abs() < 1e-9);
    }

    #[test]
    fn balanced_means_give_the_variance_asked_for() {
        let Law::HyperExponential {
            chance,
            first,
            second,
        } = Law::balanced(2.0, 9.0)
        else {
            panic!("it is a mixture")
        };
        let second_moment = 2.0 * (chance * first * first + (1.0 - chance) * second * second);
        assert!((second_moment - (9.0 + 1.0) * 4.0).abs() < 1e-9);
    }

    #[test]
    fn a_scaled_law_gives_scaled_values() {
        for text in LAWS {
            let law = Law::parse(text, Unit::Seconds).unwrap();
            for u in [0.01, 0.5, 0.99] {
                let ratio = law.scaled(4.0).quantile(u) / law.quantile(u);
                assert!((ratio - 4.0).abs() < 1e-9, "{text} at {u}: {ratio}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_unit_interval_are_safe() {
        for text in LAWS {
            let law = Law::parse(text, Unit::Seconds).unwrap();
            for u in [0.0, 1.0] {
                assert!((0.0..1e3).contains(&law.quantile(u)), "{text} at {u}");
            }
        }
    }
}

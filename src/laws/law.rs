//! One law: its parser, its quantile function, its mean.

use std::fmt;

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

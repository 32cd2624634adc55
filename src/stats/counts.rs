//! Numbers of failures that a monitoring sees.
//!
//! Where requests arrive as a Poisson process and fail for themselves, failures and successes are two
//! Poisson processes of their own. A counter that is born at its first failure shows up at the scrape
//! after it, and what it holds then is invisible to `rate`: with m₁ … m_K failures expected between
//! scrapes, the first falls into interval j with chance e^(−Σ_{i<j} mᵢ) · (1 − e^(−mⱼ)), and what is
//! seen is Poisson with mean Σ_{i>j} mᵢ.

use std::f64::consts::SQRT_2;

/// P(X = 0), P(X = 1), … up to a bound; the rest lies beyond it.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts(Vec<f64>);

impl Counts {
    /// Always 0, told up to `most`.
    pub fn none(most: usize) -> Self {
        Self::poisson(0.0, most)
    }

    /// Poisson with this mean, told up to `most`.
    pub fn poisson(mean: f64, most: usize) -> Self {
        let mut counts = vec![0.0; most + 1];
        Self::add_poisson((1.0, mean), &mut counts);
        Self(counts)
    }

    /// Failures that are seen of one counter born at its first: expected failures per interval between
    /// scrapes since its process started, of which those from `seen_from` on are looked at.
    pub fn born(expected: &[f64], seen_from: usize, most: usize) -> Self {
        let mut counts = vec![0.0; most + 1];
        let mut none_yet = 1.0;
        let seen_from = seen_from.min(expected.len());
        let looked_at: f64 = expected[seen_from..].iter().sum();
        let mut left: f64 = looked_at;
        for (index, mean) in expected.iter().enumerate() {
            let quiet = libm::exp(-mean);
            if index >= seen_from {
                left = (left - mean).max(0.0);
            }
            Self::add_poisson((none_yet * (1.0 - quiet), left), &mut counts);
            none_yet *= quiet;
        }
        counts[0] += none_yet;
        Self(counts)
    }

    /// Of two independent numbers, their sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let bound = self.0.len().min(other.0.len());
        let sum = |total: usize| {
            let ways = (0..=total).map(|one| self.0[one] * other.0[total - one]);
            ways.sum()
        };
        Self((0..bound).map(sum).collect())
    }

    /// P(X ≥ count); for a count beyond the bound, what lies beyond it.
    pub fn at_least(&self, count: usize) -> f64 {
        let below: f64 = self.0.iter().take(count).sum();
        (1.0 - below).clamp(0.0, 1.0)
    }

    /// P(X = count); 0 beyond the bound.
    pub fn exactly(&self, count: usize) -> f64 {
        self.0.get(count).copied().unwrap_or(0.0)
    }

    fn add_poisson((weight, mean): (f64, f64), counts: &mut [f64]) {
        if mean <= 0.0 {
            counts[0] += weight;
            return;
        }
        let ln_mean = libm::log(mean);
        for (count, chance) in counts.iter_mut().enumerate() {
            let count = count as f64;
            *chance += weight * libm::exp(count * ln_mean - mean - libm::lgamma(count + 1.0));
        }
    }
}

/// Mean of what [`Counts::born`] counts.
pub fn born_mean(expected: &[f64], seen_from: usize) -> f64 {
    let seen_from = seen_from.min(expected.len());
    let mut left: f64 = expected[seen_from..].iter().sum();
    let (mut none_yet, mut mean) = (1.0, 0.0);
    for (index, interval) in expected.iter().enumerate() {
        let quiet = libm::exp(-interval);
        if index >= seen_from {
            left = (left - interval).max(0.0);
        }
        mean += none_yet * (1.0 - quiet) * left;
        none_yet *= quiet;
    }
    mean
}

/// P(Z ≥ z) of a standard normal number.
pub fn normal_upper(z: f64) -> f64 {
    0.5 * libm::erfc(z / SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poisson_number_is_that_of_the_pencil() {
        // Mean 2: e^-2 · (1, 2, 2, 4/3).
        let two = Counts::poisson(2.0, 3);
        let e2 = libm::exp(-2.0);
        for (count, factor) in [(0, 1.0), (1, 2.0), (2, 2.0), (3, 4.0 / 3.0)] {
            assert!((two.exactly(count) - e2 * factor).abs() < 1e-14);
        }
        assert!((two.at_least(2) - (1.0 - 3.0 * e2)).abs() < 1e-14);
        // Sums of Poisson numbers are Poisson.
        let sum = Counts::poisson(0.5, 9).plus(&Counts::poisson(1.5, 9));
        let whole = Counts::poisson(2.0, 9);
        assert!((0..10).all(|count| (sum.exactly(count) - whole.exactly(count)).abs() < 1e-14));
    }

    #[test]
    fn what_a_new_counter_holds_at_its_first_scrape_is_not_seen() {
        // Two intervals of 1: none in the first and any in the second shows nothing; any in the first
        // (1 − 1/e) shows Poisson(1) of the second. P(0) = 1/e + (1 − 1/e)/e.
        let born = Counts::born(&[1.0, 1.0], 0, 20);
        let inverse = libm::exp(-1.0);
        assert!((born.exactly(0) - (inverse + (1.0 - inverse) * inverse)).abs() < 1e-14);
        let mean: f64 = (0..20)
            .map(|count| count as f64 * born.exactly(count))
            .sum();
        assert!((mean - (1.0 - inverse)).abs() < 1e-12);
        assert!((born_mean(&[1.0, 1.0], 0) - (1.0 - inverse)).abs() < 1e-14);
        // Born long before what is looked at: nothing is lost.
        let old = Counts::born(&[50.0, 1.0], 1, 20);
        assert!((old.exactly(1) - inverse).abs() < 1e-12);
        assert_eq!(Counts::born(&[], 0, 3), Counts::none(3));
    }

    #[test]
    fn half_of_all_normal_numbers_are_positive() {
        assert_eq!(normal_upper(0.0), 0.5);
        // The textbook's 5 %.
        assert!((normal_upper(1.644_853_627) - 0.05).abs() < 1e-9);
    }
}

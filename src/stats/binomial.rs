//! How many of independent trials come out one way.

/// The number of hits among independent trials of one chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binomial {
    /// Trials.
    pub trials: u64,
    /// Chance of a hit in each, 0 to 1; what lies outside is taken for the nearest inside.
    pub chance: f64,
}

impl Binomial {
    /// P(X = hits) = C(n, k) · p^k · (1 − p)^(n − k), from logarithms, so that it neither overflows
    /// nor vanishes on the way. Its relative error is about 1e-15 · ln n!: 1e-12 at a thousand
    /// trials, 1e-8 at a million.
    pub fn exactly(self, hits: u64) -> f64 {
        let Self { trials, chance } = self;
        if hits > trials {
            return 0.0;
        }
        if chance <= 0.0 || chance >= 1.0 {
            let sure = if chance <= 0.0 { 0 } else { trials };
            return if hits == sure { 1.0 } else { 0.0 };
        }
        let ln_factorial = |count: u64| libm::lgamma(count as f64 + 1.0);
        let misses = trials - hits;
        let ln_choose = ln_factorial(trials) - ln_factorial(hits) - ln_factorial(misses);
        let ln_chance = hits as f64 * libm::log(chance) + misses as f64 * libm::log1p(-chance);
        libm::exp(ln_choose + ln_chance)
    }

    /// P(X ≥ hits). The smaller tail is summed, so that small chances keep their digits.
    pub fn at_least(self, hits: u64) -> f64 {
        match hits {
            0 => 1.0,
            _ if self.is_above_mean(hits) => self.upper(hits),
            _ => (1.0 - self.lower(hits - 1)).max(0.0),
        }
    }

    /// P(X ≤ hits).
    pub fn at_most(self, hits: u64) -> f64 {
        match self.is_above_mean(hits + 1) {
            true => (1.0 - self.upper(hits + 1)).max(0.0),
            false => self.lower(hits),
        }
    }

    fn is_above_mean(self, hits: u64) -> bool {
        hits as f64 > self.trials as f64 * self.chance
    }

    /// Sum from `hits` above the mean upwards: each term is smaller than the one before,
    /// P(k + 1) = P(k) · (n − k) / (k + 1) · p / (1 − p).
    fn upper(self, hits: u64) -> f64 {
        let odds = self.chance / (1.0 - self.chance);
        let ratio = |k: u64| (self.trials - k) as f64 / (k + 1) as f64 * odds;
        sum_of_falling(self.exactly(hits), hits..self.trials, ratio)
    }

    /// Sum from `hits` below the mean downwards, P(k − 1) = P(k) · k / (n − k + 1) · (1 − p) / p.
    fn lower(self, hits: u64) -> f64 {
        let odds = (1.0 - self.chance) / self.chance;
        let ratio = |k: u64| k as f64 / (self.trials - k + 1) as f64 * odds;
        sum_of_falling(self.exactly(hits), (1..=hits).rev(), ratio)
    }
}

/// `first` and what follows it, until what is left no longer counts.
fn sum_of_falling(first: f64, steps: impl Iterator<Item = u64>, ratio: impl Fn(u64) -> f64) -> f64 {
    let (mut term, mut sum) = (first, first);
    for step in steps {
        term *= ratio(step);
        sum += term;
        if term <= sum * f64::EPSILON / 16.0 {
            break;
        }
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial as Other, DiscreteCDF};

    fn binomial(trials: u64, chance: f64) -> Binomial {
        Binomial { trials, chance }
    }

    #[test]
    fn four_coins_are_counted_by_hand() {
        // 1, 4, 6, 4, 1 of 16.
        let coins = binomial(4, 0.5);
        let exactly: Vec<f64> = (0..=5).map(|k| (coins.exactly(k) * 16.0).round()).collect();
        assert_eq!(exactly, [1.0, 4.0, 6.0, 4.0, 1.0, 0.0]);
        let at_least: Vec<f64> = (0..=5)
            .map(|k| (coins.at_least(k) * 16.0).round())
            .collect();
        assert_eq!(at_least, [16.0, 15.0, 11.0, 5.0, 1.0, 0.0]);
        let at_most: Vec<f64> = (0..=5).map(|k| (coins.at_most(k) * 16.0).round()).collect();
        assert_eq!(at_most, [1.0, 5.0, 11.0, 15.0, 16.0, 16.0]);
    }

    #[test]
    fn what_is_sure_is_sure() {
        let (never, always) = (binomial(7, 0.0), binomial(7, 1.0));
        assert_eq!((never.at_least(1), never.at_most(0)), (0.0, 1.0));
        assert_eq!((always.at_least(7), always.at_most(6)), (1.0, 0.0));
        let none = binomial(0, 0.3);
        assert_eq!(
            (none.at_least(0), none.at_least(1), none.at_most(0)),
            (1.0, 0.0, 1.0)
        );
    }

    #[test]
    fn both_tails_are_one_and_agree_with_another_implementation() {
        for (trials, chance) in [(5, 0.05), (100, 0.01), (1000, 0.37), (20_000, 0.001)] {
            let (ours, other) = (
                binomial(trials, chance),
                Other::new(chance, trials).unwrap(),
            );
            let mean = (trials as f64 * chance) as u64;
            for hits in [0, mean / 2, mean, mean + 1, mean + 9, trials - 1] {
                let whole = ours.at_most(hits) + ours.at_least(hits + 1);
                assert!((whole - 1.0).abs() < 1e-15, "{trials} {chance} {hits}");
                // The other's incomplete beta function is good to some 1e-11.
                let apart = (ours.at_most(hits) - other.cdf(hits)).abs();
                assert!(apart < 1e-10, "{trials} {chance} {hits}: {apart}");
            }
        }
    }

    #[test]
    fn small_tails_keep_their_digits() {
        // P(all of 200 hit) = 0.1^200, by its logarithm; P(X ≥ 199) adds 200 · 9 times as much.
        let rare = binomial(200, 0.1);
        let all = libm::exp(200.0 * libm::log(0.1));
        assert!((rare.at_least(200) / all - 1.0).abs() < 1e-11);
        assert!((rare.at_least(199) / (1801.0 * all) - 1.0).abs() < 1e-11);
        // P(none of 1000 at 1 %) = 0.99^1000.
        let none = libm::exp(1000.0 * libm::log1p(-0.01));
        assert!((binomial(1000, 0.01).at_most(0) / none - 1.0).abs() < 1e-11);
    }
}

//! Events too rare for a mean of replications to be normal: exact chances of compound counts.
//!
//! Rare events come in clusters; clusters come at random. With a Poisson number of clusters, of
//! geometric size (events) or exponential size (a waited time), the law of the sum has two
//! parameters, fixed by the exact mean and the exact variance of the queue (see `chain`). The
//! chance of a sum at least as far out as the one seen becomes z, so that one limit serves all.
//! For losses the shape is exact in the limit of rare clusters (after a loss the queue is full
//! again, whatever came before); for waits it is matched in two moments only.

use rollcast::laws::normal_quantile;

/// Mean and variance over mean that theory gives a sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) mean: f64,
    pub(super) dispersion: f64,
}

impl Expected {
    /// Whether the standard deviation exceeds a tenth of the mean.
    pub(super) fn is_rare(self) -> bool {
        self.dispersion > 0.01 * self.mean
    }

    /// z of a number of events.
    pub(super) fn z_of_count(self, seen: u64) -> f64 {
        let size = f64::midpoint(self.dispersion.max(1.0), 1.0);
        let chance = (1.0 / size).min(1.0 - 1e-12);
        let clusters = self.mean / size;
        // Of `trials` events, each opens a new cluster with this chance: k clusters make up at
        // least n events exactly if n - 1 trials open fewer than k.
        let at_least = match seen {
            0 => 1.0,
            n => over(clusters, |k| below(k, |i| binomial(n - 1, chance, i))),
        };
        let at_most = over(clusters, |k| 1.0 - below(k, |i| binomial(seen, chance, i)));
        z_of(at_least, at_most)
    }

    /// z of a sum of times.
    pub(super) fn z_of_sum(self, seen: f64) -> f64 {
        let size = self.dispersion / 2.0;
        let clusters = self.mean / size;
        // k exponentials exceed s exactly if fewer than k events of their Poisson stream precede.
        let beyond = over(clusters, |k| below(k, |i| poisson(seen / size, i)));
        let at_least = if seen == 0.0 { 1.0 } else { beyond };
        z_of(at_least, 1.0 - beyond)
    }
}

/// Chances at both ends to one z; positive if more was seen than expected.
fn z_of(at_least: f64, at_most: f64) -> f64 {
    let z = |chance: f64| -normal_quantile(chance.clamp(1e-300, 0.5));
    if at_least < at_most {
        z(at_least)
    } else {
        -z(at_most)
    }
}

/// Mean of a chance over a Poisson number of clusters.
fn over(clusters: f64, chance: impl Fn(u64) -> f64) -> f64 {
    let last = (clusters + 12.0 * clusters.sqrt() + 40.0) as u64;
    (0..=last).map(|k| poisson(clusters, k) * chance(k)).sum()
}

/// Sum of the chances of 0 .. k.
fn below(k: u64, chance: impl Fn(u64) -> f64) -> f64 {
    (0..k).map(chance).sum::<f64>().min(1.0)
}

fn poisson(mean: f64, k: u64) -> f64 {
    if mean == 0.0 {
        return f64::from(u8::from(k == 0));
    }
    let count = k as f64;
    libm::exp(count * libm::log(mean) - mean - libm::lgamma(count + 1.0))
}

fn binomial(trials: u64, chance: f64, k: u64) -> f64 {
    if k > trials {
        return 0.0;
    }
    let (n, hits) = (trials as f64, k as f64);
    let ways = libm::lgamma(n + 1.0) - libm::lgamma(hits + 1.0) - libm::lgamma(n - hits + 1.0);
    libm::exp(ways + hits * libm::log(chance) + (n - hits) * libm::log1p(-chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mean: f64, dispersion: f64, seen: u64, expected: f64) {
        let z = Expected { mean, dispersion }.z_of_count(seen);
        assert!((z - expected).abs() < 0.005, "{seen} of {mean}: {z}");
    }

    #[test]
    fn single_events_are_judged_by_the_poisson_law() {
        // P(N >= 1) = 1 - e^-0.01 = 0.00995: z 2.328. P(N = 0) = e^-3 = 0.0498: z -1.647.
        check(0.01, 1.0, 1, 2.328);
        check(3.0, 1.0, 0, -1.647);
        check(1e-20, 1.0, 0, 0.0);
    }

    #[test]
    fn clusters_are_judged_as_clusters() {
        // Clusters of mean 4 (dispersion 2 x 4 - 1), 3 of them on average: P(none) = e^-3.
        check(12.0, 7.0, 0, -1.647);
        // One cluster of 0.01 expected: P(>= 5) = 0.00995 x (3/4)^4 = 0.00315: z 2.731; two
        // clusters add 5e-5 x P(...) < 5e-5, less than the tolerance.
        check(0.04, 7.0, 5, 2.731);
    }

    #[test]
    fn sums_are_judged_by_number_and_size_of_clusters() {
        // 0.01 clusters of mean 2 (dispersion 4): P(sum >= 2) = 0.00995 e^-1 = 0.00366: z 2.682.
        let rare = Expected {
            mean: 0.02,
            dispersion: 4.0,
        };
        assert!((rare.z_of_sum(2.0) - 2.682).abs() < 0.005);
        assert_eq!(rare.z_of_sum(0.0), 0.0);
        // 400 clusters: nearly normal; mean 800, variance 3200, skewness 0.106 moves z by 0.1.
        let many = Expected {
            mean: 800.0,
            dispersion: 4.0,
        };
        let spread = 3200f64.sqrt();
        assert!((many.z_of_sum(800.0 + 2.0 * spread) - 2.0).abs() < 0.1);
        assert!((many.z_of_sum(800.0 - 2.0 * spread) + 2.0).abs() < 0.1);
    }
}

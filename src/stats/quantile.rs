//! Quantiles over runs, and where the true quantile lies.
//!
//! A quantile is the value of a run: the ⌈n q⌉-th smallest (Hyndman and Fan's type 1, the inverse
//! of the empirical distribution). Its interval runs from the l-th to the u-th smallest with
//! P(l ≤ Bin(n, q) < u) ≥ level, half of the rest on each side; it assumes nothing about the
//! distribution. Runs count as independent; as they are stratified, the interval is cautious.

use super::{Binomial, Reach};
use crate::units::Ratio;

const BILLION: u128 = 1_000_000_000;

/// The present values, ascending.
pub fn sorted(values: &[Option<f64>]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The `share`-quantile of ascending values; absent without any.
pub fn quantile(sorted: &[f64], share: Ratio) -> Option<f64> {
    let parts = u128::from(share.as_parts_per_billion());
    let rank = (sorted.len() as u128 * parts).div_ceil(BILLION).max(1);
    sorted.get(rank as usize - 1).copied()
}

/// Where the true `share`-quantile lies; an end that too few runs cannot bound is absent.
pub fn quantile_interval(sorted: &[f64], share: Ratio, level: Ratio) -> Reach {
    let (low, high) = ranks(sorted.len(), share.as_fraction(), level);
    Reach {
        low: low.map(|rank| sorted[rank - 1]),
        high: high.map(|rank| sorted[rank - 1]),
    }
}

/// How many runs it takes until both ends of the `share`-quantile are bounded.
pub fn runs_to_bound(share: Ratio, level: Ratio) -> u32 {
    let rest = 0.5 * level.complement().as_fraction();
    let fraction = share.as_fraction();
    let extreme = fraction.max(1.0 - fraction);
    libm::ceil(libm::log(rest) / libm::log(extreme)) as u32
}

/// Ranks, counted from one, of the ends of the interval.
fn ranks(runs: usize, share: f64, level: Ratio) -> (Option<usize>, Option<usize>) {
    let rest = 0.5 * level.complement().as_fraction();
    let among = Binomial {
        trials: runs as u64,
        chance: share,
    };
    let mut below = 0.0;
    let (mut low, mut high) = (None, None);
    for hits in 0..runs {
        below += among.exactly(hits as u64);
        // `below` is now P(Bin ≤ hits).
        if below <= rest {
            low = Some(hits + 1);
        }
        if high.is_none() && below >= 1.0 - rest {
            high = Some(hits + 1);
        }
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn a_quantile_is_the_value_of_a_run() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        for (q, value) in [
            ("50%", 5.0),
            ("95%", 10.0),
            ("90%", 9.0),
            ("0%", 1.0),
            ("100%", 10.0),
        ] {
            assert_eq!(quantile(&ten, share(q)), Some(value), "{q}");
        }
        assert_eq!(quantile(&[], share("50%")), None);
        assert_eq!(sorted(&[Some(2.0), None, Some(1.0)]), [1.0, 2.0]);
    }

    #[test]
    fn the_median_lies_between_the_ranks_of_the_sign_test() {
        // Tables of the sign test: n = 10 gives ranks 2 and 9 (97.9 %), n = 20 gives 6 and 15
        // (95.9 %), n = 100 gives 40 and 61 (96.5 %).
        for (n, low, high) in [(10, 2, 9), (20, 6, 15), (100, 40, 61)] {
            assert_eq!(ranks(n, 0.5, share("95%")), (Some(low), Some(high)), "{n}");
        }
    }

    #[test]
    fn too_few_runs_leave_an_end_open() {
        // 0.5^5 = 3.1 % > 2.5 % ≥ 0.5^6, and 0.95^72 = 2.49 %.
        assert_eq!(ranks(5, 0.5, share("95%")), (None, None));
        assert_eq!(ranks(6, 0.5, share("95%")), (Some(1), Some(6)));
        assert_eq!(runs_to_bound(share("50%"), share("95%")), 6);
        assert_eq!(runs_to_bound(share("95%"), share("95%")), 72);
        assert_eq!(runs_to_bound(share("5%"), share("95%")), 72);
        let hundred: Vec<f64> = (1..=71).map(f64::from).collect();
        let reach = quantile_interval(&hundred, share("95%"), share("95%"));
        assert!(reach.low.is_some() && reach.high.is_none());
    }
}

//! The interval of a share.

use super::{Interval, normal_quantile};
use crate::units::Ratio;

/// Wilson's score interval of a share seen in `runs` runs; absent without runs.
///
/// (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), E. B. Wilson, JASA 22 (1927). It stays
/// within 0 … 1 and is honest where all or none of the runs have it. `share` may be a stratified
/// estimate: the interval is then too wide rather than too narrow.
pub fn wilson(share: f64, runs: usize, level: Ratio) -> Option<Interval> {
    if runs == 0 {
        return None;
    }
    let n = runs as f64;
    let z = normal_quantile(0.5 + 0.5 * level.as_fraction());
    let spread = (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let interval = Interval::around(share + z * z / (2.0 * n), z * spread);
    let scaled = Interval {
        low: interval.low / scale,
        high: interval.high / scale,
    };
    Some(scaled.within(Interval {
        low: 0.0,
        high: 1.0,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level() -> Ratio {
        "95%".parse().unwrap()
    }

    #[test]
    fn intervals_are_the_published_ones() {
        // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3, four decimals.
        let table = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ];
        for (hits, runs, low, high) in table {
            let share = f64::from(hits) / f64::from(runs);
            let ours = wilson(share, runs as usize, level()).unwrap();
            assert!((ours.low - low).abs() <= 0.00005, "{hits}/{runs} {ours:?}");
            assert!(
                (ours.high - high).abs() <= 0.00005,
                "{hits}/{runs} {ours:?}"
            );
        }
    }

    #[test]
    fn no_runs_no_interval_and_all_of_them_stay_within_one() {
        assert_eq!(wilson(0.0, 0, level()), None);
        let all = wilson(1.0, 20, level()).unwrap();
        assert!(all.high <= 1.0 && (all.low - (1.0 - 0.1611)).abs() <= 0.00005);
    }
}

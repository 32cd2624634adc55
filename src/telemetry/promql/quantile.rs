//! Quantiles of plain values.

use std::cmp::Ordering;

/// Values by size, NaN before all others, as Prometheus sorts them for quantiles.
pub(super) fn nan_first(left: &f64, right: &f64) -> Ordering {
    left.partial_cmp(right)
        .unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()))
}

/// The quantile of a level, interpolated between neighbours: rank `level * (n - 1)`.
///
/// −Inf below level 0, +Inf above level 1, NaN for a NaN level (oracle README).
pub(super) fn quantile(level: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || level.is_nan() {
        return f64::NAN;
    }
    if let Some(beyond) = beyond(level) {
        return beyond;
    }
    values.sort_by(nan_first);
    let rank = level * (values.len() - 1) as f64;
    let lower = rank.floor() as usize;
    let upper = (lower + 1).min(values.len() - 1);
    let weight = rank - rank.floor();
    values[lower] * (1.0 - weight) + values[upper] * weight
}

/// The answer for a level outside 0 ..= 1.
pub(super) fn beyond(level: f64) -> Option<f64> {
    if level < 0.0 {
        Some(f64::NEG_INFINITY)
    } else {
        (level > 1.0).then_some(f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_between_its_neighbours_and_beyond_the_levels_at_infinity() {
        let values = || vec![4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(0.5, values()), 2.5);
        assert_eq!(quantile(1.0, values()), 4.0);
        assert_eq!(quantile(-0.1, values()), f64::NEG_INFINITY);
        assert_eq!(quantile(1.1, values()), f64::INFINITY);
        assert!(quantile(f64::NAN, values()).is_nan());
        assert!(quantile(0.0, vec![1.0, f64::NAN]).is_nan());
    }
}

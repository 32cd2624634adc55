//! Functions of one value, and sorting.

use super::element::Element;
use super::expression::Order;
use super::function::Pointwise;
use super::quantile::nan_first;

impl Pointwise {
    /// What becomes of a value, given the scalars of the call (absent ones are left out); absent
    /// where the call drops it.
    pub(super) fn apply(self, value: f64, scalars: &[f64]) -> Option<f64> {
        Some(match (self, scalars) {
            (Self::Absolute, _) => value.abs(),
            (Self::Ceiling, _) => value.ceil(),
            (Self::Floor, _) => value.floor(),
            (Self::Exponential, _) => libm::exp(value),
            (Self::Logarithm, _) => libm::log(value),
            (Self::Logarithm2, _) => libm::log2(value),
            (Self::Logarithm10, _) => libm::log10(value),
            (Self::SquareRoot, _) => value.sqrt(),
            (Self::Sign, _) => sign(value),
            (Self::Round, [to, ..]) => rounded(value, *to),
            (Self::Round, []) => rounded(value, 1.0),
            (Self::Clamp, [low, high, ..]) if high < low => return None,
            (Self::Clamp, [low, high, ..]) => larger(*low, smaller(*high, value)),
            (Self::ClampMinimum, [low, ..]) => larger(*low, value),
            (Self::ClampMaximum, [high, ..]) => smaller(*high, value),
            (Self::Clamp | Self::ClampMinimum | Self::ClampMaximum, _) => {
                unreachable!("the grammar counts arguments")
            }
        })
    }
}

fn sign(value: f64) -> f64 {
    if value < 0.0 {
        -1.0
    } else if value > 0.0 {
        1.0
    } else {
        value
    }
}

/// To the nearest multiple, halves up; by the inverse, as Prometheus does it.
fn rounded(value: f64, to: f64) -> f64 {
    let inverse = 1.0 / to;
    (value * inverse + 0.5).floor() / inverse
}

/// The larger; NaN if one is (std's `max` would hide it).
fn larger(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() {
        f64::NAN
    } else {
        left.max(right)
    }
}

/// The smaller; NaN if one is.
fn smaller(left: f64, right: f64) -> f64 {
    -larger(-left, -right)
}

/// By value, NaN at the end.
pub(super) fn sorted(mut vector: Vec<Element<'_>>, order: Order) -> Vec<Element<'_>> {
    vector.sort_by(|left, right| {
        let nan = left.value.is_nan().cmp(&right.value.is_nan());
        nan.then_with(|| match order {
            Order::Rising => nan_first(&left.value, &right.value),
            Order::Falling => nan_first(&right.value, &left.value),
        })
    });
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_goes_up_at_halves_and_clamping_keeps_nan() {
        assert_eq!(Pointwise::Round.apply(-2.5, &[]), Some(-2.0));
        assert_eq!(Pointwise::Round.apply(7.3, &[0.5]), Some(7.5));
        assert_eq!(Pointwise::Clamp.apply(7.0, &[1.0, 5.0]), Some(5.0));
        assert_eq!(Pointwise::Clamp.apply(7.0, &[5.0, 1.0]), None);
        assert!(
            Pointwise::ClampMinimum
                .apply(f64::NAN, &[1.0])
                .unwrap()
                .is_nan()
        );
    }
}

//! Quantiles of Student's t and of the normal distribution.
//!
//! P(T > t) = ½ · I_x(ν/2, ½) with x = ν / (ν + t²), where I is the regularised incomplete beta
//! function, evaluated by its continued fraction (NIST DLMF 8.17.22) with Lentz's method; the
//! quantile is found by bisection. Written here rather than taken from a crate so that every
//! logarithm comes from `libm` and the bits are the same on every machine.

use std::f64::consts::SQRT_2;

/// The value that Student's t with `freedom` degrees stays below with this probability.
///
/// # Panics
/// Unless `probability` lies in [0.5, 1) and `freedom` is at least 1.
pub fn student_quantile(probability: f64, freedom: f64) -> f64 {
    assert!(
        freedom >= 1.0,
        "an estimated variance has a degree of freedom"
    );
    let tail = |t: f64| 0.5 * incomplete_beta(freedom / (freedom + t * t), 0.5 * freedom);
    upper_quantile(probability, tail)
}

/// The value that the standard normal stays below with this probability.
///
/// # Panics
/// Unless `probability` lies in [0.5, 1).
pub fn normal_quantile(probability: f64) -> f64 {
    upper_quantile(probability, |z| 0.5 * libm::erfc(z / SQRT_2))
}

/// Where a falling tail function reaches `1 - probability`, to the last bit that bisection has.
fn upper_quantile(probability: f64, tail: impl Fn(f64) -> f64) -> f64 {
    assert!((0.5..1.0).contains(&probability), "an upper quantile");
    let target = 1.0 - probability;
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > target {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if tail(middle) > target {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// I_x(a, ½).
fn incomplete_beta(x: f64, a: f64) -> f64 {
    const B: f64 = 0.5;
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let ln_beta = libm::lgamma(a) + libm::lgamma(B) - libm::lgamma(a + B);
    let front = libm::exp(a * libm::log(x) + B * libm::log1p(-x) - ln_beta);
    // The fraction converges fast below the mean of the beta distribution, so use the mirror
    // image I_x(a, b) = 1 - I_{1-x}(b, a) above it.
    if x < (a + 1.0) / (a + B + 2.0) {
        front * continued_fraction(x, a, B) / a
    } else {
        1.0 - front * continued_fraction(1.0 - x, B, a) / B
    }
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const STEPS: u32 = 10_000;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            value *= c * d;
        }
        if (c * d - 1.0).abs() < 4.0 * f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn quantiles_are_those_of_printed_tables() {
        // Tables print three decimals (Student's t, two-sided 95 % and 99 %): half a unit there.
        let table = [
            (0.975, 1.0, 12.706),
            (0.975, 2.0, 4.303),
            (0.975, 9.0, 2.262),
            (0.975, 29.0, 2.045),
            (0.975, 120.0, 1.980),
            (0.995, 5.0, 4.032),
            (0.995, 29.0, 2.756),
            (0.95, 10.0, 1.812),
        ];
        for (probability, freedom, t) in table {
            let ours = student_quantile(probability, freedom);
            assert!((ours - t).abs() <= 0.0005, "{probability} {freedom} {ours}");
        }
        assert!((normal_quantile(0.975) - 1.959_964).abs() < 1e-6);
        assert!((normal_quantile(0.995) - 2.575_829).abs() < 1e-6);
        assert!(normal_quantile(0.5).abs() < 1e-15);
    }

    #[test]
    fn one_and_two_degrees_have_closed_forms() {
        // ν = 1: tan(π (p − ½)); ν = 2: (2p − 1) / sqrt(2 p (1 − p)).
        for p in [0.6, 0.9, 0.975, 0.9995] {
            let cauchy = (std::f64::consts::PI * (p - 0.5)).tan();
            assert!((student_quantile(p, 1.0) / cauchy - 1.0).abs() < 1e-10);
            let two = (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt();
            assert!((student_quantile(p, 2.0) / two - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn broken_degrees_agree_with_another_implementation() {
        for freedom in [1.3, 2.7, 17.5, 98.0, 5_000.0, 2e6] {
            let other = StudentsT::new(0.0, 1.0, freedom).unwrap();
            let ours = student_quantile(0.975, freedom);
            // Checked through the other's distribution function, whose own error is some 1e-11.
            assert!((other.cdf(ours) - 0.975).abs() < 1e-9, "{freedom} {ours}");
        }
    }
}

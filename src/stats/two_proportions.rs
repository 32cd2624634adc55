//! Whether more of one group fail than of another: the power of the one-sided z test.
//!
//! ```text
//! n = [z_α · √(p(1−p)(1 + 1/r)) + z_β · √(p₂(1−p₂) + p₁(1−p₁)/r)]² / (p₂ − p₁)²
//! ```
//!
//! with p₁ the control's share of failures, p₂ the canary's, r = control / canary requests and p the
//! pooled share (p₂ + r·p₁) / (1 + r) (reference progressive-delivery.md §6.3). Power is the same
//! formula solved for z_β.
//!
//! Assumes independent requests and the normal approximation, which flatters the test where fewer
//! than about five failures are expected (reference field.md D.7).

use std::f64::consts::SQRT_2;

use super::normal_quantile;

/// A comparison of a canary with the rest of the traffic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoProportions {
    /// Share of the control's requests that fail, 0 to 1.
    pub control: f64,
    /// Share of the canary's requests that fail, above the control's.
    pub canary: f64,
    /// Share of the requests that the canary gets, above 0 and below 1.
    pub weight: f64,
}

impl TwoProportions {
    /// Chance that the test at this level (chance of a false alarm, below ½) finds the canary worse
    /// on so many canary requests.
    ///
    /// # Panics
    /// Unless the canary fails more often and both groups have requests.
    pub fn power(self, level: f64, canary_requests: f64) -> f64 {
        let (null, alternative) = self.spreads();
        let shift = (self.canary - self.control) * canary_requests.sqrt();
        let z = (shift - normal_quantile(1.0 - level) * null) / alternative;
        0.5 * libm::erfc(-z / SQRT_2)
    }

    /// Canary requests it takes until the test at this level has this power (at least ½); whole
    /// requests are the next number up.
    ///
    /// # Panics
    /// Unless the canary fails more often and both groups have requests.
    pub fn canary_requests(self, level: f64, power: f64) -> f64 {
        let (null, alternative) = self.spreads();
        let wanted = normal_quantile(1.0 - level) * null + normal_quantile(power) * alternative;
        let root = wanted / (self.canary - self.control);
        root * root
    }

    /// Standard deviations of the difference, times √n: where both groups are alike, and as they
    /// are.
    fn spreads(self) -> (f64, f64) {
        let Self {
            control,
            canary,
            weight,
        } = self;
        assert!(control < canary, "the test looks for a worse canary");
        assert!(0.0 < weight && weight < 1.0, "both groups have requests");
        let ratio = (1.0 - weight) / weight;
        let pooled = (canary + ratio * control) / (1.0 + ratio);
        let variance = |share: f64| share * (1.0 - share);
        let null = variance(pooled) * (1.0 + 1.0 / ratio);
        let alternative = variance(canary) + variance(control) / ratio;
        (null.sqrt(), alternative.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHA: f64 = 0.05;

    fn test(control: f64, canary: f64, weight: f64) -> TwoProportions {
        TwoProportions {
            control,
            canary,
            weight,
        }
    }

    #[test]
    fn requests_needed_are_those_of_the_reference() {
        // field.md D.7, power 0.8: canary requests, all requests, minutes at 10 requests/s (as
        // printed: to the minute, or to a tenth below ten).
        let table = [
            (test(0.001, 0.002, 0.01), 8138.0, 813_727.0, 1356.0, 0.5),
            (test(0.001, 0.002, 0.05), 8603.0, 172_045.0, 287.0, 0.5),
            (test(0.001, 0.002, 0.20), 10_723.0, 53_614.0, 89.0, 0.5),
            (test(0.001, 0.01, 0.05), 272.0, 5_422.0, 9.0, 0.05),
            (test(0.01, 0.05, 0.05), 85.0, 1_695.0, 2.8, 0.05),
        ];
        for (test, canary, total, minutes, half) in table {
            let needed = test.canary_requests(ALPHA, 0.8);
            let all = needed / test.weight;
            assert_eq!((needed.ceil(), all.ceil()), (canary, total));
            assert!((all / 600.0 - minutes).abs() <= half, "{all}");
        }
        // progressive-delivery.md 6.3, control 0.1 %: canary 0.2, 0.5, 1, 2 %.
        for (weight, requests) in [
            (0.01, [8138.0, 794.0, 237.0, 85.0]),
            (0.05, [8603.0, 872.0, 272.0, 103.0]),
            (0.10, [9237.0, 975.0, 315.0, 124.0]),
            (0.25, [11_605.0, 1336.0, 462.0, 191.0]),
            (0.50, [18_519.0, 2311.0, 834.0, 355.0]),
        ] {
            for (canary, printed) in [0.002, 0.005, 0.01, 0.02].into_iter().zip(requests) {
                let needed = test(0.001, canary, weight).canary_requests(ALPHA, 0.8);
                assert_eq!(needed.ceil(), printed, "{weight} {canary}");
            }
        }
    }

    #[test]
    fn power_is_that_of_the_reference() {
        // progressive-delivery.md 6.3: 0.1 % at 100 requests/s for 300 s, three decimals.
        for (weight, powers) in [
            (0.01, [0.216, 0.590, 0.846, 0.974]),
            (0.05, [0.362, 0.913, 0.998, 1.0]),
            (0.10, [0.477, 0.985, 1.0, 1.0]),
            (0.25, [0.657, 1.0, 1.0, 1.0]),
            (0.50, [0.723, 1.0, 1.0, 1.0]),
        ] {
            for (canary, printed) in [0.002, 0.005, 0.01, 0.02].into_iter().zip(powers) {
                let ours = test(0.001, canary, weight).power(ALPHA, 30_000.0 * weight);
                assert!((ours - printed).abs() <= 0.0005, "{weight} {canary} {ours}");
            }
        }
    }

    #[test]
    fn the_requests_needed_give_the_power_that_was_asked_for() {
        for power in [0.5, 0.8, 0.95, 0.999] {
            let test = test(0.003, 0.01, 0.07);
            let back = test.power(0.01, test.canary_requests(0.01, power));
            assert!((back - power).abs() < 1e-12, "{power} {back}");
        }
    }

    #[test]
    fn without_a_request_the_test_is_blind_and_with_many_it_is_sure() {
        let test = test(0.001, 0.002, 0.5);
        // z = −z_α · null / alternative, and both spreads are nearly the same.
        assert!((test.power(ALPHA, 0.0) - ALPHA).abs() < 1e-4);
        assert_eq!(test.power(ALPHA, 1e9), 1.0);
    }
}

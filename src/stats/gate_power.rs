//! What a gate on a success ratio can see: how often it fails on so many requests.
//!
//! A gate asks for a share of good answers, `success ratio >= 99 %`. Where each request fails for
//! itself with chance e, the number of failures among n is binomial, and the gate fails with
//!
//! ```text
//! P(fail) = P(Bin(n, e) ≥ f),  f = ⌊n · (1 − limit)⌋ + 1
//! ```
//!
//! Since f moves in steps, more requests can make a gate blunter (99 %: 50 requests may have no
//! failure, 100 may have one). Judged k times on windows that share no request, it fails as a whole
//! where more than the allowed number of windows fail, P(Bin(k, P(fail)) > allowed).
//!
//! Assumes that requests fail independently and each window holds n of them. Leaves out: late and
//! missing samples, extrapolation of `rate`, windows that overlap (they fail together, so that the
//! product is then too sharp).

use super::Binomial;
use crate::units::Ratio;

/// A gate that passes where at least this share of the requests was answered well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuccessGate {
    /// The limit; a ratio that just meets it passes.
    pub limit: Ratio,
}

impl SuccessGate {
    /// The fewest failures among so many requests that fail the gate; more than there are requests
    /// where it cannot fail.
    pub fn failures_to_fail(self, requests: u64) -> u64 {
        let whole = u128::from(Ratio::ONE.as_parts_per_billion());
        let rest = u128::from(self.limit.complement().as_parts_per_billion());
        let allowed = u128::from(requests) * rest / whole;
        u64::try_from(allowed).expect("a part of the requests") + 1
    }

    /// The fewest failures beside so many good answers that fail the gate; `None` if none do.
    pub fn failures_beside(self, good: u64) -> Option<u64> {
        let limit = u128::from(self.limit.as_parts_per_billion());
        let rest = u128::from(self.limit.complement().as_parts_per_billion());
        let allowed = (u128::from(good) * rest).checked_div(limit)?;
        u64::try_from(allowed).ok().map(|allowed| allowed + 1)
    }

    /// Chance that the gate fails on so many requests, of which each fails with `error_rate`;
    /// absent without requests, for then there is no ratio to judge.
    pub fn chance_to_fail(self, requests: u64, error_rate: f64) -> Option<f64> {
        let failures = Binomial {
            trials: requests,
            chance: error_rate,
        };
        (requests > 0).then(|| failures.at_least(self.failures_to_fail(requests)))
    }
}

/// Several judgements of one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measurements {
    /// How many, each on a window of its own.
    pub count: u32,
    /// How many of them may fail: Argo's `failureLimit`; Flagger's `threshold` less one.
    pub failures_allowed: u32,
}

impl Measurements {
    /// Chance that more fail than may, where each fails with this chance.
    pub fn chance_to_fail(self, each: f64) -> f64 {
        let failing = Binomial {
            trials: u64::from(self.count),
            chance: each,
        };
        failing.at_least(u64::from(self.failures_allowed) + 1)
    }
}

/// Chance that more than `allowed` of independent judgements fail, each with a chance of its own.
pub fn chance_of_more_than(allowed: u32, chances: &[f64]) -> f64 {
    // By number of failures so far; the last entry holds all that are too many.
    let mut failed = vec![0.0; allowed as usize + 2];
    failed[0] = 1.0;
    let last = failed.len() - 1;
    for chance in chances {
        for count in (0..=last).rev() {
            let stays = if count == last { 1.0 } else { 1.0 - chance };
            let comes = if count == 0 {
                0.0
            } else {
                failed[count - 1] * chance
            };
            failed[count] = failed[count] * stays + comes;
        }
    }
    failed[last].clamp(0.0, 1.0)
}

/// Chance that nothing comes where `expected` requests are expected and each comes for itself:
/// e^(−expected), with expected = weight × rate × length of the window. A query then finds no
/// values.
pub fn chance_of_none(expected: f64) -> f64 {
    libm::exp(-expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(limit: &str) -> SuccessGate {
        let limit = limit.parse().expect("it is a share");
        SuccessGate { limit }
    }

    #[test]
    fn a_gate_of_99_percent_fails_as_often_as_the_reference_says() {
        // Reference field.md D.7 prints three decimals: half a unit of the last. One of its cells,
        // 1000 requests at 0.5 %, is rounded twice: exact fractions give 0.0134690, which is 0.0135
        // and then 0.014 there; here it is the exact value to three decimals.
        let rates = [0.001, 0.005, 0.01, 0.02, 0.05];
        let table = [
            (5, [0.005, 0.025, 0.049, 0.096, 0.226]),
            (20, [0.020, 0.095, 0.182, 0.332, 0.642]),
            (50, [0.049, 0.222, 0.395, 0.636, 0.923]),
            (100, [0.005, 0.090, 0.264, 0.597, 0.963]),
            (1000, [0.0, 0.013, 0.417, 0.990, 1.0]),
        ];
        for (requests, chances) in table {
            for (rate, printed) in rates.into_iter().zip(chances) {
                let ours = gate("99%").chance_to_fail(requests, rate).unwrap();
                assert!((ours - printed).abs() <= 0.0005, "{requests} {rate} {ours}");
            }
        }
    }

    #[test]
    fn a_chance_is_that_of_exact_fractions() {
        // 1 − Σ C(1000, i) · 0.005^i · 0.995^(1000 − i), i = 0 … 10, in whole fractions.
        let ours = gate("99%").chance_to_fail(1000, 0.005).unwrap();
        assert!(
            (ours / 0.013_469_009_328_931_743 - 1.0).abs() < 1e-11,
            "{ours}"
        );
    }

    #[test]
    fn false_alarms_and_detections_are_those_of_the_other_reference() {
        // Reference progressive-delivery.md 6.3, in percent as printed there; at true errors of
        // 0.5 % and 2 %.
        let table = [
            (50, (22.0, 0.5), (64.0, 0.5)),
            (100, (9.0, 0.05), (60.0, 0.5)),
            (200, (8.0, 0.05), (76.0, 0.5)),
            (600, (3.3, 0.05), (96.0, 0.5)),
            (3000, (0.02, 0.005), (100.0, 0.5)),
        ];
        for (requests, alarm, detection) in table {
            for (rate, (printed, half)) in [(0.005, alarm), (0.02, detection)] {
                let ours = 100.0 * gate("99%").chance_to_fail(requests, rate).unwrap();
                assert!((ours - printed).abs() <= half, "{requests} {rate} {ours}");
            }
        }
    }

    #[test]
    fn a_ratio_that_just_meets_the_limit_passes() {
        // 99 of 100 is 99 %; 98 of 99 is less. 5 of 20 is a quarter; no ratio is below 0 %.
        assert_eq!(gate("99%").failures_to_fail(100), 2);
        assert_eq!(gate("99%").failures_to_fail(99), 1);
        assert_eq!(gate("25%").failures_to_fail(20), 16);
        assert_eq!(gate("100%").failures_to_fail(20), 1);
        assert_eq!(gate("0%").chance_to_fail(20, 1.0), Some(0.0));
        assert_eq!(gate("99%").chance_to_fail(0, 0.5), None);
    }

    #[test]
    fn several_windows_add_up_as_a_pencil_says() {
        // None may fail: 1 − (1 − q)^k. One of three may: 3 q² (1 − q) + q³ = 0.104 at q = 0.2.
        let all = |count, failures_allowed| Measurements {
            count,
            failures_allowed,
        };
        assert!((all(10, 0).chance_to_fail(0.05) - (1.0 - 0.95_f64.powi(10))).abs() < 1e-14);
        assert!((all(3, 1).chance_to_fail(0.2) - 0.104).abs() < 1e-14);
        assert_eq!(all(3, 3).chance_to_fail(1.0), 0.0);
    }

    #[test]
    fn judgements_of_unlike_chances_add_up() {
        // Equal chances are the binomial; 1/2 and 1/4: both 1/8, none 3/8.
        let equal = Measurements {
            count: 7,
            failures_allowed: 2,
        }
        .chance_to_fail(0.3);
        assert!((chance_of_more_than(2, &[0.3; 7]) - equal).abs() < 1e-14);
        assert!((chance_of_more_than(0, &[0.5, 0.25]) - 0.625).abs() < 1e-15);
        assert!((chance_of_more_than(1, &[0.5, 0.25]) - 0.125).abs() < 1e-15);
        assert_eq!(chance_of_more_than(2, &[1.0, 1.0]), 0.0);
        assert_eq!(chance_of_more_than(0, &[]), 0.0);
    }

    #[test]
    fn failures_beside_good_answers_and_among_all_are_the_same_rule() {
        for good in [0, 1, 18, 19, 98, 99, 100, 990, 5000] {
            let failures = gate("99%").failures_beside(good).unwrap();
            assert!(
                failures >= gate("99%").failures_to_fail(good + failures),
                "{good}"
            );
            let less = failures - 1;
            assert!(less < gate("99%").failures_to_fail(good + less), "{good}");
        }
        assert_eq!(gate("0%").failures_beside(7), None);
    }

    #[test]
    fn windows_stay_empty_as_often_as_the_reference_says() {
        // field.md D.7: 5 % of 0.1/s over 5 min, and 5 % of 0.5/s over 1 min: 22 % each.
        for expected in [0.05 * 0.1 * 300.0, 0.05 * 0.5 * 60.0] {
            assert!((chance_of_none(expected) - 0.22).abs() <= 0.005);
        }
        assert_eq!(chance_of_none(0.0), 1.0);
    }
}

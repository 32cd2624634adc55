//! Risks, and the truth of a run.

use super::sequence::{self, SEQUENCES};
use super::{Behaviour, Differences};
use crate::engine::{Key, Purpose};
use crate::ids::RunIndex;
use crate::units::Ratio;

/// A scenario has at most this many risks: their combinations are numbered in 32 bits.
pub const RISKS_MAX: usize = 24;
/// At most this many of them are independent: each needs an evenly spread sequence of its own.
pub const INDEPENDENT_MAX: usize = SEQUENCES - 1;

/// One thing that may be wrong with the new version.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// What reports call it; by default made from its keys.
    pub name: String,
    /// How likely it is.
    pub chance: Ratio,
    /// Drawn apart from the others instead of excluding them.
    pub independent: bool,
    /// What it changes in the `to` image.
    pub differences: Differences,
}

/// All risks of a scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truths {
    /// In the order of the file; the chances of those not independent sum to at most 100 %.
    pub risks: Vec<Risk>,
}

/// What is wrong in one run, the same for every variant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Truth {
    /// The risks that are real, ascending; empty: nothing is wrong.
    pub real: Vec<Real>,
}

/// A risk that is real in a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Real {
    /// Index into [`Truths::risks`].
    pub risk: u16,
    /// How bad it is: the quantile in (0, 1) at which its magnitude is read.
    pub luck: f64,
}

/// The circle in units of 2^-64.
const CIRCLE: u128 = 1 << 64;
/// The run whose luck shifts the sequences: one that no experiment has.
const SHIFTS: RunIndex = RunIndex::new(u32::MAX);

impl Truths {
    /// The truth of a run. It depends on the seed and the run's number alone, and over any block
    /// of consecutive runs each risk is real, and each part of its magnitudes is met, in
    /// proportion to its chance: the circle is cut into arcs, one per exclusive risk and one for
    /// "nothing wrong", and run n looks where an evenly spread sequence has its n-th place. An
    /// independent risk has a circle and a sequence of its own.
    pub fn draw(&self, seed: u64, run: RunIndex) -> Truth {
        let place = |sequence: usize| {
            let key = Key::of_run(seed, SHIFTS).purpose(Purpose::Truth);
            let shift = key.at(sequence as u64).bits();
            sequence::place(sequence, shift, run.index() as u64)
        };
        let (shared, mut arc_start, mut own) = (place(0), 0, 0);
        let mut real = Vec::new();
        for (index, risk) in self.risks.iter().enumerate() {
            let luck = if risk.independent {
                own += 1;
                luck_within(place(own), 0, risk.chance)
            } else {
                let luck = luck_within(shared, arc_start, risk.chance);
                arc_start += arc(risk.chance);
                luck
            };
            let risk = u16::try_from(index).expect("at most RISKS_MAX risks");
            real.extend(luck.map(|luck| Real { risk, luck }));
        }
        Truth { real }
    }

    /// The behaviour of a `to` image when this is the truth.
    pub fn overlay(&self, truth: &Truth, image: &Behaviour) -> Behaviour {
        truth.real.iter().fold(image.clone(), |image, real| {
            let risk = &self.risks[usize::from(real.risk)];
            risk.differences.apply(&image, real.luck)
        })
    }

    /// The stratum a truth belongs to: 0 = nothing wrong, k = risk k−1 alone, larger numbers =
    /// combinations of independent risks.
    pub fn stratum(&self, truth: &Truth) -> u32 {
        match truth.real.as_slice() {
            [] => 0,
            [only] => u32::from(only.risk) + 1,
            several => {
                let bits = several.iter().map(|real| 1 << real.risk).sum::<u32>();
                self.risks.len() as u32 + bits
            }
        }
    }

    /// What a report calls this truth: `nothing wrong`, or the names of what is real.
    pub fn describe(&self, truth: &Truth) -> String {
        let names: Vec<&str> = truth
            .real
            .iter()
            .map(|real| self.risks[usize::from(real.risk)].name.as_str())
            .collect();
        if names.is_empty() {
            return "nothing wrong".to_owned();
        }
        names.join(" and ")
    }
}

/// The length of the arc that belongs to a chance.
fn arc(chance: Ratio) -> u128 {
    let whole = u128::from(Ratio::ONE.as_parts_per_billion());
    u128::from(chance.as_parts_per_billion()) * CIRCLE / whole
}

/// Where in the arc (start, start + chance) the place lies, as a fraction of the arc; `None` if
/// outside. Places inside a short arc are spread as evenly as on the whole circle, so this is
/// also the stratified luck of the magnitude.
fn luck_within(place: u64, start: u128, chance: Ratio) -> Option<f64> {
    let length = arc(chance);
    let inside = u128::from(place)
        .checked_sub(start)
        .filter(|offset| *offset < length)?;
    Some(((inside as f64 + 0.5) / length as f64).clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::{Law, Unit};

    fn risk(percent: f64, independent: bool) -> Risk {
        Risk {
            name: format!("{percent} %"),
            chance: Ratio::from_fraction(percent / 100.0).unwrap(),
            independent,
            differences: Differences::default(),
        }
    }

    fn truths(exclusive: &[f64], independent: &[f64]) -> Truths {
        let exclusive = exclusive.iter().map(|percent| risk(*percent, false));
        let independent = independent.iter().map(|percent| risk(*percent, true));
        Truths {
            risks: exclusive.chain(independent).collect(),
        }
    }

    /// Worst |count − n·p| over the prefixes of a block of runs that start at `from`, per risk.
    fn worst_excess(truths: &Truths, seed: u64, from: u32) -> f64 {
        let mut counts = vec![0.0; truths.risks.len()];
        let mut worst = 0f64;
        for n in 1..=1000u32 {
            let truth = truths.draw(seed, RunIndex::new(from + n - 1));
            truth
                .real
                .iter()
                .for_each(|real| counts[usize::from(real.risk)] += 1.0);
            for (count, risk) in counts.iter().zip(&truths.risks) {
                worst = worst.max((count - f64::from(n) * risk.chance.as_fraction()).abs());
            }
        }
        worst
    }

    #[test]
    fn a_risk_of_three_percent_is_real_in_two_to_four_of_any_hundred_runs() {
        // 100 places leave gaps of φ^-9 = 0.0132, φ^-10 = 0.0081 and φ^-11 = 0.0050 (three-gap
        // theorem): two of the widest fit into 0.03, so at least 2 places do; and no two of the
        // narrowest are neighbours, so that 5 places span at least 2 · (0.0050 + 0.0081) = 0.026.
        // The arcs of 500 seeds show that no 5 in fact fit.
        let truths = truths(&[10.0, 5.0, 3.0], &[]);
        for seed in 0..500 {
            for from in [0, 100, 12_345] {
                let runs = (from..from + 100).map(|run| truths.draw(seed, RunIndex::new(run)));
                let count = runs.filter(|t| t.real.iter().any(|r| r.risk == 2)).count();
                assert!(
                    (2..=4).contains(&count),
                    "{count} with seed {seed} from {from}"
                );
            }
        }
    }

    #[test]
    fn every_prefix_and_every_shard_has_each_risk_in_proportion() {
        // Denjoy-Koksma: F consecutive places, F a Fibonacci number, are within 2 of F·p, and any
        // n ≤ 1000 is a sum of at most 7 of those, no two adjacent: never more than 14 off. That
        // is the proof; in fact these seeds stay below 4. A random draw would be off by more than
        // √(1000 · 0.1 · 0.9) = 9.5 after 1000 runs in one of three cases.
        let truths = truths(&[10.0, 5.0, 3.0, 0.5], &[]);
        for seed in 0..200 {
            for from in [0, 64, 1_000_003] {
                assert!(
                    worst_excess(&truths, seed, from) < 4.0,
                    "seed {seed} from {from}"
                );
            }
        }
    }

    #[test]
    fn independent_risks_come_in_proportion_alone_and_together() {
        let truths = truths(&[10.0], &[20.0, 30.0, 25.0]);
        assert!(
            worst_excess(&truths, 3, 0) < 6.0,
            "less even rotations than the golden one"
        );
        let both = |a: u16, b: u16| {
            let drawn = (0..2000).map(|run| truths.draw(3, RunIndex::new(run)));
            let has = |truth: &Truth, risk| truth.real.iter().any(|real| real.risk == risk);
            drawn.filter(|truth| has(truth, a) && has(truth, b)).count()
        };
        // 2000 · p · q; a joint random draw has a standard deviation below √2000 · 0.28 = 12.
        for (a, b, expected) in [(0, 1, 40), (1, 2, 120), (2, 3, 150), (1, 3, 100)] {
            assert!(
                both(a, b).abs_diff(expected) < 25,
                "{a} and {b}: {}",
                both(a, b)
            );
        }
    }

    #[test]
    fn exclusive_risks_never_come_together_and_use_up_the_whole() {
        let truths = truths(&[50.0, 30.0, 20.0], &[]);
        assert!((0..1000).all(|run| truths.draw(1, RunIndex::new(run)).real.len() == 1));
    }

    #[test]
    fn magnitudes_are_spread_over_their_law() {
        // 10 % of 200 runs: 20 magnitudes, so about 5 in each quarter of the law.
        let truths = truths(&[10.0], &[]);
        for seed in 0..100 {
            let mut quarters = [0; 4];
            for run in 0..200 {
                let truth = truths.draw(seed, RunIndex::new(run));
                truth
                    .real
                    .iter()
                    .for_each(|real| quarters[(real.luck * 4.0) as usize] += 1);
            }
            assert!(
                quarters.iter().all(|n| (3..=7).contains(n)),
                "{quarters:?} seed {seed}"
            );
        }
    }

    #[test]
    fn a_truth_has_a_stratum_a_description_and_an_overlay() {
        let mut truths = truths(&[10.0], &[20.0, 30.0]);
        truths.risks[2].differences.concurrency = Some(1);
        let real = |risk| Real { risk, luck: 0.5 };
        let (none, one) = (
            Truth::default(),
            Truth {
                real: vec![real(2)],
            },
        );
        let two = Truth {
            real: vec![real(0), real(2)],
        };
        let strata = [&none, &one, &two].map(|truth| truths.stratum(truth));
        assert_eq!(strata, [0, 3, 3 + 0b101]);
        assert_eq!(truths.describe(&none), "nothing wrong");
        assert_eq!(truths.describe(&two), "10 % and 30 %");
        let seconds = |text| Law::parse(text, Unit::Seconds).unwrap();
        let image = Behaviour::new(seconds("1s"), seconds("1ms"), 8);
        assert_eq!(truths.overlay(&none, &image), image);
        assert_eq!(truths.overlay(&two, &image).concurrency, 1);
    }
}

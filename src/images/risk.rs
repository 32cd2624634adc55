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

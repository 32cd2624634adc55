//! The chance of each truth, from the chances of the risks.

use crate::images::Truths;
use crate::stats::Strata;

/// Groups runs by the truth they faced, weighted by its chance.
pub(super) fn strata(truths: &Truths, of_runs: &[u32]) -> Strata {
    Strata::new(of_runs, |truth| chance(truths, truth))
}

/// Chance of the truth with this index: 0 = nothing wrong, k = risk k−1 alone, larger numbers
/// the set of bits in what exceeds the number of risks.
pub(super) fn chance(truths: &Truths, truth: u32) -> f64 {
    let risks = &truths.risks;
    let bits: u32 = match truth {
        0 => 0,
        alone if alone as usize <= risks.len() => 1 << (alone - 1),
        several => several - risks.len() as u32,
    };
    let real = |index: usize| bits >> index & 1 == 1;
    let exclusive: f64 = match risks
        .iter()
        .enumerate()
        .find(|(k, it)| !it.independent && real(*k))
    {
        Some((_, risk)) => risk.chance.as_fraction(),
        None => {
            let shared = risks.iter().filter(|risk| !risk.independent);
            let taken: f64 = shared.map(|risk| risk.chance.as_fraction()).sum();
            (1.0 - taken).max(0.0)
        }
    };
    let independent = risks
        .iter()
        .enumerate()
        .filter(|(_, risk)| risk.independent);
    independent.fold(exclusive, |product, (index, risk)| {
        let chance = if real(index) {
            risk.chance
        } else {
            risk.chance.complement()
        };
        product * chance.as_fraction()
    })
}

/// What a report calls this truth.
pub(super) fn name(truths: &Truths, truth: u32) -> String {
    let risks = &truths.risks;
    if truth == 0 {
        return "nothing wrong".to_owned();
    }
    if let Some(risk) = risks.get(truth as usize - 1) {
        return risk.name.clone();
    }
    let bits = truth - risks.len() as u32;
    let real = (0..risks.len()).filter(|index| bits >> index & 1 == 1);
    let names: Vec<&str> = real.map(|index| risks[index].name.as_str()).collect();
    names.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::Risk;

    fn risk(name: &str, chance: &str, independent: bool) -> Risk {
        Risk {
            name: name.to_owned(),
            chance: chance.parse().unwrap(),
            independent,
            differences: Default::default(),
        }
    }

    #[test]
    fn chances_of_all_truths_sum_to_one() {
        let risks = vec![
            risk("errors", "10%", false),
            risk("slow", "30%", false),
            risk("leak", "20%", true),
        ];
        let truths = Truths { risks };
        // Nothing, errors, slow, leak alone; then errors + leak (101₂), slow + leak (110₂).
        let pencil = [
            (0, 0.48),
            (1, 0.08),
            (2, 0.24),
            (3, 0.12),
            (3 + 5, 0.02),
            (3 + 6, 0.06),
        ];
        for (truth, expected) in pencil {
            assert!((chance(&truths, truth) - expected).abs() < 1e-12, "{truth}");
        }
        assert_eq!(name(&truths, 9), "slow and leak");
        assert_eq!(name(&truths, 1), "errors");
    }
}

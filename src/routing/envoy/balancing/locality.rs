//! Locality-weighted load: a weighted rotation among the localities of a level (`locality_wrr.cc`).

use super::{Availability, Edf, PriorityRules, Tally};

/// The weight of a locality after health: weight × min(1, overprovisioning % × available / counted),
/// where the available hosts are those the request is meant for.
pub fn effective_locality_weight(
    weight: u32,
    tally: &Tally,
    availability: Availability,
    rules: &PriorityRules,
) -> f64 {
    let counted = tally.all - tally.excluded;
    if counted == 0 {
        return 0.0;
    }
    let available = match availability {
        Availability::Healthy => tally.healthy,
        Availability::Degraded => tally.degraded,
    };
    let ratio = available as f64 / counted as f64;
    f64::from(weight) * (f64::from(rules.overprovisioning) / 100.0 * ratio).min(1.0)
}

/// The rotation; none where no locality has any weight left.
pub(super) fn locality_rotation(weights: &[f64], start: u64) -> Option<Edf> {
    let weighted = (0u32..).zip(weights).filter(|(_, weight)| **weight > 0.0);
    let entries: Vec<u32> = weighted.map(|(index, _)| index).collect();
    let weight = |index: u32| weights[index as usize];
    (!entries.is_empty()).then(|| Edf::after(start, &entries, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locality_keeps_its_weight_while_its_health_is_overprovisioned() {
        let tally = |healthy: u64| Tally {
            all: 7,
            healthy,
            ..Tally::default()
        };
        let rules = PriorityRules::default();
        let of =
            |tally: &Tally| effective_locality_weight(10, tally, Availability::Healthy, &rules);
        let weight = |healthy: u64| of(&tally(healthy));
        // 1.4 × 5 / 7 = 1; 1.4 × 3 / 7 = 0.6.
        assert_eq!(weight(7), 10.0);
        assert!((weight(5) - 10.0).abs() < 1e-12);
        assert!((weight(3) - 6.0).abs() < 1e-12);
        assert_eq!(of(&Tally::default()), 0.0);
        assert!(locality_rotation(&[0.0, 0.0], 3).is_none());
    }
}

//! Differences run by run.
//!
//! Run k of every variant faces the same luck, so what they share cancels in a difference:
//! Var(D) = Var A + Var B − 2 Cov(A, B).

/// First minus second, where both runs have a value.
///
/// # Panics
/// If the two sides do not have the same number of runs.
pub fn paired(first: &[Option<f64>], second: &[Option<f64>]) -> Vec<Option<f64>> {
    assert_eq!(first.len(), second.len(), "every run faces both sides");
    first
        .iter()
        .zip(second)
        .map(|(first, second)| Some((*first)? - (*second)?))
        .collect()
}

/// (Var A + Var B) / Var D over the pairs: how many times more runs an unpaired comparison would
/// need. Absent with fewer than two pairs or where the difference does not vary.
pub fn variance_reduction(first: &[Option<f64>], second: &[Option<f64>]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = first
        .iter()
        .zip(second)
        .filter_map(|(first, second)| Some(((*first)?, (*second)?)))
        .collect();
    let apart =
        variance(pairs.iter().map(|pair| pair.0)) + variance(pairs.iter().map(|pair| pair.1));
    let together = variance(pairs.iter().map(|pair| pair.0 - pair.1));
    (pairs.len() > 1 && together > 0.0).then(|| apart / together)
}

/// Sum of squared deviations; the common factor 1 / (n − 1) cancels in the ratio.
fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    values.map(|value| (value - mean) * (value - mean)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runs_with_both_values_have_a_difference() {
        let first = [Some(3.0), None, Some(5.0)];
        let second = [Some(1.0), Some(2.0), None];
        assert_eq!(paired(&first, &second), [Some(2.0), None, None]);
    }

    #[test]
    fn shared_luck_shrinks_the_variance_of_the_difference() {
        // Squared deviations: A = (−1, 0, 1) → 2, B = (−1, 1, 0) → 2, D = (0, −1, 1) → 2.
        let first = [Some(1.0), Some(2.0), Some(3.0)];
        let second = [Some(0.0), Some(2.0), Some(1.0)];
        assert_eq!(variance_reduction(&first, &second), Some(2.0));
        assert_eq!(variance_reduction(&first, &first), None);
        assert_eq!(variance_reduction(&[Some(1.0)], &[Some(0.0)]), None);
    }
}

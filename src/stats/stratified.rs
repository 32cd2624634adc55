//! Means over runs that were drawn by stratum.
//!
//! Runs are grouped by the truth they faced. Truth h has the known chance W_h and n_h runs, so a
//! run of it weighs w = W_h / n_h, and the mean is Σ w x / Σ w over the runs that have a value
//! (Hájek's ratio, which is the stratified mean Σ W_h x̄_h when all have one). Its variance by
//! linearisation, with residuals e = x − mean, and e = 0 where a run has no value:
//!
//! ```text
//!   Var = Σ_h n_h/(n_h − 1) · Σ_{i in h} (w e_i − mean of w e in h)²  /  (Σ w)²
//! ```
//!
//! With all values present that is the textbook Σ W_h² s_h² / n_h (Cochran, Sampling Techniques,
//! §5.4). The interval is Student's with Satterthwaite's degrees of freedom (Cochran, §5.4): a
//! rare truth with few runs and much spread makes the interval as wide as it must be.
//!
//! * A stratum of one run shows no spread of its own. It is collapsed with the largest stratum:
//!   their difference then counts as spread, which errs on the wide side. [`Mean::collapsed`]
//!   says how many were.
//! * A truth that no run faced is missing from the mean; [`Strata::unseen`] is its chance.

use super::{Interval, student_quantile};
use crate::units::Ratio;

/// Which stratum each run belongs to, and what each weighs.
#[derive(Debug, Clone, PartialEq)]
pub struct Strata {
    /// By run, an index into `members`.
    of_run: Vec<usize>,
    /// Runs of each stratum, ascending.
    members: Vec<Vec<usize>>,
    /// Weight of one run of each stratum.
    run_weight: Vec<f64>,
    unseen: f64,
}

/// The mean of a quantity over runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The stratified mean.
    pub mean: f64,
    /// Where the true mean lies; absent with fewer than two values.
    pub interval: Option<Interval>,
    /// Runs that have a value.
    pub runs: usize,
    /// Strata of a single run, collapsed with the largest.
    pub collapsed: usize,
}

impl Strata {
    /// All runs alike.
    pub fn alike(runs: usize) -> Self {
        Self::new(&vec![0; runs], |_| 1.0)
    }

    /// Runs by the label of their stratum, with each label's known chance.
    pub fn new(labels: &[u32], chance: impl Fn(u32) -> f64) -> Self {
        let mut distinct = labels.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let place = |label| distinct.binary_search(&label).expect("it is one of them");
        let of_run: Vec<usize> = labels.iter().map(|label| place(*label)).collect();
        let mut members = vec![Vec::new(); distinct.len()];
        for (run, stratum) in of_run.iter().enumerate() {
            members[*stratum].push(run);
        }
        let chances: Vec<f64> = distinct.iter().map(|label| chance(*label)).collect();
        let seen: f64 = chances.iter().sum();
        let weigh = |(chance, runs): (&f64, &Vec<usize>)| chance / seen / runs.len() as f64;
        Self {
            of_run,
            run_weight: chances.iter().zip(&members).map(weigh).collect(),
            members,
            unseen: (1.0 - seen).max(0.0),
        }
    }

    /// Chance of the truths that no run faced.
    pub fn unseen(&self) -> f64 {
        self.unseen
    }

    /// The mean of the values that are there; absent if none is.
    ///
    /// # Panics
    /// If there is not one entry per run.
    pub fn mean(&self, values: &[Option<f64>], level: Ratio) -> Option<Mean> {
        assert_eq!(values.len(), self.of_run.len(), "one entry per run");
        let (mean, total) = self.weighted_mean(values)?;
        let present = values.iter().flatten().count();
        let groups = self.groups();
        let spreads: Vec<Spread> = groups
            .iter()
            .map(|group| self.spread(group, values, mean))
            .collect();
        let interval = (present > 1).then(|| student_interval(mean, &spreads, total, level));
        Some(Mean {
            mean,
            interval: interval.flatten(),
            runs: present,
            collapsed: self.singles(),
        })
    }

    /// The mean and the weight of the runs it rests on.
    fn weighted_mean(&self, values: &[Option<f64>]) -> Option<(f64, f64)> {
        let mut present = values.iter().flatten();
        let first = *present.next()?;
        let (mut sum, mut total) = (0.0, 0.0);
        for (value, stratum) in values.iter().zip(&self.of_run) {
            let Some(value) = value else { continue };
            sum += self.run_weight[*stratum] * value;
            total += self.run_weight[*stratum];
        }
        // Equal values have exactly their own mean; rounding must not invent a spread.
        let mean = if present.all(|value| *value == first) {
            first
        } else {
            sum / total
        };
        (total > 0.0).then_some((mean, total))
    }

    fn singles(&self) -> usize {
        self.members.iter().filter(|runs| runs.len() == 1).count()
    }

    /// Strata for the variance: those of a single run joined with the largest.
    fn groups(&self) -> Vec<Vec<usize>> {
        let (mut joined, mut groups) = (Vec::new(), Vec::new());
        for runs in &self.members {
            if runs.len() == 1 {
                joined.extend(runs);
            } else {
                groups.push(runs.clone());
            }
        }
        if joined.is_empty() {
            return groups;
        }
        match groups.iter_mut().rev().max_by_key(|runs| runs.len()) {
            Some(largest) => largest.extend(joined),
            None => groups.push(joined),
        }
        groups
    }

    fn spread(&self, group: &[usize], values: &[Option<f64>], mean: f64) -> Spread {
        let residual = |run: &usize| {
            let value = values[*run]?;
            Some(self.run_weight[self.of_run[*run]] * (value - mean))
        };
        let present = group.iter().filter_map(residual).count();
        let count = group.len() as f64;
        let middle = group.iter().filter_map(residual).sum::<f64>() / count;
        let squares: f64 = group
            .iter()
            .map(|run| residual(run).unwrap_or(0.0) - middle)
            .map(|deviation| deviation * deviation)
            .sum();
        Spread {
            variance: if group.len() > 1 {
                squares * count / (count - 1.0)
            } else {
                0.0
            },
            freedom: present.saturating_sub(1).max(1) as f64,
        }
    }
}

/// What one stratum adds to the variance of the mean.
struct Spread {
    variance: f64,
    freedom: f64,
}

/// Absent where a single run is all there is to see a spread from.
fn student_interval(mean: f64, spreads: &[Spread], total: f64, level: Ratio) -> Option<Interval> {
    let variance: f64 = spreads.iter().map(|spread| spread.variance).sum();
    if variance == 0.0 {
        return Some(Interval::around(mean, 0.0));
    }
    let squares: f64 = spreads
        .iter()
        .map(|spread| spread.variance * spread.variance / spread.freedom)
        .sum();
    let freedom = (variance * variance / squares).max(1.0);
    let half = student_quantile(0.5 + 0.5 * level.as_fraction(), freedom) * variance.sqrt() / total;
    half.is_finite().then(|| Interval::around(mean, half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::SplitMix64;

    fn level() -> Ratio {
        "95%".parse().unwrap()
    }

    fn close(ours: f64, pencil: f64) {
        assert!((ours - pencil).abs() < 1e-9, "{ours} {pencil}");
    }

    #[test]
    fn one_stratum_has_the_plain_student_interval() {
        // 1 … 5: mean 3, s² = 2.5, t(0.975, 4) = 2.776445: 3 ± 2.776445 · √(2.5 / 5).
        let values: Vec<Option<f64>> = (1..=5).map(|k| Some(f64::from(k))).collect();
        let mean = Strata::alike(5).mean(&values, level()).unwrap();
        close(mean.mean, 3.0);
        let high = 3.0 + 2.776_445_105_2 * 0.5f64.sqrt();
        assert!((mean.interval.unwrap().high - high).abs() < 1e-8);
    }

    #[test]
    fn strata_count_by_their_chance_and_not_by_their_runs() {
        // Good release (chance 0.9): 0, 2 → mean 1, s² 2. Bad (0.1): 10, 14 → 12, s² 8.
        // Mean 0.9 + 1.2 = 2.1. Variance 0.81·2/2 + 0.01·8/2 = 0.81 + 0.04 = 0.85.
        // Freedom 0.85² / (0.81² + 0.04²) = 0.7225 / 0.6577 = 1.09853.
        let strata = Strata::new(&[0, 3, 0, 3], |label| if label == 0 { 0.9 } else { 0.1 });
        let values = [Some(0.0), Some(10.0), Some(2.0), Some(14.0)];
        let mean = strata.mean(&values, level()).unwrap();
        close(mean.mean, 2.1);
        let half = student_quantile(0.975, 0.7225 / 0.6577) * 0.85f64.sqrt();
        close(mean.interval.unwrap().low, 2.1 - half);
        close(strata.unseen(), 0.0);
    }

    #[test]
    fn a_stratum_of_one_run_widens_the_interval_instead_of_hiding_its_spread() {
        // Joined with the others: weights all ¼, so this is the plain mean of 0, 0, 0, 8 = 2 with
        // s² = 16: 2 ± t(3) · 2, t(0.975, 3) = 3.182446.
        let strata = Strata::new(&[0, 0, 0, 1], |label| if label == 0 { 0.75 } else { 0.25 });
        let values = [Some(0.0), Some(0.0), Some(0.0), Some(8.0)];
        let mean = strata.mean(&values, level()).unwrap();
        assert_eq!((mean.mean, mean.collapsed), (2.0, 1));
        assert!((mean.interval.unwrap().high - (2.0 + 2.0 * 3.182_446_305_3)).abs() < 1e-8);
    }

    #[test]
    fn a_truth_that_no_run_faced_is_said_to_be_missing() {
        let strata = Strata::new(&[0, 0], |label| if label == 0 { 0.97 } else { 0.03 });
        close(strata.unseen(), 0.03);
        let mean = strata.mean(&[Some(1.0), Some(3.0)], level()).unwrap();
        close(mean.mean, 2.0);
    }

    #[test]
    fn what_cannot_be_had_is_absent() {
        let strata = Strata::alike(3);
        assert_eq!(strata.mean(&[None; 3], level()), None);
        let one = strata.mean(&[None, Some(4.0), None], level()).unwrap();
        assert_eq!((one.mean, one.interval, one.runs), (4.0, None, 1));
        let equal = strata.mean(&[Some(0.1); 3], level()).unwrap();
        assert_eq!(
            equal.interval,
            Some(Interval {
                low: 0.1,
                high: 0.1
            })
        );
    }

    /// Experiments of 40 runs, 36 on good truths with mean 1 and 4 on bad ones with mean 11, both
    /// with normal noise (sum of twelve uniforms): the true mean is 0.9 · 1 + 0.1 · 11 = 2.
    fn covered(experiment: u32) -> bool {
        let mut draw = SplitMix64::seed_from_u64(u64::from(experiment));
        let mut uniform = || (draw.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let labels: Vec<u32> = (0..40).map(|run| u32::from(run % 10 == 0)).collect();
        let mut noise = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let mut value = |label: &u32| Some(1.0 + 10.0 * f64::from(*label) + noise());
        let values: Vec<Option<f64>> = labels.iter().map(&mut value).collect();
        let strata = Strata::new(&labels, |label| if label == 0 { 0.9 } else { 0.1 });
        let mean = strata.mean(&values, level()).unwrap();
        mean.interval.unwrap().holds(2.0)
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_claim() {
        // ROLLCAST_LONG=1 runs a hundred times as many experiments.
        let long = std::env::var_os("ROLLCAST_LONG").is_some();
        let experiments = if long { 100_000 } else { 1_000 };
        let held = (0..experiments).filter(|k| covered(*k)).count() as f64;
        let share = held / f64::from(experiments);
        // Four standard errors of a share of 95 %, and half a point for Satterthwaite's
        // approximation, which is not exact.
        let tolerance = 4.0 * (0.95 * 0.05 / f64::from(experiments)).sqrt() + 0.005;
        assert!((share - 0.95).abs() < tolerance, "{share}");
    }
}

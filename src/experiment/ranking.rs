//! Which variant is best, and how sure that is.
//!
//! Order of judgement: (1) a variant that finishes good releases clearly less often than the best
//! at that stands behind; (2) share of users affected; (3) seconds of downtime; (4) cost. Each
//! step keeps those variants that the runs cannot tell from the best of it: the paired
//! difference's interval, widened for the number of comparisons (Bonferroni), holds zero.

use super::Ranked;
use super::difference::{column, ended};
use super::gates::Evidence;
use crate::metrics::{Ending, Metric, RunOutcome};
use crate::stats::{Strata, paired};
use crate::units::Ratio;

/// What is looked at, in order, with its name in words.
const CRITERIA: [(Metric, &str); 3] = [
    (Metric::UsersAffected, "fewest users hurt"),
    (Metric::DowntimeSeconds, "least downtime"),
    (Metric::CostUsd, "cheapest"),
];

/// Variants by place, and the words for the best.
pub(super) struct Ranking {
    /// Best first.
    pub(super) places: Vec<Ranked>,
    /// What set the best apart.
    pub(super) best: usize,
    /// Those that the runs cannot tell from the best by users hurt or downtime.
    pub(super) alike: Vec<usize>,
    /// Those that finish good releases clearly less often.
    pub(super) behind: Vec<usize>,
}

impl Evidence<'_> {
    /// Ranks all variants.
    pub(super) fn rank(&self, names: &[String]) -> Ranking {
        let mut left: Vec<usize> = (0..names.len()).collect();
        let finishing = self.finishing(&left);
        let behind = left.iter().filter(|index| !finishing.contains(index));
        let behind = behind.copied().collect();
        let (mut places, mut first) = (Vec::new(), None);
        while !left.is_empty() {
            let (best, alike, why) = self.best_of(&left);
            first.get_or_insert((best, alike));
            let place = places.len() as u32 + 1;
            places.push(Ranked {
                variant: names[best].clone(),
                place,
                why,
            });
            left.retain(|index| *index != best);
        }
        let (best, alike) = first.expect("at least one variant");
        for ranked in &mut places {
            if alike.iter().any(|index| names[*index] == ranked.variant) {
                ranked.place = 1;
            }
        }
        Ranking {
            places,
            best,
            alike,
            behind,
        }
    }

    /// The best of some variants, those like it in harm, and what set it apart.
    fn best_of(&self, among: &[usize]) -> (usize, Vec<usize>, String) {
        let finishing = self.finishing(among);
        let mut kept = finishing.clone();
        let mut why = match finishing.len() < among.len() {
            true => "finishes".to_owned(),
            false => String::new(),
        };
        let mut alike = Vec::new();
        for (metric, words) in CRITERIA {
            let before = kept.len();
            kept = self.not_worse(&kept, metric);
            if kept.len() < before {
                why = words.to_owned();
            }
            if metric == Metric::DowntimeSeconds {
                alike.clone_from(&kept);
            }
        }
        let best = *kept.first().expect("the best is never dropped");
        if kept.len() > 1 {
            why = "listed first among equals".to_owned();
        }
        alike.retain(|index| *index != best);
        (best, alike, why)
    }

    /// Those that finish good releases no less often than the best of them.
    fn finishing(&self, among: &[usize]) -> Vec<usize> {
        let finished = |index: &usize| {
            let outcomes = self.outcomes[*index];
            let all_bad = outcomes.iter().all(|outcome| outcome.truth != 0);
            let counts = |outcome: &RunOutcome| all_bad || outcome.truth == 0;
            let mut values = ended(outcomes, Ending::Promoted);
            for (value, outcome) in values.iter_mut().zip(outcomes) {
                *value = value.filter(|_| counts(outcome)).map(|hit| 1.0 - hit);
            }
            values
        };
        let columns: Vec<_> = among.iter().map(finished).collect();
        self.keep(among, &columns)
    }

    fn not_worse(&self, among: &[usize], metric: Metric) -> Vec<usize> {
        let columns = among
            .iter()
            .map(|index| column(self.outcomes[*index], metric));
        self.keep(among, &columns.collect::<Vec<_>>())
    }

    /// Keeps the variant with the smallest mean and all whose difference from it is not clear.
    fn keep(&self, among: &[usize], columns: &[Vec<Option<f64>>]) -> Vec<usize> {
        let mean =
            |values: &Vec<Option<f64>>| self.strata.mean(values, self.level).map(|it| it.mean);
        let means: Vec<Option<f64>> = columns.iter().map(mean).collect();
        let least = (0..among.len())
            .filter_map(|place| Some((place, means[place]?)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((least, _)) = least else {
            return among.to_vec();
        };
        let level = bonferroni(self.level, among.len());
        let clear = |place: usize| {
            let difference = paired(&columns[place], &columns[least]);
            clearly_above_zero(self.strata, &difference, level)
        };
        (0..among.len())
            .filter(|place| *place == least || !clear(*place))
            .map(|place| among[place])
            .collect()
    }
}

fn clearly_above_zero(strata: &Strata, difference: &[Option<f64>], level: Ratio) -> bool {
    let mean = strata.mean(difference, level);
    mean.and_then(|mean| mean.interval)
        .is_some_and(|it| it.low > 0.0)
}

/// The level of each of `variants - 1` comparisons so that all hold together at `level`.
fn bonferroni(level: Ratio, variants: usize) -> Ratio {
    let comparisons = variants.saturating_sub(1).max(1) as f64;
    let rest = level.complement().as_fraction() / comparisons;
    Ratio::from_fraction(1.0 - rest).expect("a share of a share")
}

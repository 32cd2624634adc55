//! Recorded and simulated, compared.

use statrs::distribution::{ContinuousCDF, Normal};

/// A number of one run: a count, of so many, times a scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity {
    pub(super) name: String,
    pub(super) count: f64,
    pub(super) of: f64,
    pub(super) scale: f64,
}

impl Quantity {
    /// A count of so many, as a share.
    pub(super) fn share(name: impl Into<String>, count: f64, of: f64) -> Self {
        let of = of.max(1.0);
        Self {
            name: name.into(),
            count,
            of,
            scale: 1.0 / of,
        }
    }
    /// A count that may be above the number of requests, and what one of it means.
    pub(super) fn scaled(name: impl Into<String>, (count, of): (f64, f64), scale: f64) -> Self {
        Self {
            name: name.into(),
            count,
            of,
            scale,
        }
    }
    fn value(&self) -> f64 {
        self.count * self.scale
    }
}

/// The verdict on one quantity of one cell.
pub(super) struct Judged {
    pub(super) name: String,
    pub(super) recorded: f64,
    pub(super) simulated: f64,
    pub(super) error: f64,
    pub(super) z: f64,
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

fn spread(values: &[f64]) -> f64 {
    let middle = mean(values.iter().copied());
    let squares: f64 = values.iter().map(|it| (it - middle) * (it - middle)).sum();
    (squares / (values.len() as f64 - 1.0).max(1.0)).sqrt()
}

/// By the difference of means and its standard error. The spread of a run is the greater of the two
/// seen: that of three or four repetitions alone is too small half of the time, a third of it once
/// in ten. It is at least half a count. Where every recorded run saw none, or all, the chance of that
/// is asked for instead (Clopper and Pearson's interval by its bound).
pub(super) fn judge(recorded: &[Quantity], simulated: &[Quantity]) -> Judged {
    let values = |all: &[Quantity]| all.iter().map(|it| it.value()).collect::<Vec<f64>>();
    let (theirs, ours) = (values(recorded), values(simulated));
    let (their_mean, our_mean) = (mean(theirs.iter().copied()), mean(ours.iter().copied()));
    let grain = mean(recorded.iter().map(|it| it.scale)) / 2.0;
    let run = spread(&theirs).max(spread(&ours)).max(grain);
    let error = run * (1.0 / theirs.len() as f64 + 1.0 / ours.len() as f64).sqrt();
    let none = recorded.iter().all(|it| it.count == 0.0);
    let all = recorded.iter().all(|it| it.count == it.of);
    let z = match (none, all) {
        (true, _) => rarity(recorded, mean(simulated.iter().map(|it| it.count / it.of))),
        (_, true) => rarity(
            recorded,
            mean(simulated.iter().map(|it| 1.0 - it.count / it.of)),
        ),
        _ => (our_mean - their_mean) / error,
    };
    Judged {
        name: recorded[0].name.clone(),
        recorded: their_mean,
        simulated: our_mean,
        error,
        z,
    }
}

/// How many standard deviations it is against all odds that what happens once in so many requests
/// never did.
fn rarity(recorded: &[Quantity], chance: f64) -> f64 {
    let requests: f64 = recorded.iter().map(|it| it.of).sum();
    let never = (requests * (-chance).ln_1p()).exp();
    match never >= 0.5 {
        true => 0.0,
        false => -Normal::standard().inverse_cdf(never.max(1e-300)),
    }
}

#[test]
fn the_judge_knows_none_from_few_and_right_from_wrong() {
    let shares = |counts: &[f64]| -> Vec<Quantity> {
        let shares = counts.iter();
        shares
            .map(|count| Quantity::share("x", *count, 1000.0))
            .collect()
    };
    let z = |recorded: &[f64], simulated: &[f64]| {
        let (recorded, simulated) = (shares(recorded), shares(simulated));
        judge(&recorded, &simulated).z
    };
    // None of 2000; once in a thousand would be e^-2 = 0.135: 1.10 deviations; once in a hundred
    // e^-20: 5.9.
    assert_eq!(z(&[0.0, 0.0], &[0.0, 0.0]), 0.0);
    assert!((z(&[0.0, 0.0], &[1.0, 1.0]) - 1.10).abs() < 0.01);
    assert!((z(&[0.0, 0.0], &[10.0, 10.0]) - 5.9).abs() < 0.1);
    assert!((z(&[1000.0, 1000.0], &[990.0, 990.0]) - 5.9).abs() < 0.1);
    // Spread 0.002, error 0.002 sqrt(1/2 + 1/2).
    let few = z(&[100.0, 100.0], &[106.0 - 2f64.sqrt(), 106.0 + 2f64.sqrt()]);
    assert!((few - 3.0).abs() < 1e-9, "{few}");
}

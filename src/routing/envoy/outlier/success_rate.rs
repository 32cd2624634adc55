//! Success-rate ejection: its threshold alone. Istio switches the mechanism off, and
//! [`Detector`](super::Detector) does not use it.

/// Success rates of a cluster's hosts over one interval, and the rate below which a host is an
/// outlier: mean − factor × standard deviation of all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SuccessRates {
    /// Mean [%].
    pub mean: f64,
    /// Standard deviation of the population [%].
    pub deviation: f64,
}

impl SuccessRates {
    /// Of these rates [%]; none of no rates.
    pub fn of(rates: &[f64]) -> Option<Self> {
        if rates.is_empty() {
            return None;
        }
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / rates.len() as f64;
        let middle = mean(&mut rates.iter().copied());
        let variance = mean(&mut rates.iter().map(|rate| (rate - middle) * (rate - middle)));
        Some(Self {
            mean: middle,
            deviation: variance.sqrt(),
        })
    }
    /// The threshold [%] under a factor; Envoy's default 1.9.
    pub fn threshold(&self, factor: f64) -> f64 {
        self.mean - factor * self.deviation
    }
}

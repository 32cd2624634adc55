//! Sums that lose little.

/// A running sum with its compensation (Neumaier's variant of Kahan's summation, which Prometheus
/// uses over ranges, and since version 3 over series).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compensated {
    pub(super) sum: f64,
    pub(super) lost: f64,
}

impl Compensated {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> f64 {
        let mut sum = Self::default();
        values.for_each(|value| sum.add(value));
        sum.total()
    }
    pub(super) fn add(&mut self, value: f64) {
        let next = self.sum + value;
        self.lost += if next.is_infinite() {
            // The compensation of an infinite sum would be NaN.
            0.0
        } else if self.sum.abs() >= value.abs() {
            (self.sum - next) + value
        } else {
            (value - next) + self.sum
        };
        self.sum = next;
    }
    pub(super) fn total(self) -> f64 {
        if self.sum.is_infinite() {
            self.sum
        } else {
            self.sum + self.lost
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_survive_between_large_ones() {
        let values = [1.0, 1e100, 1.0, -1e100];
        assert_eq!(Compensated::of(values.into_iter()), 2.0);
        let infinite = [f64::INFINITY, 1.0].into_iter();
        assert_eq!(Compensated::of(infinite), f64::INFINITY);
    }
}

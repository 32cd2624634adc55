//! A histogram of durations with a bounded relative error.

use crate::units::SimDuration;

/// Steps per doubling: 2^7, so that a bucket is at most 1/128 of its value wide.
const STEP_BITS: u32 = 7;
const STEPS: u64 = 1 << STEP_BITS;
/// Buckets up to 2^48 ns, about 78 hours; longer durations count in the last.
const BUCKETS: usize = ((48 - STEP_BITS as usize) + 1) << STEP_BITS;

/// Counts of durations in buckets that are exact below 128 ns and at most 1/128 wide above.
///
/// Quantiles are interpolated within a bucket, so they err by less than 0.8 %, and by far less
/// where the density is smooth. Merging is a sum: the order does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latencies {
    counts: Vec<u32>,
    total: u64,
    sum_nanos: u128,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
            sum_nanos: 0,
        }
    }
}

/// Bucket of a duration: its position among the `STEPS` parts of its power of two.
#[inline]
fn bucket(nanos: u64) -> usize {
    let shift = (nanos | (STEPS - 1)).ilog2() - (STEP_BITS - 1);
    let shift = shift.saturating_sub(1);
    let index = (u64::from(shift) << STEP_BITS) + (nanos >> shift);
    (index as usize).min(BUCKETS - 1)
}

/// Smallest duration of a bucket and its width.
fn bounds(index: usize) -> (u64, u64) {
    let index = index as u64;
    if index < 2 * STEPS {
        return (index, 1);
    }
    let shift = (index >> STEP_BITS) - 1;
    ((index - (shift << STEP_BITS)) << shift, 1 << shift)
}

impl Latencies {
    /// Counts one duration.
    #[inline]
    pub fn record(&mut self, length: SimDuration) {
        let nanos = length.as_nanos();
        self.counts[bucket(nanos)] += 1;
        self.total += 1;
        self.sum_nanos += u128::from(nanos);
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.sum_nanos += other.sum_nanos;
    }

    /// How many durations were counted.
    pub fn len(&self) -> u64 {
        self.total
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Exact mean; absent without durations.
    pub fn mean(&self) -> Option<SimDuration> {
        let mean = self.sum_nanos.checked_div(u128::from(self.total))?;
        Some(SimDuration::from_nanos(mean as u64))
    }

    /// Share of durations above `limit`, interpolated within its bucket; 0 without durations.
    pub fn share_above(&self, limit: SimDuration) -> f64 {
        let place = bucket(limit.as_nanos());
        let (start, width) = bounds(place);
        let part = ((limit.as_nanos() - start) as f64 / width as f64).min(1.0);
        let beyond: u64 = self.counts[place + 1..].iter().map(|n| u64::from(*n)).sum();
        let above = beyond as f64 + f64::from(self.counts[place]) * (1.0 - part);
        above / (self.total.max(1)) as f64
    }

    /// The duration that a share `q` of all stay at or below, interpolated within its bucket;
    /// absent without durations.
    pub fn quantile(&self, q: f64) -> Option<SimDuration> {
        if self.total == 0 {
            return None;
        }
        let rank = (q.clamp(0.0, 1.0) * self.total as f64).max(1.0);
        let mut below = 0.0;
        for (index, count) in self.counts.iter().enumerate().filter(|(_, n)| **n > 0) {
            let count = f64::from(*count);
            if below + count >= rank {
                let (start, width) = bounds(index);
                let part = (rank - below) / count * (width - 1) as f64;
                return Some(SimDuration::from_nanos(start + part.round() as u64));
            }
            below += count;
        }
        unreachable!("the ranks of all buckets together reach the total")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_join_without_gaps_and_stay_narrow() {
        let mut next = 0;
        for index in 0..BUCKETS {
            let (start, width) = bounds(index);
            assert_eq!(start, next, "bucket {index}");
            assert_eq!(bucket(start), index);
            assert_eq!(bucket(start + width - 1), index);
            assert!(width == 1 || width * 128 <= start, "{start}: {width}");
            next = start + width;
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_of_a_known_set_are_within_the_stated_error() {
        let mut all = Latencies::default();
        for k in 1..=100_000 {
            all.record(SimDuration::from_nanos(k * 1000));
        }
        for q in [0.5, 0.95, 0.99, 0.999] {
            let got = all.quantile(q).unwrap().as_nanos() as f64;
            assert!((got / (q * 1e8) - 1.0).abs() < 0.008, "{q}: {got}");
            let above = all.share_above(SimDuration::from_nanos((q * 1e8) as u64));
            // At most what one bucket holds, where the set ends within it.
            assert!((above - (1.0 - q)).abs() < 1.0 / 128.0, "{q}: {above}");
        }
        assert_eq!(all.mean(), Some(SimDuration::from_nanos(50_000_500)));
        assert_eq!(Latencies::default().quantile(0.5), None);
    }

    #[test]
    fn merging_is_counting_together() {
        let (mut left, mut right, mut both) = <(Latencies, Latencies, Latencies)>::default();
        for k in 0..1000 {
            let length = SimDuration::from_nanos(k * k * k);
            if k % 3 == 0 { &mut left } else { &mut right }.record(length);
            both.record(length);
        }
        left.merge(&right);
        assert_eq!(left, both);
    }
}

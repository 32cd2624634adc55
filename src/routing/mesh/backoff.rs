//! How long a proxy waits before it tries again.

use crate::units::SimDuration;

/// How long a proxy waits before it tries again: longer and longer, with luck (envoy
/// `backoff_strategy.cc` at 18a4509c).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base: SimDuration,
}

impl Default for Backoff {
    /// The proxy's own: 25 ms.
    fn default() -> Self {
        Self::from_base(SimDuration::from_millis(25))
    }
}

impl Backoff {
    /// With this base interval; the longest wait is ten times as long.
    pub const fn from_base(base: SimDuration) -> Self {
        Self { base }
    }
    /// The base interval.
    pub const fn base(self) -> SimDuration {
        self.base
    }
    /// The longest wait.
    pub fn max(self) -> SimDuration {
        self.base * 10
    }
    /// All that is drawn before the `retry`-th retry (from 1) lies below this: base times 2^retry - 1.
    pub fn bound(self, retry: u32) -> SimDuration {
        self.base * 2_u64.saturating_pow(retry).saturating_sub(1)
    }
    /// The wait before the `retry`-th retry (from 1) for a luck in 0 .. 1: whole milliseconds below
    /// the bound, and no longer than the longest.
    pub fn delay(self, retry: u32, luck: f64) -> SimDuration {
        let drawn = self.bound(retry).as_millis_f64() * luck;
        match drawn < self.max().as_millis_f64() {
            true => SimDuration::from_millis(drawn as u64),
            false => self.max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_ten_times_the_base() {
        let backoff = Backoff::default();
        // 0.999 × 25, × 75, × 175 in whole milliseconds; × 775 is above 250.
        for (retry, millis) in [(1, 24), (2, 74), (3, 174), (5, 250), (70, 250)] {
            assert_eq!(
                backoff.delay(retry, 0.999),
                SimDuration::from_millis(millis)
            );
        }
        assert_eq!(backoff.delay(9, 0.0), SimDuration::ZERO);
        assert_eq!(
            Backoff::from_base(SimDuration::SECOND).max(),
            SimDuration::from_secs(10)
        );
    }
}

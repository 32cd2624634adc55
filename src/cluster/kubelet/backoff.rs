//! Restart back-off (reference kubernetes.md §3.3; client-go util/flowcontrol/backoff.go).

use crate::units::{SimDuration, SimTime};

/// The doubling delay of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    initial: SimDuration,
    max: SimDuration,
    entry: Option<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    value: SimDuration,
    updated: SimTime,
}

impl BackOff {
    /// Without any failure yet.
    pub const fn new(initial: SimDuration, max: SimDuration) -> Self {
        Self {
            initial,
            max,
            entry: None,
        }
    }

    /// The stored delay; zero before the first failure.
    pub fn value(&self) -> SimDuration {
        self.entry.map_or(SimDuration::ZERO, |entry| entry.value)
    }

    /// Another failure at `event`: doubles the delay, or starts over if the entry has expired after
    /// `expiry` without an update.
    pub fn next(&mut self, event: SimTime, expiry: SimDuration) {
        let value = match self.entry {
            Some(entry) if event.saturating_since(entry.updated) <= expiry => {
                (entry.value * 2).min(self.max)
            }
            _ => self.initial,
        };
        self.entry = Some(Entry {
            value,
            updated: event,
        });
    }

    /// Whether an attempt at `now` is still too early.
    pub fn in_back_off(&self, now: SimTime, expiry: SimDuration) -> bool {
        self.entry.is_some_and(|entry| {
            let since = now.saturating_since(entry.updated);
            since <= expiry && since < entry.value
        })
    }

    /// Forgets all failures.
    pub fn reset(&mut self) {
        self.entry = None;
    }
}

/// The back-off of a container that keeps ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashLoop {
    initial: SimDuration,
    max: SimDuration,
    stored: SimDuration,
    last_start: SimTime,
}

/// A container that ran longer than this is forgiven (fixed, not derived from the cap).
const FORGIVEN_AFTER: SimDuration = SimDuration::from_secs(600);
/// The pod worker looks again after at most this long, stretched by up to a half.
const RESYNC: SimDuration = SimDuration::from_secs(60);

impl Default for CrashLoop {
    /// The kubelet's defaults: 10 s, doubling up to 300 s.
    fn default() -> Self {
        Self::new(SimDuration::from_secs(10), SimDuration::from_secs(300))
    }
}

impl CrashLoop {
    /// With other bounds.
    pub const fn new(initial: SimDuration, max: SimDuration) -> Self {
        Self {
            initial,
            max,
            stored: SimDuration::ZERO,
            last_start: SimTime::ZERO,
        }
    }

    /// The bounds a kubelet configuration leads to (gates ReduceDefaultCrashLoopBackOffDecay and
    /// KubeletCrashLoopBackOffMax): the cap is the configured one, the initial value never above it.
    pub fn configured(reduced_decay: ReducedDecay, max_period: SimDuration) -> Self {
        let initial = match reduced_decay {
            ReducedDecay::Off => SimDuration::from_secs(10),
            ReducedDecay::On => SimDuration::SECOND,
        };
        Self::new(initial.min(max_period), max_period)
    }

    /// First and longest delay.
    pub const fn bounds(&self) -> (SimDuration, SimDuration) {
        (self.initial, self.max)
    }
    /// The delay that the next exit will meet, unless it is forgiven.
    pub const fn stored(&self) -> SimDuration {
        self.stored
    }

    /// The container started.
    pub fn started(&mut self, now: SimTime) {
        self.last_start = now;
    }

    /// The container ended: how long after its end it may start again. The first restart is
    /// immediate; the stored delay doubles with each.
    pub fn exited(&mut self, now: SimTime) -> SimDuration {
        if now.saturating_since(self.last_start) > FORGIVEN_AFTER {
            self.stored = SimDuration::ZERO;
        }
        let delay = self.stored;
        self.stored = if delay.is_zero() {
            self.initial
        } else {
            (delay * 2).min(self.max)
        };
        delay
    }
}

/// Gate ReduceDefaultCrashLoopBackOffDecay: the first delay is 1 s instead of 10 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReducedDecay {
    /// The default.
    Off,
    /// Alpha.
    On,
}

/// When the pod worker notices that a back-off is over: it sleeps until then, but at most the
/// resync period, and each sleep is stretched by a factor in 1 .. 1.5.
pub fn noticed_after(delay: SimDuration, mut stretch: impl FnMut() -> f64) -> SimDuration {
    let mut slept = SimDuration::ZERO;
    while slept < delay {
        slept += (delay - slept).min(RESYNC).mul_f64(1.0 + 0.5 * stretch());
    }
    slept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(runs_for: u64, times: usize) -> Vec<u64> {
        let mut crash_loop = CrashLoop::default();
        let mut now = SimTime::ZERO;
        let mut seen = Vec::new();
        for _ in 0..times {
            crash_loop.started(now);
            now += SimDuration::from_secs(runs_for);
            let delay = crash_loop.exited(now);
            seen.push(delay.as_secs());
            now += delay;
        }
        seen
    }

    #[test]
    fn a_crash_loop_waits_0_10_20_40_up_to_300_seconds() {
        assert_eq!(delays(1, 9), [0, 10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn a_container_that_ran_for_more_than_ten_minutes_is_forgiven() {
        assert_eq!(delays(601, 3), [0, 0, 0]);
    }

    #[test]
    fn a_long_back_off_is_noticed_at_stretched_resyncs() {
        let noticed = noticed_after(SimDuration::from_secs(160), || 0.0);
        assert_eq!(
            noticed,
            SimDuration::from_secs(160),
            "60 + 60 + 40 without stretching"
        );
        let noticed = noticed_after(SimDuration::from_secs(160), || 1.0);
        assert_eq!(noticed, SimDuration::from_secs(180), "two sleeps of 90 s");
    }
}

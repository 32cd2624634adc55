//! The place of one object in a controller's work queue.

use std::collections::VecDeque;

use crate::units::{SimDuration, SimTime};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Queued,
    Busy,
    BusyAndWoken,
}

/// Waiting, worked on, or neither; and the writes still to come of the present sync.
#[derive(Debug, Clone)]
pub(super) struct Work<W> {
    state: State,
    failures: u32,
    pub(super) writes: VecDeque<W>,
}

impl<W> Default for Work<W> {
    fn default() -> Self {
        Self {
            state: State::Idle,
            failures: 0,
            writes: VecDeque::new(),
        }
    }
}

impl<W> Work<W> {
    /// Wakes it; whether it is to be put into the queue now.
    pub(super) fn wake(&mut self) -> bool {
        let idle = self.state == State::Idle;
        self.state = match self.state {
            State::Idle | State::Queued => State::Queued,
            State::Busy | State::BusyAndWoken => State::BusyAndWoken,
        };
        idle
    }
    /// A worker takes it.
    pub(super) fn start(&mut self) {
        self.state = State::Busy;
    }
    /// The worker is done; whether it is to be put into the queue again.
    pub(super) fn finish(&mut self) -> bool {
        let woken = self.state == State::BusyAndWoken;
        self.state = if woken { State::Queued } else { State::Idle };
        woken
    }
    /// The sync went well: the next failure waits the shortest time again.
    pub(super) fn forget_failures(&mut self) {
        self.failures = 0;
    }
    /// The sync failed: how long until the next try, 5 ms × 2^n (reference kubernetes.md §1.0).
    pub(super) fn back_off(&mut self) -> SimDuration {
        self.failures += 1;
        SimDuration::from_millis(5) * (1 << (self.failures - 1).min(14))
    }
}

/// A token bucket, as the instant at which it would be full again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bucket {
    full_at: SimTime,
}

impl Bucket {
    /// When a call asked for now may go out.
    pub(super) fn take(&mut self, limit: super::ClientLimit, now: SimTime) -> SimTime {
        let token = SimDuration::SECOND / u64::from(limit.per_second);
        self.full_at = self.full_at.max(now) + token;
        let ahead = self.full_at - now;
        now + ahead.saturating_sub(token * u64::from(limit.burst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::control_plane::ClientLimit;

    #[test]
    fn what_wakes_a_busy_item_queues_it_again_once() {
        let mut work = Work::<()>::default();
        assert!(work.wake());
        assert!(!work.wake(), "it is in the queue already");
        work.start();
        assert!(!work.wake());
        assert!(!work.wake());
        assert!(work.finish());
        work.start();
        assert!(!work.finish());
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let limit = ClientLimit {
            per_second: 20,
            burst: 30,
        };
        let mut bucket = Bucket::default();
        let times: Vec<_> = (0..50).map(|_| bucket.take(limit, SimTime::ZERO)).collect();
        assert_eq!(times[29], SimTime::ZERO);
        assert_eq!(times[49], SimTime::from_secs(1));
    }
}

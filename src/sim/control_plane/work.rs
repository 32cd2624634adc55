//! The place of one object in a controller's work queue.

use std::collections::VecDeque;

use crate::units::SimDuration;

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

#[cfg(test)]
mod tests {
    use super::*;

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
}

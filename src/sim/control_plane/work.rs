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
    /// The one pending timer.
    timer: Option<SimTime>,
    /// Generation and size that the present sync carries out.
    carrying: Option<(u64, u32)>,
    /// The last generation that was carried out.
    carried: u64,
    pub(super) writes: VecDeque<W>,
}

impl<W> Default for Work<W> {
    fn default() -> Self {
        Self {
            state: State::Idle,
            failures: 0,
            timer: None,
            carrying: None,
            carried: 0,
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
        self.carrying = None;
    }
    /// The present sync carries out this size, read with this generation, to the end.
    pub(super) fn carries_out(&mut self, generation: u64, size: u32) {
        self.carrying = Some((generation, size));
    }
    /// The present sync has ended well: the size it carried out, if of a generation that is news.
    pub(super) fn carried_out(&mut self) -> Option<u32> {
        let (generation, size) = self.carrying.take()?;
        let news = generation > self.carried;
        self.carried = self.carried.max(generation);
        news.then_some(size)
    }
    /// The worker is done; whether it is to be put into the queue again.
    pub(super) fn finish(&mut self) -> bool {
        let woken = self.state == State::BusyAndWoken;
        self.state = if woken { State::Queued } else { State::Idle };
        woken
    }
    /// Asks for a wake-up; whether one is to be scheduled. An item has one timer, the soonest asked for: a
    /// later wish is dropped until that one has fired (client-go `util/workqueue/delaying_queue.go`).
    pub(super) fn set_timer(&mut self, at: SimTime) -> bool {
        let sooner = self.timer.is_none_or(|pending| at < pending);
        if sooner {
            self.timer = Some(at);
        }
        sooner
    }
    /// A timer is due; whether it is the pending one.
    pub(super) fn timer_fires(&mut self, now: SimTime) -> bool {
        self.timer.take_if(|pending| *pending == now).is_some()
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
    fn an_item_has_one_timer_and_that_is_the_soonest() {
        let mut work = Work::<()>::default();
        let second = SimTime::from_secs;
        assert!(work.set_timer(second(5)));
        assert!(!work.set_timer(second(7)), "dropped");
        assert!(work.set_timer(second(3)), "takes the place of the first");
        assert!(work.timer_fires(second(3)));
        assert!(!work.timer_fires(second(5)), "replaced");
        assert!(work.set_timer(second(7)));
    }

    #[test]
    fn a_change_is_carried_out_once_and_by_a_sync_that_ends_well() {
        let mut work = Work::<()>::default();
        work.start();
        work.carries_out(2, 5);
        work.start();
        assert_eq!(work.carried_out(), None, "the first sync failed");
        work.carries_out(2, 5);
        assert_eq!(work.carried_out(), Some(5));
        work.start();
        work.carries_out(2, 5);
        assert_eq!(work.carried_out(), None, "no news");
    }

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

//! The event queue, ordered by (time, urgency, sequence).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::units::{SimDuration, SimTime};

/// Which of two events at the same instant comes first: the lower number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency(pub u8);

impl Urgency {
    /// What happens to the world from outside: faults, people, the release.
    pub const OUTSIDE: Self = Self(0);
    /// What machines do: containers start, stop and die.
    pub const MACHINE: Self = Self(64);
    /// What controllers decide on what they have seen.
    pub const CONTROL: Self = Self(128);
    /// What watches and measures.
    pub const OBSERVE: Self = Self(192);
}

/// The right to cancel one scheduled event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    slot: u32,
    sequence: u64,
}

struct Slot<E> {
    sequence: u64,
    event: Option<E>,
}

const SEQUENCE_BITS: u32 = 56;

/// Events to come, and the time of the last one taken.
pub struct Queue<E> {
    now: SimTime,
    sequence: u64,
    heap: BinaryHeap<Reverse<(u128, u32)>>,
    slots: Vec<Slot<E>>,
    free: Vec<u32>,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> Queue<E> {
    /// An empty queue at time zero.
    pub fn new() -> Self {
        Self {
            now: SimTime::ZERO,
            sequence: 0,
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    /// The time of the last event taken, or of the last [`Queue::advance_to`].
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Puts an event at an instant.
    ///
    /// # Panics
    /// If `at` lies in the past: time never goes back.
    pub fn schedule(&mut self, at: SimTime, urgency: Urgency, event: E) -> Ticket {
        assert!(
            at >= self.now,
            "an event at {at} would lie before now, {}",
            self.now
        );
        let sequence = self.sequence;
        self.sequence += 1;
        let key = (u128::from(at.as_nanos()) << 64)
            | (u128::from(urgency.0) << SEQUENCE_BITS)
            | u128::from(sequence);
        let slot = self.place(Slot {
            sequence,
            event: Some(event),
        });
        self.heap.push(Reverse((key, slot)));
        Ticket { slot, sequence }
    }

    /// Puts an event a length of time from now.
    pub fn schedule_in(&mut self, length: SimDuration, urgency: Urgency, event: E) -> Ticket {
        self.schedule(self.now + length, urgency, event)
    }

    fn place(&mut self, slot: Slot<E>) -> u32 {
        if let Some(free) = self.free.pop() {
            self.slots[free as usize] = slot;
            return free;
        }
        self.slots.push(slot);
        u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 events are pending at once")
    }

    /// Takes an event back; `None` if it has run or was cancelled before.
    pub fn cancel(&mut self, ticket: Ticket) -> Option<E> {
        let slot = self.slots.get_mut(ticket.slot as usize)?;
        (slot.sequence == ticket.sequence)
            .then(|| slot.event.take())
            .flatten()
    }

    /// When the next event is due.
    pub fn peek_time(&mut self) -> Option<SimTime> {
        self.drop_cancelled();
        self.heap
            .peek()
            .map(|Reverse((key, _))| SimTime::from_nanos((key >> 64) as u64))
    }

    /// Takes the next event and moves the clock to it.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.drop_cancelled();
        let Reverse((key, index)) = self.heap.pop()?;
        self.now = SimTime::from_nanos((key >> 64) as u64);
        let event = self.slots[index as usize]
            .event
            .take()
            .expect("cancelled ones were dropped");
        self.free.push(index);
        Some((self.now, event))
    }

    fn drop_cancelled(&mut self) {
        while let Some(Reverse((_, index))) = self.heap.peek() {
            if self.slots[*index as usize].event.is_some() {
                return;
            }
            self.free.push(*index);
            self.heap.pop();
        }
    }

    /// Moves the clock to an instant before the next event.
    ///
    /// # Panics
    /// If that would go back in time or pass an event.
    pub fn advance_to(&mut self, at: SimTime) {
        assert!(at >= self.now, "time never goes back");
        assert!(
            self.peek_time().is_none_or(|next| at <= next),
            "an event would be passed"
        );
        self.now = at;
    }

    /// How many events are pending, cancelled ones included until they are met.
    pub fn len(&self) -> usize {
        self.heap.len()
    }
    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &mut Queue<&'static str>) -> Vec<(u64, &'static str)> {
        std::iter::from_fn(|| queue.pop())
            .map(|(at, e)| (at.as_nanos(), e))
            .collect()
    }

    #[test]
    fn ties_go_by_urgency_and_then_by_order_of_scheduling() {
        let mut queue = Queue::new();
        let at = SimTime::from_nanos(5);
        queue.schedule(at, Urgency::CONTROL, "third");
        queue.schedule(at, Urgency::OUTSIDE, "first");
        queue.schedule(at, Urgency::CONTROL, "fourth");
        queue.schedule(at, Urgency::MACHINE, "second");
        queue.schedule(SimTime::from_nanos(1), Urgency::OBSERVE, "before all");
        let order: Vec<_> = drain(&mut queue).into_iter().map(|(_, e)| e).collect();
        assert_eq!(order, ["before all", "first", "second", "third", "fourth"]);
    }

    #[test]
    fn a_cancelled_event_never_runs_and_never_moves_the_clock() {
        let mut queue = Queue::new();
        queue.schedule(SimTime::from_nanos(3), Urgency::MACHINE, "kept");
        let gone = queue.schedule(SimTime::from_nanos(9), Urgency::MACHINE, "gone");
        assert_eq!(queue.cancel(gone), Some("gone"));
        assert_eq!(queue.cancel(gone), None, "only once");
        assert_eq!(drain(&mut queue), [(3, "kept")]);
        assert_eq!(queue.now(), SimTime::from_nanos(3));
    }

    #[test]
    fn a_ticket_of_an_event_that_ran_cannot_cancel_the_one_that_took_its_place() {
        let mut queue = Queue::new();
        let old = queue.schedule(SimTime::from_nanos(1), Urgency::MACHINE, "old");
        queue.pop();
        queue.schedule(SimTime::from_nanos(2), Urgency::MACHINE, "new");
        assert_eq!(queue.cancel(old), None);
        assert_eq!(drain(&mut queue), [(2, "new")]);
    }

    #[test]
    #[should_panic(expected = "would lie before now")]
    fn the_past_is_closed() {
        let mut queue = Queue::new();
        queue.schedule(SimTime::from_nanos(5), Urgency::MACHINE, "x");
        queue.pop();
        queue.schedule(SimTime::from_nanos(4), Urgency::MACHINE, "y");
    }
}

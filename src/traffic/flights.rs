//! Requests on their way, in the order of intended arrival.
//!
//! A request waits here from its arrival until its outcome is settled *and* those before it are:
//! the ledger hears of requests in order. An outcome known in advance is only a prediction until
//! its time has come; the end of a process overrides it.

use std::collections::VecDeque;

use crate::facts::{RequestFact, Verdict};
use crate::ids::{SourceId, UserId};
use crate::units::SimTime;

/// No pod has the request.
pub(super) const NOWHERE: u32 = u32::MAX;

/// What follows when the attempt under way ends at [`Flight::until`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The request is settled.
    Settled,
    /// Another attempt, after a pause.
    Again,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    pub(super) intended: u64,
    /// When the attempt under way ends, as known now.
    pub(super) until: u64,
    /// Its number within its source.
    pub(super) number: u64,
    pub(super) user: UserId,
    /// The proxy's hold on it, or [`NO_CROSSING`](super::mesh::NO_CROSSING).
    pub(super) crossing: u32,
    /// The pod that has the attempt.
    pub(super) pod: u32,
    pub(super) source: u16,
    pub(super) attempts: u16,
    /// Tries of proxies, for all attempts.
    pub(super) tries: u16,
    /// How the attempt ends, as known now.
    pub(super) verdict: Verdict,
    pub(super) then: Then,
    pub(super) exposed: bool,
}

impl Flight {
    /// The fact it becomes.
    pub(super) fn fact(&self) -> RequestFact {
        RequestFact {
            source: SourceId::new(u32::from(self.source)),
            user: self.user,
            intended: SimTime::from_nanos(self.intended),
            settled: SimTime::from_nanos(self.until),
            verdict: self.verdict,
            attempts: u32::from(self.attempts.max(self.tries)),
            exposed: self.exposed,
        }
    }

    fn is_settled(&self, now: u64) -> bool {
        self.until <= now && self.then == Then::Settled
    }
}

/// All requests on their way, numbered by arrival.
#[derive(Debug, Default)]
pub(super) struct Flights {
    first: u64,
    ring: VecDeque<Flight>,
}

impl Flights {
    /// The number that the next request gets.
    #[inline]
    pub(super) fn next_number(&self) -> u64 {
        self.first + self.ring.len() as u64
    }

    #[inline]
    pub(super) fn push(&mut self, flight: Flight) {
        self.ring.push_back(flight);
    }

    /// The request of this number, unless the ledger has it already.
    #[inline]
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Flight> {
        let index = number.checked_sub(self.first)?;
        self.ring.get_mut(index as usize)
    }

    /// Takes the oldest request if it is settled.
    #[inline]
    pub(super) fn pop_settled(&mut self, now: u64) -> Option<Flight> {
        if !self.ring.front()?.is_settled(now) {
            return None;
        }
        self.first += 1;
        self.ring.pop_front()
    }

    /// Numbers of the requests whose present attempt a pod has and has not yet answered.
    pub(super) fn at_pod(&self, pod: u32, now: u64) -> Vec<u64> {
        let here = |flight: &Flight| flight.pod == pod && flight.until > now;
        let numbered = self.ring.iter().zip(self.first..);
        numbered
            .filter(|(flight, _)| here(flight))
            .map(|(_, number)| number)
            .collect()
    }

    /// How many requests are not settled yet.
    pub(super) fn unsettled(&self, now: u64) -> usize {
        self.ring
            .iter()
            .filter(|flight| !flight.is_settled(now))
            .count()
    }

    /// Takes all, in order: each with whether it is settled.
    pub(super) fn drain(&mut self, now: u64) -> impl Iterator<Item = (bool, Flight)> {
        self.first += self.ring.len() as u64;
        self.ring
            .drain(..)
            .map(move |flight| (flight.is_settled(now), flight))
    }
}

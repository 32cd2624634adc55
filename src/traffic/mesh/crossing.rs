//! A request in the hands of a proxy.

use crate::facts::Cause;
use crate::ids::UserId;
use crate::routing::envoy::attempt::AttemptEnd;
use crate::routing::envoy::retries::RetryState;
use crate::traffic::source::Luck;

/// No proxy has the request.
pub(in crate::traffic) const NO_CROSSING: u32 = u32::MAX;
/// Marks the flight of a copy, for whose answer nobody waits; the rest is its ticket.
const COPY: u64 = 1 << 63;

/// An upstream of one proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::traffic) struct Place {
    pub(in crate::traffic) fleet: u16,
    pub(in crate::traffic) proxy: u16,
    pub(in crate::traffic) upstream: u16,
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::traffic) enum Stage {
    /// It waits out a fault's delay or a retry's back-off.
    Paused,
    /// It waits for a connection.
    Waiting,
    /// The host has it.
    Sent,
}

/// Hosts that a request has been to, the last few. Envoy remembers all; so many retries of one request
/// are not seen in practice.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::traffic) struct Tried {
    pods: [u32; 6],
    count: u8,
}

impl Tried {
    pub(in crate::traffic) fn add(&mut self, pod: u32) {
        self.pods[usize::from(self.count) % self.pods.len()] = pod;
        self.count = self.count.saturating_add(1);
    }
    pub(in crate::traffic) fn pods(&self) -> &[u32] {
        &self.pods[..usize::from(self.count).min(self.pods.len())]
    }
}

/// One attempt of a client on its way through a proxy, with all tries of that proxy.
#[derive(Debug, Clone, Copy)]
pub(in crate::traffic) struct Crossing {
    /// Its request; of a copy, a number that no request has.
    pub(in crate::traffic) flight: u64,
    /// Which copy it is.
    pub(in crate::traffic) copy: u32,
    pub(in crate::traffic) user: UserId,
    pub(in crate::traffic) place: Place,
    /// Generation of routes and route in it, as they were when the request came.
    pub(in crate::traffic) generation: u32,
    pub(in crate::traffic) route: u16,
    pub(in crate::traffic) stage: Stage,
    /// Whoever waits for this crossing waits for this number; it grows whenever it stops being true.
    pub(in crate::traffic) awaited: u32,
    /// The host of the present try, and where it was in the list.
    pub(in crate::traffic) pod: u32,
    pub(in crate::traffic) slot: u32,
    /// When and how the present try ends, as known now.
    pub(in crate::traffic) ends_at: u64,
    pub(in crate::traffic) end: End,
    /// The route's time-out or the client's patience, whichever ends first, and which.
    pub(in crate::traffic) deadline: u64,
    pub(in crate::traffic) overdue: End,
    pub(in crate::traffic) hash: u64,
    pub(in crate::traffic) luck: Luck,
    pub(in crate::traffic) retry: RetryState,
    pub(in crate::traffic) tried: Tried,
}

impl Crossing {
    /// Whether nobody waits for the answer.
    #[inline]
    pub(in crate::traffic) const fn is_copy(&self) -> bool {
        self.flight & COPY != 0
    }
}

/// How a try ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::traffic) enum End {
    /// So, for the proxy.
    Attempt(AttemptEnd),
    /// The process went down under it.
    Lost(Cause),
    /// The route's time-out passed.
    Late,
    /// The client gave up.
    GivenUp,
}

/// All crossings under way. Numbers are used again.
#[derive(Debug, Default)]
pub(in crate::traffic) struct Crossings {
    all: Vec<Crossing>,
    free: Vec<u32>,
    copies: u32,
}

impl Crossings {
    /// Adds a copy, under a number of its own.
    pub(in crate::traffic) fn add_copy(&mut self, crossing: Crossing) -> u32 {
        let ticket = self.add(crossing);
        self.copies = self.copies.wrapping_add(1);
        let copy = self.copies;
        let slot = self.get_mut(ticket);
        (slot.flight, slot.copy) = (COPY | u64::from(ticket), copy);
        ticket
    }
    /// The copy that was sent under these numbers, if a host still has it.
    pub(in crate::traffic) fn copy(&self, flight: u64, copy: u32) -> Option<u32> {
        let ticket = u32::try_from(flight ^ COPY).ok()?;
        let crossing = self.all.get(ticket as usize)?;
        let is_it = (crossing.flight, crossing.copy) == (flight, copy);
        (is_it && crossing.stage == Stage::Sent).then_some(ticket)
    }
    /// The copies that a pod has.
    pub(in crate::traffic) fn copies_at(&self, pod: u32) -> Vec<u32> {
        let here = |it: &Crossing| it.is_copy() && it.pod == pod && it.stage == Stage::Sent;
        let numbered = (0u32..).zip(&self.all);
        let copies = numbered.filter(|(_, it)| here(it));
        copies.map(|(ticket, _)| ticket).collect()
    }
    #[inline]
    pub(in crate::traffic) fn add(&mut self, crossing: Crossing) -> u32 {
        if let Some(number) = self.free.pop() {
            // Alarms of the one before are not for this one.
            let slot = &mut self.all[number as usize];
            let awaited = slot.awaited.wrapping_add(1);
            *slot = Crossing {
                awaited,
                ..crossing
            };
            return number;
        }
        self.all.push(crossing);
        u32::try_from(self.all.len() - 1).expect("fewer than 2^32 requests are under way")
    }
    #[inline]
    pub(in crate::traffic) fn get(&self, number: u32) -> &Crossing {
        &self.all[number as usize]
    }
    #[inline]
    pub(in crate::traffic) fn get_mut(&mut self, number: u32) -> &mut Crossing {
        &mut self.all[number as usize]
    }
    #[inline]
    pub(in crate::traffic) fn remove(&mut self, number: u32) {
        let slot = &mut self.all[number as usize];
        slot.awaited = slot.awaited.wrapping_add(1);
        slot.stage = Stage::Paused;
        self.free.push(number);
    }
}

//! A request in the hands of a proxy.

use crate::facts::Cause;
use crate::ids::UserId;
use crate::routing::envoy::attempt::AttemptEnd;
use crate::routing::envoy::retries::RetryState;
use crate::traffic::source::Luck;

/// No proxy has the request.
pub(in crate::traffic) const NO_CROSSING: u32 = u32::MAX;
/// A copy: nobody waits for its answer.
pub(in crate::traffic) const SHADOW: u64 = u64::MAX;

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
    /// Its request, or [`SHADOW`].
    pub(in crate::traffic) flight: u64,
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
}

impl Crossings {
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
        self.free.push(number);
    }
}

//! One source of traffic on its way through time: its next request, its luck, its connections.

use std::sync::Arc;

use super::arrivals::ArrivalClock;
use super::connections::Pool;
use super::doors::Doors;
use super::population::user_hash;
use super::{CarrierSetup, Clients, KeepAlive, Population, Retries, TrafficSpec};
use crate::engine::{Draw, Key, Purpose};
use crate::ids::UserId;

/// Decides a user's node; part of every run alike.
const CLIENT_NODE: u64 = 0x0c11_0000;

/// One source on its way through time.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) requests: Key,
    pub(super) attempts: Key,
    clock: ArrivalClock,
    pub(super) population: Arc<Population>,
    /// Where its requests go: one Service, or two that a router splits them between.
    pub(super) doors: Doors,
    pub(super) timeout: u64,
    pub(super) retries: Retries,
    client_nodes: u32,
    /// The next request: its number, its time, and the rest of its luck.
    pub(super) number: u64,
    pub(super) next_at: u64,
    luck: Draw,
}

impl Source {
    pub(super) fn new(setup: &CarrierSetup<'_>, index: usize) -> Self {
        let spec: &TrafficSpec = &setup.sources[index];
        let nodes = setup.nodes.max(1);
        let entry = setup.entries[index].index();
        let (client_nodes, doors) = match spec.clients {
            Clients::NewConnection => (nodes, Doors::new(entry, Vec::new())),
            Clients::KeepAlive(keep_alive) => {
                let groups = nodes.min(keep_alive.connections.max(1));
                (groups, Doors::new(entry, pools(keep_alive, groups)))
            }
        };
        let requests = setup.key.purpose(Purpose::Request).entity(index as u64);
        let states = setup.key.purpose(Purpose::Arrivals).entity(index as u64);
        let mut source = Self {
            requests,
            attempts: setup.key.purpose(Purpose::Attempt).entity(index as u64),
            clock: ArrivalClock::new(&spec.arrivals, states),
            population: Arc::clone(&setup.populations[index]),
            doors,
            timeout: spec.timeout.as_nanos(),
            retries: spec.retries,
            client_nodes,
            number: 0,
            next_at: 0,
            luck: requests.at(0),
        };
        source.next_at = source.clock.next(&mut source.luck).as_nanos();
        source
    }

    /// Moves on to the next request; gives the luck of the present one.
    #[inline]
    pub(super) fn step(&mut self) -> Draw {
        self.number += 1;
        let mut luck = self.requests.at(self.number);
        self.next_at = self.clock.next(&mut luck).as_nanos();
        std::mem::replace(&mut self.luck, luck)
    }

    pub(super) fn node_of(&self, user: UserId) -> usize {
        let hash = u64::from(user_hash(user, CLIENT_NODE));
        ((hash * u64::from(self.client_nodes)) >> 32) as usize
    }

    /// Pause after the n-th attempt failed.
    pub(super) fn pause(&self, attempts: u16) -> u64 {
        let doubled = 1u64 << u32::from(attempts - 1).min(32);
        let pause = self.retries.backoff * doubled;
        pause.min(self.retries.backoff_max).as_nanos()
    }
}

/// The connections that every client node keeps.
fn pools(keep_alive: KeepAlive, groups: u32) -> Vec<Pool> {
    let share = |node| {
        let extra = u32::from(node < keep_alive.connections % groups);
        (keep_alive.connections / groups + extra).max(1)
    };
    (0..groups)
        .map(|node| Pool::new(share(node), keep_alive))
        .collect()
}

/// The luck of one attempt, drawn in this order after the gap and the user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Luck {
    pub(super) routing: u64,
    pub(super) service: f64,
    pub(super) error: f64,
    pub(super) crash: f64,
    /// Which of two Services a router picks; drawn only where there is a choice.
    pub(super) split: u64,
}

impl Luck {
    #[inline]
    pub(super) fn draw(draw: &mut Draw, doors: &Doors) -> Self {
        Self {
            routing: draw.bits(),
            service: draw.uniform(),
            error: draw.uniform(),
            crash: draw.uniform(),
            split: if doors.is_split() { draw.bits() } else { 0 },
        }
    }
}

//! One source of traffic on its way through time: its next request, its luck, its connections.

use std::sync::Arc;

use super::arrivals::ArrivalClock;
use super::connections::Pool;
use super::doors::Doors;
use super::population::user_hash;
use super::{CarrierSetup, Clients, Head, KeepAlive, Population, Retries, TrafficSpec};
use crate::engine::{Draw, Key, Purpose};
use crate::ids::UserId;

/// Decides a user's node; part of every run alike.
const CLIENT_NODE: u64 = 0x0c11_0000;
/// Decides which proxy takes a user's requests.
const CLIENT_PROXY: u64 = 0x0c12_0000;
/// Decides a user's class.
const CLASS: u64 = 0xc1a5_0000;

/// That a source's requests go through proxies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proxied {
    pub(super) fleet: u16,
}

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
    /// Whose proxies its requests go through; absent: none.
    pub(super) proxied: Option<Proxied>,
    /// Users whose hash lies below are of that class or an earlier one.
    classes: Vec<u64>,
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
            proxied: setup
                .proxied
                .get(index)
                .copied()
                .flatten()
                .map(|fleet| Proxied {
                    fleet: u16::try_from(fleet).expect("fewer than 2^16 fleets"),
                }),
            classes: classes(&spec.heads),
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

    /// Which of so many proxies a user's requests go through.
    pub(super) fn proxy_of(&self, user: UserId, proxies: usize) -> usize {
        let hash = u64::from(user_hash(user, CLIENT_PROXY));
        ((hash * proxies as u64) >> 32) as usize
    }

    /// Which of [`TrafficSpec::heads`] a user's requests have.
    #[inline]
    pub(super) fn class_of(&self, user: UserId) -> usize {
        if self.classes.len() <= 1 {
            return 0;
        }
        let hash = u64::from(user_hash(user, CLASS));
        let found = self.classes.iter().position(|bound| hash < *bound);
        found.unwrap_or(self.classes.len() - 1)
    }

    /// Pause after the n-th attempt failed.
    pub(super) fn pause(&self, attempts: u16) -> u64 {
        let doubled = 1u64 << u32::from(attempts - 1).min(32);
        let pause = self.retries.backoff * doubled;
        pause.min(self.retries.backoff_max).as_nanos()
    }
}

/// Bounds of the classes of users in the space of their hashes; the last class takes the rest.
fn classes(heads: &[Head]) -> Vec<u64> {
    let mut bound = 0.0;
    let bounds = heads.iter().map(|head| {
        bound += head.share.as_fraction();
        (bound * 2f64.powi(32)) as u64
    });
    bounds.collect()
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
    pub(super) fn draw(draw: &mut Draw, is_split: bool) -> Self {
        Self {
            routing: draw.bits(),
            service: draw.uniform(),
            error: draw.uniform(),
            crash: draw.uniform(),
            split: if is_split { draw.bits() } else { 0 },
        }
    }
}

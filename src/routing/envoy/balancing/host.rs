//! What a client proxy knows of one host.

use std::net::SocketAddrV4;

use crate::units::{SimDuration, SimTime};

/// Whether a host may be picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Passes its checks (or has none) and is not ejected.
    Healthy,
    /// Passes, but asks for traffic only where healthy hosts do not suffice.
    Degraded,
    /// Fails its checks, is ejected, or is listed as unhealthy.
    Unhealthy,
    /// Not checked yet, or failed at once by its own word: unhealthy, and left out of the number of
    /// hosts that health is measured against.
    Excluded,
}

/// One host, seen from one client proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// Its address; hash policies place it by this.
    pub address: SocketAddrV4,
    /// Requests of this proxy that it has not answered yet.
    pub active: u32,
    /// Load-balancing weight; at least 1, default 1.
    pub weight: u32,
    /// Whether it may be picked.
    pub health: Health,
    /// When it last became healthy; without active checks, when this proxy got to know it.
    pub healthy_since: SimTime,
    /// Its priority level; 0 is used first.
    pub priority: u32,
    /// Its locality within the level, as an index.
    pub locality: u32,
}

impl Host {
    /// A healthy host of weight 1 in priority and locality 0, known since the start.
    pub const fn new(address: SocketAddrV4) -> Self {
        Self {
            address,
            active: 0,
            weight: 1,
            health: Health::Healthy,
            healthy_since: SimTime::ZERO,
            priority: 0,
            locality: 0,
        }
    }
    /// For how long it has been healthy.
    pub const fn age(&self, now: SimTime) -> SimDuration {
        now.saturating_since(self.healthy_since)
    }
}

/// All hosts of a cluster at one moment.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The hosts; picks are indices into this.
    pub hosts: &'a [Host],
    /// The moment.
    pub now: SimTime,
}

impl<'a> View<'a> {
    /// The host with this index.
    #[inline]
    pub fn host(&self, index: u32) -> &'a Host {
        &self.hosts[index as usize]
    }
    /// Whether all of these hosts have the same weight.
    pub fn weights_are_equal(&self, eligible: &[u32]) -> bool {
        let mut weights = eligible.iter().map(|index| self.host(*index).weight);
        let first = weights.next();
        weights.all(|weight| Some(weight) == first)
    }
}

//! A client proxy in front of hosts that serve any number of requests at once, each in a fixed time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rollcast::engine::Draw;
use rollcast::routing::envoy::balancing::{Cluster, ClusterSettings, Host, Request, View};
use rollcast::units::{SimDuration, SimTime};

pub(super) struct Proxy {
    pub(super) hosts: Vec<Host>,
    cluster: Cluster,
    flights: BinaryHeap<Reverse<(SimTime, u64, u32)>>,
    sent: u64,
}

impl Proxy {
    pub(super) fn new(hosts: Vec<Host>, settings: ClusterSettings, start: u64) -> Self {
        Self {
            hosts,
            cluster: Cluster::new(settings, start),
            flights: BinaryHeap::new(),
            sent: 0,
        }
    }
    pub(super) fn refresh(&mut self, now: SimTime) {
        let hosts = &self.hosts;
        self.cluster.refresh(View { hosts, now });
    }
    /// When the next answer comes.
    pub(super) fn next_landing(&self) -> Option<SimTime> {
        self.flights.peek().map(|Reverse((at, ..))| *at)
    }
    /// The host of the next answer.
    pub(super) fn land(&mut self) -> Option<u32> {
        let Reverse((_, _, host)) = self.flights.pop()?;
        self.hosts[host as usize].active -= 1;
        Some(host)
    }
    /// Sends a request; returns where to.
    pub(super) fn send(
        &mut self,
        now: SimTime,
        service: impl Fn(u32) -> SimDuration,
        draw: &mut Draw,
    ) -> u32 {
        let hosts = &self.hosts;
        let picked = self
            .cluster
            .pick(View { hosts, now }, &Request::default(), draw);
        let host = picked.expect("some host is healthy");
        self.hosts[host as usize].active += 1;
        let flight = (now + service(host), self.sent, host);
        self.flights.push(Reverse(flight));
        self.sent += 1;
        host
    }
}

/// The gap to the next arrival at this rate [1/s].
pub(super) fn gap(rate: f64, draw: &mut Draw) -> SimDuration {
    SimDuration::from_secs_f64(-libm::log(draw.uniform()) / rate)
}

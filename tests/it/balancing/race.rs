//! One replication: requests race through the balancer into single-server queues.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{Ipv4Addr, SocketAddrV4};

use rollcast::engine::{Key, Purpose};
use rollcast::ids::RunIndex;
use rollcast::routing::envoy::balancing::{Cluster, ClusterSettings, Host, Policy, Request, View};
use rollcast::units::SimTime;

/// What races.
pub(super) struct Race {
    pub(super) servers: u32,
    /// Arrivals per server and service time, below 1.
    pub(super) load: f64,
    pub(super) policy: Policy,
}

impl Race {
    /// Requests before counting begins: the time that a queue needs to forget that it began empty
    /// grows with 1 / (1 − load)².
    fn warm_up(&self) -> u64 {
        let time = (10.0 / (1.0 - self.load).powi(2)).min(5000.0);
        (time * self.load * f64::from(self.servers)) as u64
    }
}

struct Farm {
    hosts: Vec<Host>,
    free_at: Vec<f64>,
    /// Departures, soonest first; positive floats order as their bits.
    departures: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Farm {
    fn new(servers: u32) -> Self {
        let host = Host::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80));
        Self {
            hosts: vec![host; servers as usize],
            free_at: vec![0.0; servers as usize],
            departures: BinaryHeap::new(),
        }
    }
    fn settle(&mut self, now: f64) {
        while let Some(Reverse((at, server))) = self.departures.peek().copied()
            && at <= now.to_bits()
        {
            self.departures.pop();
            self.hosts[server as usize].active -= 1;
        }
    }
    /// Puts a request into a queue; returns when it leaves.
    fn serve(&mut self, server: u32, now: f64, demand: f64) -> f64 {
        let free_at = &mut self.free_at[server as usize];
        *free_at = free_at.max(now) + demand;
        self.hosts[server as usize].active += 1;
        self.departures.push(Reverse((free_at.to_bits(), server)));
        *free_at
    }
    fn view(&self) -> View<'_> {
        View {
            hosts: &self.hosts,
            now: SimTime::ZERO,
        }
    }
}

/// Mean time in system of this many requests after the warm-up.
pub(super) fn mean_time_in_system(race: &Race, replication: u32, requests: u64) -> f64 {
    let luck = Key::of_run(2001, RunIndex::new(replication)).purpose(Purpose::Request);
    let luck = luck.entity(u64::from(race.servers));
    let mut farm = Farm::new(race.servers);
    let mut cluster = Cluster::new(ClusterSettings::of(race.policy), 0);
    cluster.refresh(farm.view());
    let rate = race.load * f64::from(race.servers);
    let warm_up = race.warm_up();
    let (mut now, mut total) = (0.0, 0.0);
    for request in 0..warm_up + requests {
        let mut draw = luck.at(request);
        now += -libm::log(draw.uniform()) / rate;
        let demand = -libm::log(draw.uniform());
        farm.settle(now);
        let picked = cluster.pick(farm.view(), &Request::default(), &mut draw);
        let server = picked.expect("all hosts are healthy");
        let left = farm.serve(server, now, demand);
        if request >= warm_up {
            total += left - now;
        }
    }
    total / requests as f64
}

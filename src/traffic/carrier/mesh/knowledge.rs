//! What proxies are told, and what they hold.

use std::sync::Arc;

use crate::ids::PodId;
use crate::routing::envoy::balancing::Health;
use crate::routing::envoy::breakers::Breakers;
use crate::traffic::HealthPath;
use crate::traffic::carrier::Carrier;
use crate::traffic::mesh::{HostSpec, Place, Routing, Upstream};
use crate::units::SimTime;

impl Carrier {
    /// A proxy follows these routes from now on.
    pub fn set_routing(
        &mut self,
        now: SimTime,
        fleet: usize,
        proxy: usize,
        routing: &Arc<Routing>,
    ) {
        self.move_to(now);
        self.fleets[fleet].follow(proxy, routing);
    }

    /// A proxy knows these hosts of an upstream from now on, in this order.
    pub fn set_hosts(
        &mut self,
        now: SimTime,
        (fleet, proxy, upstream): (usize, usize, usize),
        hosts: &[HostSpec],
    ) {
        self.move_to(now);
        let place = place(fleet, proxy, upstream);
        let checks = self.upstream(place).set_hosts(now, hosts);
        for check in checks {
            self.look_again(place, [Some(check), None]);
        }
    }

    /// What a process answers to health checks from now on.
    pub fn set_health_path(&mut self, now: SimTime, pod: PodId, path: HealthPath) {
        self.move_to(now);
        if let Some(server) = self.server_mut(pod.index() as u32) {
            server.health_path = path;
        }
    }

    /// Whoever checks for a proxy has changed what it thinks of a host's health.
    pub fn set_health(
        &mut self,
        now: SimTime,
        (fleet, proxy, upstream): (usize, usize, usize),
        pod: PodId,
        health: Health,
    ) {
        self.move_to(now);
        let place = place(fleet, proxy, upstream);
        let due = self
            .upstream(place)
            .set_health(now, pod.index() as u32, health);
        self.look_again(place, [due, None]);
    }

    /// What a proxy has under way to an upstream.
    pub fn breakers(&self, (fleet, proxy, upstream): (usize, usize, usize)) -> Breakers {
        self.fleets[fleet].proxies[proxy].upstreams[upstream].breakers
    }

    /// Whether outlier detection of a proxy has a host out of service.
    pub fn is_ejected(&self, (fleet, proxy, upstream): (usize, usize, usize), pod: PodId) -> bool {
        self.fleets[fleet].proxies[proxy].upstreams[upstream].is_ejected(pod.index() as u32)
    }

    pub(super) fn upstream(&mut self, place: Place) -> &mut Upstream {
        let fleet = &mut self.fleets[usize::from(place.fleet)];
        let proxy = &mut fleet.proxies[usize::from(place.proxy)];
        &mut proxy.upstreams[usize::from(place.upstream)]
    }

    /// Every upstream of every proxy.
    pub(in crate::traffic::carrier) fn all_upstreams(
        &mut self,
    ) -> impl Iterator<Item = &mut Upstream> {
        let proxies = self.fleets.iter_mut().flat_map(|fleet| &mut fleet.proxies);
        proxies.flat_map(|proxy| &mut proxy.upstreams)
    }
}

fn place(fleet: usize, proxy: usize, upstream: usize) -> Place {
    let narrow = |index: usize| u16::try_from(index).expect("fewer than 2^16 of a kind");
    Place {
        fleet: narrow(fleet),
        proxy: narrow(proxy),
        upstream: narrow(upstream),
    }
}

//! Which hosts an upstream has, and how well they are.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::{Link, Outlook, Upstream};
use crate::engine::Draw;
use crate::routing::envoy::balancing::{Health, Host, Request, View};
use crate::routing::envoy::outlier::{Change, Effect};
use crate::traffic::mesh::{HostSpec, Tried};
use crate::units::SimTime;

impl Upstream {
    /// These are the hosts now; those that stay keep their place and what is known of them. Returns
    /// the first checks of the others.
    pub(in crate::traffic) fn set_hosts(
        &mut self,
        now: SimTime,
        specs: &[HostSpec],
    ) -> Vec<Outlook> {
        let mut checks = Vec::new();
        let listed = |pod: u32| specs.iter().find(|spec| spec.pod.index() == pod as usize);
        for index in (0..self.links.len()).rev() {
            if listed(self.links[index].pod).is_some() {
                continue;
            }
            self.hosts.remove(index);
            if let Some(outliers) = &mut self.outliers {
                outliers.detector.remove(index as u32);
            }
            let mut link = self.links.remove(index);
            // Idle connections are closed, busy ones after their answer.
            (0..std::mem::take(&mut link.free)).for_each(|_| self.breakers.disconnect());
            if !link.is_idle() {
                self.leaving.push(link);
            }
        }
        for spec in specs {
            let pod = spec.pod.index() as u32;
            let known = self.links.iter().position(|link| link.pod == pod);
            let index = known.unwrap_or_else(|| {
                let index = self.join(now, pod);
                checks.extend(self.first_check(now, index));
                index
            });
            self.links[index].listed = spec.health;
            self.take_health(index, now);
            let host = &mut self.hosts[index];
            (host.weight, host.priority, host.locality) =
                (spec.weight, spec.priority, spec.locality);
        }
        self.merging.change(Change::Membership, now);
        self.refresh(now);
        checks
    }

    fn join(&mut self, now: SimTime, pod: u32) -> usize {
        let back = self.leaving.iter().position(|link| link.pod == pod);
        let link = back.map_or_else(|| Link::new(pod), |index| self.leaving.remove(index));
        let active = link.busy;
        self.links.push(link);
        let address = Ipv4Addr::from(0x0a00_0000 + (pod & 0x00ff_ffff));
        self.hosts.push(Host {
            healthy_since: now,
            active,
            ..Host::new(SocketAddrV4::new(address, 8080))
        });
        if let Some(outliers) = &mut self.outliers {
            outliers.detector.add();
        }
        self.links.len() - 1
    }

    /// A host's health is what all know of it together.
    pub(super) fn take_health(&mut self, index: usize, now: SimTime) {
        let outliers = self.outliers.as_ref();
        let ejected = outliers.is_some_and(|it| it.detector.is_ejected(index as u32));
        let link = self.links[index].health();
        let host = &mut self.hosts[index];
        let health = if ejected { Health::Unhealthy } else { link };
        if health == Health::Healthy && host.health != Health::Healthy {
            host.healthy_since = now;
        }
        host.health = health;
    }

    /// The health of one host has changed, by a check of this proxy.
    pub(in crate::traffic) fn set_health(
        &mut self,
        now: SimTime,
        pod: u32,
        health: Health,
    ) -> Option<Outlook> {
        let index = self.links.iter().position(|link| link.pod == pod)?;
        self.links[index].checked = health;
        if health == Health::Healthy {
            self.readmit(index, now);
        }
        self.take_health(index, now);
        self.health_changed(now)
    }

    /// The balancer takes in what has changed.
    pub(in crate::traffic) fn refresh(&mut self, now: SimTime) {
        self.merging.deliver(now);
        self.balancer.refresh(View {
            hosts: &self.hosts,
            now,
        });
    }

    pub(super) fn health_changed(&mut self, now: SimTime) -> Option<Outlook> {
        let due = self.merging.due();
        match self.merging.change(Change::Health, now) {
            Effect::Now => {
                self.refresh(now);
                None
            }
            Effect::At(at) => due.is_none().then_some(Outlook::Refresh(at.as_nanos())),
        }
    }

    /// Whether a refresh is due now.
    pub(in crate::traffic) fn is_due(&self, now: SimTime) -> bool {
        self.merging.due().is_some_and(|at| at <= now)
    }

    /// Where a pod is in the list of hosts.
    pub(in crate::traffic) fn place_of(&self, pod: u32) -> Option<u32> {
        let place = self.links.iter().position(|link| link.pod == pod);
        place.map(|place| place as u32)
    }

    /// The host for a try: its place and its pod.
    #[inline]
    pub(in crate::traffic) fn pick(
        &mut self,
        now: SimTime,
        hash: u64,
        (tried, reselections): (&Tried, u32),
        draw: &mut Draw,
    ) -> Option<(u32, u32)> {
        let mut places = [0; 6];
        let mut count = 0;
        if reselections > 0 {
            for pod in tried.pods() {
                if let Some(place) = self.links.iter().position(|link| link.pod == *pod) {
                    places[count] = place as u32;
                    count += 1;
                }
            }
        }
        let request = Request {
            hash: Some(hash),
            tried: &places[..count],
            reselections: if count > 0 { reselections } else { 0 },
        };
        let hosts = &self.hosts;
        let slot = self.balancer.pick(View { hosts, now }, &request, draw)?;
        Some((slot, self.links[slot as usize].pod))
    }
}

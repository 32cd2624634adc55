//! What every proxy of a run knows, and how news reaches it.

use std::sync::Arc;

use super::plan::{self, FleetPlan, Rules};
use crate::engine::{Key, Ticket, Urgency};
use crate::ids::PodId;
use crate::manifest::Labels;
use crate::routing::mesh::{Change, Pilot};
use crate::scenario::Variant;
use crate::sim::event::Event;
use crate::sim::world::World;
use crate::traffic::mesh::{FleetSpec, HostSpec, Routing};
use crate::units::SimTime;

/// What a push carries: for every fleet its routes and the hosts of its upstreams.
#[derive(Debug, Clone, PartialEq)]
struct Snapshot {
    fleets: Vec<Known>,
}

/// What a proxy of a fleet knows.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    routing: Arc<Routing>,
    hosts: Vec<Arc<[HostSpec]>>,
}

/// The mesh of one run.
#[derive(Debug)]
pub(in crate::sim) struct MeshWorld {
    pub(super) rules: Rules,
    fleets: Vec<FleetPlan>,
    met: Vec<Option<usize>>,
    pilot: Pilot<Snapshot>,
    /// The newest snapshot, and whether routes or hosts have changed since.
    newest: Arc<Snapshot>,
    stale: bool,
    /// By proxy, what it follows.
    followed: Vec<Arc<Snapshot>>,
    next: Option<(SimTime, Ticket)>,
}

impl MeshWorld {
    /// The mesh that a variant's sources meet; `None` where none does.
    pub(in crate::sim) fn of(variant: &Variant, key: Key) -> Option<Self> {
        let (fleets, met) = plan::fleets(variant);
        let last = fleets.last()?;
        let proxies = last.first + last.proxies;
        let rules = Rules::settled(&variant.before);
        let known = fleets.iter().map(|fleet| Known {
            routing: Arc::default(),
            hosts: vec![Arc::from([]); fleet.clusters.len()],
        });
        let newest = Arc::new(Snapshot {
            fleets: known.collect(),
        });
        Some(Self {
            pilot: Pilot::new(&variant.mesh, proxies, key),
            followed: vec![Arc::clone(&newest); proxies],
            rules,
            fleets,
            met,
            newest,
            stale: true,
            next: None,
        })
    }

    /// The fleets, for the carrier.
    pub(in crate::sim) fn fleet_specs(&self, variant: &Variant) -> Vec<FleetSpec> {
        let fleets = self.fleets.iter();
        fleets
            .map(|fleet| plan::fleet_spec(fleet, variant))
            .collect()
    }
    /// By source, the fleet it meets.
    pub(in crate::sim) fn met(&self) -> &[Option<usize>] {
        &self.met
    }
}

impl World<'_> {
    /// Everybody knows everything, at t = 0.
    pub(in crate::sim) fn settle_mesh(&mut self) {
        let Some(mut mesh) = self.mesh.take() else {
            return;
        };
        let snapshot = self.snapshot(&mut mesh);
        for proxy in 0..mesh.followed.len() {
            self.tell_proxy(SimTime::ZERO, &mut mesh, proxy, &snapshot);
        }
        self.mesh = Some(mesh);
    }

    /// Something changed that the control plane of the mesh will hear of.
    pub(in crate::sim) fn tell_mesh(&mut self, now: SimTime, change: Change) {
        if self.mesh.is_some() {
            let at = now + self.latency(|cluster| &cluster.latencies.watch);
            self.queue
                .schedule(at, Urgency::CONTROL, Event::MeshSeen(change));
        }
    }

    /// The release changes objects of the mesh.
    pub(in crate::sim) fn release_mesh(&mut self, now: SimTime) {
        let release = self.variant.release.as_ref();
        let (Some(mesh), Some(release)) = (&mut self.mesh, release) else {
            return;
        };
        if mesh.rules.replace(&self.variant.before, &release.after) {
            self.tell_mesh(now, Change::Config);
        }
    }

    /// The control plane of the mesh has heard of a change.
    pub(in crate::sim) fn mesh_changed(&mut self, now: SimTime, change: Change) {
        let Some(mut mesh) = self.mesh.take() else {
            return;
        };
        mesh.stale = true;
        let snapshot = match mesh.pilot.sends_at_once(change) {
            true => self.snapshot(&mut mesh),
            false => Arc::clone(&mesh.newest),
        };
        mesh.pilot.change(now, change, &snapshot);
        self.await_mesh(&mut mesh);
        self.mesh = Some(mesh);
    }

    /// A push is due, or has reached some proxy.
    pub(in crate::sim) fn push_mesh(&mut self, now: SimTime) {
        let Some(mut mesh) = self.mesh.take() else {
            return;
        };
        mesh.next = None;
        let snapshot = self.snapshot(&mut mesh);
        for (proxy, snapshot) in mesh.pilot.wake(now, || snapshot) {
            self.tell_proxy(now, &mut mesh, proxy, &snapshot);
        }
        self.await_mesh(&mut mesh);
        self.mesh = Some(mesh);
    }

    /// Keeps one event at the next instant at which the mesh's control plane has something to do.
    fn await_mesh(&mut self, mesh: &mut MeshWorld) {
        let next = mesh.pilot.next_wake();
        if mesh.next.map(|(at, _)| at) == next {
            return;
        }
        if let Some((_, ticket)) = mesh.next.take() {
            self.queue.cancel(ticket);
        }
        mesh.next = next.map(|at| {
            let at = at.max(self.queue.now());
            (at, self.queue.schedule(at, Urgency::MACHINE, Event::Push))
        });
    }

    /// What there is to know now. What has not changed stays the same allocation.
    fn snapshot(&self, mesh: &mut MeshWorld) -> Arc<Snapshot> {
        if !std::mem::take(&mut mesh.stale) {
            return Arc::clone(&mesh.newest);
        }
        let fleets = mesh.fleets.iter().zip(&mesh.newest.fleets);
        let fleets = fleets.map(|(fleet, before)| {
            let compiled = plan::compile(fleet, &mesh.rules, self.variant);
            let same = compiled.routing == before.routing;
            let hosts = compiled.members.iter().zip(&before.hosts);
            Known {
                routing: match same {
                    true => Arc::clone(&before.routing),
                    false => compiled.routing,
                },
                hosts: hosts
                    .map(|(members, before)| {
                        let members = members.as_ref();
                        let hosts = members.map_or_else(Vec::new, |members| {
                            self.hosts_of(members.service, &members.labels)
                        });
                        match hosts[..] == before[..] {
                            true => Arc::clone(before),
                            false => Arc::from(hosts),
                        }
                    })
                    .collect(),
            }
        });
        let fleets = fleets.collect();
        mesh.newest = Arc::new(Snapshot { fleets });
        Arc::clone(&mesh.newest)
    }

    /// The ready endpoints of a Service whose pods carry all of these labels. Istio sends no
    /// terminating ones.
    fn hosts_of(&self, service: usize, labels: &Labels) -> Vec<HostSpec> {
        let endpoints = self.network.slices[service].endpoints().iter();
        let ready = endpoints.filter(|endpoint| endpoint.conditions.ready);
        let carries = |pod: PodId| {
            let pod = self.pods.get(pod);
            let kind = pod.map(|pod| self.pods.kind_of(pod));
            kind.is_some_and(|kind| {
                let mut wanted = labels.iter();
                wanted.all(|(name, value)| kind.labels.get(name) == Some(value))
            })
        };
        let chosen = ready.filter(|endpoint| carries(endpoint.pod));
        chosen.map(|endpoint| HostSpec::new(endpoint.pod)).collect()
    }

    /// A proxy follows a push: what is the same as before is left alone.
    fn tell_proxy(
        &mut self,
        now: SimTime,
        mesh: &mut MeshWorld,
        proxy: usize,
        snapshot: &Arc<Snapshot>,
    ) {
        let found = mesh
            .fleets
            .iter()
            .position(|it| proxy < it.first + it.proxies);
        let fleet = found.expect("proxies are numbered by fleet");
        let number = proxy - mesh.fleets[fleet].first;
        let before = std::mem::replace(&mut mesh.followed[proxy], Arc::clone(snapshot));
        let (old, new) = (&before.fleets[fleet], &snapshot.fleets[fleet]);
        if !Arc::ptr_eq(&old.routing, &new.routing) {
            self.carrier.set_routing(now, fleet, number, &new.routing);
        }
        for (upstream, (old, new)) in old.hosts.iter().zip(&new.hosts).enumerate() {
            if !Arc::ptr_eq(old, new) {
                self.carrier.set_hosts(now, (fleet, number, upstream), new);
            }
        }
    }
}

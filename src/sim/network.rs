//! From pods that turn ready or leave to the rules of each node's kube-proxy.

use std::sync::Arc;

use super::control_plane::RouterOrder;
use super::event::Event;
use super::world::World;
use crate::control::argo_rollouts::TrafficWeights;
use crate::engine::{Ticket, Urgency};
use crate::facts::Happening;
use crate::ids::{PodId, ServiceId, SourceId, WorkloadId};
use crate::routing::mesh::Change;
use crate::routing::{EndpointPod, EndpointSlice, KubeProxies, Publication, backends};
use crate::scenario::Entry;
use crate::traffic::Split;
use crate::units::SimTime;

/// Services and proxies.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) slices: Vec<EndpointSlice>,
    /// Workloads whose pods a Service may select.
    pub(super) workloads: Vec<Vec<WorkloadId>>,
    /// By Service: the hash of the template that a Rollout has added to its selector.
    pub(super) selected: Vec<Option<u64>>,
    /// Whether the controller is going to look at a Service anyway.
    pub(super) awake: Vec<bool>,
    pub(super) proxies: KubeProxies,
    pub(super) next_sync: Option<(SimTime, Ticket)>,
}

impl World<'_> {
    /// A pod changed in a way that may matter to its Services.
    pub(super) fn endpoints_changed(&mut self, now: SimTime, pod: PodId) {
        let Some(kind) = self.pods.get(pod).map(|pod| pod.kind) else {
            return;
        };
        for index in 0..self.pods.kinds[kind].services.len() {
            let service = self.pods.kinds[kind].services[index];
            self.wake_endpoints(now, service);
        }
    }

    /// The EndpointSlice controller hears of a change and looks, once for all changes until then.
    pub(super) fn wake_endpoints(&mut self, now: SimTime, service: ServiceId) {
        if std::mem::replace(&mut self.network.awake[service.index()], true) {
            return;
        }
        let at = now
            + self.latency(|cluster| &cluster.latencies.watch)
            + self.latency(|cluster| &cluster.latencies.controller);
        let service = u16::try_from(service.index()).expect("fewer than 2^16 Services");
        self.queue
            .schedule(at, Urgency::CONTROL, Event::Endpoints(service));
    }

    /// A Rollout has pointed a Service at the pods of one template.
    pub(super) fn switch_service(&mut self, now: SimTime, service: ServiceId, template: u64) {
        self.network.selected[service.index()] = Some(template);
        self.wake_endpoints(now, service);
    }

    /// A router does as a Rollout has told it: the mesh where its objects are there, else one that
    /// splits by weight alone.
    pub(super) fn route(&mut self, now: SimTime, workload: WorkloadId, order: RouterOrder) {
        if self.is_routed_by_mesh(workload) {
            return self.route_by_mesh(now, workload, order);
        }
        if let RouterOrder::Weigh(weights) = order {
            self.weigh(now, workload, weights);
        }
    }

    /// Splits anew the requests of the sources that knock at a Rollout's stable Service.
    fn weigh(&mut self, now: SimTime, workload: WorkloadId, weights: TrafficWeights) {
        let services = self.control.rollout_services(workload);
        let (Some(stable), Some(canary)) = (services.stable, services.new) else {
            return;
        };
        let split = Split {
            service: canary,
            parts: weights.canary,
            whole: (weights.canary + weights.stable).max(1),
        };
        let knocks = |entry: &Entry| entry.service() == Some(stable.index());
        let entries = self.variant.entries.iter();
        for (source, _) in (0u32..).zip(entries).filter(|(_, entry)| knocks(entry)) {
            let split = (weights.canary > 0).then_some(split);
            self.carrier.set_split(now, SourceId::new(source), split);
        }
    }

    pub(super) fn reconcile_endpoints(&mut self, now: SimTime, service: u16) {
        let index = usize::from(service);
        self.network.awake[index] = false;
        let before = self.network.slices[index].generation();
        let pods = self.endpoint_pods(index);
        let happenings = self.network.slices[index].reconcile(pods.into_iter());
        for happening in happenings {
            self.note(now, happening);
        }
        if self.network.slices[index].generation() != before {
            self.tell_mesh(now, Change::Endpoints);
            let publication = self.publication(index);
            self.network.proxies.publish(now, &publication);
            self.await_proxies();
        }
    }

    /// The pods a Service selects, in ascending order.
    pub(super) fn endpoint_pods(&self, service: usize) -> Vec<EndpointPod> {
        let workloads = self.network.workloads[service].iter();
        let template = self.network.selected[service];
        let mut pods: Vec<EndpointPod> = workloads
            .flat_map(|workload| self.control.pods(*workload))
            .filter_map(|object| {
                let id = object.view.id;
                let pod = self.pods.get(id)?;
                let kind = self.pods.kind_of(pod);
                let labelled = kind.services.iter().any(|it| it.index() == service);
                let hashed = template.is_none_or(|template| kind.template == template);
                let status = pod.life.as_ref()?.status();
                (labelled && hashed).then_some(EndpointPod {
                    id,
                    node: pod.node,
                    phase: status.phase,
                    has_ip: status.has_ip,
                    ready: status.ready,
                    terminating: object.view.terminating,
                })
            })
            .collect();
        pods.sort_unstable_by_key(|pod| pod.id);
        pods
    }

    pub(super) fn publication(&self, service: usize) -> Publication {
        let slice = &self.network.slices[service];
        Publication {
            service: ServiceId::new(u32::try_from(service).expect("Services fit 32 bits")),
            generation: slice.generation(),
            backends: Arc::from(backends(slice.endpoints())),
        }
    }

    /// Keeps one event at the next instant at which some proxy programs its rules.
    fn await_proxies(&mut self) {
        let next = self.network.proxies.next_wake();
        if self.network.next_sync.map(|(at, _)| at) == next {
            return;
        }
        if let Some((_, ticket)) = self.network.next_sync.take() {
            self.queue.cancel(ticket);
        }
        self.network.next_sync = next.map(|at| {
            let at = at.max(self.queue.now());
            (
                at,
                self.queue.schedule(at, Urgency::MACHINE, Event::Proxies),
            )
        });
    }

    pub(super) fn program_proxies(&mut self, now: SimTime) {
        self.network.next_sync = None;
        for programmed in self.network.proxies.wake(now) {
            let publication = &programmed.publication;
            let service = publication.service;
            self.carrier
                .set_endpoints(now, programmed.node, service, &publication.backends);
            if self.network.proxies.is_settled(service) {
                self.note(now, Happening::ProxiesSettled(service));
            }
        }
        self.await_proxies();
    }
}

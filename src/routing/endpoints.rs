//! EndpointSlices: who is listed, under which conditions.

use crate::facts::Happening;
use crate::ids::{NodeId, PodId, ServiceId};
use crate::manifest::PodPhase;

/// `publishNotReadyAddresses`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unready {
    /// Addresses are ready whatever the pod says.
    Published,
    /// The default.
    Withheld,
}

/// Whether terminating pods are listed: EndpointSlices include them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminating {
    /// As EndpointSlices do.
    Included,
    /// As the older Endpoints did.
    LeftOut,
}

/// A pod as the endpoint controller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointPod {
    /// Which.
    pub id: PodId,
    /// Where; pods without a node have no address.
    pub node: Option<NodeId>,
    /// `status.phase`.
    pub phase: PodPhase,
    /// Whether it has an address.
    pub has_ip: bool,
    /// The Ready condition.
    pub ready: bool,
    /// Whether it has a deletion mark.
    pub terminating: bool,
}

/// `conditions` of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// May get connections.
    pub ready: bool,
    /// The pod is Ready, terminating or not.
    pub serving: bool,
    /// The pod has a deletion mark.
    pub terminating: bool,
}

/// One address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Whose.
    pub pod: PodId,
    /// State.
    pub conditions: Conditions,
}

/// Whether a pod is listed at all.
pub fn is_listed(pod: &EndpointPod, terminating: Terminating) -> bool {
    let left_out = pod.terminating && terminating == Terminating::LeftOut;
    pod.has_ip && !pod.phase.is_finished() && !left_out
}

/// The conditions of a listed pod. Published unready addresses stay ready while terminating, too.
pub fn conditions(pod: &EndpointPod, unready: Unready) -> Conditions {
    Conditions {
        ready: unready == Unready::Published || (pod.ready && !pod.terminating),
        serving: pod.ready,
        terminating: pod.terminating,
    }
}

/// Where connections go: ready endpoints, or where none is ready anywhere, those that serve while
/// they terminate. In the order of pods.
pub fn backends(endpoints: &[Endpoint]) -> Vec<PodId> {
    let chosen = |fits: fn(&Conditions) -> bool| -> Vec<PodId> {
        let fitting = endpoints.iter().filter(|e| fits(&e.conditions));
        fitting.map(|endpoint| endpoint.pod).collect()
    };
    let ready = chosen(|c| c.ready);
    match ready.is_empty() {
        true => chosen(|c| c.serving && c.terminating),
        false => ready,
    }
}

/// All endpoints of one Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSlice {
    service: ServiceId,
    unready: Unready,
    generation: u64,
    endpoints: Vec<Endpoint>,
}

impl EndpointSlice {
    /// Without endpoints.
    pub fn new(service: ServiceId, unready: Unready) -> Self {
        Self {
            service,
            unready,
            generation: 0,
            endpoints: Vec::new(),
        }
    }
    /// Counts changes.
    pub const fn generation(&self) -> u64 {
        self.generation
    }
    /// In the order of pods.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Takes in the pods that the Service selects, in ascending order; returns what changed for the
    /// timeline. Publish the slice if the generation moved.
    pub fn reconcile(&mut self, pods: impl Iterator<Item = EndpointPod>) -> Vec<Happening> {
        let unready = self.unready;
        let wanted: Vec<Endpoint> = pods
            .filter(|pod| is_listed(pod, Terminating::Included))
            .map(|pod| Endpoint {
                pod: pod.id,
                conditions: conditions(&pod, unready),
            })
            .collect();
        debug_assert!(wanted.is_sorted_by(|a, b| a.pod < b.pod), "ascending pods");
        if wanted == self.endpoints {
            return Vec::new();
        }
        let happenings = self.changes(&wanted);
        self.endpoints = wanted;
        self.generation += 1;
        happenings
    }

    fn changes(&self, wanted: &[Endpoint]) -> Vec<Happening> {
        let ready_in = |endpoints: &[Endpoint], pod: PodId| {
            let found = endpoints.binary_search_by_key(&pod, |endpoint| endpoint.pod);
            found.ok().map(|index| endpoints[index].conditions.ready)
        };
        let turned = wanted.iter().filter_map(|endpoint| {
            let before = ready_in(&self.endpoints, endpoint.pod).unwrap_or(false);
            match (before, endpoint.conditions.ready) {
                (false, true) => Some(Happening::EndpointReady(self.service, endpoint.pod)),
                (true, false) => Some(Happening::EndpointNotReady(self.service, endpoint.pod)),
                _ => None,
            }
        });
        let removed = self.endpoints.iter().filter_map(|endpoint| {
            ready_in(wanted, endpoint.pod)
                .is_none()
                .then_some(Happening::EndpointRemoved(self.service, endpoint.pod))
        });
        turned.chain(removed).collect()
    }
}

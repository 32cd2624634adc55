//! What the controllers see of a pod.

use crate::ids::{NodeId, PodId};
use crate::manifest::PodPhase;
use crate::units::SimTime;

/// The Ready condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Not ready, or no condition yet.
    NotReady,
    /// Ready since this instant (`lastTransitionTime`); `None` where the condition has no time,
    /// which only upstream's tables contain and which counts as most recent.
    Ready(Option<SimTime>),
}

/// One pod as the ReplicaSet controller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodView {
    /// Which pod.
    pub id: PodId,
    /// `metadata.uid`, as a number that sorts like it: the last tie-break. Random in the real world.
    pub uid: u64,
    /// `spec.nodeName`; `None`: not scheduled yet.
    pub node: Option<NodeId>,
    /// `status.phase`.
    pub phase: PodPhase,
    /// The Ready condition.
    pub readiness: Readiness,
    /// `metadata.creationTimestamp`; `None` only in upstream's tables (counts as most recent).
    pub created: Option<SimTime>,
    /// Whether it has a deletion mark.
    pub terminating: bool,
    /// The largest restart count among its regular containers.
    pub restarts: u32,
    /// The largest restart count among its sidecars (restartable init containers).
    pub sidecar_restarts: u32,
    /// Annotation `controller.kubernetes.io/pod-deletion-cost`, default 0.
    pub deletion_cost: i32,
}

impl PodView {
    /// Whether the ReplicaSet counts it: neither finished nor marked for deletion.
    pub const fn is_active(&self) -> bool {
        !self.phase.is_finished() && !self.terminating
    }
    /// Whether its Ready condition is true.
    pub const fn is_ready(&self) -> bool {
        matches!(self.readiness, Readiness::Ready(_))
    }
}

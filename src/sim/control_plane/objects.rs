//! The objects of the store.

use crate::cluster::AntiAffinityTerm;
use crate::control::deployment::{DeploymentView, ReplicaSetView};
use crate::control::replica_set::{PodPhase, PodView};
use crate::ids::{NodeId, ReplicaSetId, WorkloadId};
use crate::units::{SimDuration, SimTime};

/// A Deployment. Times inside are of the wall clock ([`super::ControlPlane::wall`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentObject {
    /// Spec, status and revision; its `generation` is kept by the store.
    pub view: DeploymentView,
    /// Number of its template.
    pub(super) template: usize,
}

/// A ReplicaSet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaSetObject {
    /// Size, annotations and status; its `observed` is settled when it is read.
    pub view: ReplicaSetView,
    /// Whose it is.
    pub owner: WorkloadId,
    /// `status.observedGeneration`.
    pub observed_generation: u64,
    /// Number of its template.
    pub(super) template: usize,
    /// Annotation `scale-down-deadline` of Argo Rollouts, a whole second of the wall clock.
    pub scale_down_deadline: Option<SimTime>,
    /// `spec.template.spec.affinity.podAntiAffinity` as a Rollout has injected it.
    pub anti_affinity: Option<AntiAffinityTerm>,
}

/// A pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodObject {
    /// All that controllers look at.
    pub view: PodView,
    /// Whose it is.
    pub owner: ReplicaSetId,
    /// `spec.affinity.podAntiAffinity`: that of its set's template when it was created.
    pub anti_affinity: Option<AntiAffinityTerm>,
}

/// What a kubelet (or the scheduler) reports of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodStatus {
    /// `status.phase`.
    pub phase: PodPhase,
    /// The Ready condition; a change is stamped with the time of the report.
    pub ready: bool,
    /// `spec.nodeName`.
    pub node: Option<NodeId>,
    /// The largest restart count of its containers.
    pub restarts: u32,
}

/// A pod that exists at t = 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledPod {
    /// How long ago it was created.
    pub age: SimDuration,
    /// How long ago it turned ready; `None`: it is not.
    pub ready_for: Option<SimDuration>,
    /// Where it runs.
    pub node: Option<NodeId>,
    /// `status.phase`.
    pub phase: PodPhase,
}

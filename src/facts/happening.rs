//! Things that happen to the cluster, for the timeline.

use crate::ids::{NodeId, PodId, ReplicaSetId, ServiceId, WorkloadId};
use crate::units::SimTime;

/// How a container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodExit {
    /// By itself with code 0 after SIGTERM.
    Finished,
    /// By itself with another code.
    Crashed,
    /// For its memory.
    OutOfMemory,
    /// By SIGKILL at the end of its grace period.
    Killed,
    /// Told to by a failed liveness or startup probe.
    Unhealthy,
}

/// Which condition of a Deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionKind {
    /// `Available`.
    Available,
    /// `Progressing`.
    Progressing,
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// The release was applied.
    Released,
    /// A person did something (index into the scenario's operators).
    Operated(u16),
    /// A ReplicaSet exists, of this revision.
    ReplicaSetCreated(WorkloadId, ReplicaSetId, u32),
    /// A ReplicaSet's wanted size changed, from → to.
    ReplicaSetScaled(ReplicaSetId, u32, u32),
    /// The Deployment controller has carried out a change: the sync that read this bound, desired + surge,
    /// and all sizes of ReplicaSets as they stood, has ended well.
    DeploymentSynced(WorkloadId, u32),
    /// The ReplicaSet controller has carried out a change: the sync that read this size, and brought the
    /// pods to it, has ended.
    ReplicaSetSynced(ReplicaSetId, u32),
    /// A pod object exists.
    PodCreated(PodId, ReplicaSetId),
    /// A pod has a node.
    PodScheduled(PodId, NodeId),
    /// Its container runs; the number counts restarts.
    ContainerStarted(PodId, u32),
    /// Its container ended.
    ContainerExited(PodId, PodExit),
    /// The kubelet waits this many seconds before the next start.
    BackingOff(PodId, u32),
    /// The pod turned Ready.
    PodReady(PodId),
    /// The pod turned not Ready.
    PodUnready(PodId),
    /// The pod got its deletion mark.
    PodTerminating(PodId),
    /// SIGTERM reached the container.
    Sigterm(PodId),
    /// The pod object is gone.
    PodGone(PodId),
    /// The Service's slice lists the pod as ready.
    EndpointReady(ServiceId, PodId),
    /// The slice lists it as not ready or terminating.
    EndpointNotReady(ServiceId, PodId),
    /// The slice no longer lists it.
    EndpointRemoved(ServiceId, PodId),
    /// Every node's kube-proxy has followed the slice.
    ProxiesSettled(ServiceId),
    /// A condition changed: status is `Some(true)`, `Some(false)` or unknown; reason as upstream.
    Condition(WorkloadId, ConditionKind, Option<bool>, &'static str),
    /// The rollout is complete.
    Completed(WorkloadId),
}

/// A happening and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub at: SimTime,
    /// What.
    pub what: Happening,
}

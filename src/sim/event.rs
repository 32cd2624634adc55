//! Everything that can be due in a run.

use super::control_plane::{ControlEvent, RouterOrder};
use crate::ids::{PodId, WorkloadId};
use crate::routing::mesh::Change;

/// One event of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The release is applied.
    Release,
    /// A person acts (index into the variant's operators).
    Operator(u16),
    /// Something inside the control plane.
    Control(ControlEvent),
    /// The scheduler looks at a pod.
    Schedule(PodId),
    /// A pod's kubelet sees the binding.
    Bound(PodId),
    /// A pod's kubelet sees the deletion mark.
    DeletionSeen(PodId),
    /// A pod wants to be woken.
    Pod(PodId),
    /// What was in flight on a draining pod is done, unless more came.
    Drained(PodId),
    /// The EndpointSlice controller looks at a Service (index into the variant's services).
    Endpoints(u16),
    /// Some node's kube-proxy programs its rules.
    Proxies,
    /// The control plane of the mesh hears of a change.
    MeshSeen(Change),
    /// The control plane of the mesh pushes, or a push reaches a proxy.
    Push,
    /// A pod is scraped.
    Scrape(PodId),
    /// A router follows what a Rollout has told it.
    Route(WorkloadId, RouterOrder),
    /// The alert rules are evaluated.
    EvaluateRules,
    /// The person on call acts.
    OnCall,
}

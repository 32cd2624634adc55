//! One sync of one ReplicaSet.

use super::{
    BURST, Change, PodView, Recency, ReplicaSetStatus, next_availability_check, pods_to_delete,
    replica_set_status, replicas_to_change,
};
use crate::ids::PodId;
use crate::units::{SimDuration, SimTime};

/// What a ReplicaSet wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaSetSpec {
    /// `spec.replicas`.
    pub replicas: u32,
    /// `spec.minReadySeconds`.
    pub min_ready: SimDuration,
}

/// What one sync of a ReplicaSet does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSetDecision {
    /// Pods to create, in slow-start batches.
    pub create: u32,
    /// Pods to delete, all at once.
    pub delete: Vec<PodId>,
    /// The status to write if it differs: counts of the pods as seen, before the changes above.
    pub status: ReplicaSetStatus,
    /// When to look again because a ready pod becomes available.
    pub check_after: Option<SimDuration>,
}

/// One sync: `pods` are those of this ReplicaSet, `related` all pods of the whole Deployment (for
/// the crowding of nodes). To be called only when earlier creations and deletions have been seen.
pub fn sync(
    spec: ReplicaSetSpec,
    pods: &[PodView],
    related: &[PodView],
    now: SimTime,
) -> ReplicaSetDecision {
    let active: Vec<PodView> = pods.iter().copied().filter(PodView::is_active).collect();
    let change = replicas_to_change(spec.replicas, active.len() as u32, BURST);
    let (create, delete) = match change {
        Change::Create(count) => (count, Vec::new()),
        Change::Delete(count) => (
            0,
            pods_to_delete(&active, related, count, Recency::Buckets(now)),
        ),
        Change::Nothing => (0, Vec::new()),
    };
    ReplicaSetDecision {
        create,
        delete,
        status: replica_set_status(pods, spec.min_ready, now),
        check_after: next_availability_check(&active, spec.min_ready, now),
    }
}

//! The gate of a Recreate: no new pod before the last old one is gone.

use super::ReplicaSetView;
use crate::control::replica_set::PodPhase;
use crate::ids::ReplicaSetId;

/// A pod and whose it is; terminating pods count as long as they exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedPod {
    /// Its ReplicaSet.
    pub owner: ReplicaSetId,
    /// `status.phase`.
    pub phase: PodPhase,
}

/// Whether an old ReplicaSet still reports pods, or any pod that is not the new ReplicaSet's has not
/// ended (reference kubernetes.md §1.7).
pub fn old_pods_running(
    new: Option<ReplicaSetId>,
    old: &[ReplicaSetView],
    pods: &[OwnedPod],
) -> bool {
    let reported = old.iter().any(|set| set.status.replicas > 0);
    let is_old = |pod: &OwnedPod| new != Some(pod.owner);
    let runs = |pod: &OwnedPod| !pod.phase.is_finished();
    reported || pods.iter().any(|pod| is_old(pod) && runs(pod))
}

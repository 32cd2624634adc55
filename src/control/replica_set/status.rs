//! What a ReplicaSet reports of its pods.

use super::{PodView, Readiness, stamp};
use crate::units::{SimDuration, SimTime};

/// Counts of a ReplicaSet's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplicaSetStatus {
    /// Active pods.
    pub replicas: u32,
    /// Active pods that are ready.
    pub ready: u32,
    /// Active pods that have been ready for minReadySeconds.
    pub available: u32,
    /// Pods with a deletion mark that still run.
    pub terminating: u32,
}

/// Counts `pods` of one ReplicaSet as of `now`.
pub fn replica_set_status(
    pods: &[PodView],
    min_ready: SimDuration,
    now: SimTime,
) -> ReplicaSetStatus {
    let count =
        |wanted: &dyn Fn(&PodView) -> bool| pods.iter().filter(|pod| wanted(pod)).count() as u32;
    ReplicaSetStatus {
        replicas: count(&|pod| pod.is_active()),
        ready: count(&|pod| pod.is_active() && pod.is_ready()),
        available: count(&|pod| pod.is_active() && is_available(pod, min_ready, now)),
        terminating: count(&|pod| pod.terminating && !pod.phase.is_finished()),
    }
}

/// Whether the pod has been ready for `min_ready`, the last instant included; the readiness stamp
/// is cut to the second, so this may be up to a second early (measured: oracles/k8s README, fact 1).
pub fn is_available(pod: &PodView, min_ready: SimDuration, now: SimTime) -> bool {
    match pod.readiness {
        Readiness::NotReady => false,
        Readiness::Ready(_) if min_ready.is_zero() => true,
        Readiness::Ready(since) => since.is_some_and(|since| stamp(since) + min_ready <= now),
    }
}

/// How long until the first of the pods that are ready but not available becomes available: the
/// ReplicaSet looks again then. `None`: nothing to wait for.
pub fn next_availability_check(
    pods: &[PodView],
    min_ready: SimDuration,
    now: SimTime,
) -> Option<SimDuration> {
    if min_ready.is_zero() {
        return None;
    }
    let remaining = |pod: &PodView| match pod.readiness {
        Readiness::Ready(Some(since)) if pod.is_active() => {
            Some((stamp(since) + min_ready).saturating_since(now))
        }
        _ => None,
    };
    pods.iter()
        .filter_map(remaining)
        .filter(|wait| !wait.is_zero())
        .min()
}

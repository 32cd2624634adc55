//! The status a Deployment reports of its ReplicaSets.

use super::{Condition, DeploymentStatus, DeploymentView, Reason, ReplicaSetView, max_unavailable};
use crate::ids::ReplicaSetId;
use crate::units::SimTime;

/// Sums over `all` ReplicaSets, with the conditions carried over and Available decided anew: true if
/// at least desired − unavailable pods are available (reference kubernetes.md §1.4).
pub fn deployment_status(
    deployment: &DeploymentView,
    all: &[ReplicaSetView],
    new: Option<ReplicaSetId>,
    now: SimTime,
) -> DeploymentStatus {
    let sum = |field: &dyn Fn(&ReplicaSetView) -> u32| all.iter().map(field).sum::<u32>();
    let updated = |set: &ReplicaSetView| match new == Some(set.id) {
        true => set.status.replicas,
        false => 0,
    };
    let available = sum(&|set| set.status.available);
    let enough = available >= deployment.spec.replicas - max_unavailable(&deployment.spec);
    let reason = match enough {
        true => Reason::MinimumReplicasAvailable,
        false => Reason::MinimumReplicasUnavailable,
    };
    let before = deployment.status;
    DeploymentStatus {
        observed_generation: deployment.generation,
        replicas: sum(&|set| set.status.replicas),
        updated: sum(&updated),
        ready: sum(&|set| set.status.ready),
        available,
        unavailable: sum(&|set| set.spec).saturating_sub(available),
        terminating: sum(&|set| set.status.terminating),
        progressing: before.progressing,
        availability: Some(Condition::set(before.availability, reason, now)),
        revision: before.revision,
    }
}

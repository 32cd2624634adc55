//! What `kubectl rollout status` says.

use super::{DeploymentView, Reason};

/// The three answers of `kubectl rollout status` (reference kubernetes.md §1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutStatus {
    /// Still rolling out, or not observed yet.
    Waiting,
    /// Rolled out: it exits with 0.
    Done,
    /// It exits with an error: the progress deadline was exceeded.
    DeadlineExceeded,
}

/// The answer for this Deployment.
pub fn rollout_status(deployment: &DeploymentView) -> RolloutStatus {
    let status = &deployment.status;
    let reason = status.progressing.map(|condition| condition.reason);
    if status.observed_generation < deployment.generation {
        return RolloutStatus::Waiting;
    }
    if reason == Some(Reason::ProgressDeadlineExceeded) {
        return RolloutStatus::DeadlineExceeded;
    }
    let done = status.updated >= deployment.spec.replicas
        && status.replicas <= status.updated
        && status.available >= status.updated;
    match done {
        true => RolloutStatus::Done,
        false => RolloutStatus::Waiting,
    }
}

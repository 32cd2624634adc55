//! Is the rollout complete, does it progress, has it timed out?

use super::{Condition, DeploymentSpec, DeploymentStatus, DeploymentView, Reason};
use crate::units::{SimDuration, SimTime};

/// Whether the rollout is complete: every wanted pod is of the new template and available, no other
/// is left, and the spec has been observed (reference kubernetes.md §1.5).
pub fn complete(deployment: &DeploymentView, status: &DeploymentStatus) -> bool {
    let wanted = deployment.spec.replicas;
    status.updated == wanted
        && status.replicas == wanted
        && status.available == wanted
        && status.observed_generation >= deployment.generation
}

/// Whether anything moved forward between two statuses: more updated, fewer old, more ready or more
/// available pods.
pub fn progressing(before: &DeploymentStatus, after: &DeploymentStatus) -> bool {
    let old_pods =
        |status: &DeploymentStatus| i64::from(status.replicas) - i64::from(status.updated);
    after.updated > before.updated
        || old_pods(after) < old_pods(before)
        || after.ready > before.ready
        || after.available > before.available
}

/// Whether the last progress lies further back than the deadline (strictly). A complete rollout never
/// times out; one that has timed out stays so until it progresses.
pub fn timed_out(
    deadline: Option<SimDuration>,
    condition: Option<&Condition>,
    now: SimTime,
) -> bool {
    let (Some(deadline), Some(condition)) = (deadline, condition) else {
        return false;
    };
    match condition.reason {
        Reason::NewReplicaSetAvailable => false,
        Reason::ProgressDeadlineExceeded => true,
        _ => condition.last_update + deadline < now,
    }
}

/// The Progressing condition after a rollout sync, given the new counts in `after`. The counts before
/// are those of the Deployment's status; without a deadline there is no such condition.
pub fn rollout_condition(
    deployment: &DeploymentView,
    after: &DeploymentStatus,
    now: SimTime,
) -> Option<Condition> {
    let deadline = deployment.spec.progress_deadline;
    deadline?;
    let current = deployment.status.progressing;
    let reason = current.map(|condition| condition.reason);
    let settled = after.replicas == after.updated && reason == Some(Reason::NewReplicaSetAvailable);
    if settled {
        return current;
    }
    if complete(deployment, after) {
        Some(Condition::set(current, Reason::NewReplicaSetAvailable, now))
    } else if progressing(&deployment.status, after) {
        Some(Condition::refresh(current, Reason::ReplicaSetUpdated, now))
    } else if timed_out(deadline, current.as_ref(), now) {
        Some(Condition::set(
            current,
            Reason::ProgressDeadlineExceeded,
            now,
        ))
    } else {
        current
    }
}

/// The Progressing condition to write because the Deployment was paused or resumed, if it was; a
/// timed-out rollout keeps saying so (reference kubernetes.md §1.8).
pub fn paused_condition(
    spec: &DeploymentSpec,
    current: Option<Condition>,
    now: SimTime,
) -> Option<Condition> {
    spec.progress_deadline?;
    let reason = current.map(|condition| condition.reason);
    match (spec.paused, reason) {
        (_, Some(Reason::ProgressDeadlineExceeded)) => None,
        (true, Some(Reason::DeploymentPaused)) => None,
        (true, _) => Some(Condition::set(current, Reason::DeploymentPaused, now)),
        (false, Some(Reason::DeploymentPaused)) => {
            Some(Condition::set(current, Reason::DeploymentResumed, now))
        }
        (false, _) => None,
    }
}

/// How long until the deadline of a rollout whose status `after` did not change: `None` if there is
/// nothing to wait for, zero if less than a second is left.
///
/// The controller then looks again at once (rate limited) for zero, and otherwise one second after
/// this, so that the check does not come milliseconds early.
pub fn next_progress_check(
    deployment: &DeploymentView,
    after: &DeploymentStatus,
    now: SimTime,
) -> Option<SimDuration> {
    let deadline = deployment.spec.progress_deadline?;
    let condition = deployment.status.progressing?;
    let over = condition.reason == Reason::ProgressDeadlineExceeded;
    if over || complete(deployment, after) {
        return None;
    }
    let left = (condition.last_update + deadline).saturating_since(now);
    Some(if left < SimDuration::SECOND {
        SimDuration::ZERO
    } else {
        left
    })
}

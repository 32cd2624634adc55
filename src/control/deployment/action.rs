//! What one sync of a Deployment writes, as data.

use super::{DeploymentStatus, Revision};
use crate::ids::ReplicaSetId;
use crate::units::SimDuration;

/// A ReplicaSet to create for the Deployment's present template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewReplicaSet {
    /// `spec.replicas`, may be 0.
    pub replicas: u32,
    /// `spec.minReadySeconds`.
    pub min_ready: SimDuration,
    /// Hash of its template.
    pub template_hash: u64,
    /// Its revision annotation.
    pub revision: i64,
    /// Its desired-replicas annotation.
    pub desired: u32,
    /// Its max-replicas annotation.
    pub max: u32,
}

/// What a ReplicaSet is to be after an update: every field, changed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaSetChange {
    /// Which one.
    pub id: ReplicaSetId,
    /// `spec.replicas`.
    pub replicas: u32,
    /// `spec.minReadySeconds`.
    pub min_ready: SimDuration,
    /// Its revision annotation.
    pub revision: Revision,
    /// Its desired-replicas annotation.
    pub desired: Option<u32>,
    /// Its max-replicas annotation.
    pub max: Option<u32>,
}

/// One write to the API, in the order in which the controller makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Create a ReplicaSet.
    Create(NewReplicaSet),
    /// Update a ReplicaSet.
    Update(ReplicaSetChange),
    /// Delete a ReplicaSet without pods (history).
    Delete(ReplicaSetId),
    /// Write the Deployment's status and its revision annotation.
    WriteStatus(DeploymentStatus),
    /// Legacy rollback: take this ReplicaSet's template (`None`: keep the present one) and clear the
    /// rollback annotation.
    RollBack(Option<ReplicaSetId>),
}

/// When the Deployment is to be looked at again without an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requeue {
    /// Not.
    No,
    /// After this long.
    After(SimDuration),
    /// At once, but rate limited: 5 ms at first.
    AtOnce,
    /// The sync ended in an error (a second write to an object it had already changed meets a newer
    /// version): per-item back-off of 5 ms × 2^n. Events of the writes made wake it as well.
    Retry,
}

/// What one sync of a Deployment does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its writes, in order.
    pub actions: Vec<Action>,
    /// When it wants to look again.
    pub requeue: Requeue,
}

impl Decision {
    /// The status it writes last, if any.
    pub fn status(&self) -> Option<&DeploymentStatus> {
        self.actions.iter().rev().find_map(|action| match action {
            Action::WriteStatus(status) => Some(status),
            _ => None,
        })
    }
}

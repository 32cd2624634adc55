//! What the Deployment controller sees.

use super::Condition;
use crate::control::replica_set::{ReplicaSetStatus, stamp};
use crate::ids::ReplicaSetId;
use crate::manifest::{Deployment, Strategy};
use crate::units::{SimDuration, SimTime};

/// The part of a Deployment's spec that decisions need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentSpec {
    /// `spec.replicas`.
    pub replicas: u32,
    /// `spec.strategy`.
    pub strategy: Strategy,
    /// `spec.minReadySeconds`.
    pub min_ready: SimDuration,
    /// `spec.progressDeadlineSeconds`; `None`: no deadline.
    pub progress_deadline: Option<SimDuration>,
    /// `spec.revisionHistoryLimit`; [`super::UNLIMITED_HISTORY`] keeps all.
    pub revision_history_limit: u32,
    /// `spec.paused`.
    pub paused: bool,
    /// Hash of `spec.template`: equal hashes are equal templates.
    pub template_hash: u64,
}

impl From<&Deployment> for DeploymentSpec {
    fn from(deployment: &Deployment) -> Self {
        Self {
            replicas: deployment.replicas,
            strategy: deployment.strategy,
            min_ready: deployment.min_ready,
            progress_deadline: deployment.progress_deadline,
            revision_history_limit: deployment.revision_history_limit,
            paused: deployment.paused,
            template_hash: deployment.template.hash,
        }
    }
}

/// The annotation `deployment.kubernetes.io/revision`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Revision {
    /// Not there; reads as 0.
    #[default]
    Missing,
    /// There, but not a number.
    Invalid,
    /// A revision.
    Number(i64),
}

impl Revision {
    /// The number; 0 if missing, nothing if invalid.
    pub const fn number(self) -> Option<i64> {
        match self {
            Self::Missing => Some(0),
            Self::Invalid => None,
            Self::Number(number) => Some(number),
        }
    }
}

/// `status` of a Deployment, and its revision annotation, which the same call writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeploymentStatus {
    /// `observedGeneration`.
    pub observed_generation: u64,
    /// Active pods of all its ReplicaSets.
    pub replicas: u32,
    /// Active pods of the new ReplicaSet.
    pub updated: u32,
    /// Ready pods.
    pub ready: u32,
    /// Pods ready for minReadySeconds.
    pub available: u32,
    /// Wanted by the ReplicaSets' sizes but not available.
    pub unavailable: u32,
    /// Pods with a deletion mark that still run.
    pub terminating: u32,
    /// Condition Progressing.
    pub progressing: Option<Condition>,
    /// Condition Available.
    pub availability: Option<Condition>,
    /// Annotation `deployment.kubernetes.io/revision` of the Deployment.
    pub revision: Revision,
}

/// A Deployment as the controller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentView {
    /// What it wants.
    pub spec: DeploymentSpec,
    /// `metadata.generation`.
    pub generation: u64,
    /// Whether it has a deletion mark.
    pub deleting: bool,
    /// Legacy annotation `deprecated.deployment.rollback.to`; 0 means the revision before.
    pub rollback_to: Option<i64>,
    /// Its status as last written.
    pub status: DeploymentStatus,
}

/// A ReplicaSet as the Deployment controller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaSetView {
    /// Which one.
    pub id: ReplicaSetId,
    /// Hash of its pod template, the hash label left out.
    pub template_hash: u64,
    /// `metadata.creationTimestamp`.
    pub created: SimTime,
    /// A number that sorts like `metadata.name`: settles creation within the same second.
    pub name_order: u64,
    /// `spec.replicas`.
    pub spec: u32,
    /// `spec.minReadySeconds`.
    pub min_ready: SimDuration,
    /// Its status as last written by the ReplicaSet controller.
    pub status: ReplicaSetStatus,
    /// Annotation `deployment.kubernetes.io/revision`.
    pub revision: Revision,
    /// Annotation `deployment.kubernetes.io/desired-replicas`; `None`: missing or invalid.
    pub desired: Option<u32>,
    /// Annotation `deployment.kubernetes.io/max-replicas`; `None`: missing or invalid.
    pub max: Option<u32>,
    /// Whether `status.observedGeneration` has reached `metadata.generation`.
    pub observed: bool,
    /// Whether it has a deletion mark.
    pub deleting: bool,
}

impl ReplicaSetView {
    /// Oldest first: by creation (whole seconds), then by name.
    pub(super) fn age_order(&self) -> (SimTime, u64) {
        (stamp(self.created), self.name_order)
    }
    /// Whether it wants any pods.
    pub const fn is_active(&self) -> bool {
        self.spec > 0
    }
}

//! Conditions of a Deployment.

use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// `status` of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody can say (paused, resumed).
    Unknown,
}

impl ConditionStatus {
    /// As the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// `reason` of a condition (reference kubernetes.md §1.5, §1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Progressing: a ReplicaSet was created for the template.
    NewReplicaSetCreated,
    /// Progressing: a ReplicaSet for the template was there already.
    FoundNewReplicaSet,
    /// Progressing: some count moved.
    ReplicaSetUpdated,
    /// Progressing: the rollout is complete.
    NewReplicaSetAvailable,
    /// Progressing: no progress for longer than the deadline.
    ProgressDeadlineExceeded,
    /// Progressing: the ReplicaSet could not be created.
    ReplicaSetCreateError,
    /// Progressing: paused.
    DeploymentPaused,
    /// Progressing: resumed, nothing moved since.
    DeploymentResumed,
    /// Available: enough pods.
    MinimumReplicasAvailable,
    /// Available: too few pods.
    MinimumReplicasUnavailable,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::NewReplicaSetCreated,
        Self::FoundNewReplicaSet,
        Self::ReplicaSetUpdated,
        Self::NewReplicaSetAvailable,
        Self::ProgressDeadlineExceeded,
        Self::ReplicaSetCreateError,
        Self::DeploymentPaused,
        Self::DeploymentResumed,
        Self::MinimumReplicasAvailable,
        Self::MinimumReplicasUnavailable,
    ];

    /// As the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewReplicaSetCreated => "NewReplicaSetCreated",
            Self::FoundNewReplicaSet => "FoundNewReplicaSet",
            Self::ReplicaSetUpdated => "ReplicaSetUpdated",
            Self::NewReplicaSetAvailable => "NewReplicaSetAvailable",
            Self::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
            Self::ReplicaSetCreateError => "ReplicaSetCreateError",
            Self::DeploymentPaused => "DeploymentPaused",
            Self::DeploymentResumed => "DeploymentResumed",
            Self::MinimumReplicasAvailable => "MinimumReplicasAvailable",
            Self::MinimumReplicasUnavailable => "MinimumReplicasUnavailable",
        }
    }
    /// The status that always goes with it.
    pub const fn status(self) -> ConditionStatus {
        match self {
            Self::NewReplicaSetCreated
            | Self::FoundNewReplicaSet
            | Self::ReplicaSetUpdated
            | Self::NewReplicaSetAvailable
            | Self::MinimumReplicasAvailable => ConditionStatus::True,
            Self::ProgressDeadlineExceeded
            | Self::ReplicaSetCreateError
            | Self::MinimumReplicasUnavailable => ConditionStatus::False,
            Self::DeploymentPaused | Self::DeploymentResumed => ConditionStatus::Unknown,
        }
    }
}

/// One condition. Its times are whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// `reason`, which implies the `status`.
    pub reason: Reason,
    /// `lastUpdateTime`: the last write of this condition.
    pub last_update: SimTime,
    /// `lastTransitionTime`: the last change of its status.
    pub last_transition: SimTime,
}

impl Condition {
    /// `status`.
    pub const fn status(&self) -> ConditionStatus {
        self.reason.status()
    }
    /// The condition after it is set for `reason`: untouched if it says so already; the transition
    /// time moves only with the status.
    pub fn set(current: Option<Self>, reason: Reason, now: SimTime) -> Self {
        match current {
            Some(same) if same.reason == reason => same,
            _ => Self::refresh(current, reason, now),
        }
    }
    /// As [`Self::set`], but written anew even if it says so already: progress restarts the clock.
    pub fn refresh(current: Option<Self>, reason: Reason, now: SimTime) -> Self {
        let same_status = current.filter(|condition| condition.status() == reason.status());
        Self {
            reason,
            last_update: stamp(now),
            last_transition: same_status.map_or(stamp(now), |condition| condition.last_transition),
        }
    }
}

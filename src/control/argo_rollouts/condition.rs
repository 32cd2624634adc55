//! The Progressing condition of a Rollout.

use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// `status` of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody can say (paused, resumed, retried).
    Unknown,
}

/// `reason` of the Progressing condition (upstream's `utils/conditions`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A ReplicaSet was created for the template.
    NewReplicaSetCreated,
    /// A ReplicaSet for the template was there already.
    FoundNewReplicaSet,
    /// Something moved.
    ReplicaSetUpdated,
    /// All as wanted.
    NewReplicaSetAvailable,
    /// Some of what was all as wanted is gone.
    ReplicaSetNotAvailable,
    /// No progress for longer than the deadline.
    ProgressDeadlineExceeded,
    /// Aborted.
    RolloutAborted,
    /// No longer aborted, nothing moved since.
    RolloutRetry,
    /// Paused.
    RolloutPaused,
    /// Resumed, nothing moved since.
    RolloutResumed,
}

impl Reason {
    /// As the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewReplicaSetCreated => "NewReplicaSetCreated",
            Self::FoundNewReplicaSet => "FoundNewReplicaSet",
            Self::ReplicaSetUpdated => "ReplicaSetUpdated",
            Self::NewReplicaSetAvailable => "NewReplicaSetAvailable",
            Self::ReplicaSetNotAvailable => "ReplicaSetNotAvailable",
            Self::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
            Self::RolloutAborted => "RolloutAborted",
            Self::RolloutRetry => "RolloutRetry",
            Self::RolloutPaused => "RolloutPaused",
            Self::RolloutResumed => "RolloutResumed",
        }
    }
    /// The status that always goes with it.
    pub const fn status(self) -> ConditionStatus {
        match self {
            Self::ProgressDeadlineExceeded | Self::RolloutAborted => ConditionStatus::False,
            Self::RolloutPaused | Self::RolloutResumed | Self::RolloutRetry => {
                ConditionStatus::Unknown
            }
            _ => ConditionStatus::True,
        }
    }
}

/// The condition. Its times are whole seconds.
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
        let same = current.filter(|condition| condition.reason.status() == reason.status());
        Self {
            reason,
            last_update: stamp(now),
            last_transition: same.map_or(stamp(now), |condition| condition.last_transition),
        }
    }
}

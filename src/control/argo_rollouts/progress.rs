//! The Progressing condition, and the deadline it bears (reference progressive-delivery.md §1.10,
//! upstream's `calculateRolloutConditions`).

use crate::control::replica_set::stamp;
use crate::units::{SimDuration, SimTime};

/// Why a Rollout progresses, or does not; upstream's reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressReason {
    /// Something got on.
    ReplicaSetUpdated,
    /// All as wanted.
    NewReplicaSetAvailable,
    /// Nothing got on for too long.
    ProgressDeadlineExceeded,
    /// It waits.
    RolloutPaused,
    /// It went on after waiting: the deadline counts anew.
    RolloutResumed,
    /// The update was given up.
    RolloutAborted,
}

impl ProgressReason {
    /// As upstream spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReplicaSetUpdated => "ReplicaSetUpdated",
            Self::NewReplicaSetAvailable => "NewReplicaSetAvailable",
            Self::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
            Self::RolloutPaused => "RolloutPaused",
            Self::RolloutResumed => "RolloutResumed",
            Self::RolloutAborted => "RolloutAborted",
        }
    }
    /// The condition's status; `None`: unknown.
    pub const fn status(self) -> Option<bool> {
        match self {
            Self::ReplicaSetUpdated | Self::NewReplicaSetAvailable => Some(true),
            Self::ProgressDeadlineExceeded | Self::RolloutAborted => Some(false),
            Self::RolloutPaused | Self::RolloutResumed => None,
        }
    }
}

/// The Progressing condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolloutCondition {
    /// Why.
    pub reason: ProgressReason,
    /// `lastUpdateTime`, a whole second.
    pub last_update: SimTime,
}

/// Pods of a Rollout by what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RolloutCounts {
    /// `replicas`: of all sets.
    pub replicas: u32,
    /// `updatedReplicas`: of the new set.
    pub updated: u32,
    /// `readyReplicas`.
    pub ready: u32,
    /// `availableReplicas`.
    pub available: u32,
}

/// Whether something got on between two statuses; a switched Service, another step and another stable
/// set count too, which the caller knows (`moved`).
pub fn progressed(before: &RolloutCounts, after: &RolloutCounts, moved: bool) -> bool {
    let old = |counts: &RolloutCounts| counts.replicas.saturating_sub(counts.updated);
    moved
        || after.updated != before.updated
        || old(after) < old(before)
        || after.ready > before.ready
        || after.available > before.available
}

/// How a Rollout stands, for its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Fully promoted and available.
    Healthy,
    /// Given up.
    Aborted,
    /// It waits for time or for a human.
    Paused,
    /// Under way, and it got on.
    GotOn,
    /// Under way, where the deadline counts.
    Waits,
    /// Under way, where it does not: a step that has no end of its own, or a set that still bears a
    /// scale-down deadline.
    WaitsForever,
}

/// The condition after a pass; a deadline is missed strictly after it.
pub fn rollout_condition(
    before: Option<RolloutCondition>,
    standing: Standing,
    deadline: SimDuration,
    now: SimTime,
) -> Option<RolloutCondition> {
    let fresh = |reason| {
        Some(RolloutCondition {
            reason,
            last_update: stamp(now),
        })
    };
    // The same reason again keeps its time, but for progress.
    let once = |reason| {
        before
            .filter(|known| known.reason == reason)
            .or(fresh(reason))
    };
    match standing {
        Standing::Healthy => once(ProgressReason::NewReplicaSetAvailable),
        Standing::Aborted => once(ProgressReason::RolloutAborted),
        Standing::Paused => once(ProgressReason::RolloutPaused),
        Standing::GotOn => fresh(ProgressReason::ReplicaSetUpdated),
        Standing::Waits | Standing::WaitsForever => match before {
            Some(known) if known.reason == ProgressReason::RolloutPaused => {
                fresh(ProgressReason::RolloutResumed)
            }
            Some(known) if standing == Standing::Waits && is_late(known, deadline, now) => {
                once(ProgressReason::ProgressDeadlineExceeded)
            }
            known => known,
        },
    }
}

fn is_late(known: RolloutCondition, deadline: SimDuration, now: SimTime) -> bool {
    match known.reason {
        ProgressReason::RolloutAborted | ProgressReason::RolloutPaused => false,
        ProgressReason::ProgressDeadlineExceeded => true,
        _ => known.last_update + deadline < now,
    }
}

/// When the deadline has to be looked at again: a second past it (upstream's `requeueStuckRollout`).
pub fn next_progress_check(
    condition: Option<RolloutCondition>,
    deadline: SimDuration,
) -> Option<SimTime> {
    let known = condition?;
    let counts = matches!(
        known.reason,
        ProgressReason::ReplicaSetUpdated | ProgressReason::RolloutResumed
    );
    counts.then(|| known.last_update + deadline + SimDuration::SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: SimDuration = SimDuration::from_secs(600);

    fn at(
        seconds: u64,
        standing: Standing,
        before: Option<RolloutCondition>,
    ) -> Option<RolloutCondition> {
        rollout_condition(before, standing, DEADLINE, SimTime::from_secs(seconds))
    }

    #[test]
    fn a_deadline_is_missed_strictly_after_it() {
        let got_on = at(100, Standing::GotOn, None);
        assert_eq!(at(700, Standing::Waits, got_on), got_on);
        let late = at(701, Standing::Waits, got_on).unwrap();
        assert_eq!(late.reason, ProgressReason::ProgressDeadlineExceeded);
        assert_eq!(at(701, Standing::WaitsForever, got_on), got_on);
        let check = next_progress_check(got_on, DEADLINE);
        assert_eq!(check, Some(SimTime::from_secs(701)));
    }

    #[test]
    fn a_pause_stops_the_clock_and_its_end_starts_it_anew() {
        let got_on = at(100, Standing::GotOn, None);
        let paused = at(150, Standing::Paused, got_on);
        assert_eq!(at(5_000, Standing::Paused, paused), paused);
        let resumed = at(5_000, Standing::Waits, paused);
        assert_eq!(resumed.unwrap().reason, ProgressReason::RolloutResumed);
        assert_eq!(at(5_600, Standing::Waits, resumed), resumed);
        let late = at(5_601, Standing::Waits, resumed).unwrap();
        assert_eq!(late.reason, ProgressReason::ProgressDeadlineExceeded);
    }

    #[test]
    fn fewer_old_pods_are_progress_and_fewer_ready_ones_are_not() {
        let counts = |replicas, updated, ready, available| RolloutCounts {
            replicas,
            updated,
            ready,
            available,
        };
        let before = counts(12, 6, 12, 12);
        assert!(progressed(&before, &counts(11, 6, 11, 11), false));
        assert!(!progressed(&before, &counts(12, 6, 11, 11), false));
        assert!(progressed(&before, &before, true));
        assert!(!progressed(&before, &before, false));
    }
}

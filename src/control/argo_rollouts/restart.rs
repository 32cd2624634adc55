//! Restarting all pods of a Rollout (`spec.restartAt`), a few at a time.
//!
//! ```text
//! restartAt ──┐ pods older than it, in the order of their names
//!             └ evict what availability can spare ─ look again after 30 s ─ … ─ restartedAt
//! ```
//!
//! An eviction may be refused by a disruption budget, so that the pass offers a list and a number:
//! pods are evicted in order until so many have agreed.

use super::RolloutSpec;
use crate::units::{SimDuration, SimTime};

/// How long until the next look at pods that still have to go (upstream's `restartPodCheckTime`).
pub const CHECK_AGAIN: SimDuration = SimDuration::from_secs(30);

/// A pod of the Rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartPod {
    /// `metadata.creationTimestamp`.
    pub created: SimTime,
    /// Whether it is available.
    pub available: bool,
    /// Whether it has a deletion mark.
    pub terminating: bool,
}

/// What the restarter looks at.
#[derive(Debug, Clone, Copy)]
pub struct RestartView<'a> {
    /// The Rollout's spec.
    pub rollout: &'a RolloutSpec,
    /// `spec.restartAt`.
    pub restart_at: Option<SimTime>,
    /// `status.restartedAt`: the `restartAt` that was last carried out.
    pub restarted_at: Option<SimTime>,
    /// Sum of the sizes of all sets (pods).
    pub size_of_sets: u32,
    /// Its pods in the order of their names, which is that of the API's list.
    pub pods: &'a [RestartPod],
}

/// What the restarter does in one pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restart {
    /// Pods to evict (indices), in this order …
    pub candidates: Vec<usize>,
    /// … until so many evictions were granted.
    pub evictions_max: u32,
    /// Pods that are older than the restart, those that are on their way out among them.
    pub outdated: u32,
    /// The `restartAt` that is carried out.
    pub at: SimTime,
}

/// Whether a restart is due: strictly after its time, and not yet carried out (upstream's
/// `NeedsRestart`).
pub fn restart_is_due(seen: &RestartView<'_>, now: SimTime) -> bool {
    let open = seen.restart_at.filter(|at| seen.restarted_at != Some(*at));
    open.is_some_and(|at| now > at)
}

/// What the restarter does now, if a restart is due (reference §1.1, upstream's `Reconcile` of its pod
/// restarter). One pod may always go, even if `maxUnavailable` comes to 0; the number to keep counts
/// from the sizes of the sets where those exceed `spec.replicas`.
pub fn restart(seen: &RestartView<'_>, now: SimTime) -> Option<Restart> {
    let at = seen.restart_at.filter(|_| restart_is_due(seen, now))?;
    let outdated = |pod: &RestartPod| pod.created < at;
    let available = seen.pods.iter().filter(|p| p.available && !p.terminating);
    let missing = i64::from(seen.rollout.may_be_missing().max(1));
    let least = i64::from(seen.rollout.replicas.max(seen.size_of_sets)) - missing;
    let spare = available.count() as i64 - least;
    let going =
        |(index, pod): (usize, &RestartPod)| (outdated(pod) && !pod.terminating).then_some(index);
    Some(Restart {
        candidates: seen.pods.iter().enumerate().filter_map(going).collect(),
        evictions_max: u32::try_from(spare.max(0)).expect("pods are counted in 32 bits"),
        outdated: seen.pods.iter().filter(|pod| outdated(pod)).count() as u32,
        at,
    })
}

impl Restart {
    /// What `status.restartedAt` becomes once so many evictions were granted; `None`: old pods are left,
    /// and the restarter looks again after [`CHECK_AGAIN`] at the latest.
    pub fn carried_out(&self, evicted: u32) -> Option<SimTime> {
        (self.outdated == evicted).then_some(self.at)
    }
}

/// When the controller has to look again for the sake of a restart that is still to come.
pub fn requeue_at(seen: &RestartView<'_>, now: SimTime) -> Option<SimTime> {
    let at = seen.restart_at.filter(|at| now <= *at)?;
    Some(at + SimDuration::from_nanos(1))
}

#[cfg(test)]
mod tests {
    use super::super::{BlueGreenSpec, DeadlineMissed, RolloutStrategy};
    use super::*;

    const AT: SimTime = SimTime::from_secs(50);

    fn rollout(replicas: u32) -> RolloutSpec {
        RolloutSpec {
            replicas,
            paused: false,
            progress_deadline: SimDuration::from_secs(600),
            deadline_missed: DeadlineMissed::Report,
            rollback_window: 0,
            strategy: RolloutStrategy::BlueGreen(BlueGreenSpec::default()),
        }
    }

    fn pod(created_s: u64, available: bool) -> RestartPod {
        RestartPod {
            created: SimTime::from_secs(created_s),
            available,
            terminating: false,
        }
    }

    /// Candidates, evictions granted at most, outdated pods; the sets want as many pods as there are.
    fn check(replicas: u32, pods: &[RestartPod], expected: (&[usize], u32, u32)) {
        let rollout = rollout(replicas);
        let seen = RestartView {
            rollout: &rollout,
            restart_at: Some(AT),
            restarted_at: None,
            size_of_sets: pods.len() as u32,
            pods,
        };
        let found = restart(&seen, AT + SimDuration::SECOND).unwrap();
        assert_eq!(found.candidates, expected.0);
        assert_eq!(
            (found.evictions_max, found.outdated),
            (expected.1, expected.2)
        );
    }

    #[test]
    fn a_quarter_rounded_down_may_go_and_never_less_than_one() {
        // 8 pods, 25 %: 2 may be missing, 8 − (8 − 2) = 2. Of 3 pods 25 % is 0: one may go all the same.
        check(8, &[pod(1, true); 8], (&[0, 1, 2, 3, 4, 5, 6, 7], 2, 8));
        check(3, &[pod(1, true); 3], (&[0, 1, 2], 1, 3));
    }

    #[test]
    fn pods_that_are_missing_already_count_and_new_ones_stay() {
        // 8 pods, 2 may be missing: one is, so 7 − 6 = 1 more. A pod made at the very instant is new.
        let mut pods = [pod(1, true); 8];
        (pods[0], pods[1]) = (pod(1, false), pod(50, true));
        check(8, &pods, (&[0, 2, 3, 4, 5, 6, 7], 1, 7));
    }

    #[test]
    fn a_restart_is_due_strictly_after_its_time_and_once() {
        let rollout = rollout(1);
        let mut seen = RestartView {
            rollout: &rollout,
            restart_at: Some(AT),
            restarted_at: None,
            size_of_sets: 1,
            pods: &[],
        };
        assert!(!restart_is_due(&seen, AT));
        let tick = requeue_at(&seen, AT).unwrap();
        assert!(restart_is_due(&seen, tick));
        let done = restart(&seen, tick).unwrap();
        assert_eq!(done.carried_out(0), Some(AT));
        seen.restarted_at = Some(AT);
        assert!(!restart_is_due(&seen, tick));
    }
}

//! Restarting the pods of a Rollout: evictions that budgets may refuse.

use super::object::{RolloutObject, StrategyStatus};
use super::pass::{Restarted, SeenSets};
use super::write::RolloutWrite;
use crate::control::argo_rollouts::restart::{
    CHECK_AGAIN, Restart, RestartPod, RestartView, requeue_at, restart, restart_is_due,
};
use crate::control::argo_rollouts::{blue_green, canary};
use crate::control::replica_set::is_available;
use crate::ids::{PodId, WorkloadId};
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::{ControlEvent, Outbox};
use crate::units::{SimDuration, SimTime};

/// Evictions that are still to come in a pass.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sim::control_plane) struct Evictions {
    /// Pods to ask for, the next one last.
    candidates: Vec<PodId>,
    restart: Restart,
    /// How many have gone.
    granted: u32,
}

impl Evictions {
    fn are_over(&self) -> bool {
        self.granted == self.restart.evictions_max || self.candidates.is_empty()
    }
    fn restarted(&self) -> Restarted {
        Restarted {
            pods: self.granted,
            done: self.restart.carried_out(self.granted),
        }
    }
}

impl ControlPlane {
    /// What a pass does once it comes to the restarter: the first eviction, if a restart is due and a
    /// pod may go now, or all the rest.
    pub(super) fn plan_restart(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        (object, sets): (&RolloutObject, &SeenSets),
    ) -> Vec<RolloutWrite> {
        let evictions = self.evictions(id, (object, sets), self.wall(now));
        match evictions {
            Some(evictions) if !evictions.are_over() => vec![RolloutWrite::Evict(evictions)],
            Some(evictions) => self.plan_rest(now, id, evictions.restarted()),
            None => self.plan_rest(now, id, Restarted::default()),
        }
    }

    /// The evictions of a pass, if a restart is due.
    fn evictions(
        &self,
        id: WorkloadId,
        (object, sets): (&RolloutObject, &SeenSets),
        wall: SimTime,
    ) -> Option<Evictions> {
        let runs = match object.status.strategy {
            StrategyStatus::BlueGreen(_) => {
                blue_green::runs_restarter(&self.blue_green_view(object, sets))
            }
            StrategyStatus::Canary(_) => canary::runs_restarter(&self.canary_view(object, sets)),
        };
        if !runs || !restart_is_due(&self.restart_view(object, sets, &[]), wall) {
            return None;
        }
        let (ids, pods) = self.restartable(id, wall);
        let restart = restart(&self.restart_view(object, sets, &pods), wall)?;
        Some(Evictions {
            candidates: (restart.candidates.iter().rev())
                .map(|pod| ids[*pod])
                .collect(),
            restart,
            granted: 0,
        })
    }

    /// What the restarter looks at.
    pub(super) fn restart_view<'a>(
        &'a self,
        object: &RolloutObject,
        sets: &SeenSets,
        pods: &'a [RestartPod],
    ) -> RestartView<'a> {
        RestartView {
            rollout: &self.plans[object.spec.plan].spec,
            restart_at: object.spec.restart_at,
            restarted_at: object.status.restarted_at,
            size_of_sets: sets.view().all().map(|set| set.spec).sum(),
            pods,
        }
    }

    /// Its pods as the API server lists them (upstream asks it, not its cache: an eviction of the pass
    /// before counts at once), in the order of their names: set by set, and at random within one.
    fn restartable(&self, id: WorkloadId, wall: SimTime) -> (Vec<PodId>, Vec<RestartPod>) {
        let min_ready = self.plans[self.rollout_object(id).spec.plan]
            .rollout
            .min_ready;
        let own = self.pods(id);
        let own = own.filter(|pod| !self.experiment_sets.contains_key(&pod.owner));
        let mut pods: Vec<_> = own.collect();
        pods.sort_by_key(|pod| (self.template_of(pod.owner).hash, pod.view.uid));
        let seen = pods.iter().map(|pod| RestartPod {
            created: pod.view.created.unwrap_or(wall),
            available: is_available(&pod.view, min_ready, wall),
            terminating: pod.view.terminating,
        });
        (pods.iter().map(|pod| pod.view.id).collect(), seen.collect())
    }

    /// One eviction, and then the next one or the rest of the pass. A budget's refusal passes on to the
    /// next pod; any other ends the pass, and it is tried again after a back-off.
    pub(super) fn evict_next(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        mut evictions: Evictions,
        out: &mut Outbox,
    ) {
        let index = self.rollout_index(id);
        let pod = evictions.candidates.pop();
        let pod = pod.expect("a pass without candidates has no evictions");
        match self.evict_pod(now, pod, out) {
            CREATED => evictions.granted += 1,
            TOO_MANY_REQUESTS => {}
            _ => {
                let wait = self.rollout_work[index].back_off().min(BACK_OFF_MAX);
                if self.rollout_work[index].set_timer(now + wait) {
                    out.schedule(now + wait, ControlEvent::WakeRollout(id));
                }
                return;
            }
        }
        let planned = match evictions.are_over() {
            false => vec![RolloutWrite::Evict(evictions)],
            true => self.plan_rest(now, id, evictions.restarted()),
        };
        self.rollout_work[index].writes.extend(planned);
    }

    /// When the restarter looks again though nothing happens.
    pub(super) fn restart_look(
        &self,
        (object, sets): (&RolloutObject, &SeenSets),
        wall: SimTime,
    ) -> Option<SimTime> {
        let seen = self.restart_view(object, sets, &[]);
        match restart_is_due(&seen, wall) {
            true => Some(wall + CHECK_AGAIN),
            false => requeue_at(&seen, wall),
        }
    }
}

/// Answers of the eviction call: granted, and refused by a budget.
const CREATED: u16 = 201;
const TOO_MANY_REQUESTS: u16 = 429;

/// Longest wait before a failed pass is tried again (upstream `utils/queue/queue.go`).
const BACK_OFF_MAX: SimDuration = SimDuration::from_secs(10);

//! Restarting the pods of a Rollout: evictions that budgets may refuse.

use super::object::{RolloutObject, StrategyStatus};
use super::pass::{Restarted, SeenSets};
use super::write::RolloutWrite;
use crate::control::argo_rollouts::restart::{
    CHECK_AGAIN, RestartPod, RestartView, requeue_at, restart, restart_is_due,
};
use crate::control::argo_rollouts::{blue_green, canary};
use crate::control::replica_set::is_available;
use crate::ids::{PodId, WorkloadId};
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::Outbox;
use crate::units::SimTime;

/// Evictions that are still to come in a pass.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sim::control_plane) struct Evictions {
    /// Pods to ask for, the next one last.
    candidates: Vec<PodId>,
    /// How many may still go.
    left: u32,
    /// How many have gone.
    granted: u32,
    /// How many have to go in all, and for which restart.
    outdated: (u32, SimTime),
}

impl ControlPlane {
    /// The evictions with which a pass begins, if a restart is due and a pod may go now.
    pub(super) fn evictions(
        &self,
        id: WorkloadId,
        (object, sets): (&RolloutObject, &SeenSets),
        wall: SimTime,
    ) -> Option<RolloutWrite> {
        let runs = match object.status.strategy {
            StrategyStatus::BlueGreen(_) => {
                blue_green::runs_restarter(&self.blue_green_view(object, sets))
            }
            StrategyStatus::Canary(_) => canary::runs_restarter(&self.canary_view(object, sets, 0)),
        };
        let (ids, pods) = self.restartable(id, wall);
        let seen = self.restart_view(object, sets, &pods);
        let found = restart(&seen, wall).filter(|_| runs)?;
        Some(RolloutWrite::Evict(Evictions {
            candidates: found.candidates.iter().rev().map(|pod| ids[*pod]).collect(),
            left: found.evictions_max,
            granted: 0,
            outdated: (found.outdated, seen.restart_at?),
        }))
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

    /// Its pods in the order of their uids, which stands for that of their names: both are random.
    fn restartable(&self, id: WorkloadId, wall: SimTime) -> (Vec<PodId>, Vec<RestartPod>) {
        let min_ready = self.plans[self.rollout_object(id).spec.plan]
            .rollout
            .min_ready;
        let pods = self.seen_pods_of(id);
        let own = pods.filter(|pod| !self.experiment_sets.contains_key(&pod.owner));
        let mut pods: Vec<_> = own.map(|pod| pod.view).collect();
        pods.retain(|pod| !pod.phase.is_finished());
        pods.sort_by_key(|pod| pod.uid);
        let seen = pods.iter().map(|pod| RestartPod {
            created: pod.created.unwrap_or(wall),
            available: is_available(pod, min_ready, wall),
            terminating: pod.terminating,
        });
        (pods.iter().map(|pod| pod.id).collect(), seen.collect())
    }

    /// One eviction, and then the next one or the rest of the pass.
    pub(super) fn evict_next(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        mut evictions: Evictions,
        out: &mut Outbox,
    ) {
        let pod = evictions.candidates.pop().filter(|_| evictions.left > 0);
        if let Some(pod) = pod {
            let granted = u32::from(self.evict_pod(now, pod, out) == CREATED);
            evictions.left -= granted;
            evictions.granted += granted;
        }
        let over = evictions.left == 0 || evictions.candidates.is_empty();
        let planned = match over {
            false => vec![RolloutWrite::Evict(evictions)],
            true => {
                let (outdated, at) = evictions.outdated;
                let restarted = Restarted {
                    pods: evictions.granted,
                    done: (outdated == evictions.granted).then_some(at),
                };
                self.plan_rest(now, id, restarted)
            }
        };
        let index = self.rollout_index(id);
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

/// The answer of the eviction call to an eviction that is granted.
const CREATED: u16 = 201;

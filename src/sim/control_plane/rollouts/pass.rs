//! What one pass of the Rollout controller sees and plans.

use super::object::{RolloutObject, RolloutStatus, StrategyStatus};
use super::write::RolloutWrite;
use crate::control::argo_rollouts::{
    ControllerPause, DeadlineMissed, ProgressReason, RolloutCounts, RolloutStrategy, SetView, Sets,
    Standing, Step, TemplateHash, current_step, progressed, rollout_condition,
};
use crate::control::deployment::Revision;
use crate::ids::{ReplicaSetId, WorkloadId};
use crate::sim::control_plane::{ControlPlane, ReplicaSetObject};
use crate::units::SimTime;

/// The sets of a Rollout, by their part in the update.
#[derive(Debug, Default)]
pub(super) struct SeenSets {
    pub(super) new: Option<SetView>,
    pub(super) stable: Option<SetView>,
    pub(super) older: Vec<SetView>,
    ids: Vec<(TemplateHash, ReplicaSetId)>,
    ready: u32,
}

impl SeenSets {
    pub(super) fn view(&self) -> Sets<'_> {
        Sets {
            new: self.new.as_ref(),
            stable: self.stable.as_ref(),
            older: &self.older,
        }
    }
    /// The set of a template that a decision names: one that was seen.
    pub(super) fn id_of(&self, hash: TemplateHash) -> ReplicaSetId {
        let known = self.ids.iter().find(|(known, _)| *known == hash);
        known.expect("decisions name sets that they were shown").1
    }
    fn counts(&self) -> RolloutCounts {
        let sum = |of: fn(&SetView) -> u32| self.view().all().map(of).sum();
        RolloutCounts {
            replicas: sum(|set| set.replicas),
            updated: self.new.map_or(0, |new| new.replicas),
            ready: self.ready,
            available: sum(|set| set.available),
        }
    }
}

/// What a pass has come to: writes in order, and the status at its end.
pub(super) struct Planned {
    pub(super) writes: Vec<RolloutWrite>,
    pub(super) status: RolloutStatus,
}

impl ControlPlane {
    pub(super) fn rollout_object(&self, id: WorkloadId) -> RolloutObject {
        let stored = self.rollouts.get(self.rollout_index(id));
        stored.expect("Rollouts are never deleted").object
    }

    /// Plans a pass: what is to be written, in order.
    pub(super) fn plan_pass(&mut self, now: SimTime, id: WorkloadId) -> Vec<RolloutWrite> {
        let object = self.rollout_object(id);
        let sets = self.seen_rollout_sets(id, &object);
        let Some(new) = sets.new else {
            return vec![RolloutWrite::Create];
        };
        let mut writes = Vec::new();
        let newest = sets.view().all().map(|set| set.revision).max();
        if newest.is_some_and(|newest| new.revision < newest) {
            writes.push(RolloutWrite::Revise(sets.id_of(new.hash)));
        }
        let wall = self.wall(now);
        let strategy = &self.plans[object.plan].spec.strategy;
        let mut planned = match strategy {
            RolloutStrategy::BlueGreen(_) => self.blue_green_pass(&object, &sets, wall),
            RolloutStrategy::Canary(_) => self.canary_pass(&object, &sets, wall),
        };
        self.resize_all(&object, &sets, &mut planned);
        let before = object.status;
        self.conclude(&object, &sets, &mut planned.status, wall);
        writes.append(&mut planned.writes);
        let starts = writes
            .iter()
            .any(|write| matches!(write, RolloutWrite::Start(_)));
        if planned.status != before || starts {
            let version = self
                .rollouts
                .get(self.rollout_index(id))
                .map(|it| it.version);
            writes.push(RolloutWrite::Status(planned.status, version.unwrap_or(0)));
        }
        writes
    }

    /// A change of `spec.replicas` is a pass for sizes only, and every set in use hears of it
    /// (upstream's `isScalingEvent`, `syncReplicasOnly`).
    fn resize_all(&self, object: &RolloutObject, sets: &SeenSets, planned: &mut Planned) {
        let replicas = self.plans[object.plan].spec.replicas;
        let outdated = |set: &&SetView| set.spec > 0 && set.desired != Some(replicas);
        let named: Vec<SetView> = [sets.new.as_ref(), sets.view().distinct_stable()]
            .into_iter()
            .flatten()
            .filter(outdated)
            .copied()
            .collect();
        if named.is_empty() || object.status.strategy.current() != planned.status.strategy.current()
        {
            return;
        }
        planned.status = object.status;
        planned
            .writes
            .retain(|write| matches!(write, RolloutWrite::Resize(..) | RolloutWrite::Deadline(..)));
        for set in named {
            let id = sets.id_of(set.hash);
            let resized =
                |write: &RolloutWrite| matches!(write, RolloutWrite::Resize(of, _) if *of == id);
            if !planned.writes.iter().any(resized) {
                planned.writes.push(RolloutWrite::Resize(id, set.spec));
            }
        }
    }

    /// Counts, the condition, and the pause that a human has taken away: it lasts for one pass.
    fn conclude(
        &self,
        object: &RolloutObject,
        sets: &SeenSets,
        status: &mut RolloutStatus,
        wall: SimTime,
    ) {
        let before = object.status;
        if before.strategy.pause() == ControllerPause::Resumed
            && status.strategy.pause() == ControllerPause::Resumed
        {
            status.strategy.set_pause(ControllerPause::None);
        }
        status.counts = sets.counts();
        let moved = moved(&before.strategy, &status.strategy);
        let got_on = progressed(&before.counts, &status.counts, moved);
        let standing = self.standing(object, sets, status, got_on);
        let spec = &self.plans[object.plan].spec;
        let deadline = spec.progress_deadline;
        status.progressing = rollout_condition(before.progressing, standing, deadline, wall);
        let late = status
            .progressing
            .is_some_and(|it| it.reason == ProgressReason::ProgressDeadlineExceeded);
        if late && spec.deadline_missed == DeadlineMissed::Abort {
            status.strategy.abort();
        }
    }

    fn standing(
        &self,
        object: &RolloutObject,
        sets: &SeenSets,
        status: &RolloutStatus,
        got_on: bool,
    ) -> Standing {
        let spec = &self.plans[object.plan].spec;
        let there = sets.new.is_some_and(|new| new.all_available(spec.replicas));
        let strategy = &status.strategy;
        let step = match (&spec.strategy, strategy) {
            (RolloutStrategy::Canary(canary), StrategyStatus::Canary(status)) => {
                current_step(canary, &status.progress())
            }
            _ => None,
        };
        let endless = matches!(
            step,
            Some(Step::Analysis | Step::Experiment | Step::Pause(_))
        );
        let leaving = sets
            .view()
            .all()
            .any(|set| set.scale_down_deadline.is_some() && set.spec > 0);
        match () {
            () if strategy.is_aborted() => Standing::Aborted,
            () if strategy.is_paused() || spec.paused => Standing::Paused,
            () if strategy.stage() == crate::control::argo_rollouts::Stage::Stable && there => {
                Standing::Healthy
            }
            () if got_on => Standing::GotOn,
            () if endless || leaving => Standing::WaitsForever,
            () => Standing::Waits,
        }
    }

    /// The sets as the controller knows them: what it wrote itself, and statuses as the watch brought
    /// them.
    pub(super) fn seen_rollout_sets(&self, id: WorkloadId, object: &RolloutObject) -> SeenSets {
        let hash = TemplateHash::new(self.templates[object.template].hash);
        let stable = object.status.strategy.stable();
        let mut sets = SeenSets::default();
        for set in self.sets_of.of(id.index()) {
            let Some(stored) = self.replica_sets.get(set.index()) else {
                continue;
            };
            let view = self.rollout_set_view(&stored.object);
            sets.ids.push((view.hash, *set));
            let seen = self.replica_sets.seen(set.index());
            sets.ready += seen.map_or(0, |seen| seen.object.view.status.ready);
            if Some(view.hash) == stable {
                sets.stable = Some(view);
            }
            if view.hash == hash {
                sets.new = Some(view);
            } else if Some(view.hash) != stable {
                sets.older.push(view);
            }
        }
        sets
    }

    pub(super) fn rollout_set_view(&self, object: &ReplicaSetObject) -> SetView {
        let view = &object.view;
        let seen = self.replica_sets.seen(view.id.index());
        let status = seen.map(|seen| seen.object.view.status).unwrap_or_default();
        SetView {
            hash: TemplateHash::new(view.template_hash),
            revision: match view.revision {
                Revision::Number(number) => number as i64,
                _ => 0,
            },
            created: view.created,
            spec: view.spec,
            replicas: status.replicas,
            available: status.available,
            desired: view.desired,
            scale_down_deadline: object.scale_down_deadline,
        }
    }
}

/// Whether a Service was switched, a step taken or a set promoted.
fn moved(before: &StrategyStatus, after: &StrategyStatus) -> bool {
    match (before, after) {
        (StrategyStatus::BlueGreen(before), StrategyStatus::BlueGreen(after)) => {
            before.active != after.active || before.current != after.current
        }
        (StrategyStatus::Canary(before), StrategyStatus::Canary(after)) => {
            before.stable != after.stable
                || before.step_index != after.step_index
                || before.current != after.current
        }
        _ => true,
    }
}

//! What one pass of the Rollout controller sees and plans.

use super::object::{RolloutObject, RolloutStatus, StrategyStatus};
use super::write::RolloutWrite;
use crate::control::argo_rollouts::progress::{
    Conditions, Counts, ProgressView, Written, conclude, paused_conditions,
};
use crate::control::argo_rollouts::{
    Condition, Reason, RolloutStrategy, SetView, Sets, Step, TemplateHash,
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
    known: Vec<KnownSet>,
}

/// Which set a template has, and what no decision about sets asks.
#[derive(Debug)]
struct KnownSet {
    hash: TemplateHash,
    id: ReplicaSetId,
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
        let known = self.known.iter().find(|known| known.hash == hash);
        known.expect("decisions name sets that they were shown").id
    }
    /// Ready pods: of one set, if there is that one, else of all.
    fn ready(&self, of: Option<TemplateHash>) -> u32 {
        let one = self.known.iter().find(|known| Some(known.hash) == of);
        let all = || self.known.iter().map(|known| known.ready).sum();
        one.map_or_else(all, |known| known.ready)
    }
}

/// What a pass has come to: writes in order, and the status at its end.
pub(super) struct Planned {
    pub(super) writes: Vec<RolloutWrite>,
    pub(super) status: RolloutStatus,
}

/// What the restarter has done in a pass.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Restarted {
    /// Pods that were evicted.
    pub(super) pods: u32,
    /// The restart that is carried out with it, if none is left to go.
    pub(super) done: Option<SimTime>,
}

impl ControlPlane {
    pub(super) fn rollout_object(&self, id: WorkloadId) -> RolloutObject {
        let stored = self.rollouts.get(self.rollout_index(id));
        stored.expect("Rollouts are never deleted").object
    }

    /// Plans a pass: what is to be written, in order. A changed pause is a pass of its own; the set of
    /// a new template and pods to restart come first, and the pass goes on after them.
    pub(super) fn plan_pass(&mut self, now: SimTime, id: WorkloadId) -> Vec<RolloutWrite> {
        let object = self.rollout_object(id);
        let sets = self.seen_rollout_sets(id, &object);
        let wall = self.wall(now);
        let progress = self.progress_view((&object, &sets), &object.status);
        if let Some(conditions) = paused_conditions(&progress, wall) {
            let status = RolloutStatus {
                conditions,
                ..object.status
            };
            return vec![self.status_write(id, status)];
        }
        if sets.new.is_none() {
            return vec![RolloutWrite::Create];
        }
        self.plan_restart(now, id, (&object, &sets))
    }

    /// Plans what comes after the restarter. A canary's pass ends with its evictions, before any status:
    /// the counts of available pods do not know of them yet.
    pub(super) fn plan_rest(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        restarted: Restarted,
    ) -> Vec<RolloutWrite> {
        let object = self.rollout_object(id);
        let sets = self.seen_rollout_sets(id, &object);
        let wall = self.wall(now);
        let index = self.rollout_index(id);
        self.rollout_work[index].forget_failures();
        let canary = matches!(object.status.strategy, StrategyStatus::Canary(_));
        if canary && restarted.pods > 0 {
            return Vec::new();
        }
        let mut writes = Vec::new();
        let newest = sets.view().all().map(|set| set.revision).max();
        if let Some(new) = sets.new.filter(|new| Some(new.revision) < newest) {
            writes.push(RolloutWrite::Revise(sets.id_of(new.hash)));
        }
        let strategy = &self.plans[object.spec.plan].spec.strategy;
        let mut planned = match strategy {
            RolloutStrategy::BlueGreen(_) => self.blue_green_pass(&object, &sets, wall),
            RolloutStrategy::Canary(_) => self.canary_pass(&object, &sets, wall),
        };
        if restarted.done.is_some() {
            planned.status.restarted_at = restarted.done;
        }
        self.conclude(&object, &sets, &mut planned.status, wall);
        writes.append(&mut planned.writes);
        let start = |write: &RolloutWrite| {
            matches!(
                write,
                RolloutWrite::Start(_) | RolloutWrite::StartExperiment(_)
            )
        };
        if planned.status != object.status || writes.iter().any(start) {
            writes.push(self.status_write(id, planned.status));
        }
        writes
    }

    fn status_write(&self, id: WorkloadId, status: RolloutStatus) -> RolloutWrite {
        let stored = self.rollouts.get(self.rollout_index(id));
        let version = stored.expect("Rollouts are never deleted").version;
        RolloutWrite::Status(Box::new(status), version)
    }

    /// The status once the set of a new template is there.
    pub(super) fn note_created(&mut self, now: SimTime, id: WorkloadId) -> RolloutWrite {
        let status = self.rollout_object(id).status;
        let current = status.conditions.progressing;
        let created = Condition::set(current, Reason::NewReplicaSetCreated, self.wall(now));
        let conditions = Conditions {
            progressing: Some(created),
            ..status.conditions
        };
        self.status_write(
            id,
            RolloutStatus {
                conditions,
                ..status
            },
        )
    }

    /// Counts, conditions and phase at the end of a pass; a missed deadline may abort the update.
    fn conclude(
        &self,
        object: &RolloutObject,
        sets: &SeenSets,
        status: &mut RolloutStatus,
        wall: SimTime,
    ) {
        let rollout = &self.plans[object.spec.plan].spec;
        let active = active(&status.strategy);
        let ready = sets.ready(active);
        status.counts = Counts::of(rollout, &sets.view(), active, ready);
        status.observed = object.spec;
        let end = conclude(&self.progress_view((object, sets), status), wall);
        if end.aborts {
            status.strategy.abort();
        }
        (status.conditions, status.phase) = (end.conditions, end.phase);
    }

    /// What conditions look at, before a pass or at its end.
    pub(super) fn progress_view<'a>(
        &'a self,
        (object, sets): (&RolloutObject, &SeenSets),
        after: &RolloutStatus,
    ) -> ProgressView<'a> {
        let plan = &self.plans[object.spec.plan];
        let step = match object.status.strategy {
            StrategyStatus::Canary(_) => self.canary_view(object, sets).step(),
            StrategyStatus::BlueGreen(_) => None,
        };
        let blue_green = matches!(object.status.strategy, StrategyStatus::BlueGreen(_));
        ProgressView {
            rollout: &plan.spec,
            before: written(&object.status),
            after: written(after),
            conditions: object.status.conditions,
            step: step.map(|(_, step): (u32, Step)| step),
            steps_changed: self.steps_changed(object),
            older_deadline: sets
                .older
                .iter()
                .any(|set| set.scale_down_deadline.is_some()),
            has_preview: blue_green && plan.services.new.is_some(),
            observed: object.status.observed == object.spec,
            restarting: object.spec.restart_at != object.status.restarted_at,
        }
    }

    /// The sets as the controller knows them: what it wrote itself, and statuses as the watch brought
    /// them.
    pub(super) fn seen_rollout_sets(&self, id: WorkloadId, object: &RolloutObject) -> SeenSets {
        let hash = TemplateHash::new(self.templates[object.spec.template].hash);
        let stable = object.status.strategy.stable();
        let mut sets = SeenSets::default();
        for set in self.own_sets(id) {
            let Some(stored) = self.replica_sets.get(set.index()) else {
                continue;
            };
            let view = self.rollout_set_view(&stored.object);
            let seen = self.replica_sets.seen(set.index());
            sets.known.push(KnownSet {
                hash: view.hash,
                id: set,
                ready: seen.map_or(0, |seen| seen.object.view.status.ready),
            });
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
                Revision::Number(number) => number,
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

/// Where users go, with blue-green.
fn active(status: &StrategyStatus) -> Option<TemplateHash> {
    match status {
        StrategyStatus::BlueGreen(status) => status.active,
        StrategyStatus::Canary(_) => None,
    }
}

/// A status as its conditions see it.
fn written(status: &RolloutStatus) -> Written {
    let strategy = &status.strategy;
    Written {
        counts: status.counts,
        current: strategy.current(),
        stable: strategy.stable(),
        active: active(strategy),
        preview: status.preview,
        step_index: match strategy {
            StrategyStatus::Canary(status) => status.step_index,
            StrategyStatus::BlueGreen(_) => None,
        },
        paused: strategy.is_paused(),
        aborted: strategy.is_aborted(),
    }
}

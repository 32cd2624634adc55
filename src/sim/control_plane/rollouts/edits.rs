//! What people do to Rollouts, with `kubectl` and its plugin (upstream `pkg/kubectl-argo-rollouts/cmd`).

use super::object::{RolloutObject, RolloutPlan, StrategyStatus};
use crate::api::{Part, Writer};
use crate::control::argo_rollouts::blue_green::{self, BlueGreenStatus, BlueGreenView};
use crate::control::argo_rollouts::canary::{self, CanaryRunStatus, CanaryView};
use crate::control::argo_rollouts::{Commanded, RolloutSpec, Stage};
use crate::control::deployment::Revision;
use crate::control::replica_set::stamp;
use crate::ids::WorkloadId;
use crate::manifest::Rollout;
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::{Kind, Outbox};
use crate::units::SimTime;

impl ControlPlane {
    /// `kubectl apply`: only a changed template starts an update.
    pub fn apply_rollout(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        rollout: &Rollout,
        out: &mut Outbox,
    ) {
        let template = self.keep_template(&rollout.template);
        let before = &self.plans[self.rollout_object(id).spec.plan];
        let plan = RolloutPlan {
            rollout: rollout.clone(),
            spec: RolloutSpec::from(rollout),
            services: before.services,
        };
        let same = before.rollout == *rollout;
        let plan = if same {
            self.rollout_object(id).spec.plan
        } else {
            self.keep_plan(plan)
        };
        self.edit_rollout(now, (id, Part::Spec), out, |object| {
            (object.spec.plan, object.spec.template) = (plan, template);
        });
    }

    pub(super) fn keep_plan(&mut self, plan: RolloutPlan) -> usize {
        self.plans.push(plan);
        self.plans.len() - 1
    }

    /// Edits the spec of a Rollout in place.
    fn edit_plan(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        out: &mut Outbox,
        change: impl FnOnce(&mut RolloutPlan),
    ) {
        let before = self.rollout_object(id).spec.plan;
        let mut plan = self.plans[before].clone();
        change(&mut plan);
        if plan.spec == self.plans[before].spec {
            return;
        }
        let plan = self.keep_plan(plan);
        self.edit_rollout(now, (id, Part::Spec), out, |object| object.spec.plan = plan);
    }

    /// `kubectl argo rollouts set replicas`, `kubectl scale`.
    pub(in crate::sim::control_plane) fn scale_rollout(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        replicas: u32,
        out: &mut Outbox,
    ) {
        self.edit_plan(now, id, out, |plan| plan.spec.replicas = replicas);
    }

    /// `kubectl argo rollouts pause`, or `promote`'s first half: `spec.paused`.
    pub(in crate::sim::control_plane) fn hold_rollout(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        held: bool,
        out: &mut Outbox,
    ) {
        self.edit_plan(now, id, out, |plan| plan.spec.paused = held);
    }

    /// `kubectl argo rollouts undo`: the template of the revision before the present one.
    pub(in crate::sim::control_plane) fn undo_rollout(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        out: &mut Outbox,
    ) {
        let present = self.templates[self.rollout_object(id).spec.template].hash;
        let number = |revision| match revision {
            Revision::Number(number) => number,
            _ => 0,
        };
        let others = self
            .replica_sets(id)
            .filter(|set| set.template_hash != present);
        let Some(previous) = others.max_by_key(|set| number(set.revision)) else {
            return;
        };
        let template = self.set_born[previous.id.index()].1;
        self.edit_rollout(now, (id, Part::Spec), out, |object| {
            object.spec.template = template;
        });
    }

    /// `kubectl argo rollouts promote`: takes a pause away; a canary that is not paused goes on with its
    /// next step (upstream `cmd/promote/promote.go`).
    pub fn promote(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        let by_strategy = (blue_green::promote as _, canary::promote as _);
        self.command(now, id, by_strategy, out);
    }

    /// `kubectl argo rollouts promote --full`: skips all that is left, once the pods are there.
    pub fn promote_full(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        let by_strategy = (blue_green::promote_full as _, canary::promote_full as _);
        self.command(now, id, by_strategy, out);
    }

    fn command(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        (blue_green, canary): (BlueGreenCommand, CanaryCommand),
        out: &mut Outbox,
    ) {
        let object = self.rollout_object(id);
        let sets = self.seen_rollout_sets(id, &object);
        let (strategy, unpauses) = match object.status.strategy {
            StrategyStatus::BlueGreen(_) => {
                let commanded = blue_green(&self.blue_green_view(&object, &sets));
                let status = StrategyStatus::BlueGreen(commanded.status);
                (status, commanded.unpauses)
            }
            StrategyStatus::Canary(_) => {
                let commanded = canary(&self.canary_view(&object, &sets));
                (StrategyStatus::Canary(commanded.status), commanded.unpauses)
            }
        };
        if unpauses {
            self.hold_rollout(now, id, false, out);
        }
        self.edit_rollout(now, (id, Part::Status), out, |object| {
            object.status.strategy = strategy;
        });
    }

    /// `kubectl argo rollouts abort`; an update that is over cannot be given up.
    pub fn abort(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        self.edit_rollout(now, (id, Part::Status), out, |object| {
            let strategy = &mut object.status.strategy;
            if strategy.stage() == Stage::Updating {
                *strategy = match *strategy {
                    StrategyStatus::BlueGreen(status) => {
                        StrategyStatus::BlueGreen(blue_green::abort(status))
                    }
                    StrategyStatus::Canary(status) => StrategyStatus::Canary(canary::abort(status)),
                };
            }
        });
    }

    /// `kubectl argo rollouts retry rollout`: an aborted update begins anew.
    pub fn retry(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        self.edit_rollout(now, (id, Part::Status), out, |object| {
            let strategy = &mut object.status.strategy;
            *strategy = match *strategy {
                StrategyStatus::BlueGreen(status) => {
                    StrategyStatus::BlueGreen(blue_green::retry(status))
                }
                StrategyStatus::Canary(status) => StrategyStatus::Canary(canary::retry(status)),
            };
        });
    }

    /// `kubectl argo rollouts restart`: pods created before now are replaced, a few at a time.
    pub fn restart(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        let wall = self.wall(now);
        self.edit_rollout(now, (id, Part::Spec), out, |object| {
            object.spec.restart_at = Some(stamp(wall));
        });
    }

    fn edit_rollout(
        &mut self,
        now: SimTime,
        (id, part): (WorkloadId, Part),
        out: &mut Outbox,
        change: impl FnOnce(&mut RolloutObject),
    ) {
        let before = self.rollout_object(id);
        let mut object = before;
        change(&mut object);
        if object == before {
            return;
        }
        self.tell_rollout(id, (&before.status, &object.status), out);
        let index = self.rollout_index(id);
        self.rollouts.write(index, object, part, Writer::People);
        self.announce(now, Kind::Rollout, out);
    }
}

type BlueGreenCommand = fn(&BlueGreenView<'_>) -> Commanded<BlueGreenStatus>;
type CanaryCommand = fn(&CanaryView<'_>) -> Commanded<CanaryRunStatus>;

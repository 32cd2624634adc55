//! What people do, with kubectl or otherwise.

use super::deployment::set_view;
use super::outbox::{Kind, Outbox};
use super::{ControlPlane, DeploymentObject};
use crate::api::{Part, Writer};
use crate::control::deployment::{DeploymentSpec, Undo, UndoRefused, undo_target};
use crate::control::disruption::{
    BudgetLimit, BudgetPod, DISRUPTED_MEMORY, EvictionPod, ObservedBudget, Owner, budget_status,
    evict,
};
use crate::ids::{PodId, WorkloadId};
use crate::manifest::{Deployment, PodDisruptionBudget};
use crate::units::SimTime;

impl ControlPlane {
    /// Applies a manifest; only a changed spec is a new generation.
    pub fn apply(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        deployment: &Deployment,
        out: &mut Outbox,
    ) {
        let template = self.keep_template(&deployment.template);
        let spec = DeploymentSpec::from(deployment);
        self.edit(now, id, out, |object| {
            object.view.spec = spec;
            object.template = template;
        });
    }

    /// `kubectl scale`.
    pub fn scale(&mut self, now: SimTime, id: WorkloadId, replicas: u32, out: &mut Outbox) {
        if self.is_rollout(id) {
            return self.scale_rollout(now, id, replicas, out);
        }
        self.edit(now, id, out, |object| object.view.spec.replicas = replicas);
    }

    /// `kubectl rollout pause`.
    pub fn pause(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        if self.is_rollout(id) {
            return self.hold_rollout(now, id, true, out);
        }
        self.edit(now, id, out, |object| object.view.spec.paused = true);
    }

    /// `kubectl rollout resume`.
    pub fn resume(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        if self.is_rollout(id) {
            return self.hold_rollout(now, id, false, out);
        }
        self.edit(now, id, out, |object| object.view.spec.paused = false);
    }

    /// `kubectl rollout undo`.
    ///
    /// # Errors
    /// If there is nothing to go back to, or the Deployment is paused.
    pub fn undo(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        undo: Undo,
        out: &mut Outbox,
    ) -> Result<(), UndoRefused> {
        if self.is_rollout(id) {
            self.undo_rollout(now, id, out);
            return Ok(());
        }
        let sets = self.sets_of.of(id.index()).iter();
        let sets: Vec<_> = sets
            .filter_map(|set| self.replica_sets.get(set.index()))
            .map(|stored| set_view(&stored.object, stored.generation))
            .collect();
        let Some(stored) = self.deployments.get(id.index()) else {
            return Err(UndoRefused::NoSuchRevision);
        };
        let target = undo_target(&stored.object.view.spec, &sets, undo)?;
        let template = self.set_born[target.index()].1;
        let hash = self.templates[template].hash;
        self.edit(now, id, out, |object| {
            object.view.spec.template_hash = hash;
            object.template = template;
        });
        Ok(())
    }

    fn edit(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        out: &mut Outbox,
        change: impl FnOnce(&mut DeploymentObject),
    ) {
        let Some(stored) = self.deployments.get(id.index()) else {
            return;
        };
        let mut object = stored.object;
        change(&mut object);
        if object != stored.object {
            let (part, writer) = (Part::Spec, Writer::People);
            self.deployments.write(id.index(), object, part, writer);
            self.announce(now, Kind::Deployment, out);
        }
    }

    /// `kubectl delete pod`.
    pub fn delete_pod(&mut self, now: SimTime, pod: PodId, out: &mut Outbox) {
        self.mark(now, pod, out);
    }

    /// Sets the annotation `controller.kubernetes.io/pod-deletion-cost`.
    pub fn set_deletion_cost(&mut self, now: SimTime, pod: PodId, cost: i32, out: &mut Outbox) {
        if let Some(stored) = self.pods.get(pod.index()) {
            let mut object = stored.object;
            object.view.deletion_cost = cost;
            let (part, writer) = (Part::Metadata, Writer::People);
            self.pods.write(pod.index(), object, part, writer);
            self.announce(now, Kind::Pod, out);
        }
    }

    /// Adds a budget, observed at once.
    pub fn add_budget(&mut self, budget: PodDisruptionBudget) {
        self.budgets.push(budget);
    }

    /// The eviction call: the HTTP status, 201 if the pod now goes, 404 if there is none.
    pub fn evict_pod(&mut self, now: SimTime, pod: PodId, out: &mut Outbox) -> u16 {
        let Some(stored) = self.pods.get(pod.index()) else {
            return 404;
        };
        let view = stored.object.view;
        let budgets: Vec<ObservedBudget> = self
            .budgets
            .iter()
            .filter(|budget| self.matches(budget, pod))
            .map(|budget| self.observe(now, budget))
            .collect();
        let subject = EvictionPod {
            phase: view.phase,
            ready: view.is_ready(),
            terminating: view.terminating,
        };
        let answer = evict(subject, &budgets);
        if answer.is_allowed() {
            self.evicted.retain(|(_, at)| now <= *at + DISRUPTED_MEMORY);
            self.evicted.push((pod, now));
            self.mark(now, pod, out);
        }
        answer.http_status()
    }

    fn matches(&self, budget: &PodDisruptionBudget, pod: PodId) -> bool {
        let (owner, template) = self.set_born[self.pod_born[pod.index()].index()];
        self.names[owner.index()].0 == budget.namespace
            && budget.selector.matches(&self.templates[template].labels)
    }

    fn observe(&self, now: SimTime, budget: &PodDisruptionBudget) -> ObservedBudget {
        let mut pods = Vec::new();
        for workload in 0..self.names.len() {
            let id = WorkloadId::new(workload as u32);
            let owner = self.seen_scale(id).map(|scale| Owner {
                id: workload as u32,
                scale,
            });
            let matched = self
                .seen_pods_of(id)
                .filter(|pod| self.matches(budget, pod.view.id));
            pods.extend(matched.map(|pod| BudgetPod {
                owner,
                ready: pod.view.is_ready(),
                terminating: pod.view.terminating,
                evicted: self.evicted_at(pod.view.id),
            }));
        }
        ObservedBudget {
            status: budget_status(BudgetLimit::of(budget), &pods, now),
            observed: true,
            unhealthy: budget.unhealthy,
        }
    }

    fn seen_scale(&self, id: WorkloadId) -> Option<u32> {
        if self.is_rollout(id) {
            return Some(self.wanted_replicas(id));
        }
        let seen = self.deployments.seen(id.index())?;
        Some(seen.object.view.spec.replicas)
    }

    fn evicted_at(&self, pod: PodId) -> Option<SimTime> {
        let known = self.evicted.iter().find(|(evicted, _)| *evicted == pod);
        known.map(|(_, at)| *at)
    }
}

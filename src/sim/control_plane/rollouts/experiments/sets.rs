//! Whose a set is: the Rollout's own, or an experiment's.

use super::object::Experiment;
use crate::api::{Part, Writer};
use crate::control::argo_rollouts::experiment::{TemplateCounts, TemplateSet};
use crate::control::deployment::NewReplicaSet;
use crate::facts::Happening;
use crate::ids::{ExperimentId, ReplicaSetId, WorkloadId};
use crate::sim::control_plane::outbox::{Controller, Outbox};
use crate::sim::control_plane::{ControlPlane, PodObject};
use crate::units::SimTime;

impl ControlPlane {
    /// The sets of a workload, without those of its experiments, oldest first.
    pub(in crate::sim::control_plane) fn own_sets(
        &self,
        id: WorkloadId,
    ) -> impl Iterator<Item = ReplicaSetId> {
        let sets = self.sets_of.of(id.index()).iter().copied();
        sets.filter(|set| !self.experiment_sets.contains_key(set))
    }

    /// Pods of the sets that have the same controller as this one, as watchers know them.
    pub(in crate::sim::control_plane) fn seen_pods_beside(
        &self,
        set: ReplicaSetId,
    ) -> impl Iterator<Item = &PodObject> {
        let experiment = move |set: &ReplicaSetId| self.experiment_sets.get(set).copied();
        let owner = self.set_born[set.index()].0;
        let pods = self.seen_pods_of(owner);
        pods.filter(move |pod| experiment(&pod.owner) == experiment(&set))
    }

    /// A template's set as a pass sees it: its size as last written, its pods as the watch brought them.
    pub(super) fn template_set(&self, set: ReplicaSetId) -> Option<TemplateSet> {
        let object = self.replica_sets.get(set.index())?.object;
        let seen = self.replica_sets.seen(set.index());
        let status = seen.map(|seen| seen.object.view.status).unwrap_or_default();
        Some(TemplateSet {
            spec: object.view.spec,
            counts: TemplateCounts {
                replicas: status.replicas,
                ready: status.ready,
                available: status.available,
            },
            scale_down_deadline: object.scale_down_deadline,
        })
    }

    /// The set of a template, empty.
    pub(super) fn create_template_set(
        &mut self,
        now: SimTime,
        (id, template): (ExperimentId, usize),
        out: &mut Outbox,
    ) {
        let Experiment {
            owner,
            spec,
            templates,
            ..
        } = &self.experiments[id.index()];
        let (owner, wanted) = (*owner, spec.templates[template]);
        let plan = &self.plans[self.rollout_object(owner).spec.plan];
        let new = NewReplicaSet {
            template_hash: templates[template].hash,
            replicas: 0,
            min_ready: plan.rollout.min_ready,
            revision: templates[template].revision,
            desired: wanted,
            max: wanted,
        };
        let anti_affinity = templates[template].anti_affinity;
        let by = Writer::RolloutController;
        let set = self.add_set(now, owner, (&new, anti_affinity, by), out);
        self.experiment_sets.insert(set, id);
        self.experiments[id.index()].sets[template] = Some(set);
    }

    pub(super) fn resize_template_set(
        &mut self,
        now: SimTime,
        set: ReplicaSetId,
        size: u32,
        out: &mut Outbox,
    ) {
        let Some(stored) = self.replica_sets.get(set.index()) else {
            return;
        };
        let before = stored.object.view.spec;
        self.edit_set(now, set, Part::Spec, out, |object| object.view.spec = size);
        if before != size {
            let scaled = Happening::ReplicaSetScaled(set, before, size);
            out.happenings.push(scaled);
            self.record_event(now, Controller::Rollout, out);
        }
    }
}

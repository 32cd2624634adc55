//! The writes of a pass, as they land.

use super::object::{RolloutStatus, Runs};
use super::restarts::Evictions;
use crate::api::{Part, Writer};
use crate::control::argo_rollouts::TrafficWeights;
use crate::control::deployment::{NewReplicaSet, Revision};
use crate::facts::{AnalysisStage, Happening};
use crate::ids::{AnalysisRunId, ExperimentId, ReplicaSetId, ServiceId, WorkloadId};
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::{Controller, Kind, Outbox, RouterOrder};
use crate::units::SimTime;

/// A write that is still to come.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sim::control_plane) enum RolloutWrite {
    /// The set of the present template, empty; the pass goes on with it.
    Create,
    /// Pods are restarted; the pass goes on after the last.
    Evict(Evictions),
    /// A set is the one of the present template again: it bears the newest revision, and its pods
    /// avoid those that are stable now.
    Revise(ReplicaSetId),
    /// A set's size.
    Resize(ReplicaSetId, u32),
    /// A set's scale-down deadline.
    Deadline(ReplicaSetId, Option<SimTime>),
    /// A Service's selector.
    Point(ServiceId, ReplicaSetId),
    /// The weights that the router is told.
    Weigh(TrafficWeights),
    /// Which sets are canary and stable.
    PointRoutes(ReplicaSetId, ReplicaSetId),
    /// A route of a step, or none.
    Route(RouterOrder),
    /// A run of this stage.
    Start(AnalysisStage),
    /// A run is told to end.
    End(AnalysisRunId),
    /// The experiment of this step (index).
    StartExperiment(u32),
    /// An experiment is told to end.
    EndExperiment(ExperimentId),
    /// The status, as this pass has worked it out of the version it read.
    Status(Box<RolloutStatus>, u64),
}

impl ControlPlane {
    pub(in crate::sim::control_plane) fn write_rollout(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        out: &mut Outbox,
    ) {
        let index = self.rollout_index(id);
        if let Some(write) = self.rollout_work[index].writes.pop_front() {
            self.land(now, id, write, out);
        }
        self.step_rollout(now, id, out);
    }

    fn land(&mut self, now: SimTime, id: WorkloadId, write: RolloutWrite, out: &mut Outbox) {
        match write {
            RolloutWrite::Create => {
                self.create_rollout_set(now, id, out);
                let created = self.note_created(now, id);
                self.land(now, id, created, out);
                let planned = self.plan_pass(now, id);
                let index = self.rollout_index(id);
                self.rollout_work[index].writes.extend(planned);
            }
            RolloutWrite::Evict(evictions) => self.evict_next(now, id, evictions, out),
            RolloutWrite::Revise(set) => self.revise(now, id, set, out),
            RolloutWrite::Resize(set, size) => self.resize(now, (id, set), size, out),
            RolloutWrite::Deadline(set, deadline) => {
                self.edit_set(now, set, Part::Metadata, out, |object| {
                    object.scale_down_deadline = deadline;
                });
            }
            RolloutWrite::Point(service, set) => {
                let template = self.template_of(set).hash;
                self.pointed[service.index()] = Some(template);
                out.switched.push((service, template));
                out.happenings
                    .push(Happening::ServiceSwitched(service, set));
            }
            RolloutWrite::Weigh(weights) => {
                out.routed.push((id, RouterOrder::Weigh(weights)));
                out.happenings
                    .push(Happening::WeightSet(id, weights.canary));
            }
            RolloutWrite::PointRoutes(canary, stable) => {
                let order = RouterOrder::Point {
                    canary: self.template_of(canary).hash,
                    stable: self.template_of(stable).hash,
                };
                out.routed.push((id, order));
            }
            RolloutWrite::Route(order) => out.routed.push((id, order)),
            RolloutWrite::Start(stage) => {
                let run = self.make_run(id, stage);
                let run = self.add_analysis(now, run, out);
                self.name_in_status(id, |runs| *runs.of_mut(stage) = Some(run));
            }
            RolloutWrite::StartExperiment(step) => {
                if let Some(experiment) = self.start_experiment(now, (id, step), out) {
                    self.name_in_status(id, |runs| runs.experiment = Some(experiment));
                }
            }
            RolloutWrite::EndExperiment(experiment) => self.end_experiment(now, experiment, out),
            RolloutWrite::End(run) => self.terminate_analysis(now, run, out),
            RolloutWrite::Status(status, version) => {
                self.write_rollout_status(now, id, (*status, version), out);
            }
        }
    }

    /// The status that this pass writes at its end names what it has started.
    fn name_in_status(&mut self, id: WorkloadId, name: impl Fn(&mut Runs)) {
        let index = self.rollout_index(id);
        for planned in &mut self.rollout_work[index].writes {
            if let RolloutWrite::Status(status, _) = planned {
                name(&mut status.runs);
            }
        }
    }

    /// Where people have written meanwhile, theirs stays and the pass is made anew (upstream patches
    /// the difference alone).
    fn write_rollout_status(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        (status, version): (RolloutStatus, u64),
        out: &mut Outbox,
    ) {
        let index = self.rollout_index(id);
        let stored = self
            .rollouts
            .get(index)
            .expect("Rollouts are never deleted");
        if stored.version != version {
            self.wake_rollout(now, id, out);
            return;
        }
        let mut object = stored.object;
        let before = object.status;
        object.status = status;
        self.tell_rollout(id, (&before, &status), out);
        let (part, writer) = (Part::Status, Writer::RolloutController);
        self.rollouts.write(index, object, part, writer);
        self.announce(now, Kind::Rollout, out);
    }

    fn resize(
        &mut self,
        now: SimTime,
        (id, set): (WorkloadId, ReplicaSetId),
        size: u32,
        out: &mut Outbox,
    ) {
        let desired = self.plans[self.rollout_object(id).spec.plan].spec.replicas;
        let Some(before) = self.replica_sets.get(set.index()) else {
            return;
        };
        let before = before.object.view.spec;
        self.edit_set(now, set, Part::Spec, out, |object| {
            object.view.spec = size;
            object.view.desired = Some(desired);
        });
        if before != size {
            let scaled = Happening::ReplicaSetScaled(set, before, size);
            out.happenings.push(scaled);
            self.record_event(now, Controller::Rollout, out);
        }
    }

    pub(super) fn edit_set(
        &mut self,
        now: SimTime,
        set: ReplicaSetId,
        part: Part,
        out: &mut Outbox,
        change: impl FnOnce(&mut crate::sim::control_plane::ReplicaSetObject),
    ) {
        let Some(stored) = self.replica_sets.get(set.index()) else {
            return;
        };
        let mut object = stored.object;
        change(&mut object);
        if object != stored.object {
            let writer = Writer::RolloutController;
            self.replica_sets.write(set.index(), object, part, writer);
            self.announce(now, Kind::ReplicaSet, out);
        }
    }

    /// The set of the present template, empty.
    fn create_rollout_set(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        let object = self.rollout_object(id);
        let plan = &self.plans[object.spec.plan];
        let new = NewReplicaSet {
            template_hash: self.templates[object.spec.template].hash,
            replicas: 0,
            min_ready: plan.rollout.min_ready,
            revision: self.next_rollout_revision(id),
            desired: plan.spec.replicas,
            max: plan.spec.replicas,
        };
        let anti_affinity = self.anti_affinity_of_new(id);
        let by = Writer::RolloutController;
        self.add_set(now, id, (&new, anti_affinity, by), out);
    }

    fn next_rollout_revision(&self, id: WorkloadId) -> i64 {
        let revisions = self.replica_sets(id).map(|set| match set.revision {
            Revision::Number(number) => number,
            _ => 0,
        });
        revisions.max().unwrap_or(0) + 1
    }

    /// The set of the present template takes the newest revision, and the rule against the pods that are
    /// stable now.
    fn revise(&mut self, now: SimTime, id: WorkloadId, set: ReplicaSetId, out: &mut Outbox) {
        let revision = self.next_rollout_revision(id);
        let anti_affinity = self.anti_affinity_of_new(id);
        let stored = self.replica_sets.get(set.index());
        let known = stored.and_then(|stored| stored.object.anti_affinity);
        let part = match known == anti_affinity {
            true => Part::Metadata,
            false => Part::Spec,
        };
        self.edit_set(now, set, part, out, |object| {
            object.view.revision = Revision::Number(revision);
            object.anti_affinity = anti_affinity;
        });
        out.happenings
            .push(Happening::ReplicaSetRevised(set, revision as u32));
    }
}

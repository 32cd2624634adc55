//! The Deployment controller's hands: it carries out what [`crate::control::deployment::sync`] decides.

use super::outbox::{ControlEvent, Controller, Kind, Outbox};
use super::{ControlPlane, DeploymentObject, ReplicaSetObject};
use crate::api::{Part, Writer};
use crate::cluster::AntiAffinityTerm;
use crate::control::deployment::{
    self, Action, Condition, ConditionStatus, DeploymentStatus, DeploymentView, NewReplicaSet,
    OwnedPod, ReplicaSetChange, ReplicaSetView, Requeue, Revision,
};
use crate::control::replica_set::ReplicaSetStatus;
use crate::facts::{ConditionKind, Happening};
use crate::ids::{ReplicaSetId, WorkloadId};
use crate::manifest::Strategy;
use crate::units::{SimDuration, SimTime};

/// A step of a sync that is still to come.
#[derive(Debug, Clone, Copy)]
pub(super) enum PlannedAction {
    /// A write, and the version of its object that the sync had read.
    Write(Action, u64),
    /// The end.
    End(Requeue),
}

/// The object was written by somebody else since it was read.
struct Conflict;

impl ControlPlane {
    pub(super) fn wake_deployment(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        if self.deployment_work[id.index()].wake() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncDeployment(id));
        }
    }

    pub(super) fn wake_deployment_at(&mut self, at: SimTime, id: WorkloadId, out: &mut Outbox) {
        if self.deployment_work[id.index()].set_timer(at) {
            out.schedule(at, ControlEvent::WakeDeployment(id));
        }
    }

    pub(super) fn sync_deployment(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        self.deployment_work[id.index()].start();
        let seen = self.deployments.seen(id.index());
        let Some(view) = seen.map(|stored| view_of(&stored.object, stored.generation)) else {
            return self.end_deployment(now, id, Requeue::No, out);
        };
        if self.knows_all_sizes(id) {
            let bound = view.spec.replicas + deployment::max_surge(&view.spec);
            self.deployment_work[id.index()].carries_out(view.generation, bound);
        }
        let sets = self.seen_sets(id);
        let pods: Vec<OwnedPod> = match view.spec.strategy {
            Strategy::Recreate => self.seen_pods_of(id).map(owned).collect(),
            Strategy::RollingUpdate { .. } => Vec::new(),
        };
        let decision = deployment::sync(&view, &sets, &pods, self.wall(now));
        let planned = decision.actions.iter().map(|action| {
            let version = self.version_read(id, action);
            PlannedAction::Write(*action, version)
        });
        let planned = planned.chain([PlannedAction::End(decision.requeue)]);
        let planned: Vec<PlannedAction> = planned.collect();
        self.deployment_work[id.index()].writes.extend(planned);
        self.step_deployment(now, id, out);
    }

    fn version_read(&self, id: WorkloadId, action: &Action) -> u64 {
        let set = |set: ReplicaSetId| self.replica_sets.seen(set.index()).map(|s| s.version);
        let version = match action {
            Action::Create(_) => None,
            Action::Update(change) => set(change.id),
            Action::Delete(gone) => set(*gone),
            Action::WriteStatus(_) | Action::RollBack(_) => {
                self.deployments.seen(id.index()).map(|s| s.version)
            }
        };
        version.unwrap_or(0)
    }

    /// The ReplicaSets of a Deployment as watchers know them.
    fn seen_sets(&self, id: WorkloadId) -> Vec<ReplicaSetView> {
        let sets = self.sets_of.of(id.index()).iter();
        sets.filter_map(|set| self.replica_sets.seen(set.index()))
            .map(|stored| set_view(&stored.object, stored.generation))
            .collect()
    }

    /// Whether watchers know the ReplicaSets' sizes as last written.
    fn knows_all_sizes(&self, id: WorkloadId) -> bool {
        self.sets_of.of(id.index()).iter().all(|set| {
            let seen = self.replica_sets.seen(set.index()).map(|it| it.generation);
            let written = self.replica_sets.get(set.index()).map(|it| it.generation);
            seen == written
        })
    }

    /// Lets the next write come, or ends the sync.
    fn step_deployment(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        match self.deployment_work[id.index()].writes.front() {
            Some(PlannedAction::Write(..)) => {
                let at = self.landing(now, Controller::Deployment);
                out.schedule(at, ControlEvent::WriteDeployment(id));
            }
            Some(PlannedAction::End(requeue)) => {
                let requeue = *requeue;
                self.end_deployment(now, id, requeue, out);
            }
            None => self.end_deployment(now, id, Requeue::No, out),
        }
    }

    pub(super) fn write_deployment(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        let next = self.deployment_work[id.index()].writes.pop_front();
        let Some(PlannedAction::Write(action, version)) = next else {
            return;
        };
        match self.carry_out(now, id, (action, version), out) {
            Ok(()) => self.step_deployment(now, id, out),
            Err(Conflict) => self.end_deployment(now, id, Requeue::Retry, out),
        }
    }

    fn end_deployment(&mut self, now: SimTime, id: WorkloadId, requeue: Requeue, out: &mut Outbox) {
        let work = &mut self.deployment_work[id.index()];
        work.writes.clear();
        let wait = match requeue {
            Requeue::No => None,
            Requeue::After(length) => Some(length),
            Requeue::AtOnce => Some(SimDuration::from_millis(5)),
            Requeue::Retry => Some(work.back_off()),
        };
        if requeue != Requeue::Retry {
            work.forget_failures();
            let bound = work.carried_out();
            let told = bound.map(|bound| Happening::DeploymentSynced(id, bound));
            out.happenings.extend(told);
        }
        let again = work.finish();
        if let Some(wait) = wait {
            self.wake_deployment_at(now + wait, id, out);
        }
        if again {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncDeployment(id));
        }
    }

    fn carry_out(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        (action, version): (Action, u64),
        out: &mut Outbox,
    ) -> Result<(), Conflict> {
        match action {
            Action::Create(new) => self.create_set(now, id, &new, out),
            Action::Update(change) => self.update_set(now, &change, version, out),
            Action::Delete(set) => {
                if self.replica_sets.get(set.index()).is_some() {
                    self.replica_sets.remove(set.index());
                    self.announce(now, Kind::ReplicaSet, out);
                }
                Ok(())
            }
            Action::WriteStatus(status) => self.write_status(now, id, (status, version), out),
            // No typed view carries the legacy annotation, so no Deployment here ever has it.
            Action::RollBack(_) => Ok(()),
        }
    }

    /// Creates the ReplicaSet of a template; a second one of the same name is refused.
    fn create_set(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        new: &NewReplicaSet,
        out: &mut Outbox,
    ) -> Result<(), Conflict> {
        let same = |set: &ReplicaSetId| {
            let stored = self.replica_sets.get(set.index());
            stored.is_some_and(|s| s.object.view.template_hash == new.template_hash)
        };
        if self.sets_of.of(id.index()).iter().any(same) {
            return Err(Conflict);
        }
        let set = self.add_set(now, id, (new, None, Writer::DeploymentController), out);
        if new.replicas > 0 {
            self.tell_scaled(now, id, (set, 0, new.replicas), out);
        }
        Ok(())
    }

    /// Adds a ReplicaSet, whoever's it is.
    pub(super) fn add_set(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        (new, anti_affinity, writer): (&NewReplicaSet, Option<AntiAffinityTerm>, Writer),
        out: &mut Outbox,
    ) -> ReplicaSetId {
        let view = ReplicaSetView {
            id: self.next_replica_set(),
            template_hash: new.template_hash,
            created: self.wall(now),
            name_order: self.draw_bits(),
            spec: new.replicas,
            min_ready: new.min_ready,
            status: ReplicaSetStatus::default(),
            revision: Revision::Number(new.revision),
            desired: Some(new.desired),
            max: Some(new.max),
            observed: false,
            deleting: false,
        };
        let template = self.template_numbered(new.template_hash);
        let object = ReplicaSetObject {
            view,
            owner: id,
            observed_generation: 0,
            template,
            scale_down_deadline: None,
            anti_affinity,
        };
        self.replica_sets.add(object, writer);
        self.enrol_set(view.id, id, template);
        self.announce(now, Kind::ReplicaSet, out);
        out.happenings.push(Happening::ReplicaSetCreated(
            id,
            view.id,
            new.revision as u32,
        ));
        view.id
    }

    fn update_set(
        &mut self,
        now: SimTime,
        change: &ReplicaSetChange,
        version: u64,
        out: &mut Outbox,
    ) -> Result<(), Conflict> {
        let index = change.id.index();
        let stored = self.replica_sets.get(index).ok_or(Conflict)?;
        if stored.version != version {
            return Err(Conflict);
        }
        let mut object = stored.object;
        let before = object.view;
        object.view.spec = change.replicas;
        object.view.min_ready = change.min_ready;
        object.view.revision = change.revision;
        object.view.desired = change.desired;
        object.view.max = change.max;
        let same = before.spec == change.replicas && before.min_ready == change.min_ready;
        let part = if same { Part::Metadata } else { Part::Spec };
        let writer = Writer::DeploymentController;
        let written = self.replica_sets.write(index, object, part, writer);
        self.expect_version(object.owner, change.id, written);
        self.announce(now, Kind::ReplicaSet, out);
        if before.spec != change.replicas {
            let sizes = (change.id, before.spec, change.replicas);
            self.tell_scaled(now, object.owner, sizes, out);
        }
        Ok(())
    }

    fn tell_scaled(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        (set, before, after): (ReplicaSetId, u32, u32),
        out: &mut Outbox,
    ) {
        out.happenings
            .push(Happening::ReplicaSetScaled(set, before, after));
        let wall = self.wall(now);
        if self.deployment_events[id.index()].take(wall) {
            self.record_event(now, Controller::Deployment, out);
        }
    }

    /// A sync goes on with the object that its own write gave back: unhealthy pods of an old ReplicaSet
    /// are cleaned up and its healthy ones scaled down by two writes of one sync.
    fn expect_version(&mut self, id: WorkloadId, set: ReplicaSetId, written: u64) {
        for planned in &mut self.deployment_work[id.index()].writes {
            match planned {
                PlannedAction::Write(Action::Update(change), version) if change.id == set => {
                    *version = written;
                }
                _ => {}
            }
        }
    }

    fn write_status(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        (status, version): (DeploymentStatus, u64),
        out: &mut Outbox,
    ) -> Result<(), Conflict> {
        let stored = self.deployments.get(id.index()).ok_or(Conflict)?;
        if stored.version != version {
            return Err(Conflict);
        }
        let mut object = stored.object;
        let view = view_of(&object, stored.generation);
        tell_conditions(id, &view.status, &status, out);
        let done = deployment::complete(&view, &status);
        if done && !deployment::complete(&view, &view.status) {
            out.happenings.push(Happening::Completed(id));
        }
        object.view.status = status;
        let writer = Writer::DeploymentController;
        self.deployments
            .write(id.index(), object, Part::Status, writer);
        self.announce(now, Kind::Deployment, out);
        Ok(())
    }
}

fn owned(pod: &super::PodObject) -> OwnedPod {
    OwnedPod {
        owner: pod.owner,
        phase: pod.view.phase,
    }
}

/// The view with the store's generation in it.
pub(super) fn view_of(object: &DeploymentObject, generation: u64) -> DeploymentView {
    DeploymentView {
        generation,
        ..object.view
    }
}

/// The view with `observed` settled.
pub(super) fn set_view(object: &ReplicaSetObject, generation: u64) -> ReplicaSetView {
    ReplicaSetView {
        observed: object.observed_generation >= generation,
        ..object.view
    }
}

fn tell_conditions(
    id: WorkloadId,
    before: &DeploymentStatus,
    after: &DeploymentStatus,
    out: &mut Outbox,
) {
    let pairs = [
        (
            ConditionKind::Progressing,
            before.progressing,
            after.progressing,
        ),
        (
            ConditionKind::Available,
            before.availability,
            after.availability,
        ),
    ];
    for (kind, before, after) in pairs {
        let reason = |condition: Option<Condition>| condition.map(|known| known.reason);
        if let Some(reason) = reason(after).filter(|new| reason(before) != Some(*new)) {
            let status = match reason.status() {
                ConditionStatus::True => Some(true),
                ConditionStatus::False => Some(false),
                ConditionStatus::Unknown => None,
            };
            let told = Happening::Condition(id, kind, status, reason.name());
            out.happenings.push(told);
        }
    }
}

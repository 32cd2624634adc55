//! What one sync has read and written so far: its caches, its writes, its status.

use super::{
    Action, Condition, DeploymentStatus, DeploymentView, NewReplicaSet, Reason, ReplicaSetChange,
    ReplicaSetView, Resize, Revision, deployment_status, find_new, max_surge, new_replica_set_size,
    next_revision,
};
use crate::control::replica_set::ReplicaSetStatus;
use crate::ids::ReplicaSetId;
use crate::units::SimTime;

/// Stands for a ReplicaSet created in this sync, which has no name yet. No action carries it: a
/// ReplicaSet is born with the size it would be resized to.
const UNBORN: ReplicaSetId = ReplicaSetId::new(u32::MAX);

/// A write was refused because the object had been changed by this very sync.
pub(super) struct Conflict;

pub(super) struct Sync {
    /// As read, with the status as changed in memory since.
    pub(super) deployment: DeploymentView,
    /// As read: resizes of this sync do not show in its own status.
    pub(super) old: Vec<ReplicaSetView>,
    /// As read, or as created or updated by this sync.
    pub(super) new: Option<ReplicaSetView>,
    pub(super) now: SimTime,
    pub(super) actions: Vec<Action>,
    pub(super) status_written: bool,
    pub(super) revision_written: bool,
}

impl Sync {
    pub(super) fn new(deployment: DeploymentView, sets: &[ReplicaSetView], now: SimTime) -> Self {
        let new = find_new(&deployment.spec, sets);
        let is_new = |set: &ReplicaSetView| new.is_some_and(|new| new.id == set.id);
        let mut old: Vec<ReplicaSetView> = sets.iter().copied().filter(|s| !is_new(s)).collect();
        old.sort_by_key(ReplicaSetView::age_order);
        Self {
            deployment,
            old,
            new,
            now,
            actions: Vec::new(),
            status_written: false,
            revision_written: false,
        }
    }

    pub(super) fn all(&self) -> Vec<ReplicaSetView> {
        self.old.iter().copied().chain(self.new).collect()
    }

    pub(super) fn create(&mut self) -> Result<ReplicaSetView, Conflict> {
        let spec = &self.deployment.spec;
        let old_spec = self.old.iter().map(|set| set.spec).sum();
        let new = NewReplicaSet {
            replicas: new_replica_set_size(spec, old_spec, 0),
            min_ready: spec.min_ready,
            template_hash: spec.template_hash,
            revision: next_revision(&self.old),
            desired: spec.replicas,
            max: spec.replicas + max_surge(spec),
        };
        self.actions.push(Action::Create(new));
        let mut status = self.deployment.status;
        status.revision = Revision::Number(new.revision);
        if spec.progress_deadline.is_some() {
            let created = Reason::NewReplicaSetCreated;
            status.progressing = Some(Condition::set(status.progressing, created, self.now));
        }
        self.write_if_changed(status)?;
        let view = born(&new, self.now);
        self.new = Some(view);
        Ok(view)
    }

    pub(super) fn apply<'a>(&mut self, resizes: impl Iterator<Item = &'a Resize>) {
        let all = self.all();
        for resize in resizes {
            let set = all.iter().find(|set| set.id == resize.id);
            self.resize(
                set.expect("resizes name the sets they were made from"),
                resize.to,
            );
        }
    }

    pub(super) fn resize(&mut self, set: &ReplicaSetView, to: u32) {
        let spec = &self.deployment.spec;
        let change = ReplicaSetChange {
            replicas: to,
            desired: Some(spec.replicas),
            max: Some(spec.replicas + max_surge(spec)),
            ..unchanged(set)
        };
        if change != unchanged(set) {
            assert_ne!(
                set.id, UNBORN,
                "a new ReplicaSet is born with the size it may have"
            );
            self.actions.push(Action::Update(change));
        }
    }

    pub(super) fn counts(&self) -> DeploymentStatus {
        let new = self.new.map(|new| new.id);
        deployment_status(&self.deployment, &self.all(), new, self.now)
    }

    pub(super) fn write_if_changed(&mut self, status: DeploymentStatus) -> Result<bool, Conflict> {
        let changed = status != self.deployment.status;
        if changed {
            self.write_status(status)?;
        }
        Ok(changed)
    }

    pub(super) fn write_status(&mut self, status: DeploymentStatus) -> Result<(), Conflict> {
        if self.status_written {
            return Err(Conflict);
        }
        self.status_written = true;
        self.deployment.status = status;
        self.actions.push(Action::WriteStatus(status));
        Ok(())
    }
}

pub(super) fn unchanged(set: &ReplicaSetView) -> ReplicaSetChange {
    ReplicaSetChange {
        id: set.id,
        replicas: set.spec,
        min_ready: set.min_ready,
        revision: set.revision,
        desired: set.desired,
        max: set.max,
    }
}

fn born(new: &NewReplicaSet, now: SimTime) -> ReplicaSetView {
    ReplicaSetView {
        id: UNBORN,
        template_hash: new.template_hash,
        created: now,
        name_order: u64::MAX,
        spec: new.replicas,
        min_ready: new.min_ready,
        status: ReplicaSetStatus::default(),
        revision: Revision::Number(new.revision),
        desired: Some(new.desired),
        max: Some(new.max),
        observed: false,
        deleting: false,
    }
}

//! One syncDeployment, in the controller's own order.

use super::writing::{Conflict, Sync, unchanged};
use super::{
    Action, Condition, Decision, DeploymentStatus, DeploymentView, OwnedPod, Reason,
    ReplicaSetView, Requeue, Revision, complete, is_scaling_event, last_revision,
    next_progress_check, next_revision, old_pods_running, paused_condition, reconcile_new,
    reconcile_old, rollout_condition, scale, surplus_replica_sets,
};
use crate::manifest::Strategy;
use crate::units::{SimDuration, SimTime};

/// One sync of a Deployment (reference kubernetes.md §1.1): `sets` are its ReplicaSets and `pods` all
/// their pods (asked only by a Recreate), both as the controller's caches show them.
///
/// The order: deletion, pause and resume, paused, legacy rollback, scaling event, then Recreate or
/// rolling update. Within one sync an object is read once, so a second write to the same version of it
/// fails; the sync then ends in [`Requeue::Retry`], as the real one does when a status changes in the
/// same sync as a new ReplicaSet is created.
pub fn sync(
    deployment: &DeploymentView,
    sets: &[ReplicaSetView],
    pods: &[OwnedPod],
    now: SimTime,
) -> Decision {
    let mut sync = Sync::new(*deployment, sets, now);
    let requeue = sync.run(pods).unwrap_or(Requeue::Retry);
    Decision {
        actions: sync.actions,
        requeue,
    }
}

impl Sync {
    fn run(&mut self, pods: &[OwnedPod]) -> Result<Requeue, Conflict> {
        if self.deployment.deleting {
            self.sync_revision()?;
            return self.write_counts();
        }
        self.note_pause()?;
        if self.deployment.spec.paused {
            return self.resize_all();
        }
        if let Some(revision) = self.deployment.rollback_to {
            return self.roll_back(revision);
        }
        self.sync_revision()?;
        if is_scaling_event(&self.deployment.spec, &self.all()) {
            return self.resize_all();
        }
        match self.deployment.spec.strategy {
            Strategy::Recreate => self.recreate(pods),
            Strategy::RollingUpdate { .. } => self.roll(),
        }
    }

    fn note_pause(&mut self) -> Result<(), Conflict> {
        let current = self.deployment.status.progressing;
        match paused_condition(&self.deployment.spec, current, self.now) {
            Some(condition) => self.write_status(DeploymentStatus {
                progressing: Some(condition),
                ..self.deployment.status
            }),
            None => Ok(()),
        }
    }

    /// Gives the new ReplicaSet its revision and minReadySeconds, or else the Deployment the
    /// ReplicaSet's revision. The real sync does this twice from the same cached copy, so that an
    /// update in the first pass makes the second one fail.
    fn sync_revision(&mut self) -> Result<(), Conflict> {
        if self.revision_written {
            return Err(Conflict);
        }
        let Some(mut new) = self.new else {
            return Ok(());
        };
        let revision = next_revision(&self.old);
        let outdated = new.revision.number().is_some_and(|known| known < revision);
        if outdated || new.min_ready != self.deployment.spec.min_ready {
            if outdated {
                new.revision = Revision::Number(revision);
            }
            new.min_ready = self.deployment.spec.min_ready;
            self.new = Some(new);
            self.revision_written = true;
            self.actions.push(Action::Update(unchanged(&new)));
            return Ok(());
        }
        self.note_new(new.revision)
    }

    fn note_new(&mut self, revision: Revision) -> Result<(), Conflict> {
        let mut status = self.deployment.status;
        status.revision = revision;
        if self.deployment.spec.progress_deadline.is_some() && status.progressing.is_none() {
            let found = Condition::set(None, Reason::FoundNewReplicaSet, self.now);
            status.progressing = Some(found);
        }
        self.write_if_changed(status).map(|_| ())
    }

    /// The new ReplicaSet, created if there is none.
    fn ensure_new(&mut self) -> Result<ReplicaSetView, Conflict> {
        self.sync_revision()?;
        match self.new {
            Some(new) => Ok(new),
            None => self.create(),
        }
    }

    fn roll(&mut self) -> Result<Requeue, Conflict> {
        let new = self.ensure_new()?;
        let all_spec = self.all().iter().map(|set| set.spec).sum();
        if let Some(size) = reconcile_new(&self.deployment.spec, all_spec, new.spec) {
            self.resize(&new, size);
            return self.finish();
        }
        let step = reconcile_old(&self.deployment.spec, &self.old, &new);
        self.apply(step.resizes());
        if !step.scaled() {
            self.trim_history_if_complete();
        }
        self.finish()
    }

    fn recreate(&mut self, pods: &[OwnedPod]) -> Result<Requeue, Conflict> {
        self.sync_revision()?;
        let active: Vec<ReplicaSetView> =
            self.old.iter().copied().filter(|s| s.is_active()).collect();
        for set in &active {
            self.resize(set, 0);
        }
        let new = self.new.map(|new| new.id);
        if !active.is_empty() || old_pods_running(new, &self.old, pods) {
            return self.finish();
        }
        let new = self.ensure_new()?;
        if new.spec != self.deployment.spec.replicas {
            self.resize(&new, self.deployment.spec.replicas);
        }
        self.trim_history_if_complete();
        self.finish()
    }

    /// Paused, or a scaling event: sizes follow, the rollout does not move.
    fn resize_all(&mut self) -> Result<Requeue, Conflict> {
        self.sync_revision()?;
        let replicas = self.deployment.status.replicas;
        let resizes = scale(
            &self.deployment.spec,
            replicas,
            self.new.as_ref(),
            &self.old,
        );
        self.apply(resizes.iter());
        if self.deployment.spec.paused && self.deployment.rollback_to.is_none() {
            self.trim_history();
        }
        self.write_counts()
    }

    fn roll_back(&mut self, revision: i64) -> Result<Requeue, Conflict> {
        self.ensure_new()?;
        let all = self.all();
        let revision = match revision {
            0 => last_revision(&all),
            other => other,
        };
        let named = |set: &&ReplicaSetView| set.revision.number() == Some(revision);
        let target = all.iter().find(|set| revision != 0 && named(set));
        let moves = target.filter(|set| set.template_hash != self.deployment.spec.template_hash);
        if self.status_written {
            return Err(Conflict);
        }
        self.actions.push(Action::RollBack(moves.map(|set| set.id)));
        Ok(Requeue::No)
    }

    fn trim_history_if_complete(&mut self) {
        if complete(&self.deployment, &self.deployment.status) {
            self.trim_history();
        }
    }

    fn trim_history(&mut self) {
        let limit = self.deployment.spec.revision_history_limit;
        let surplus = surplus_replica_sets(limit, &self.old);
        self.actions.extend(surplus.into_iter().map(Action::Delete));
    }

    /// The status after a rollout step: counts, Available, Progressing.
    fn finish(&mut self) -> Result<Requeue, Conflict> {
        let mut after = self.counts();
        after.progressing = rollout_condition(&self.deployment, &after, self.now);
        let before = self.deployment;
        if self.write_if_changed(after)? {
            return Ok(Requeue::No);
        }
        Ok(match next_progress_check(&before, &after, self.now) {
            None => Requeue::No,
            Some(SimDuration::ZERO) => Requeue::AtOnce,
            Some(left) => Requeue::After(left + SimDuration::SECOND),
        })
    }

    /// The status beside a rollout: Progressing is left alone.
    fn write_counts(&mut self) -> Result<Requeue, Conflict> {
        let after = self.counts();
        self.write_if_changed(after).map(|_| Requeue::No)
    }
}

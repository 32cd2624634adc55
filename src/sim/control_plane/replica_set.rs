//! The ReplicaSet controller's hands: it carries out what [`crate::control::replica_set::sync`] decides.

use super::outbox::{ControlEvent, Controller, Kind, Outbox};
use super::{ControlPlane, PodObject};
use crate::api::{Part, Writer};
use crate::control::replica_set::{
    self, PodView, Readiness, ReplicaSetSpec, ReplicaSetStatus, slow_start_batches,
};
use crate::facts::Happening;
use crate::ids::{PodId, ReplicaSetId};
use crate::units::SimTime;

/// A step of a sync that is still to come.
#[derive(Debug, Clone)]
pub(super) enum PodWrite {
    /// One batch of a slow start, all at once.
    Create(u32),
    /// Deletions, all at once.
    Delete(Vec<PodId>),
    /// The status, and the generation it was made from.
    Status(ReplicaSetStatus, u64),
}

/// Changes of pods that were asked for and not yet seen, and the status written last.
#[derive(Debug, Clone, Default)]
pub(super) struct Expectations {
    creations: u32,
    deletions: Vec<PodId>,
    status_version: u64,
    /// Calls of the present batch that are not answered yet.
    batch: u32,
}

impl Expectations {
    fn are_met(&self) -> bool {
        self.creations == 0 && self.deletions.is_empty()
    }
    pub(super) fn creation_seen(&mut self) {
        self.creations = self.creations.saturating_sub(1);
    }
    pub(super) fn deletion_seen(&mut self, pod: PodId) {
        self.deletions.retain(|expected| *expected != pod);
    }
}

impl ControlPlane {
    pub(super) fn wake_replica_set(&mut self, now: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        if self.replica_set_work[id.index()].wake() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncReplicaSet(id));
        }
    }

    pub(super) fn wake_replica_set_at(&mut self, at: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        if self.replica_set_work[id.index()].set_timer(at) {
            out.schedule(at, ControlEvent::WakeReplicaSet(id));
        }
    }

    pub(super) fn sync_replica_set(&mut self, now: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        self.replica_set_work[id.index()].start();
        let Some(seen) = self.replica_sets.seen(id.index()).copied() else {
            return self.end_replica_set(now, id, out);
        };
        // Its own last write wakes it again once it is seen (oracles/k8s README, fact 10).
        if seen.version < self.expectations[id.index()].status_version {
            return self.end_replica_set(now, id, out);
        }
        let mut pods = self.seen_pods(id);
        let view = seen.object.view;
        let active = pods.iter().filter(|pod| pod.is_active()).count() as u32;
        if active > view.spec {
            // The real cache lists in random order, which settles what the ranks leave equal.
            pods.sort_by_key(|pod| pod.uid);
        }
        let related: Vec<PodView> = match active > view.spec {
            true => self.seen_pods_beside(id).map(|pod| pod.view).collect(),
            false => Vec::new(),
        };
        let spec = ReplicaSetSpec {
            replicas: view.spec,
            min_ready: view.min_ready,
        };
        let decision = replica_set::sync(spec, &pods, &related, self.wall(now));
        if self.expectations[id.index()].are_met() {
            // A difference above the burst takes several syncs.
            let left = active.abs_diff(view.spec);
            if left == decision.create + decision.delete.len() as u32 {
                self.replica_set_work[id.index()].carries_out(seen.generation, view.spec);
            }
            self.expect(id, decision.create, decision.delete);
        }
        let outdated = seen.object.observed_generation != seen.generation;
        if decision.status != view.status || outdated {
            let status = PodWrite::Status(decision.status, seen.generation);
            self.replica_set_work[id.index()].writes.push_back(status);
        }
        if let Some(wait) = decision.check_after {
            self.wake_replica_set_at(now + wait, id, out);
        }
        self.step_replica_set(now, id, out);
    }

    fn seen_pods(&self, id: ReplicaSetId) -> Vec<PodView> {
        let pods = self.pods_of.of(id.index()).iter();
        pods.filter_map(|pod| self.pods.seen(pod.index()))
            .map(|stored| stored.object.view)
            .collect()
    }

    fn expect(&mut self, id: ReplicaSetId, create: u32, delete: Vec<PodId>) {
        let writes = &mut self.replica_set_work[id.index()].writes;
        writes.extend(slow_start_batches(create).map(PodWrite::Create));
        let expected = &mut self.expectations[id.index()];
        expected.creations = create;
        expected.deletions.clone_from(&delete);
        if !delete.is_empty() {
            writes.push_back(PodWrite::Delete(delete));
        }
    }

    /// Lets the next batch or the status come, or ends the sync.
    fn step_replica_set(&mut self, now: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        let index = id.index();
        match self.replica_set_work[index].writes.front().cloned() {
            None => self.end_replica_set(now, id, out),
            Some(PodWrite::Create(count)) => {
                self.expectations[index].batch = count;
                for _ in 0..count {
                    let at = self.landing(now, Controller::ReplicaSet);
                    out.schedule(at, ControlEvent::CreatePod(id));
                }
            }
            Some(PodWrite::Delete(pods)) => {
                self.expectations[index].batch = pods.len() as u32;
                for pod in pods {
                    let at = self.landing(now, Controller::ReplicaSet);
                    out.schedule(at, ControlEvent::DeletePod(id, pod));
                }
            }
            Some(PodWrite::Status(..)) => {
                let at = self.landing(now, Controller::ReplicaSet);
                out.schedule(at, ControlEvent::WriteReplicaSet(id));
            }
        }
    }

    pub(super) fn pod_creation_lands(&mut self, now: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        self.create_pod(now, id, out);
        self.call_answered(now, id, out);
    }

    pub(super) fn pod_deletion_lands(
        &mut self,
        now: SimTime,
        (id, pod): (ReplicaSetId, PodId),
        out: &mut Outbox,
    ) {
        self.mark(now, pod, out);
        self.call_answered(now, id, out);
    }

    /// One call of a batch is done; with the last one the sync goes on.
    fn call_answered(&mut self, now: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        let wall = self.wall(now);
        if self.replica_set_events[id.index()].take(wall) {
            self.record_event(now, Controller::ReplicaSet, out);
        }
        let expected = &mut self.expectations[id.index()];
        expected.batch -= 1;
        if expected.batch == 0 {
            self.replica_set_work[id.index()].writes.pop_front();
            self.step_replica_set(now, id, out);
        }
    }

    pub(super) fn write_replica_set(&mut self, now: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        let next = self.replica_set_work[id.index()].writes.pop_front();
        if let Some(PodWrite::Status(status, generation)) = next {
            self.report(now, id, (status, generation), out);
        }
        self.step_replica_set(now, id, out);
    }

    fn end_replica_set(&mut self, now: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        let work = &mut self.replica_set_work[id.index()];
        let size = work.carried_out();
        let told = size.map(|size| Happening::ReplicaSetSynced(id, size));
        out.happenings.extend(told);
        if work.finish() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncReplicaSet(id));
        }
    }

    fn create_pod(&mut self, now: SimTime, id: ReplicaSetId, out: &mut Outbox) {
        let pod = PodId::new(self.pods.len() as u32);
        let view = PodView {
            id: pod,
            uid: self.draw_uid(self.set_born[id.index()].1),
            node: None,
            phase: Self::FIRST_PHASE,
            readiness: Readiness::NotReady,
            created: Some(self.wall(now)),
            terminating: false,
            restarts: 0,
            sidecar_restarts: 0,
            deletion_cost: 0,
        };
        let seen = self.replica_sets.seen(id.index());
        let object = PodObject {
            view,
            owner: id,
            anti_affinity: seen.and_then(|seen| seen.object.anti_affinity),
        };
        self.pods.add(object, Writer::ReplicaSetController);
        self.enrol_pod(pod, id);
        self.announce(now, Kind::Pod, out);
        out.pods_created.push(pod);
        out.happenings.push(Happening::PodCreated(pod, id));
    }

    /// Writes the status; a conflict with another writer is retried at once on the newer version.
    fn report(
        &mut self,
        now: SimTime,
        id: ReplicaSetId,
        (status, generation): (ReplicaSetStatus, u64),
        out: &mut Outbox,
    ) {
        let Some(stored) = self.replica_sets.get(id.index()) else {
            return;
        };
        let mut object = stored.object;
        object.view.status = status;
        object.observed_generation = generation;
        let writer = Writer::ReplicaSetController;
        let version = self
            .replica_sets
            .write(id.index(), object, Part::Status, writer);
        self.expectations[id.index()].status_version = version;
        self.announce(now, Kind::ReplicaSet, out);
    }
}

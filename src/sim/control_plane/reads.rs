//! What hosts may read: the objects as written.

use super::deployment::{set_view, view_of};
use super::{ControlPlane, PodObject};
use crate::cluster::PodGroup;
use crate::control::deployment::{DeploymentView, ReplicaSetView, RolloutStatus, rollout_status};
use crate::ids::{PodId, ReplicaSetId, WorkloadId};
use crate::manifest::PodTemplate;

impl ControlPlane {
    /// A Deployment: spec, status, conditions.
    ///
    /// # Panics
    /// If there is no such Deployment.
    pub fn deployment(&self, id: WorkloadId) -> DeploymentView {
        let stored = self.deployments.get(id.index());
        let stored = stored.expect("Deployments are never deleted");
        view_of(&stored.object, stored.generation)
    }
    /// What `kubectl rollout status` says.
    pub fn rollout_status(&self, id: WorkloadId) -> RolloutStatus {
        rollout_status(&self.deployment(id))
    }
    /// The ReplicaSets of a workload, oldest first, without those of its experiments.
    pub fn replica_sets(&self, id: WorkloadId) -> impl Iterator<Item = ReplicaSetView> {
        let sets = self.own_sets(id);
        sets.filter_map(|set| self.replica_sets.get(set.index()))
            .map(|stored| set_view(&stored.object, stored.generation))
    }
    /// The pods of a workload that exist, those that terminate and those of its experiments included.
    pub fn pods(&self, id: WorkloadId) -> impl Iterator<Item = &PodObject> {
        let sets = self.sets_of.of(id.index()).iter();
        sets.flat_map(|set| self.pods_of.of(set.index()))
            .filter_map(|pod| self.pod(*pod))
    }
    /// A pod; `None` if it is gone.
    pub fn pod(&self, id: PodId) -> Option<&PodObject> {
        self.pods.get(id.index()).map(|stored| &stored.object)
    }
    /// The ReplicaSet of a pod, also of one that is gone.
    pub fn owner_of(&self, pod: PodId) -> ReplicaSetId {
        self.pod_born[pod.index()]
    }
    /// What placement asks of a pod that exists.
    pub fn pod_group(&self, pod: PodId) -> PodGroup {
        PodGroup {
            set: self.owner_of(pod),
            anti_affinity: self.pod(pod).and_then(|pod| pod.anti_affinity),
        }
    }
    /// The number that the next ReplicaSet will have.
    pub fn next_replica_set(&self) -> ReplicaSetId {
        ReplicaSetId::new(self.replica_sets.len() as u32)
    }
    /// The Deployment of a ReplicaSet, also of one that is gone.
    pub fn workload_of(&self, set: ReplicaSetId) -> WorkloadId {
        self.set_born[set.index()].0
    }
    /// The template of a ReplicaSet, also of one that is gone.
    pub fn template_of(&self, set: ReplicaSetId) -> &PodTemplate {
        &self.templates[self.set_born[set.index()].1]
    }
    /// The template a pod was made from, also of one that is gone.
    pub fn pod_template(&self, pod: PodId) -> &PodTemplate {
        self.template_of(self.owner_of(pod))
    }
}

//! The world at t = 0: Deployments that were rolled out before it.

use super::client::EventAllowance;
use super::outbox::Outbox;
use super::work::Work;
use super::{ControlPlane, DeploymentObject, PodObject, ReplicaSetObject, SettledPod};
use crate::api::Writer;
use crate::control::deployment::{
    Condition, DeploymentSpec, DeploymentStatus, DeploymentView, Reason, ReplicaSetView, Revision,
    complete, deployment_status, max_surge,
};
use crate::control::replica_set::{
    PodView, Readiness, next_availability_check, replica_set_status, stamp,
};
use crate::ids::{PodId, ReplicaSetId, WorkloadId};
use crate::manifest::{Deployment, PodTemplate};
use crate::units::{SimDuration, SimTime};

impl ControlPlane {
    /// Adds a Deployment whose first revision has these pods, one per wanted replica as a rule.
    /// Everybody has seen everything; timers that run on go to the outbox.
    pub fn add_settled(
        &mut self,
        deployment: &Deployment,
        pods: &[SettledPod],
        out: &mut Outbox,
    ) -> WorkloadId {
        let id = WorkloadId::new(self.deployments.len() as u32);
        let set = self.next_replica_set();
        let template = self.keep_template(&deployment.template);
        self.enrol_set(set, id, template);
        let views: Vec<PodView> = pods.iter().map(|pod| self.settle_pod(set, pod)).collect();
        let now = self.wall(SimTime::ZERO);
        let spec = DeploymentSpec::from(deployment);
        let view = ReplicaSetView {
            id: set,
            template_hash: spec.template_hash,
            created: views
                .iter()
                .filter_map(|pod| pod.created)
                .min()
                .unwrap_or(now),
            name_order: self.draw_bits(),
            spec: spec.replicas,
            min_ready: spec.min_ready,
            status: replica_set_status(&views, spec.min_ready, now),
            revision: Revision::Number(1),
            desired: Some(spec.replicas),
            max: Some(spec.replicas + max_surge(&spec)),
            observed: true,
            deleting: false,
        };
        let object = ReplicaSetObject {
            view,
            owner: id,
            observed_generation: 1,
            template,
            scale_down_deadline: None,
            anti_affinity: None,
        };
        self.replica_sets
            .add_settled(object, Writer::DeploymentController);
        if let Some(wait) = next_availability_check(&views, spec.min_ready, now) {
            self.wake_replica_set_at(SimTime::ZERO + wait, set, out);
        }
        self.deployment_work.push(Work::default());
        self.deployment_events.push(EventAllowance::default());
        self.settle_deployment(id, (spec, view, template), &views, out);
        let name = (deployment.namespace.clone(), deployment.name.clone());
        self.names.push(name);
        self.selectors.push(deployment.selector.clone());
        id
    }

    fn settle_deployment(
        &mut self,
        id: WorkloadId,
        (spec, set, template): (DeploymentSpec, ReplicaSetView, usize),
        pods: &[PodView],
        out: &mut Outbox,
    ) {
        let now = self.wall(SimTime::ZERO);
        let mut view = DeploymentView {
            spec,
            generation: 1,
            deleting: false,
            rollback_to: None,
            status: DeploymentStatus::default(),
        };
        view.status = deployment_status(&view, &[set], Some(set.id), now);
        view.status.revision = Revision::Number(1);
        let progressed = pods
            .iter()
            .filter_map(ready_since)
            .max()
            .unwrap_or(set.created);
        let done = complete(&view, &view.status);
        view.status.progressing = spec.progress_deadline.map(|_| Condition {
            reason: match done {
                true => Reason::NewReplicaSetAvailable,
                false => Reason::ReplicaSetUpdated,
            },
            last_update: stamp(progressed),
            last_transition: stamp(set.created),
        });
        if let (false, Some(deadline)) = (done, spec.progress_deadline) {
            let due = stamp(progressed) + deadline + SimDuration::SECOND;
            self.wake_deployment_at(self.instant(due), id, out);
        }
        let object = DeploymentObject { view, template };
        self.deployments.add_settled(object, Writer::People);
    }

    pub(super) fn settle_pod(&mut self, set: ReplicaSetId, pod: &SettledPod) -> PodView {
        let now = self.wall(SimTime::ZERO);
        let ago = |length: SimDuration| {
            SimTime::from_nanos(now.as_nanos().saturating_sub(length.as_nanos()))
        };
        let view = PodView {
            id: PodId::new(self.pods.len() as u32),
            uid: self.draw_uid(self.set_born[set.index()].1),
            node: pod.node,
            phase: pod.phase,
            readiness: match pod.ready_for {
                Some(length) => Readiness::Ready(Some(ago(length))),
                None => Readiness::NotReady,
            },
            created: Some(ago(pod.age)),
            terminating: false,
            restarts: 0,
            sidecar_restarts: 0,
            deletion_cost: 0,
        };
        let object = PodObject {
            view,
            owner: set,
            anti_affinity: None,
        };
        self.pods.add_settled(object, Writer::ReplicaSetController);
        self.enrol_pod(view.id, set);
        // Its creation was an Event, too.
        self.replica_set_events[set.index()].take(ago(pod.age));
        view
    }

    pub(super) fn enrol_pod(&mut self, pod: PodId, set: ReplicaSetId) {
        self.pod_born.push(set);
        self.pods_of.add(set.index(), pod);
    }

    pub(super) fn enrol_set(&mut self, set: ReplicaSetId, owner: WorkloadId, template: usize) {
        self.set_born.push((owner, template));
        self.sets_of.add(owner.index(), set);
        self.replica_set_work.push(Work::default());
        self.replica_set_events.push(EventAllowance::default());
        self.expectations
            .push(super::replica_set::Expectations::default());
    }

    /// The number of a template, kept once.
    pub(super) fn keep_template(&mut self, template: &PodTemplate) -> usize {
        let known = self.templates.iter().position(|known| known == template);
        known.unwrap_or_else(|| {
            self.templates.push(template.clone());
            self.pods_made.push(0);
            self.templates.len() - 1
        })
    }

    pub(super) fn template_numbered(&self, hash: u64) -> usize {
        let found = self.templates.iter().position(|known| known.hash == hash);
        found.expect("a ReplicaSet is made from a template that was applied")
    }
}

fn ready_since(pod: &PodView) -> Option<SimTime> {
    match pod.readiness {
        Readiness::Ready(since) => since,
        Readiness::NotReady => None,
    }
}

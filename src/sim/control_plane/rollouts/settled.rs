//! Rollouts at t = 0: fully promoted long ago.

use super::object::{
    RolloutObject, RolloutPlan, RolloutServices, RolloutStatus, Runs, StrategyStatus,
};
use crate::api::Writer;
use crate::control::argo_rollouts::blue_green::BlueGreenStatus;
use crate::control::argo_rollouts::canary::CanaryRunStatus;
use crate::control::argo_rollouts::{
    ControllerPause, ProgressReason, RolloutCondition, RolloutCounts, RolloutSpec, RolloutStrategy,
    Stage, TemplateHash, TrafficWeights, step_index_after_abort,
};
use crate::control::deployment::{ReplicaSetView, Revision};
use crate::control::replica_set::{PodView, next_availability_check, replica_set_status, stamp};
use crate::ids::{ReplicaSetId, WorkloadId};
use crate::manifest::{AnalysisTemplate, Rollout};
use crate::sim::control_plane::outbox::Outbox;
use crate::sim::control_plane::work::Work;
use crate::sim::control_plane::{ControlPlane, ReplicaSetObject, SettledPod};
use crate::units::SimTime;

impl ControlPlane {
    /// The templates that analyses are made from.
    pub fn keep_analysis_templates(&mut self, templates: &[AnalysisTemplate]) {
        self.analysis_templates = templates.to_vec();
    }

    /// Adds a Rollout whose first revision has these pods and was promoted; after all Deployments.
    pub fn add_settled_rollout(
        &mut self,
        (rollout, services): (&Rollout, RolloutServices),
        pods: &[SettledPod],
        out: &mut Outbox,
    ) -> WorkloadId {
        let id = WorkloadId::new((self.deployments.len() + self.rollouts.len()) as u32);
        let spec = RolloutSpec::from(rollout);
        let set = ReplicaSetId::new(self.replica_sets.len() as u32);
        let template = self.keep_template(&rollout.template);
        self.enrol_set(set, id, template);
        let views: Vec<PodView> = pods.iter().map(|pod| self.settle_pod(set, pod)).collect();
        let view = self.settled_set((set, rollout), &views);
        let object = ReplicaSetObject {
            view,
            owner: id,
            observed_generation: 1,
            template,
            scale_down_deadline: None,
        };
        let writer = Writer::RolloutController;
        self.replica_sets.add_settled(object, writer);
        let now = self.wall(SimTime::ZERO);
        if let Some(wait) = next_availability_check(&views, rollout.min_ready, now) {
            self.wake_replica_set_at(SimTime::ZERO + wait, set, out);
        }
        for service in [services.stable, services.new].into_iter().flatten() {
            let known = self.pointed.len().max(service.index() + 1);
            self.pointed.resize(known, None);
            self.pointed[service.index()] = Some(rollout.template.hash);
        }
        let status = settled_status(&spec, (&view, services), now);
        let plan = self.keep_plan(RolloutPlan {
            rollout: rollout.clone(),
            spec,
            services,
        });
        let object = RolloutObject {
            plan,
            template,
            restart_at: None,
            status,
        };
        self.rollouts.add_settled(object, Writer::People);
        self.rollout_work.push(Work::default());
        let name = (rollout.namespace.clone(), rollout.name.clone());
        self.names.push(name);
        self.selectors.push(rollout.selector.clone());
        id
    }

    fn settled_set(
        &self,
        (set, rollout): (ReplicaSetId, &Rollout),
        pods: &[PodView],
    ) -> ReplicaSetView {
        let now = self.wall(SimTime::ZERO);
        ReplicaSetView {
            id: set,
            template_hash: rollout.template.hash,
            created: pods
                .iter()
                .filter_map(|pod| pod.created)
                .min()
                .unwrap_or(now),
            name_order: 0,
            spec: rollout.replicas,
            min_ready: rollout.min_ready,
            status: replica_set_status(pods, rollout.min_ready, now),
            revision: Revision::Number(1),
            desired: Some(rollout.replicas),
            max: None,
            observed: true,
            deleting: false,
        }
    }
}

fn settled_status(
    spec: &RolloutSpec,
    (set, services): (&ReplicaSetView, RolloutServices),
    now: SimTime,
) -> RolloutStatus {
    let hash = TemplateHash::new(set.template_hash);
    let strategy = match &spec.strategy {
        RolloutStrategy::BlueGreen(_) => StrategyStatus::BlueGreen(BlueGreenStatus {
            current: hash,
            stable: Some(hash),
            active: Some(hash),
            checkpoint: false,
            pause: ControllerPause::None,
            inconclusive: false,
            abort: false,
            promote_full: false,
        }),
        RolloutStrategy::Canary(canary) => StrategyStatus::Canary(CanaryRunStatus {
            current: hash,
            stable: Some(hash),
            step_index: step_index_after_abort(canary, Stage::Stable),
            abort: false,
            promote_full: false,
            pause: ControllerPause::None,
            inconclusive: false,
            weights: canary.is_weighted().then_some(TrafficWeights {
                canary: 0,
                stable: canary.max_weight(),
                verified: None,
            }),
            route: None,
            canary_service: services.new.map(|_| hash),
            stable_service: services.stable.map(|_| hash),
        }),
    };
    let pods = &set.status;
    let counts = RolloutCounts {
        replicas: pods.replicas,
        updated: pods.replicas,
        ready: pods.ready,
        available: pods.available,
    };
    RolloutStatus {
        strategy,
        runs: Runs::default(),
        counts,
        progressing: Some(RolloutCondition {
            reason: ProgressReason::NewReplicaSetAvailable,
            last_update: stamp(now),
        }),
    }
}

//! Rollouts at t = 0: fully promoted long ago.

use super::object::{
    RolloutObject, RolloutPlan, RolloutServices, RolloutStatus, Runs, SpecAt, StrategyStatus,
};
use crate::api::Writer;
use crate::control::argo_rollouts::blue_green::BlueGreenStatus;
use crate::control::argo_rollouts::canary::{
    CanaryRunStatus, RoutedWeights, ServiceSeen, StepsSeen,
};
use crate::control::argo_rollouts::progress::{Conditions, Counts};
use crate::control::argo_rollouts::{
    CanarySpec, Condition, ControllerPause, Phase, Reason, RolloutSpec, RolloutStrategy, Stage,
    TemplateHash, TrafficWeights, step_index_after_abort,
};
use crate::control::deployment::{ReplicaSetView, Revision};
use crate::control::replica_set::{PodView, next_availability_check, replica_set_status};
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
        let set = self.next_replica_set();
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
            anti_affinity: None,
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
        let strategy = settled_strategy(&spec, (TemplateHash::new(view.template_hash), services));
        let plan = self.keep_plan(RolloutPlan {
            rollout: rollout.clone(),
            spec,
            services,
        });
        let spec = SpecAt {
            plan,
            template,
            restart_at: None,
        };
        let object = RolloutObject {
            spec,
            status: settled_status(strategy, (spec, services), (&view, now)),
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

fn settled_strategy(
    spec: &RolloutSpec,
    (hash, services): (TemplateHash, RolloutServices),
) -> StrategyStatus {
    match &spec.strategy {
        RolloutStrategy::BlueGreen(_) => StrategyStatus::BlueGreen(BlueGreenStatus {
            current: hash,
            stable: Some(hash),
            active: Some(hash),
            checkpoint: false,
            pause: ControllerPause::None,
            inconclusive: false,
            abort: false,
            retried: false,
            promote_full: false,
        }),
        RolloutStrategy::Canary(canary) => {
            StrategyStatus::Canary(settled_canary(canary, hash, services))
        }
    }
}

fn settled_canary(
    canary: &CanarySpec,
    hash: TemplateHash,
    services: RolloutServices,
) -> CanaryRunStatus {
    let pointed = ServiceSeen {
        selector: Some(hash),
        managed: true,
    };
    let weights = TrafficWeights {
        canary: 0,
        stable: canary.max_weight(),
        verified: None,
    };
    CanaryRunStatus {
        current: hash,
        stable: Some(hash),
        steps: StepsSeen::Same,
        step_index: step_index_after_abort(canary, Stage::Stable),
        pause: ControllerPause::None,
        inconclusive: false,
        inconclusive_experiment: false,
        abort: false,
        retried: false,
        promote_full: false,
        weights: canary.is_weighted().then_some(RoutedWeights {
            weights,
            canary: hash,
            stable: hash,
        }),
        routes_set: false,
        canary_service: services.new.map(|_| pointed),
        stable_service: services.stable.map(|_| pointed),
    }
}

fn settled_status(
    strategy: StrategyStatus,
    (spec, services): (SpecAt, RolloutServices),
    (set, now): (&ReplicaSetView, SimTime),
) -> RolloutStatus {
    let pods = &set.status;
    let blue_green = matches!(strategy, StrategyStatus::BlueGreen(_));
    let preview = services.new.filter(|_| blue_green);
    RolloutStatus {
        strategy,
        runs: Runs::default(),
        observed: spec,
        preview: preview.map(|_| strategy.current()),
        restarted_at: None,
        counts: Counts {
            replicas: pods.replicas,
            updated: pods.replicas,
            ready: pods.ready,
            available: pods.available,
        },
        conditions: Conditions {
            progressing: Some(Condition::set(None, Reason::NewReplicaSetAvailable, now)),
            paused: None,
            healthy: Some(true),
        },
        phase: Phase::Healthy,
    }
}

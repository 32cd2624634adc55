//! The actions of a canary pass as writes.

use super::object::{RolloutObject, Runs, StrategyStatus};
use super::pass::{Planned, SeenSets};
use super::write::RolloutWrite;
use crate::control::argo_rollouts::canary::{
    Action, CanaryAnalysisSeen, CanaryRunStatus, CanaryView, reconcile,
};
use crate::control::argo_rollouts::{
    Analysis, CanarySpec, ControllerPause, RolloutStrategy, TrafficWeights,
};
use crate::facts::AnalysisStage;
use crate::ids::AnalysisRunId;
use crate::manifest::argo;
use crate::sim::control_plane::ControlPlane;
use crate::units::SimTime;

impl ControlPlane {
    pub(super) fn canary_pass(
        &self,
        object: &RolloutObject,
        sets: &SeenSets,
        wall: SimTime,
    ) -> Planned {
        let plan = &self.plans[object.plan];
        let (RolloutStrategy::Canary(spec), StrategyStatus::Canary(status)) =
            (&plan.spec.strategy, object.status.strategy)
        else {
            unreachable!("a status is of its Rollout's strategy");
        };
        let runs = object.status.runs;
        let seen = |run: Option<AnalysisRunId>| run.map(|run| self.analyses[run.index()].seen);
        let background = match &plan.rollout.strategy {
            argo::RolloutStrategy::Canary(canary) if canary.analysis.is_some() => {
                Analysis::Configured
            }
            _ => Analysis::None,
        };
        let view = CanaryView {
            rollout: &plan.spec,
            spec,
            background,
            status,
            sets: sets.view(),
            analysis: CanaryAnalysisSeen {
                background: seen(runs.background),
                step: seen(runs.step),
                experiment: None,
            },
        };
        let mut planned = Planned {
            writes: Vec::new(),
            status: object.status,
        };
        let mut after = status;
        for action in reconcile(&view, wall).actions {
            let writes = self.canary_write(action, (object, spec), sets);
            planned.writes.extend(writes);
            note(action, spec, &mut after, &mut planned.status.runs);
        }
        planned.status.strategy = StrategyStatus::Canary(after);
        planned
    }

    fn canary_write(
        &self,
        action: Action,
        (object, spec): (&RolloutObject, &CanarySpec),
        sets: &SeenSets,
    ) -> Vec<RolloutWrite> {
        let services = self.plans[object.plan].services;
        let runs = object.status.runs;
        let write = match action {
            Action::PointStable(hash) => self.pointing(services.stable, sets.id_of(hash)),
            Action::PointCanary(hash) => self.pointing(services.new, sets.id_of(hash)),
            Action::SetWeight(weight) => Some(RolloutWrite::Weigh(weights(spec, weight))),
            Action::ClearDeadline(hash) => Some(RolloutWrite::Deadline(sets.id_of(hash), None)),
            Action::SetDeadline(hash, at) => {
                Some(RolloutWrite::Deadline(sets.id_of(hash), Some(at)))
            }
            Action::Resize(hash, size) => Some(RolloutWrite::Resize(sets.id_of(hash), size)),
            Action::StartBackground => Some(RolloutWrite::Start(AnalysisStage::Background)),
            Action::StartStep(index) => {
                Some(RolloutWrite::Start(AnalysisStage::Step(index as u16)))
            }
            Action::CancelAnalyses => return self.endings(runs.all()),
            Action::CancelStep => return self.endings(runs.step.into_iter()),
            _ => None,
        };
        write.into_iter().collect()
    }
}

fn weights(spec: &CanarySpec, canary: u32) -> TrafficWeights {
    TrafficWeights {
        canary,
        stable: spec.max_weight().saturating_sub(canary),
        verified: None,
    }
}

/// What an action does to the status.
fn note(action: Action, spec: &CanarySpec, status: &mut CanaryRunStatus, runs: &mut Runs) {
    match action {
        Action::ResetStatus(hash, index) => {
            *status = CanaryRunStatus {
                current: hash,
                step_index: index,
                ..cleared(status)
            };
            *runs = Runs::default();
        }
        Action::PointStable(hash) => status.stable_service = Some(hash),
        Action::PointCanary(hash) => status.canary_service = Some(hash),
        Action::SetWeight(weight) => status.weights = Some(weights(spec, weight)),
        Action::SetRoute(index) => status.route = Some(index),
        Action::RemoveRoutes => status.route = None,
        Action::CancelAnalyses => *runs = Runs::default(),
        Action::CancelStep => runs.step = None,
        Action::PauseInconclusive => status.inconclusive = true,
        Action::Abort => (status.abort, status.pause) = (true, ControllerPause::None),
        Action::BeginPause(at) => status.pause = ControllerPause::Since(at),
        Action::EndPause => status.pause = ControllerPause::None,
        Action::SetStepIndex(index) => status.step_index = Some(index),
        Action::SkipSteps => {
            let promote_full = status.promote_full;
            *status = cleared(status);
            status.promote_full = promote_full;
        }
        Action::PromoteToStable(hash) => {
            *status = CanaryRunStatus {
                stable: Some(hash),
                ..cleared(status)
            };
        }
        _ => {}
    }
}

fn cleared(status: &CanaryRunStatus) -> CanaryRunStatus {
    CanaryRunStatus {
        pause: ControllerPause::None,
        inconclusive: false,
        abort: false,
        promote_full: false,
        ..*status
    }
}

//! The actions of a canary pass as writes.

use super::object::{RolloutObject, Runs, StrategyStatus};
use super::pass::{Planned, SeenSets};
use super::write::RolloutWrite;
use crate::control::argo_rollouts::canary::{
    Action, AnalysesSeen, CanaryRunStatus, CanaryView, Judge, RoutedWeights, ServiceSeen, StepRun,
    StepsSeen, reconcile,
};
use crate::control::argo_rollouts::{
    ControllerPause, RolloutStrategy, TemplateHash, TrafficWeights,
};
use crate::facts::AnalysisStage;
use crate::ids::AnalysisRunId;
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::RouterOrder;
use crate::units::SimTime;

impl ControlPlane {
    /// What a pass over a canary looks at, unless pods were evicted in it: then it is over.
    ///
    /// # Panics
    /// If it has another strategy.
    pub(super) fn canary_view<'a>(
        &'a self,
        object: &RolloutObject,
        sets: &'a SeenSets,
    ) -> CanaryView<'a> {
        let plan = &self.plans[object.spec.plan];
        let (RolloutStrategy::Canary(spec), StrategyStatus::Canary(mut status)) =
            (&plan.spec.strategy, object.status.strategy)
        else {
            unreachable!("a status is of its Rollout's strategy");
        };
        if self.steps_changed(object) {
            status.steps = StepsSeen::Changed;
        }
        let runs = object.status.runs;
        let phase = |run: AnalysisRunId| self.analyses[run.index()].seen;
        CanaryView {
            rollout: &plan.spec,
            spec,
            status,
            sets: sets.view(),
            analysis: AnalysesSeen {
                background: runs.background.map(phase),
                step: runs.step.map(|run| StepRun {
                    step: self.analyses[run.index()].step(),
                    phase: phase(run),
                }),
            },
            experiment: runs
                .experiment
                .map(|id| self.experiments[id.index()].as_seen()),
            pods_restarted: 0,
        }
    }

    /// Whether the steps are not those that the controller has last observed (`currentStepHash`).
    pub(super) fn steps_changed(&self, object: &RolloutObject) -> bool {
        let steps = |plan: usize| match &self.plans[plan].spec.strategy {
            RolloutStrategy::Canary(canary) => canary.steps.as_slice(),
            RolloutStrategy::BlueGreen(_) => &[],
        };
        let (now, then) = (object.spec.plan, object.status.observed.plan);
        now != then && steps(now) != steps(then)
    }

    pub(super) fn canary_pass(
        &self,
        object: &RolloutObject,
        sets: &SeenSets,
        wall: SimTime,
    ) -> Planned {
        let view = self.canary_view(object, sets);
        let mut planned = Planned {
            writes: Vec::new(),
            status: object.status,
        };
        let mut after = CanaryRunStatus {
            steps: StepsSeen::Same,
            ..view.status
        };
        for action in reconcile(&view, wall).actions {
            let writes = self.canary_write(action, object, sets);
            planned.writes.extend(writes);
            note_runs(action, &mut planned.status.runs);
            if let Action::ResetStatus { .. } = action {
                // All pods are about to be new ones (upstream's `resetRolloutStatus`).
                planned.status.restarted_at = object.spec.restart_at;
            }
            note(action, &view, &mut after);
        }
        planned.status.strategy = StrategyStatus::Canary(after);
        planned
    }

    fn canary_write(
        &self,
        action: Action,
        object: &RolloutObject,
        sets: &SeenSets,
    ) -> Vec<RolloutWrite> {
        let services = self.plans[object.spec.plan].services;
        let runs = object.status.runs;
        let write = match action {
            Action::SwitchStable(hash) => self.pointing(services.stable, sets.id_of(hash)),
            Action::SwitchCanary(hash) => self.pointing(services.new, sets.id_of(hash)),
            Action::SetWeight { canary, stable } => Some(RolloutWrite::Weigh(TrafficWeights {
                canary,
                stable,
                verified: None,
            })),
            Action::PointRoutes { canary, stable } => Some(RolloutWrite::PointRoutes(
                sets.id_of(canary),
                sets.id_of(stable),
            )),
            Action::SetHeaderRoute(index) => {
                Some(RolloutWrite::Route(RouterOrder::HeaderRoute(index)))
            }
            Action::SetMirrorRoute(index) => {
                Some(RolloutWrite::Route(RouterOrder::MirrorRoute(index)))
            }
            Action::RemoveRoutes => Some(RolloutWrite::Route(RouterOrder::RemoveRoutes)),
            Action::ClearDeadline(hash) => Some(RolloutWrite::Deadline(sets.id_of(hash), None)),
            Action::SetDeadline(hash, at) => {
                Some(RolloutWrite::Deadline(sets.id_of(hash), Some(at)))
            }
            Action::Resize(hash, size) => Some(RolloutWrite::Resize(sets.id_of(hash), size)),
            Action::StartBackgroundAnalysis => Some(RolloutWrite::Start(AnalysisStage::Background)),
            Action::StartStepAnalysis(index) => {
                let index = u16::try_from(index).expect("a manifest has fewer than 65,536 steps");
                Some(RolloutWrite::Start(AnalysisStage::Step(index)))
            }
            Action::StartExperiment(index) => Some(RolloutWrite::StartExperiment(index)),
            Action::CancelExperiment => self.ending_of_experiment(runs.experiment),
            Action::ResetStatus { .. } => {
                let experiment = self.ending_of_experiment(runs.experiment);
                let runs = self.endings(runs.all());
                return runs.into_iter().chain(experiment).collect();
            }
            Action::CancelStepAnalysis | Action::SetStepIndex(_) => {
                return self.endings(runs.step.into_iter());
            }
            Action::CancelBackgroundAnalysis => return self.endings(runs.background.into_iter()),
            _ => None,
        };
        write.into_iter().collect()
    }
}

fn note_runs(action: Action, runs: &mut Runs) {
    match action {
        Action::ResetStatus { .. } => *runs = Runs::default(),
        Action::CancelStepAnalysis | Action::SetStepIndex(_) => runs.step = None,
        Action::CancelBackgroundAnalysis => runs.background = None,
        Action::CancelExperiment | Action::ForgetExperiment => runs.experiment = None,
        _ => {}
    }
}

/// What an action does to the status.
fn note(action: Action, seen: &CanaryView<'_>, status: &mut CanaryRunStatus) {
    match action {
        Action::ResetStatus {
            current,
            step_index,
        } => {
            *status = CanaryRunStatus {
                current,
                step_index,
                ..cleared(status)
            };
        }
        Action::SwitchStable(hash) => status.stable_service = switched(hash),
        Action::SwitchCanary(hash) => status.canary_service = switched(hash),
        Action::PointRoutes { canary, stable } => {
            let known = status.weights.map(|routed| routed.weights);
            status.weights = Some(RoutedWeights {
                weights: known.unwrap_or(unweighted(seen)),
                canary,
                stable,
            });
        }
        Action::SetWeight { canary, stable } => {
            let weights = TrafficWeights {
                canary,
                stable,
                verified: None,
            };
            let stable_hash = seen.status.stable.unwrap_or(status.current);
            let routed = status.weights.unwrap_or(RoutedWeights {
                weights,
                canary: status.current,
                stable: stable_hash,
            });
            status.weights = Some(RoutedWeights { weights, ..routed });
        }
        Action::SetHeaderRoute(_) | Action::SetMirrorRoute(_) => status.routes_set = true,
        Action::RemoveRoutes => status.routes_set = false,
        Action::PauseInconclusive(Judge::Experiment) => status.inconclusive_experiment = true,
        Action::PauseInconclusive(_) => status.inconclusive = true,
        Action::Abort(_) => {
            *status = CanaryRunStatus {
                abort: true,
                ..unpaused(status)
            };
        }
        Action::BeginPause(at) => status.pause = ControllerPause::Since(at),
        Action::EndPause => *status = unpaused(status),
        Action::ClearAbort => (status.abort, status.retried) = (false, false),
        Action::SetStepIndex(index) => {
            status.step_index = Some(index);
            status.pause = ControllerPause::None;
        }
        Action::PromoteToStable(hash) => {
            let steps = seen.steps();
            *status = CanaryRunStatus {
                stable: Some(hash),
                step_index: Some(steps).filter(|steps| *steps > 0),
                ..cleared(status)
            };
        }
        _ => {}
    }
}

const fn switched(hash: TemplateHash) -> Option<ServiceSeen> {
    Some(ServiceSeen {
        selector: Some(hash),
        managed: true,
    })
}

/// The weights of a router that was never told any.
fn unweighted(seen: &CanaryView<'_>) -> TrafficWeights {
    TrafficWeights {
        canary: 0,
        stable: seen.spec.max_weight(),
        verified: None,
    }
}

fn unpaused(status: &CanaryRunStatus) -> CanaryRunStatus {
    CanaryRunStatus {
        pause: ControllerPause::None,
        inconclusive: false,
        inconclusive_experiment: false,
        ..*status
    }
}

fn cleared(status: &CanaryRunStatus) -> CanaryRunStatus {
    CanaryRunStatus {
        abort: false,
        retried: false,
        promote_full: false,
        ..unpaused(status)
    }
}

//! The actions of a blue-green pass as writes.

use super::object::{RolloutObject, Runs, StrategyStatus};
use super::pass::{Planned, SeenSets};
use super::write::RolloutWrite;
use crate::control::argo_rollouts::blue_green::{
    Action, AnalysisSeen, BlueGreenStatus, BlueGreenView, reconcile,
};
use crate::control::argo_rollouts::{ControllerPause, RolloutStrategy};
use crate::facts::AnalysisStage;
use crate::ids::AnalysisRunId;
use crate::sim::control_plane::ControlPlane;
use crate::units::SimTime;

impl ControlPlane {
    /// What a pass over a blue-green Rollout looks at.
    ///
    /// # Panics
    /// If it has another strategy.
    pub(super) fn blue_green_view<'a>(
        &'a self,
        object: &RolloutObject,
        sets: &'a SeenSets,
    ) -> BlueGreenView<'a> {
        let plan = &self.plans[object.spec.plan];
        let (RolloutStrategy::BlueGreen(spec), StrategyStatus::BlueGreen(status)) =
            (&plan.spec.strategy, object.status.strategy)
        else {
            unreachable!("a status is of its Rollout's strategy");
        };
        let seen = |run: Option<AnalysisRunId>| run.map(|run| self.analyses[run.index()].seen);
        BlueGreenView {
            rollout: &plan.spec,
            spec,
            status,
            sets: sets.view(),
            analysis: AnalysisSeen {
                pre: seen(object.status.runs.pre),
                post: seen(object.status.runs.post),
            },
        }
    }

    pub(super) fn blue_green_pass(
        &self,
        object: &RolloutObject,
        sets: &SeenSets,
        wall: SimTime,
    ) -> Planned {
        let view = self.blue_green_view(object, sets);
        let mut planned = Planned {
            writes: Vec::new(),
            status: object.status,
        };
        let mut after = view.status;
        for action in reconcile(&view, wall).actions {
            planned
                .writes
                .extend(self.blue_green_write(action, object, sets));
            note(action, &mut after, &mut planned.status.runs);
            if let Action::ResetStatus(_) = action {
                // All pods are about to be new ones (upstream's `resetRolloutStatus`).
                planned.status.restarted_at = object.spec.restart_at;
            }
            if let Action::SwitchPreview(hash) = action {
                let named = self.plans[object.spec.plan].services.new;
                planned.status.preview = named.map(|_| hash);
            }
        }
        planned.status.strategy = StrategyStatus::BlueGreen(after);
        planned
    }

    /// The write of something else than the status, if an action is one.
    fn blue_green_write(
        &self,
        action: Action,
        object: &RolloutObject,
        sets: &SeenSets,
    ) -> Vec<RolloutWrite> {
        let services = self.plans[object.spec.plan].services;
        let write = match action {
            Action::SwitchPreview(hash) => self.pointing(services.new, sets.id_of(hash)),
            Action::SwitchActive(hash) => self.pointing(services.stable, sets.id_of(hash)),
            Action::ClearDeadline(hash) => Some(RolloutWrite::Deadline(sets.id_of(hash), None)),
            Action::SetDeadline(hash, at) => {
                Some(RolloutWrite::Deadline(sets.id_of(hash), Some(at)))
            }
            Action::Resize(hash, size) => Some(RolloutWrite::Resize(sets.id_of(hash), size)),
            Action::StartPrePromotion => Some(RolloutWrite::Start(AnalysisStage::PrePromotion)),
            Action::StartPostPromotion => Some(RolloutWrite::Start(AnalysisStage::PostPromotion)),
            Action::CancelAnalyses | Action::ResetStatus(_) => {
                return self.endings(object.status.runs.all());
            }
            _ => None,
        };
        write.into_iter().collect()
    }
}

/// What an action does to the status.
fn note(action: Action, status: &mut BlueGreenStatus, runs: &mut Runs) {
    match action {
        Action::ResetStatus(hash) => {
            *status = BlueGreenStatus {
                current: hash,
                ..cleared(status)
            };
            *runs = Runs::default();
        }
        Action::BeginPause(at) => status.pause = ControllerPause::Since(at),
        Action::EndPause => {
            (status.pause, status.inconclusive) = (ControllerPause::None, false);
        }
        Action::SwitchActive(hash) => status.active = Some(hash),
        Action::PauseInconclusive => status.inconclusive = true,
        Action::Abort => {
            (status.abort, status.pause, status.inconclusive) =
                (true, ControllerPause::None, false);
        }
        Action::ClearAbort => (status.abort, status.retried) = (false, false),
        Action::ReachCheckpoint => status.checkpoint = true,
        Action::PromoteToStable(hash) => {
            *status = BlueGreenStatus {
                stable: Some(hash),
                ..cleared(status)
            };
        }
        _ => {}
    }
}

fn cleared(status: &BlueGreenStatus) -> BlueGreenStatus {
    BlueGreenStatus {
        checkpoint: false,
        pause: ControllerPause::None,
        inconclusive: false,
        abort: false,
        retried: false,
        promote_full: false,
        ..*status
    }
}

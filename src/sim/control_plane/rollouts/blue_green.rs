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
    pub(super) fn blue_green_pass(
        &self,
        object: &RolloutObject,
        sets: &SeenSets,
        wall: SimTime,
    ) -> Planned {
        let plan = &self.plans[object.plan];
        let (RolloutStrategy::BlueGreen(spec), StrategyStatus::BlueGreen(status)) =
            (&plan.spec.strategy, object.status.strategy)
        else {
            unreachable!("a status is of its Rollout's strategy");
        };
        let runs = object.status.runs;
        let seen = |run: Option<AnalysisRunId>| run.map(|run| self.analyses[run.index()].seen);
        let view = BlueGreenView {
            rollout: &plan.spec,
            spec,
            status,
            sets: sets.view(),
            analysis: AnalysisSeen {
                pre: seen(runs.pre),
                post: seen(runs.post),
            },
        };
        let mut planned = Planned {
            writes: Vec::new(),
            status: object.status,
        };
        let mut after = status;
        for action in reconcile(&view, wall).actions {
            planned
                .writes
                .extend(self.blue_green_write(action, object, sets));
            note(action, &mut after, &mut planned.status.runs);
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
        let services = self.plans[object.plan].services;
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
            Action::CancelAnalyses => return self.endings(object.status.runs.all()),
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
                checkpoint: false,
                pause: ControllerPause::None,
                inconclusive: false,
                abort: false,
                promote_full: false,
                ..*status
            };
            *runs = Runs::default();
        }
        Action::BeginPause(at) => status.pause = ControllerPause::Since(at),
        Action::EndPause => status.pause = ControllerPause::None,
        Action::SwitchActive(hash) => status.active = Some(hash),
        Action::PauseInconclusive => status.inconclusive = true,
        Action::Abort => {
            (status.abort, status.pause) = (true, ControllerPause::None);
        }
        Action::ReachCheckpoint => status.checkpoint = true,
        Action::PromoteToStable(hash) => {
            *status = BlueGreenStatus {
                stable: Some(hash),
                checkpoint: false,
                pause: ControllerPause::None,
                inconclusive: false,
                abort: false,
                promote_full: false,
                ..*status
            };
        }
        _ => {}
    }
}

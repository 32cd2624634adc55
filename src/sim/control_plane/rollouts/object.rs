//! Rollouts in the store.

use crate::control::argo_rollouts::blue_green::BlueGreenStatus;
use crate::control::argo_rollouts::canary::CanaryRunStatus;
use crate::control::argo_rollouts::progress::{Conditions, Counts};
use crate::control::argo_rollouts::{ControllerPause, Phase, RolloutSpec, Stage, TemplateHash};
use crate::facts::AnalysisStage;
use crate::ids::{AnalysisRunId, ExperimentId, ServiceId};
use crate::manifest::Rollout;
use crate::units::SimTime;

/// A Rollout as somebody applied it: what does not change until the next edit.
#[derive(Debug, Clone)]
pub(in crate::sim::control_plane) struct RolloutPlan {
    pub(super) rollout: Rollout,
    /// What decisions look at.
    pub(super) spec: RolloutSpec,
    pub(super) services: RolloutServices,
}

/// The Services that a Rollout switches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolloutServices {
    /// `activeService` or `stableService`: where users go.
    pub stable: Option<ServiceId>,
    /// `previewService` or `canaryService`: where the new version is met.
    pub new: Option<ServiceId>,
}

/// A Rollout. Times inside are of the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolloutObject {
    /// `spec`.
    pub(super) spec: SpecAt,
    /// What the controller has written.
    pub status: RolloutStatus,
}

/// A generation of `spec`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpecAt {
    /// Number of its plan.
    pub(super) plan: usize,
    /// Number of its template.
    pub(super) template: usize,
    /// `restartAt`.
    pub(super) restart_at: Option<SimTime>,
}

/// `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolloutStatus {
    /// The part of its strategy.
    pub strategy: StrategyStatus,
    /// Its analysis runs.
    pub(super) runs: Runs,
    /// `observedGeneration`.
    pub(super) observed: SpecAt,
    /// `blueGreen.previewSelector`.
    pub(super) preview: Option<TemplateHash>,
    /// `restartedAt`.
    pub(super) restarted_at: Option<SimTime>,
    /// Pods by what they are.
    pub counts: Counts,
    /// Its conditions.
    pub conditions: Conditions,
    /// `phase`.
    pub phase: Phase,
}

/// The status of either strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrategyStatus {
    /// `strategy.blueGreen`.
    BlueGreen(BlueGreenStatus),
    /// `strategy.canary`.
    Canary(CanaryRunStatus),
}

/// The runs and the experiment that a status names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Runs {
    pub(super) pre: Option<AnalysisRunId>,
    pub(super) post: Option<AnalysisRunId>,
    pub(super) background: Option<AnalysisRunId>,
    pub(super) step: Option<AnalysisRunId>,
    pub(super) experiment: Option<ExperimentId>,
}

impl Runs {
    /// All analysis runs.
    pub(super) fn all(self) -> impl Iterator<Item = AnalysisRunId> {
        let runs = [self.pre, self.post, self.background, self.step];
        runs.into_iter().flatten()
    }
    /// The place of a stage's run.
    ///
    /// # Panics
    /// For analyses of experiments, which keep them themselves.
    pub(super) fn of_mut(&mut self, stage: AnalysisStage) -> &mut Option<AnalysisRunId> {
        match stage {
            AnalysisStage::PrePromotion => &mut self.pre,
            AnalysisStage::PostPromotion => &mut self.post,
            AnalysisStage::Background => &mut self.background,
            AnalysisStage::Step(_) => &mut self.step,
            AnalysisStage::Experiment => unreachable!("experiments keep their own runs"),
        }
    }
}

/// The part of a status that both strategies have.
macro_rules! shared {
    ($self:ident, $field:ident) => {
        match $self {
            Self::BlueGreen(status) => status.$field,
            Self::Canary(status) => status.$field,
        }
    };
}

impl StrategyStatus {
    /// The template that users were last fully moved to.
    pub fn stable(&self) -> Option<TemplateHash> {
        shared!(self, stable)
    }
    /// The template of the last pass.
    pub fn current(&self) -> TemplateHash {
        shared!(self, current)
    }
    /// Whether the update was given up.
    pub fn is_aborted(&self) -> bool {
        shared!(self, abort)
    }
    /// The controller's own pause.
    pub fn pause(&self) -> ControllerPause {
        shared!(self, pause)
    }
    /// Whether an analysis or an experiment without a verdict holds it.
    pub fn is_inconclusive(&self) -> bool {
        match self {
            Self::BlueGreen(status) => status.inconclusive,
            Self::Canary(status) => status.inconclusive || status.inconclusive_experiment,
        }
    }
    /// Gives the update up: every pause ends.
    pub(super) fn abort(&mut self) {
        match self {
            Self::BlueGreen(status) => {
                (status.abort, status.pause, status.inconclusive) =
                    (true, ControllerPause::None, false);
            }
            Self::Canary(status) => {
                (status.abort, status.pause) = (true, ControllerPause::None);
                (status.inconclusive, status.inconclusive_experiment) = (false, false);
            }
        }
    }
    /// Whether it waits, for time or for a human.
    pub fn is_paused(&self) -> bool {
        self.is_inconclusive() || matches!(self.pause(), ControllerPause::Since(_))
    }
    /// Where the update stands.
    pub fn stage(&self) -> Stage {
        match self.stable() {
            None => Stage::InitialDeploy,
            Some(stable) if stable == self.current() => Stage::Stable,
            Some(_) => Stage::Updating,
        }
    }
}

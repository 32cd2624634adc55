//! What a canary pass sees.

use super::super::analysis::Phase as RunPhase;
use super::super::blue_green::Phase;
use super::super::{
    Analysis, CanarySpec, CanaryStatus, ControllerPause, RolloutSpec, Sets, Stage, TemplateHash,
    TrafficWeights,
};

/// Status of a canary Rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanaryRunStatus {
    /// `currentPodHash`: the template of the last pass.
    pub current: TemplateHash,
    /// `stableRS`; `None`: nothing was ever promoted.
    pub stable: Option<TemplateHash>,
    /// `currentStepIndex`; absent where there are no steps.
    pub step_index: Option<u32>,
    /// `abort`.
    pub abort: bool,
    /// `promoteFull`: a human skips all that is left.
    pub promote_full: bool,
    /// The controller's own pause.
    pub pause: ControllerPause,
    /// Whether it is paused for an analysis or an experiment without a verdict.
    pub inconclusive: bool,
    /// `canary.weights`: what the router was last told.
    pub weights: Option<TrafficWeights>,
    /// The step whose header or mirror route the router was told last.
    pub route: Option<u32>,
    /// Where the canary Service points.
    pub canary_service: Option<TemplateHash>,
    /// Where the stable Service points.
    pub stable_service: Option<TemplateHash>,
}

impl CanaryRunStatus {
    /// Where the update stands.
    pub fn stage(&self) -> Stage {
        match self.stable {
            None => Stage::InitialDeploy,
            Some(stable) if stable == self.current => Stage::Stable,
            Some(_) => Stage::Updating,
        }
    }
    /// The part that sizes and weights hang on.
    pub fn progress(&self) -> CanaryStatus {
        CanaryStatus {
            stage: self.stage(),
            step_index: self.step_index,
            abort: self.abort,
            promote_full: self.promote_full,
            weights: self.weights,
        }
    }
}

/// How the analyses stand; `None`: there is no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CanaryAnalysisSeen {
    /// The background run.
    pub background: Option<RunPhase>,
    /// The run of the present step.
    pub step: Option<RunPhase>,
    /// The experiment of the present step.
    pub experiment: Option<RunPhase>,
}

/// Everything that one pass looks at.
#[derive(Debug, Clone, Copy)]
pub struct CanaryView<'a> {
    /// The Rollout's spec.
    pub rollout: &'a RolloutSpec,
    /// Its strategy.
    pub spec: &'a CanarySpec,
    /// Whether it has a background analysis.
    pub background: Analysis,
    /// Its status as last written.
    pub status: CanaryRunStatus,
    /// Its sets.
    pub sets: Sets<'a>,
    /// Its analyses.
    pub analysis: CanaryAnalysisSeen,
}

impl CanaryView<'_> {
    /// Whether a human or an analysis without a verdict holds everything (upstream's `haltProgress`).
    pub const fn is_halted(&self) -> bool {
        self.rollout.paused || self.status.inconclusive
    }
    /// Whether the controller, a human or an analysis has paused it.
    pub const fn is_paused(&self) -> bool {
        self.is_halted() || matches!(self.status.pause, ControllerPause::Since(_))
    }
}

/// The phase of what was seen. A missed progress deadline is Degraded too, which the caller knows.
pub fn phase(seen: &CanaryView<'_>) -> Phase {
    let replicas = seen.rollout.replicas;
    let there = seen.sets.new.is_some_and(|new| new.available >= replicas);
    match () {
        () if seen.status.abort => Phase::Degraded,
        () if seen.is_paused() => Phase::Paused,
        () if seen.status.stage() == Stage::Stable && there => Phase::Healthy,
        () => Phase::Progressing,
    }
}

//! What a canary pass sees.

use super::super::analysis::Phase as RunPhase;
use super::super::{
    CanarySpec, CanaryStatus, ControllerPause, RolloutSpec, Sets, Stage, Step, TemplateHash,
    TrafficWeights, current_step,
};

/// Status of a canary Rollout, as last written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanaryRunStatus {
    /// `currentPodHash`: the template of the last pass.
    pub current: TemplateHash,
    /// `stableRS`; `None`: nothing was ever promoted.
    pub stable: Option<TemplateHash>,
    /// Whether the spec's steps are those of the last pass (`currentStepHash`).
    pub steps: StepsSeen,
    /// `currentStepIndex`; absent where there are no steps.
    pub step_index: Option<u32>,
    /// The pause of a pause step.
    pub pause: ControllerPause,
    /// Whether it is paused for an analysis without a verdict.
    pub inconclusive: bool,
    /// Whether it is paused for an experiment without a verdict.
    pub inconclusive_experiment: bool,
    /// `abort`.
    pub abort: bool,
    /// Whether a human has taken the abort away since the last pass (`abortedAt` still stands).
    pub retried: bool,
    /// `promoteFull`: a human skips all that is left.
    pub promote_full: bool,
    /// `canary.weights`; with traffic routing only, once written.
    pub weights: Option<RoutedWeights>,
    /// Whether routes of header or mirror steps stand.
    pub routes_set: bool,
    /// `canaryService`; `None`: there is none.
    pub canary_service: Option<ServiceSeen>,
    /// `stableService`; `None`: there is none.
    pub stable_service: Option<ServiceSeen>,
}

/// Whether the steps have changed since the last pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepsSeen {
    /// They have not.
    Same,
    /// They have: the update begins anew.
    Changed,
}

/// What the router was last told, and of which sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutedWeights {
    /// The weights.
    pub weights: TrafficWeights,
    /// The set that was the canary then.
    pub canary: TemplateHash,
    /// The set that was stable then.
    pub stable: TemplateHash,
}

/// A Service of the Rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceSeen {
    /// The set that its selector names; `None`: it has no hash yet.
    pub selector: Option<TemplateHash>,
    /// Whether the controller has switched it before (annotation `managed-by-rollouts`).
    pub managed: bool,
}

/// How the two analyses stand; `None`: there is no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AnalysesSeen {
    /// The background run.
    pub background: Option<RunPhase>,
    /// The step's run.
    pub step: Option<StepRun>,
}

/// The run of an analysis step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRun {
    /// The step that it was started for (index).
    pub step: u32,
    /// Its phase.
    pub phase: RunPhase,
}

/// The current experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExperimentSeen {
    /// Its phase.
    pub phase: RunPhase,
    /// The traffic that its templates ask for (parts of the maximum weight), in all.
    pub weight: u32,
}

/// Everything that one pass looks at.
#[derive(Debug, Clone, Copy)]
pub struct CanaryView<'a> {
    /// The Rollout's spec.
    pub rollout: &'a RolloutSpec,
    /// Its strategy.
    pub spec: &'a CanarySpec,
    /// Its status as last written.
    pub status: CanaryRunStatus,
    /// Its sets.
    pub sets: Sets<'a>,
    /// Its analyses.
    pub analysis: AnalysesSeen,
    /// Its experiment; `None`: there is no current one.
    pub experiment: Option<ExperimentSeen>,
    /// Pods that the restarter has evicted in this pass; any end it (see [`super::runs_restarter`]).
    pub pods_restarted: u32,
}

impl CanaryView<'_> {
    /// Whether a human or an analysis without a verdict holds the sizes (upstream's `haltProgress`).
    pub const fn is_halted(&self) -> bool {
        self.rollout.paused || self.status.inconclusive
    }
    /// Whether the present template is the stable one (upstream's `IsFullyPromoted`).
    pub fn is_fully_promoted(&self) -> bool {
        self.status.stable == Some(self.status.current)
    }
    /// Whether it is aborted; a fully promoted one is not, whatever was written (upstream's
    /// `newRolloutContext`).
    pub fn is_aborted(&self) -> bool {
        self.status.abort && !self.is_fully_promoted()
    }
    /// Where the update stands.
    pub fn stage(&self) -> Stage {
        match self.status.stable {
            None => Stage::InitialDeploy,
            Some(stable) if stable == self.status.current => Stage::Stable,
            Some(_) => Stage::Updating,
        }
    }
    /// The status as sizes and weights look at it.
    pub fn canary_status(&self) -> CanaryStatus {
        CanaryStatus {
            stage: self.stage(),
            step_index: self.status.step_index,
            abort: self.status.abort,
            promote_full: self.status.promote_full,
            weights: self.status.weights.map(|routed| routed.weights),
        }
    }
    /// The number of steps.
    pub fn steps(&self) -> u32 {
        u32::try_from(self.spec.steps.len()).expect("a manifest has fewer steps than bytes")
    }
    /// The present step and its index, if there is one.
    pub fn step(&self) -> Option<(u32, Step)> {
        let step = current_step(self.spec, &self.canary_status())?;
        Some((self.status.step_index.unwrap_or(0), step))
    }
    /// Whether any pause stands (upstream's `pauseConditions`).
    pub const fn has_pause(&self) -> bool {
        let status = &self.status;
        let step = matches!(status.pause, ControllerPause::Since(_));
        step || status.inconclusive || status.inconclusive_experiment
    }
    /// The pause as a pause step sees it: upstream keeps one flag (`controllerPause`) for pauses of
    /// every reason, so that a pause for want of a verdict looks like a step's pause that was ended.
    pub const fn step_pause(&self) -> ControllerPause {
        match self.status.pause {
            ControllerPause::None if self.has_pause() => ControllerPause::Resumed,
            pause => pause,
        }
    }
}

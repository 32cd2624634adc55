//! What a blue-green pass sees.

use super::super::analysis::Phase as RunPhase;
use super::super::{BlueGreenSpec, ControllerPause, Phase, RolloutSpec, Sets, TemplateHash};

/// Status of a blue-green Rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlueGreenStatus {
    /// `currentPodHash`: the template of the last pass.
    pub current: TemplateHash,
    /// `stableRS`; `None`: nothing was ever promoted.
    pub stable: Option<TemplateHash>,
    /// `blueGreen.activeSelector`: where users go; `None`: the Service was never switched.
    pub active: Option<TemplateHash>,
    /// `blueGreen.scaleUpPreviewCheckPoint`: the preview was judged, the rest may come up.
    pub checkpoint: bool,
    /// The controller's own pause.
    pub pause: ControllerPause,
    /// Whether it is paused for an analysis without a verdict.
    pub inconclusive: bool,
    /// `abort`.
    pub abort: bool,
    /// Whether a human has taken the abort away since the last pass (`abortedAt` still stands).
    pub retried: bool,
    /// `promoteFull`: a human skips all that is left.
    pub promote_full: bool,
}

/// How the two analyses stand; `None`: there is no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AnalysisSeen {
    /// The pre-promotion run.
    pub pre: Option<RunPhase>,
    /// The post-promotion run.
    pub post: Option<RunPhase>,
}

/// Everything that one pass looks at.
#[derive(Debug, Clone, Copy)]
pub struct BlueGreenView<'a> {
    /// The Rollout's spec.
    pub rollout: &'a RolloutSpec,
    /// Its strategy.
    pub spec: &'a BlueGreenSpec,
    /// Its status as last written.
    pub status: BlueGreenStatus,
    /// Its sets.
    pub sets: Sets<'a>,
    /// Its analyses.
    pub analysis: AnalysisSeen,
}

impl BlueGreenView<'_> {
    /// Whether a human or an analysis without a verdict holds everything (upstream's `haltProgress`).
    pub const fn is_halted(&self) -> bool {
        self.rollout.paused || self.status.inconclusive
    }
    /// Whether the controller, a human or an analysis has paused it.
    pub const fn is_paused(&self) -> bool {
        self.is_halted() || matches!(self.status.pause, ControllerPause::Since(_))
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
    /// The pause as an analysis sees it: upstream keeps one flag (`controllerPause`) for pauses of
    /// either reason.
    pub const fn analysis_pause(&self) -> ControllerPause {
        match self.status.pause {
            ControllerPause::None if self.status.inconclusive => ControllerPause::Resumed,
            pause => pause,
        }
    }
}

/// The phase of what was seen, for one strategy alone and without conditions: a missed progress
/// deadline is Degraded too. The full rule is that of [`crate::control::argo_rollouts::progress`].
pub fn phase(seen: &BlueGreenView<'_>) -> Phase {
    let status = &seen.status;
    let done = Some(status.current) == status.stable && status.active == status.stable;
    let replicas = seen.rollout.replicas;
    let saturated = seen.sets.new.is_some_and(|new| new.is_saturated(replicas));
    match () {
        () if status.abort => Phase::Degraded,
        () if seen.is_paused() => Phase::Paused,
        () if done && saturated => Phase::Healthy,
        () => Phase::Progressing,
    }
}

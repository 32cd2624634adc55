//! What an Experiment asks for.

use crate::units::SimDuration;

/// `progressDeadlineSeconds` unless written; a Rollout's step hands its own down.
pub const PROGRESS_DEADLINE: SimDuration = SimDuration::from_secs(600);

/// `scaleDownDelaySeconds` unless written.
pub const SCALE_DOWN_DELAY: SimDuration = SimDuration::from_secs(30);

/// An Experiment's spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExperimentSpec {
    /// Size of each template's set (pods); default 1.
    pub templates: Vec<u32>,
    /// Its analyses.
    pub analyses: Vec<Completion>,
    /// `duration`, from the moment when all sets are available; `None`: until its analyses end it.
    pub duration: Option<SimDuration>,
    /// `progressDeadlineSeconds`; default [`PROGRESS_DEADLINE`].
    pub progress_deadline: SimDuration,
    /// `scaleDownDelaySeconds`; default [`SCALE_DOWN_DELAY`].
    pub scale_down_delay: SimDuration,
    /// `terminate`: somebody ends it.
    pub terminate: bool,
}

/// Whether an analysis' success ends the experiment (`requiredForCompletion`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Completion {
    /// It does not.
    #[default]
    Optional,
    /// It does, once all such analyses have succeeded.
    Required,
}

//! What a pass over an Experiment sees.

use super::super::analysis::Phase;
use super::{Completion, ExperimentSpec};
use crate::units::SimTime;

/// State of a template, from best to worst: the worst speaks for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TemplateState {
    /// It ran as long as it should.
    Successful,
    /// All its pods are available.
    Running,
    /// Its pods come up, or have fallen.
    Progressing,
    /// Its set could not be made.
    Error,
    /// Its pods were not available in time.
    Failed,
}

impl TemplateState {
    /// Whether it is final.
    pub const fn is_completed(self) -> bool {
        matches!(self, Self::Successful | Self::Error | Self::Failed)
    }
}

/// Pods of a template's set, as its status counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TemplateCounts {
    /// Created pods.
    pub replicas: u32,
    /// Ready pods.
    pub ready: u32,
    /// Available pods.
    pub available: u32,
}

/// Status of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TemplateStatus {
    /// Its state; `None`: not looked at yet.
    pub state: Option<TemplateState>,
    /// Its pods at the last pass.
    pub counts: TemplateCounts,
    /// `lastTransitionTime`: when its size or its counts last changed, a whole second.
    pub last_transition: Option<SimTime>,
}

/// The set of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateSet {
    /// `spec.replicas` (pods).
    pub spec: u32,
    /// Its pods.
    pub counts: TemplateCounts,
    /// Annotation `scale-down-deadline`, a whole second.
    pub scale_down_deadline: Option<SimTime>,
}

/// Status of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AnalysisStatus {
    /// Whether its run was created.
    pub started: bool,
    /// Its phase as last taken over; `None`: nothing yet.
    pub phase: Option<Phase>,
}

/// Status of an Experiment, as last written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExperimentStatus {
    /// Its phase; `None`: never looked at.
    pub phase: Option<Phase>,
    /// `availableAt`: when all sets were first available, a whole second.
    pub available_at: Option<SimTime>,
    /// Its templates, as many as the spec has (missing ones are new).
    pub templates: Vec<TemplateStatus>,
    /// Its analyses, as many as the spec has (missing ones are new).
    pub analyses: Vec<AnalysisStatus>,
}

/// Everything that one pass looks at.
#[derive(Debug, Clone, Copy)]
pub struct ExperimentView<'a> {
    /// Its spec.
    pub spec: &'a ExperimentSpec,
    /// Its status as last written.
    pub status: &'a ExperimentStatus,
    /// The sets of its templates; `None`: not created.
    pub sets: &'a [Option<TemplateSet>],
    /// The phases of its analyses' runs; `None`: there is no run.
    pub runs: &'a [Option<Phase>],
}

impl ExperimentStatus {
    /// Whether it is over.
    pub fn is_finished(&self) -> bool {
        self.phase.is_some_and(Phase::is_completed)
    }

    /// Whether every analysis that is required has succeeded, and there is one.
    pub fn required_succeeded(&self, spec: &ExperimentSpec) -> bool {
        let is_required = |completion: &Completion| *completion == Completion::Required;
        let required = |(index, _): &(usize, &Completion)| is_required(&spec.analyses[*index]);
        let mut required = spec.analyses.iter().enumerate().filter(required).peekable();
        let phase = |index: usize| self.analyses.get(index).and_then(|analysis| analysis.phase);
        required.peek().is_some()
            && required.all(|(index, _)| phase(index) == Some(Phase::Successful))
    }

    /// Whether it is on its way out (upstream's `IsTerminating`): told so, over, a template or an
    /// analysis has gone wrong, or all required analyses have succeeded.
    pub fn is_terminating(&self, spec: &ExperimentSpec) -> bool {
        let lost = |template: &TemplateStatus| {
            matches!(
                template.state,
                Some(TemplateState::Error | TemplateState::Failed)
            )
        };
        let bad = |analysis: &AnalysisStatus| analysis.phase.is_some_and(Phase::is_bad);
        spec.terminate
            || self.is_finished()
            || self.templates.iter().any(lost)
            || self.analyses.iter().any(bad)
            || self.required_succeeded(spec)
    }

    /// Whether its duration is over, strictly; never without one.
    pub fn has_run_out(&self, spec: &ExperimentSpec, now: SimTime) -> bool {
        let end = self.available_at.zip(spec.duration);
        end.is_some_and(|(start, length)| now > start + length)
    }
}

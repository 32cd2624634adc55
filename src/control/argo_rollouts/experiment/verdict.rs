//! What templates and analyses come to.

use super::super::analysis::Phase;
use super::{Completion, ExperimentSpec, ExperimentStatus, TemplateState};

/// What the worst template says (upstream's `assessTemplates`).
pub fn assess_templates(status: &ExperimentStatus) -> Phase {
    let states = status.templates.iter();
    let states = states.map(|template| template.state.unwrap_or(TemplateState::Progressing));
    match states.max().unwrap_or(TemplateState::Successful) {
        TemplateState::Successful => Phase::Successful,
        TemplateState::Running => Phase::Running,
        TemplateState::Progressing => Phase::Pending,
        TemplateState::Error => Phase::Error,
        TemplateState::Failed => Phase::Failed,
    }
}

/// What the worst analysis says (upstream's `assessAnalysisRuns`); without any, all is well.
///
/// An analysis that is not required and still runs when the required ones have succeeded keeps the
/// experiment running for ever: it is terminated, but its phase is no longer taken over (upstream's
/// quirk, read in its code).
pub fn assess_analyses(status: &ExperimentStatus) -> Phase {
    let phases = status.analyses.iter().filter_map(|analysis| analysis.phase);
    match phases.fold(Phase::Successful, Phase::max) {
        Phase::Pending => Phase::Running,
        worst => worst,
    }
}

/// The phase after a pass that has brought templates and analyses up to date (upstream's
/// `calculateStatus`): a template that has gone wrong decides; else an analysis that has; else the
/// required analyses; else it lasts as long as its templates, and ends as its analyses do.
pub fn next_phase(spec: &ExperimentSpec, status: &ExperimentStatus) -> Phase {
    let templates = assess_templates(status);
    let analyses = assess_analyses(status);
    let required = spec.analyses.contains(&Completion::Required);
    match templates {
        Phase::Successful if analyses.is_completed() || required => analyses,
        phase if phase.is_completed() => phase,
        _ if analyses.is_completed() && analyses != Phase::Successful => analyses,
        _ if status.required_succeeded(spec) => analyses,
        phase => phase,
    }
}

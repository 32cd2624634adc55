//! The spec that decisions need, out of an experiment step as it is written.

use super::{Completion, ExperimentSpec, SCALE_DOWN_DELAY};
use crate::manifest::argo::{Experiment, ExperimentAnalysis};
use crate::units::SimDuration;

impl ExperimentSpec {
    /// Of a step of a Rollout, which hands its progress deadline down (upstream's
    /// `GetExperimentFromTemplate`).
    pub fn of_step(written: &Experiment, progress_deadline: SimDuration) -> Self {
        let completion = |analysis: &ExperimentAnalysis| match analysis.required_for_completion {
            true => Completion::Required,
            false => Completion::Optional,
        };
        let templates = written.templates.iter();
        Self {
            templates: templates.map(|template| template.replicas).collect(),
            analyses: written.analyses.iter().map(completion).collect(),
            duration: written.duration,
            progress_deadline,
            scale_down_delay: written.scale_down_delay.unwrap_or(SCALE_DOWN_DELAY),
            terminate: false,
        }
    }
}

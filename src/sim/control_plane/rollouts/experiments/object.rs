//! Experiments in the store.

use super::write::ExperimentWrite;
use crate::cluster::AntiAffinityTerm;
use crate::control::argo_rollouts::analysis::{Phase, RunEnd};
use crate::control::argo_rollouts::canary::ExperimentSeen;
use crate::control::argo_rollouts::experiment::{
    ExperimentSpec, ExperimentStatus, TemplateState, TemplateStatus,
};
use crate::ids::{AnalysisRunId, ReplicaSetId, WorkloadId};
use crate::manifest::argo::AnalysisRef;
use crate::sim::control_plane::work::Work;
use crate::units::SimTime;

/// An Experiment. Times inside are of the wall clock, if nothing else is said.
#[derive(Debug)]
pub(in crate::sim::control_plane) struct Experiment {
    pub(super) owner: WorkloadId,
    /// The step that it was started for (index).
    pub(super) step: u32,
    pub(super) spec: ExperimentSpec,
    pub(super) templates: Vec<Template>,
    pub(super) analyses: Vec<AskedAnalysis>,
    /// The set of each template, once it is there.
    pub(super) sets: Vec<Option<ReplicaSetId>>,
    /// The run of each analysis, once it is there.
    pub(super) runs: Vec<Option<AnalysisRunId>>,
    pub(super) status: ExperimentStatus,
    /// What the Rollout controller knows of it.
    pub(super) seen: Phase,
    /// When its last write reaches the watchers, in time of the world.
    pub(super) last_seen_at: SimTime,
    pub(super) work: Work<ExperimentWrite>,
}

/// A template, as the experiment has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template {
    pub(super) name: String,
    /// Hash of its pods' template.
    pub(super) hash: u64,
    /// The revision that its pods are of.
    pub(super) revision: i64,
    /// What its pods avoid: as the set that it refers to has it.
    pub(super) anti_affinity: Option<AntiAffinityTerm>,
    /// Traffic that it asks for (parts of the maximum weight).
    pub(super) weight: u32,
}

/// An analysis, as the experiment has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AskedAnalysis {
    pub(super) asked: AnalysisRef,
    /// As its Rollout gives them: hashes of the experiment's own sets are still to be filled in.
    pub(super) arguments: Vec<(String, String)>,
    pub(super) end: RunEnd,
}

impl Experiment {
    /// One that has just been created.
    pub(super) fn new(
        (owner, step): (WorkloadId, u32),
        spec: ExperimentSpec,
        templates: Vec<Template>,
        analyses: Vec<AskedAnalysis>,
    ) -> Self {
        Self {
            owner,
            step,
            spec,
            sets: vec![None; templates.len()],
            runs: vec![None; analyses.len()],
            templates,
            analyses,
            status: ExperimentStatus::default(),
            seen: Phase::Pending,
            last_seen_at: SimTime::ZERO,
            work: Work::default(),
        }
    }

    pub(in crate::sim::control_plane) fn is_of(&self, workload: WorkloadId) -> bool {
        self.owner == workload
    }

    /// Whether another one asks for the same, and this one goes on: a controller that has lost sight of
    /// it takes it up again (upstream's `createExperimentWithCollisionHandling`).
    pub(super) fn serves_as(&self, other: &Self) -> bool {
        let same = (self.owner, self.step, &self.spec) == (other.owner, other.step, &other.spec);
        same && self.templates == other.templates
            && self.analyses == other.analyses
            && !self.status.is_finished()
    }

    /// How its Rollout sees it.
    pub(in crate::sim::control_plane::rollouts) fn as_seen(&self) -> ExperimentSeen {
        ExperimentSeen {
            phase: self.seen,
            weight: self.templates.iter().map(|template| template.weight).sum(),
        }
    }

    /// Whether it is worth telling it to end.
    pub(in crate::sim::control_plane::rollouts) fn is_wanted(&self) -> bool {
        !self.seen.is_completed() && !self.spec.terminate
    }

    /// In words, if it ended badly for its pods.
    pub(in crate::sim::control_plane::rollouts) fn verdict(&self) -> Option<String> {
        let lost = |status: &TemplateStatus| status.state == Some(TemplateState::Failed);
        let template = self.status.templates.iter().position(lost)?;
        Some(format!(
            "experiment of step {}: pods of template `{}` were not available in time",
            self.step + 1,
            self.templates[template].name
        ))
    }
}

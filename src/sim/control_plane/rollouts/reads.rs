//! What hosts may read of Rollouts: the objects as written.

use super::analysis::AnalysisRun;
use super::experiments::Experiment;
use super::object::{RolloutServices, RolloutStatus};
use crate::ids::WorkloadId;
use crate::manifest::Rollout;
use crate::sim::control_plane::ControlPlane;

impl ControlPlane {
    /// The status of a Rollout, as written.
    ///
    /// # Panics
    /// If there is no such Rollout.
    pub fn rollout(&self, id: WorkloadId) -> RolloutStatus {
        self.rollout_object(id).status
    }
    /// A Rollout as it was last applied.
    pub fn rollout_manifest(&self, id: WorkloadId) -> &Rollout {
        &self.plans[self.rollout_object(id).spec.plan].rollout
    }
    /// The Services that a Rollout switches.
    pub fn rollout_services(&self, id: WorkloadId) -> RolloutServices {
        self.plans[self.rollout_object(id).spec.plan].services
    }
    /// The hash of the template that a workload asks for.
    pub fn wanted_template(&self, id: WorkloadId) -> u64 {
        match self.is_rollout(id) {
            true => self.templates[self.rollout_object(id).spec.template].hash,
            false => self.deployment(id).spec.template_hash,
        }
    }
    /// `spec.replicas` of a Rollout.
    pub fn wanted_replicas(&self, id: WorkloadId) -> u32 {
        self.plans[self.rollout_object(id).spec.plan].spec.replicas
    }
    /// Names of the metrics of every analysis run there ever was.
    pub fn metric_names(&self) -> Vec<Vec<String>> {
        self.analyses
            .iter()
            .map(AnalysisRun::metric_names)
            .collect()
    }
    /// Why the last of a workload's analyses that ended badly did so, or else the last of its
    /// experiments; empty if none did.
    pub fn analysis_verdict(&self, id: WorkloadId) -> String {
        let runs = self.analyses.iter().rev().filter(|run| run.is_of(id));
        let experiments = self.experiments.iter().rev().filter(|it| it.is_of(id));
        runs.filter_map(AnalysisRun::verdict)
            .chain(experiments.filter_map(Experiment::verdict))
            .next()
            .unwrap_or_default()
    }
}

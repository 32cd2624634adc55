//! Making and ending analysis runs, and pointing Services.

use super::analysis::{AnalysisRun, Metric};
use super::write::RolloutWrite;
use crate::control::argo_rollouts::analysis::{
    Condition, HashNames, MetricRole, MetricSpec, ResolvedMetric, RunEnd, RunRequest,
    given_arguments, resolve,
};
use crate::facts::AnalysisStage;
use crate::ids::{AnalysisRunId, ReplicaSetId, ServiceId, WorkloadId};
use crate::manifest::argo::{AnalysisRef, CanaryStep, RolloutStrategy};
use crate::manifest::{Rollout, hash_label};
use crate::sim::control_plane::ControlPlane;

impl ControlPlane {
    /// The run that a Rollout asks for at a stage. One whose templates cannot be resolved is an error
    /// at once.
    pub(super) fn make_run(&self, id: WorkloadId, stage: AnalysisStage) -> AnalysisRun {
        let object = self.rollout_object(id);
        let rollout = &self.plans[object.spec.plan].rollout;
        let Some(asked) = analysis_at(rollout, stage) else {
            let why = "no analysis is configured".to_owned();
            return AnalysisRun::broken(id, stage, why);
        };
        let arguments = self.arguments_of(id, asked);
        let end = match stage {
            AnalysisStage::Background => RunEnd::WhenTold,
            _ => RunEnd::ByItself,
        };
        self.run_of((id, stage), (asked, end), &arguments)
    }

    /// The arguments that a Rollout gives to an analysis.
    pub(super) fn arguments_of(
        &self,
        id: WorkloadId,
        asked: &AnalysisRef,
    ) -> Vec<(String, String)> {
        let object = self.rollout_object(id);
        let latest = hash_label(self.templates[object.spec.template].hash);
        let stable = self.stable_label(id).unwrap_or_else(|| latest.clone());
        let hashes = HashNames {
            latest: &latest,
            stable: &stable,
        };
        given_arguments(&asked.args, hashes)
    }

    /// The run of an analysis with these arguments.
    pub(super) fn run_of(
        &self,
        (id, stage): (WorkloadId, AnalysisStage),
        (asked, end): (&AnalysisRef, RunEnd),
        arguments: &[(String, String)],
    ) -> AnalysisRun {
        let namespace = &self.names[id.index()].0;
        let request = RunRequest::of(asked, namespace, arguments, end);
        let made = resolve(&request, &self.analysis_templates)
            .map_err(|errors| errors[0].to_string())
            .and_then(|metrics| metrics.into_iter().map(metric).collect());
        match made {
            Ok(metrics) => AnalysisRun::new(id, stage, metrics),
            Err(why) => AnalysisRun::broken(id, stage, why),
        }
    }

    fn stable_label(&self, id: WorkloadId) -> Option<String> {
        let object = self.rollout_object(id);
        let stable = object.status.strategy.stable()?;
        let hashes = self.own_sets(id).map(|set| self.template_of(set).hash);
        let known =
            hashes.map(|hash| (hash, crate::control::argo_rollouts::TemplateHash::new(hash)));
        known
            .filter(|(_, known)| *known == stable)
            .map(|(hash, _)| hash_label(hash))
            .next()
    }

    /// Ends those of some runs that are not over.
    pub(super) fn endings(&self, runs: impl Iterator<Item = AnalysisRunId>) -> Vec<RolloutWrite> {
        let going = runs.filter(|run| !self.analyses[run.index()].seen.is_completed());
        going.map(RolloutWrite::End).collect()
    }

    /// Points a Service at a set, unless there is none or it points there.
    pub(super) fn pointing(
        &self,
        service: Option<ServiceId>,
        set: ReplicaSetId,
    ) -> Option<RolloutWrite> {
        let service = service?;
        let there = self.pointed.get(service.index()).copied().flatten();
        let template = self.template_of(set).hash;
        (there != Some(template)).then_some(RolloutWrite::Point(service, set))
    }
}

/// The analysis that a Rollout asks for at a stage.
fn analysis_at(rollout: &Rollout, stage: AnalysisStage) -> Option<&AnalysisRef> {
    match (&rollout.strategy, stage) {
        (RolloutStrategy::BlueGreen(strategy), AnalysisStage::PrePromotion) => {
            strategy.pre_promotion.as_ref()
        }
        (RolloutStrategy::BlueGreen(strategy), AnalysisStage::PostPromotion) => {
            strategy.post_promotion.as_ref()
        }
        (RolloutStrategy::Canary(canary), AnalysisStage::Background) => {
            canary.analysis.as_ref().map(|one| &one.analysis)
        }
        (RolloutStrategy::Canary(canary), AnalysisStage::Step(index)) => {
            match canary.steps.get(usize::from(index)) {
                Some(CanaryStep::Analysis(analysis)) => Some(analysis),
                _ => None,
            }
        }
        _ => None,
    }
}

type Made = (Metric, MetricSpec, MetricRole);

fn metric(resolved: ResolvedMetric) -> Result<Made, String> {
    let read = |text: &Option<String>| {
        let text = text.as_deref().filter(|text| !text.is_empty());
        text.map(Condition::new).transpose()
    };
    let name = &resolved.name;
    let wrong = |what: &str, error: String| format!("{what} of metric `{name}`: {error}");
    let metric = Metric {
        query: resolved
            .query
            .parse()
            .map_err(|error: crate::telemetry::promql::QueryError| {
                wrong("query", error.to_string())
            })?,
        success: read(&resolved.success).map_err(|e| wrong("successCondition", e.to_string()))?,
        failure: read(&resolved.failure).map_err(|e| wrong("failureCondition", e.to_string()))?,
        condition: resolved.success.or(resolved.failure).unwrap_or_default(),
        name: resolved.name,
    };
    Ok((metric, resolved.spec, resolved.role))
}

//! Starting and ending experiments.

use super::object::{AskedAnalysis, Experiment, Template};
use crate::control::argo_rollouts::TemplateHash;
use crate::control::argo_rollouts::analysis::RunEnd;
use crate::control::argo_rollouts::experiment::{ExperimentSpec, experiment_hash};
use crate::facts::Happening;
use crate::ids::{ExperimentId, ReplicaSetId, WorkloadId};
use crate::manifest::argo::{
    self, CanaryStep, ExperimentAnalysis, ExperimentTemplate, RolloutStrategy, SpecRef,
};
use crate::manifest::{PodTemplate, Rollout};
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::{ControlEvent, Outbox};
use crate::sim::control_plane::rollouts::write::RolloutWrite;
use crate::units::SimTime;

/// The sets that templates of an experiment refer to.
#[derive(Debug, Clone, Copy)]
struct Referred {
    stable: ReplicaSetId,
    canary: ReplicaSetId,
}

impl ControlPlane {
    /// An experiment exists: its controller will hear of it. None starts where the Rollout has changed
    /// since it was planned.
    pub(in crate::sim::control_plane::rollouts) fn start_experiment(
        &mut self,
        now: SimTime,
        (owner, step): (WorkloadId, u32),
        out: &mut Outbox,
    ) -> Option<ExperimentId> {
        let new = self.make_experiment(owner, step)?;
        let known = self.experiments.iter().position(|it| it.serves_as(&new));
        let id = ExperimentId::new(known.unwrap_or(self.experiments.len()) as u32);
        if known.is_none() {
            self.experiments.push(new);
            out.happenings
                .push(Happening::ExperimentStarted(owner, step));
            let at = now + self.draw(|config| config.watch);
            out.schedule(at, ControlEvent::WakeExperiment(id));
        }
        Some(id)
    }

    fn make_experiment(&mut self, owner: WorkloadId, step: u32) -> Option<Experiment> {
        let plan = self.rollout_object(owner).spec.plan;
        let rollout = self.plans[plan].rollout.clone();
        let written = step_of(&rollout, step)?;
        let sets = self.referred(owner)?;
        let templates = written.templates.iter();
        let templates = templates.map(|template| self.template_for(template, sets));
        let templates = templates.collect();
        let analyses = written.analyses.iter();
        let analyses = analyses.map(|analysis| self.analysis_for(owner, analysis));
        let analyses = analyses.collect();
        let spec = ExperimentSpec::of_step(written, rollout.progress_deadline);
        Some(Experiment::new((owner, step), spec, templates, analyses))
    }

    fn referred(&self, owner: WorkloadId) -> Option<Referred> {
        let object = self.rollout_object(owner);
        let stable = object.status.strategy.stable()?;
        let canary = TemplateHash::new(self.templates[object.spec.template].hash);
        Some(Referred {
            stable: self.set_of_template(owner, stable)?,
            canary: self.set_of_template(owner, canary)?,
        })
    }

    /// Keeps the template of its pods: what it refers to, under a hash of its own.
    fn template_for(&mut self, written: &ExperimentTemplate, sets: Referred) -> Template {
        let set = match written.spec_ref {
            SpecRef::Stable => sets.stable,
            SpecRef::Canary => sets.canary,
        };
        let template = self.template_of(set);
        let own = PodTemplate {
            hash: experiment_hash(template.hash),
            ..template.clone()
        };
        self.keep_template(&own);
        let stored = self.replica_sets.get(set.index());
        let object = stored.map(|stored| stored.object);
        let revision = object.and_then(|object| object.view.revision.number());
        Template {
            name: written.name.clone(),
            hash: own.hash,
            revision: revision.unwrap_or(0),
            anti_affinity: object.and_then(|object| object.anti_affinity),
            weight: written.weight.unwrap_or(0),
        }
    }

    fn analysis_for(&self, owner: WorkloadId, written: &ExperimentAnalysis) -> AskedAnalysis {
        AskedAnalysis {
            asked: written.analysis.clone(),
            arguments: self.arguments_of(owner, &written.analysis),
            end: match written.required_for_completion {
                true => RunEnd::ByItself,
                false => RunEnd::WhenTold,
            },
        }
    }

    /// Ends an experiment that is not over.
    pub(in crate::sim::control_plane::rollouts) fn ending_of_experiment(
        &self,
        experiment: Option<ExperimentId>,
    ) -> Option<RolloutWrite> {
        let wanted = experiment.filter(|id| self.experiments[id.index()].is_wanted());
        wanted.map(RolloutWrite::EndExperiment)
    }

    /// Tells an experiment to end.
    pub(in crate::sim::control_plane::rollouts) fn end_experiment(
        &mut self,
        now: SimTime,
        id: ExperimentId,
        out: &mut Outbox,
    ) {
        self.experiments[id.index()].spec.terminate = true;
        let at = now + self.draw(|config| config.watch);
        out.schedule(at, ControlEvent::WakeExperiment(id));
    }
}

fn step_of(rollout: &Rollout, step: u32) -> Option<&argo::Experiment> {
    match &rollout.strategy {
        RolloutStrategy::Canary(canary) => match canary.steps.get(step as usize) {
            Some(CanaryStep::Experiment(experiment)) => Some(experiment),
            _ => None,
        },
        RolloutStrategy::BlueGreen(_) => None,
    }
}

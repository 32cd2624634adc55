//! The writes of a pass over an experiment, as they land.

use crate::api::Part;
use crate::control::argo_rollouts::analysis::Phase;
use crate::control::argo_rollouts::experiment::{Action, ExperimentStatus, fill_arguments};
use crate::facts::{AnalysisStage, Happening};
use crate::ids::{ExperimentId, ReplicaSetId};
use crate::manifest::hash_label;
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::{ControlEvent, Outbox};
use crate::sim::control_plane::rollouts::analysis::AnalysisRun;
use crate::sim::control_plane::rollouts::taken::judgement;
use crate::units::SimTime;

/// A write that is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ExperimentWrite {
    /// What the pass has decided.
    Act(Action),
    /// The status at its end.
    Status(ExperimentStatus),
}

impl ControlPlane {
    pub(in crate::sim::control_plane) fn write_experiment(
        &mut self,
        now: SimTime,
        id: ExperimentId,
        out: &mut Outbox,
    ) {
        match self.experiments[id.index()].work.writes.pop_front() {
            Some(ExperimentWrite::Act(action)) => self.act(now, id, action, out),
            Some(ExperimentWrite::Status(status)) => {
                self.write_experiment_status(now, id, status, out);
            }
            None => {}
        }
        self.step_experiment(now, id, out);
    }

    fn act(&mut self, now: SimTime, id: ExperimentId, action: Action, out: &mut Outbox) {
        match action {
            Action::CreateSet(index) => self.create_template_set(now, (id, index), out),
            Action::SetDeadline(index, at) => {
                self.mark_template_set(now, self.set_numbered(id, index), Some(at), out);
            }
            Action::ClearDeadline(index) => {
                self.mark_template_set(now, self.set_numbered(id, index), None, out);
            }
            Action::Resize(index, size) => {
                self.resize_template_set(now, self.set_numbered(id, index), size, out);
            }
            Action::StartAnalysis(index) => {
                let run = self.experiment_run(id, index);
                let run = self.add_analysis(now, run, out);
                self.experiments[id.index()].runs[index] = Some(run);
            }
            Action::TerminateAnalysis(index) => {
                if let Some(run) = self.experiments[id.index()].runs[index] {
                    self.terminate_analysis(now, run, out);
                }
            }
        }
    }

    fn set_numbered(&self, id: ExperimentId, template: usize) -> ReplicaSetId {
        let set = self.experiments[id.index()].sets[template];
        set.expect("decisions change sets that they were shown")
    }

    fn mark_template_set(
        &mut self,
        now: SimTime,
        set: ReplicaSetId,
        deadline: Option<SimTime>,
        out: &mut Outbox,
    ) {
        self.edit_set(now, set, Part::Metadata, out, |object| {
            object.scale_down_deadline = deadline;
        });
    }

    /// The run of an analysis; one whose arguments cannot be filled in is an error at once.
    fn experiment_run(&self, id: ExperimentId, index: usize) -> AnalysisRun {
        let experiment = &self.experiments[id.index()];
        let labels = experiment.templates.iter();
        let labels = labels.map(|template| (template.name.as_str(), hash_label(template.hash)));
        let labels: Vec<_> = labels.collect();
        let hashes: Vec<_> = labels
            .iter()
            .map(|(name, label)| (*name, label.as_str()))
            .collect();
        let analysis = &experiment.analyses[index];
        let stage = (experiment.owner, AnalysisStage::Experiment);
        let mut run = match fill_arguments(&analysis.arguments, &hashes) {
            Ok(arguments) => self.run_of(stage, (&analysis.asked, analysis.end), &arguments),
            Err(why) => AnalysisRun::broken(stage.0, stage.1, why),
        };
        run.experiment = Some(id);
        run
    }

    fn write_experiment_status(
        &mut self,
        now: SimTime,
        id: ExperimentId,
        status: ExperimentStatus,
        out: &mut Outbox,
    ) {
        let watch = self.draw(|config| config.watch);
        let experiment = &mut self.experiments[id.index()];
        let phase = status.phase.unwrap_or(Phase::Pending);
        if phase.is_completed() && !experiment.status.is_finished() {
            let ended = Happening::ExperimentEnded(experiment.owner, judgement(phase));
            out.happenings.push(ended);
        }
        experiment.status = status;
        // Watchers see writes in the order in which they were made.
        experiment.last_seen_at = experiment.last_seen_at.max(now + watch);
        let at = experiment.last_seen_at;
        out.schedule(at, ControlEvent::ExperimentSeen(id, phase));
    }
}

//! The place of an experiment in its controller's queue, and its passes.

use super::write::ExperimentWrite;
use crate::control::argo_rollouts::analysis::Phase;
use crate::control::argo_rollouts::experiment::{Action, ExperimentView, Pass, reconcile};
use crate::ids::ExperimentId;
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::{ControlEvent, Controller, Outbox};
use crate::units::SimTime;

impl ControlPlane {
    pub(in crate::sim::control_plane) fn wake_experiment(
        &mut self,
        now: SimTime,
        id: ExperimentId,
        out: &mut Outbox,
    ) {
        if self.experiments[id.index()].work.wake() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncExperiment(id));
        }
    }

    pub(in crate::sim::control_plane) fn experiment_timer(
        &mut self,
        now: SimTime,
        id: ExperimentId,
        out: &mut Outbox,
    ) {
        if self.experiments[id.index()].work.timer_fires(now) {
            self.wake_experiment(now, id, out);
        }
    }

    pub(in crate::sim::control_plane) fn sync_experiment(
        &mut self,
        now: SimTime,
        id: ExperimentId,
        out: &mut Outbox,
    ) {
        self.experiments[id.index()].work.start();
        let pass = self.experiment_pass(now, id);
        let actions = pass.actions.into_iter();
        let needed = actions.filter(|action| self.is_needed(id, *action));
        let mut writes: Vec<_> = needed.map(ExperimentWrite::Act).collect();
        if pass.status != self.experiments[id.index()].status {
            writes.push(ExperimentWrite::Status(pass.status));
        }
        if let Some(next) = pass.requeue {
            self.wake_experiment_at(self.instant(next).max(now), id, out);
        }
        self.experiments[id.index()].work.writes.extend(writes);
        self.step_experiment(now, id, out);
    }

    fn experiment_pass(&self, now: SimTime, id: ExperimentId) -> Pass {
        let experiment = &self.experiments[id.index()];
        let sets = experiment.sets.iter();
        let sets = sets.map(|set| self.template_set((*set)?));
        let runs = experiment.runs.iter();
        let runs = runs.map(|run| Some(self.analyses[(*run)?.index()].seen));
        let view = ExperimentView {
            spec: &experiment.spec,
            status: &experiment.status,
            sets: &sets.collect::<Vec<_>>(),
            runs: &runs.collect::<Vec<_>>(),
        };
        reconcile(&view, self.wall(now))
    }

    /// Whether an action is still to be done: a run is told to end once.
    fn is_needed(&self, id: ExperimentId, action: Action) -> bool {
        match action {
            Action::TerminateAnalysis(index) => {
                let run = self.experiments[id.index()].runs[index];
                run.is_some_and(|run| self.analyses[run.index()].is_wanted())
            }
            _ => true,
        }
    }

    fn wake_experiment_at(&mut self, at: SimTime, id: ExperimentId, out: &mut Outbox) {
        if self.experiments[id.index()].work.set_timer(at) {
            out.schedule(at, ControlEvent::ExperimentTimer(id));
        }
    }

    /// Lets the next write come, or ends the pass.
    pub(super) fn step_experiment(&mut self, now: SimTime, id: ExperimentId, out: &mut Outbox) {
        let work = &mut self.experiments[id.index()].work;
        if !work.writes.is_empty() {
            let at = self.landing(now, Controller::Rollout);
            out.schedule(at, ControlEvent::WriteExperiment(id));
        } else if work.finish() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncExperiment(id));
        }
    }

    /// A written status reaches the watchers: its Rollout, and the experiment controller itself.
    pub(in crate::sim::control_plane) fn experiment_seen(
        &mut self,
        now: SimTime,
        (id, phase): (ExperimentId, Phase),
        out: &mut Outbox,
    ) {
        let experiment = &mut self.experiments[id.index()];
        let owner = experiment.owner;
        let news = std::mem::replace(&mut experiment.seen, phase) != phase;
        self.wake_experiment(now, id, out);
        if news {
            self.wake_rollout(now, owner, out);
        }
    }
}

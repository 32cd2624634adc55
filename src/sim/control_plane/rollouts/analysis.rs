//! The analysis controller's hands: it measures when [`crate::control::argo_rollouts::analysis`] says
//! so, and judges what comes back (reference progressive-delivery.md §3).
//!
//! ```text
//! created ─watch→ sync ─questions→ (answers) ─→ judged ─write, watch→ seen by its Rollout
//!                  ▲                               │
//!                  └──────── interval, retry ──────┘
//! ```

use super::taken::{Taken, judgement};
use crate::control::argo_rollouts::analysis::{
    Condition, Measurement, MetricResult, MetricRole, MetricSpec, MetricTask, Phase, RunState,
    assess_run, due, next_reconcile,
};
use crate::control::replica_set::stamp;
use crate::facts::{AnalysisStage, Happening};
use crate::ids::{AnalysisRunId, ExperimentId, WorkloadId};
use crate::sim::control_plane::outbox::{ControlEvent, Controller, Outbox};
use crate::sim::control_plane::work::Work;
use crate::sim::control_plane::{ControlPlane, Question};
use crate::telemetry::promql::{Answer, Query};
use crate::units::SimTime;

/// One metric of a run.
#[derive(Debug, Clone)]
pub(super) struct Metric {
    pub(super) name: String,
    pub(super) query: Query,
    pub(super) success: Option<Condition>,
    pub(super) failure: Option<Condition>,
    /// Its condition as written, for the report.
    pub(super) condition: String,
}

/// What a query has come to, until the controller hears of it.
type Answered = Result<Answer, String>;

/// An AnalysisRun.
#[derive(Debug)]
pub(in crate::sim::control_plane) struct AnalysisRun {
    pub(super) owner: WorkloadId,
    pub(super) stage: AnalysisStage,
    /// The experiment that waits for it, and not the Rollout itself.
    pub(super) experiment: Option<ExperimentId>,
    pub(super) metrics: Vec<Metric>,
    results: Vec<(MetricSpec, MetricRole, MetricResult)>,
    answers: Vec<Option<Answered>>,
    started: Option<SimTime>,
    told: RunState,
    phase: Phase,
    /// What the Rollout controller knows of it.
    pub(super) seen: Phase,
    /// Why it ended badly, in words.
    pub(super) why: String,
    work: Work<()>,
}

impl AnalysisRun {
    pub(super) fn new(
        owner: WorkloadId,
        stage: AnalysisStage,
        metrics: Vec<(Metric, MetricSpec, MetricRole)>,
    ) -> Self {
        let results = metrics
            .iter()
            .map(|(_, spec, role)| (*spec, *role, MetricResult::default()));
        Self {
            owner,
            stage,
            experiment: None,
            results: results.collect(),
            answers: vec![None; metrics.len()],
            metrics: metrics.into_iter().map(|(metric, _, _)| metric).collect(),
            started: None,
            told: RunState::Going,
            phase: Phase::Pending,
            seen: Phase::Pending,
            why: String::new(),
            work: Work::default(),
        }
    }

    /// A run that was over before it began: its templates cannot be resolved.
    pub(super) fn broken(owner: WorkloadId, stage: AnalysisStage, why: String) -> Self {
        let mut run = Self::new(owner, stage, Vec::new());
        (run.phase, run.why) = (Phase::Error, why);
        run
    }

    pub(in crate::sim::control_plane) fn metric_names(&self) -> Vec<String> {
        self.metrics
            .iter()
            .map(|metric| metric.name.clone())
            .collect()
    }

    /// The step that it was started for (index).
    ///
    /// # Panics
    /// If it is not the analysis of a step.
    pub(super) fn step(&self) -> u32 {
        match self.stage {
            AnalysisStage::Step(index) => u32::from(index),
            _ => unreachable!("only the analysis of a step is a step's"),
        }
    }

    pub(in crate::sim::control_plane) fn is_of(&self, workload: WorkloadId) -> bool {
        self.owner == workload
    }

    /// Whether nobody has told it to end.
    pub(super) fn is_wanted(&self) -> bool {
        self.told == RunState::Going
    }

    /// In words, if it ended badly.
    pub(in crate::sim::control_plane) fn verdict(&self) -> Option<String> {
        if !self.phase.is_bad() {
            return None;
        }
        let stage = match self.stage {
            AnalysisStage::PrePromotion => "pre-promotion analysis".to_owned(),
            AnalysisStage::PostPromotion => "post-promotion analysis".to_owned(),
            AnalysisStage::Background => "background analysis".to_owned(),
            AnalysisStage::Step(index) => format!("analysis of step {}", index + 1),
            AnalysisStage::Experiment => "analysis of an experiment".to_owned(),
        };
        Some(format!("{stage}: {}", self.why))
    }

    fn due_now(&self, wall: SimTime) -> Vec<usize> {
        let state = RunState::of(self.told, &self.results);
        let measure = |(spec, _, result): &(MetricSpec, MetricRole, MetricResult)| {
            due(spec, result, (state, self.started), wall) == Some(MetricTask::Measure)
        };
        let indices = self.results.iter().enumerate();
        indices
            .filter(|(_, metric)| measure(metric))
            .map(|(index, _)| index)
            .collect()
    }
}

impl ControlPlane {
    /// A run exists: the analysis controller will hear of it.
    pub(super) fn add_analysis(
        &mut self,
        now: SimTime,
        run: AnalysisRun,
        out: &mut Outbox,
    ) -> AnalysisRunId {
        let id = AnalysisRunId::new(self.analyses.len() as u32);
        out.happenings
            .push(Happening::AnalysisStarted(id, run.stage));
        self.analyses.push(run);
        let at = now + self.draw(|config| config.watch);
        out.schedule(at, ControlEvent::WakeAnalysis(id));
        id
    }

    /// Tells a run to end.
    pub(super) fn terminate_analysis(&mut self, now: SimTime, id: AnalysisRunId, out: &mut Outbox) {
        self.analyses[id.index()].told = RunState::Terminating;
        let at = now + self.draw(|config| config.watch);
        out.schedule(at, ControlEvent::WakeAnalysis(id));
    }

    pub(in crate::sim::control_plane) fn wake_analysis(
        &mut self,
        now: SimTime,
        id: AnalysisRunId,
        out: &mut Outbox,
    ) {
        if self.analyses[id.index()].work.wake() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncAnalysis(id));
        }
    }

    pub(in crate::sim::control_plane) fn sync_analysis(
        &mut self,
        now: SimTime,
        id: AnalysisRunId,
        out: &mut Outbox,
    ) {
        let wall = self.wall(now);
        let run = &mut self.analyses[id.index()];
        run.work.start();
        if run.phase.is_completed() && run.seen == run.phase {
            return self.end_analysis(now, id, out);
        }
        let due = run.due_now(wall);
        if due.is_empty() {
            return self.judge(now, id, out);
        }
        let questions = due.into_iter().map(|metric| Question { run: id, metric });
        out.questions.extend(questions);
        let at = now + self.config.query_latency;
        out.schedule(at, ControlEvent::AnswerAnalysis(id));
    }

    /// The query that a question asks.
    pub fn query_of(&self, question: Question) -> &Query {
        &self.analyses[question.run.index()].metrics[question.metric].query
    }

    /// Keeps what a query came to until its latency is over.
    pub fn answer(&mut self, question: Question, answer: Result<Answer, String>) {
        let run = &mut self.analyses[question.run.index()];
        run.answers[question.metric] = Some(answer);
    }

    pub(in crate::sim::control_plane) fn answers_arrive(
        &mut self,
        now: SimTime,
        id: AnalysisRunId,
        out: &mut Outbox,
    ) {
        let finished = stamp(self.wall(now));
        let run = &mut self.analyses[id.index()];
        for index in 0..run.metrics.len() {
            let Some(answer) = run.answers[index].take() else {
                continue;
            };
            let taken = Taken::of(&run.metrics[index], answer);
            run.results[index].2.record(Measurement {
                phase: taken.phase,
                finished: Some(finished),
                resume: None,
            });
            if taken.phase != Phase::Successful {
                run.why = taken.why;
            }
            let told = Happening::Measured(id, index as u16, taken.reading);
            out.happenings.push(told);
        }
        self.judge(now, id, out);
    }

    /// Assesses the run, writes what has changed, and arranges the next look.
    fn judge(&mut self, now: SimTime, id: AnalysisRunId, out: &mut Outbox) {
        let wall = self.wall(now);
        let run = &mut self.analyses[id.index()];
        if !run.phase.is_completed() {
            let state = RunState::of(run.told, &run.results);
            run.phase = assess_run(&mut run.results, state);
        }
        run.started.get_or_insert(stamp(wall));
        let phase = run.phase;
        let schedule = run.results.iter().map(|(spec, _, result)| (*spec, *result));
        let next = next_reconcile(&schedule.collect::<Vec<_>>(), run.started, wall);
        if phase.is_completed() {
            out.happenings
                .push(Happening::AnalysisEnded(id, judgement(phase)));
        }
        let landed = self.landing(now, Controller::Analysis);
        let seen_at = landed + self.draw(|config| config.watch);
        out.schedule(seen_at, ControlEvent::AnalysisSeen(id, phase));
        if let Some(next) = next.filter(|_| !phase.is_completed()) {
            let at = self.instant(next).max(now);
            if self.analyses[id.index()].work.set_timer(at) {
                out.schedule(at, ControlEvent::AnalysisTimer(id));
            }
        }
        self.end_analysis(now, id, out);
    }

    fn end_analysis(&mut self, now: SimTime, id: AnalysisRunId, out: &mut Outbox) {
        if self.analyses[id.index()].work.finish() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncAnalysis(id));
        }
    }

    pub(in crate::sim::control_plane) fn analysis_timer(
        &mut self,
        now: SimTime,
        id: AnalysisRunId,
        out: &mut Outbox,
    ) {
        if self.analyses[id.index()].work.timer_fires(now) {
            self.wake_analysis(now, id, out);
        }
    }

    /// A written phase reaches the watchers: its Rollout or experiment, and the analysis controller itself.
    pub(in crate::sim::control_plane) fn analysis_seen(
        &mut self,
        now: SimTime,
        (id, phase): (AnalysisRunId, Phase),
        out: &mut Outbox,
    ) {
        let run = &mut self.analyses[id.index()];
        // Events of one run take their own time; what is over stays over.
        if run.seen == phase || run.seen.is_completed() {
            return;
        }
        run.seen = phase;
        match run.experiment {
            Some(experiment) => self.wake_experiment(now, experiment, out),
            None => {
                let owner = run.owner;
                self.wake_rollout(now, owner, out);
            }
        }
    }
}

//! One watched run as a story: what happened when, and why requests failed.

use serde::Serialize;

use crate::facts::{Cause, ConditionKind, Happening, Noted, PodExit};
use crate::ids::PodId;
use crate::metrics::{Metric, RunOutcome};
use crate::sim::Recording;
use crate::units::{SimDuration, SimTime};

/// A run, told in the order of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant.
    pub variant: String,
    /// Seed, as text: it may not fit a JavaScript number.
    pub seed: String,
    /// Number of the run.
    pub run: u32,
    /// What is wrong with the new version in this run.
    pub truth: String,
    /// How it ended.
    pub outcome: String,
    /// Why, where it did not end well.
    pub why: String,
    /// What happened.
    pub lines: Vec<Line>,
    /// The metrics that the run has, by name.
    pub metrics: indexmap::IndexMap<String, f64>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Seconds since t = 0.
    pub at_seconds: f64,
    /// The same as minutes, seconds, milliseconds.
    #[serde(skip)]
    pub at: SimTime,
    /// Ready pods after it, by revision, ascending.
    pub ready: Vec<(u32, u32)>,
    /// What happened.
    pub text: String,
}

/// What a story is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Name of the variant.
    pub variant: &'a str,
    /// Seed.
    pub seed: u64,
    /// Number of the run.
    pub run: u32,
    /// What was wrong.
    pub truth: &'a str,
}

impl Story {
    /// Tells a watched run.
    pub fn tell(subject: Subject<'_>, outcome: &RunOutcome, recording: &Recording) -> Self {
        let mut lines = happenings(recording);
        lines.extend(failures(recording));
        lines.sort_by_key(|line| line.at);
        carry_ready(&mut lines, recording);
        let metrics = Metric::all().iter().filter_map(|metric| {
            outcome
                .metrics
                .get(*metric)
                .map(|value| (metric.name(), value))
        });
        Self {
            scenario: subject.scenario.to_owned(),
            variant: subject.variant.to_owned(),
            seed: subject.seed.to_string(),
            run: subject.run,
            truth: subject.truth.to_owned(),
            outcome: outcome.ending.name().to_owned(),
            why: outcome.why.clone(),
            lines,
            metrics: metrics.collect(),
        }
    }
}

fn line(at: SimTime, text: String) -> Line {
    Line {
        at_seconds: at.as_secs_f64(),
        at,
        ready: Vec::new(),
        text,
    }
}

fn happenings(recording: &Recording) -> Vec<Line> {
    let mut ready = ReadyPods::of(recording);
    let told = recording.noted.iter().map(|noted| {
        ready.hear(noted, recording);
        let mut line = line(noted.at, words(noted.what, recording));
        line.ready = ready.counts.clone();
        line
    });
    told.collect()
}

/// Lines about failures show the ready pods of the line before them.
fn carry_ready(lines: &mut [Line], recording: &Recording) {
    let mut last = ReadyPods::of(recording).counts;
    for line in lines {
        if line.ready.is_empty() {
            line.ready.clone_from(&last);
        } else {
            last.clone_from(&line.ready);
        }
    }
}

/// One line for each second with failures, at its end.
fn failures(recording: &Recording) -> Vec<Line> {
    let seconds = (1u64..).zip(&recording.failures);
    let hurt = seconds.filter(|(_, causes)| causes.iter().any(|count| *count > 0));
    hurt.map(|(second, causes)| {
        let parts: Vec<String> = Cause::ALL
            .iter()
            .zip(causes)
            .filter(|(_, count)| **count > 0)
            .map(|(cause, count)| format!("{count} {}", cause.name()))
            .collect();
        let at = recording.count_from + SimDuration::from_secs(second);
        line(at, format!("failed in this second: {}", parts.join(", ")))
    })
    .collect()
}

/// Ready pods by revision; one with a deletion mark no longer counts.
pub(super) struct ReadyPods {
    pub(super) counts: Vec<(u32, u32)>,
    ready: Vec<PodId>,
}

impl ReadyPods {
    pub(super) fn of(recording: &Recording) -> Self {
        let mut this = Self {
            counts: Vec::new(),
            ready: Vec::new(),
        };
        for pod in &recording.settled {
            this.add(*pod, recording);
        }
        this
    }

    fn add(&mut self, pod: PodId, recording: &Recording) {
        if self.ready.contains(&pod) {
            return;
        }
        self.ready.push(pod);
        let revision = recording.revision_of(pod);
        match self.counts.iter_mut().find(|(known, _)| *known == revision) {
            Some((_, count)) => *count += 1,
            None => {
                self.counts.push((revision, 1));
                self.counts.sort_unstable();
            }
        }
    }

    fn remove(&mut self, pod: PodId, recording: &Recording) {
        let Some(place) = self.ready.iter().position(|known| *known == pod) else {
            return;
        };
        self.ready.swap_remove(place);
        let revision = recording.revision_of(pod);
        if let Some((_, count)) = self.counts.iter_mut().find(|(known, _)| *known == revision) {
            *count -= 1;
        }
    }

    pub(super) fn hear(&mut self, noted: &Noted, recording: &Recording) {
        match noted.what {
            Happening::PodReady(pod) => self.add(pod, recording),
            Happening::PodUnready(pod)
            | Happening::PodTerminating(pod)
            | Happening::PodGone(pod) => self.remove(pod, recording),
            _ => {}
        }
    }
}

/// What a happening is in words.
pub(super) fn words(what: Happening, recording: &Recording) -> String {
    let pod = |id: PodId| format!("{id} (revision {})", recording.revision_of(id));
    let service = |index: usize| recording.services[index].clone();
    let workload = |index: usize| recording.workloads[index].clone();
    match what {
        Happening::Released => "release applied".to_owned(),
        Happening::Operated(index) => format!("operator {} acts", index + 1),
        Happening::ReplicaSetCreated(owner, _, revision) => {
            format!(
                "{}: ReplicaSet of revision {revision} created",
                workload(owner.index())
            )
        }
        Happening::ReplicaSetScaled(set, from, to) => {
            let revision = recording.revisions[set.index()];
            format!("revision {revision} scaled from {from} to {to}")
        }
        Happening::PodCreated(id, _) => format!("{} created", pod(id)),
        Happening::PodScheduled(id, node) => format!("{} scheduled to {node}", pod(id)),
        Happening::ContainerStarted(id, 0) => format!("{} container started", pod(id)),
        Happening::ContainerStarted(id, n) => format!("{} container restarted ({n})", pod(id)),
        Happening::ContainerExited(id, exit) => format!("{} {}", pod(id), exit_words(exit)),
        Happening::BackingOff(id, seconds) => format!("{} backs off {seconds} s", pod(id)),
        Happening::PodReady(id) => format!("{} ready", pod(id)),
        Happening::PodUnready(id) => format!("{} not ready", pod(id)),
        Happening::PodTerminating(id) => format!("{} terminating", pod(id)),
        Happening::Sigterm(id) => format!("{} SIGTERM", pod(id)),
        Happening::PodGone(id) => format!("{} gone", pod(id)),
        Happening::EndpointReady(of, id) => {
            format!("{}: endpoint {} added", service(of.index()), pod(id))
        }
        Happening::EndpointNotReady(of, id) => {
            format!(
                "{}: endpoint {} takes no new connections",
                service(of.index()),
                pod(id)
            )
        }
        Happening::EndpointRemoved(of, id) => {
            format!("{}: endpoint {} removed", service(of.index()), pod(id))
        }
        Happening::ProxiesSettled(of) => {
            format!("{}: every kube-proxy has followed", service(of.index()))
        }
        Happening::Condition(owner, kind, status, reason) => {
            let kind = match kind {
                ConditionKind::Available => "Available",
                ConditionKind::Progressing => "Progressing",
            };
            let status = match status {
                Some(true) => "True",
                Some(false) => "False",
                None => "Unknown",
            };
            format!("{}: {kind}={status} ({reason})", workload(owner.index()))
        }
        Happening::Completed(owner) => format!("{}: rollout complete", workload(owner.index())),
    }
}

fn exit_words(exit: PodExit) -> &'static str {
    match exit {
        PodExit::Finished => "exited after SIGTERM",
        PodExit::Crashed => "crashed",
        PodExit::OutOfMemory => "killed: out of memory",
        PodExit::Killed => "killed: grace period over",
        PodExit::Unhealthy => "stopped: probe failed",
    }
}

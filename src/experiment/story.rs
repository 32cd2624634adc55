//! One watched run as a story: what happened when, and why requests failed.

use serde::Serialize;

use super::happened::words;
use crate::facts::{Cause, Happening, Noted};
use crate::ids::{PodId, ServiceId};
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
    /// Failed requests of the second that ends here, by cause; those without any are left out.
    #[serde(skip)]
    pub failed: Vec<(Cause, u32)>,
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
        failed: Vec::new(),
        text,
    }
}

fn happenings(recording: &Recording) -> Vec<Line> {
    let mut ready = ReadyPods::of(recording);
    let mut followed = Followed::default();
    let told = recording.noted.iter().filter_map(|noted| {
        ready.hear(noted, recording);
        if !followed.news(noted) {
            return None;
        }
        let mut line = line(noted.at, words(noted.what, recording));
        line.ready = ready.counts.clone();
        Some(line)
    });
    told.collect()
}

/// Services whose backends changed since every kube-proxy followed: a slice may also change
/// without any backend coming or going, and nobody needs to hear that proxies wrote that down.
#[derive(Debug, Default)]
struct Followed {
    changed: Vec<ServiceId>,
    /// Listed, but not as ready.
    resting: Vec<(ServiceId, PodId)>,
}

impl Followed {
    /// Whether this is worth a line.
    fn news(&mut self, noted: &Noted) -> bool {
        match noted.what {
            Happening::EndpointReady(service, pod) => {
                self.resting.retain(|it| *it != (service, pod));
                self.changed.push(service);
            }
            Happening::EndpointNotReady(service, pod) => {
                self.resting.push((service, pod));
                self.changed.push(service);
            }
            Happening::EndpointRemoved(service, pod) if !self.resting.contains(&(service, pod)) => {
                self.changed.push(service);
            }
            Happening::ProxiesSettled(service) => {
                let before = self.changed.len();
                self.changed.retain(|changed| *changed != service);
                return self.changed.len() < before;
            }
            // What a sync did is told by what it changed.
            Happening::DeploymentSynced(..) | Happening::ReplicaSetSynced(..) => return false,
            _ => {}
        }
        true
    }
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
        let at = recording.count_from + SimDuration::from_secs(second);
        let counts = Cause::ALL.into_iter().zip(causes.iter().copied());
        let failed = counts.filter(|(_, count)| *count > 0);
        let failed: Vec<(Cause, u32)> = failed.collect();
        let mut line = line(
            at,
            format!("failed in this second: {}", causes_words(&failed)),
        );
        line.failed = failed;
        line
    })
    .collect()
}

/// `3 defect, 1 reset`.
pub fn causes_words(failed: &[(Cause, u32)]) -> String {
    let parts = failed.iter().map(|(cause, count)| {
        let cause = cause.name().replace('_', " ");
        format!("{count} {cause}")
    });
    parts.collect::<Vec<_>>().join(", ")
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

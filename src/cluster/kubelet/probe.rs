//! The probe worker: one per container and kind (reference kubernetes.md §3.2, rules 2 to 7;
//! KL/prober/worker.go).

use crate::manifest::Probe;
use crate::units::SimDuration;

use super::Answer;

/// Which probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeKind {
    /// Gates the other two.
    Startup,
    /// Decides whether the pod gets traffic.
    Readiness,
    /// Decides whether the container is killed.
    Liveness,
}

/// The result a worker has published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// Nothing decided (a startup probe before its first verdict).
    Unknown,
    /// It passes.
    Success,
    /// It fails.
    Failure,
}

/// What the kubelet knows of the container at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerState {
    /// No status or no container yet.
    Absent,
    /// There is one, but it does not run and will (again).
    Waiting,
    /// It ended and its restart policy does not bring it back.
    Over,
    /// It runs.
    Running {
        /// Since its start.
        age: SimDuration,
        /// Its startup probe has passed, or it has none.
        started: bool,
    },
}

/// One tick's surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Which incarnation the status shows.
    pub incarnation: u32,
    /// Its state.
    pub container: ContainerState,
    /// Whether the pod has a deletion mark.
    pub deleting: bool,
}

/// What a tick leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// The worker ends.
    End,
    /// Nothing to probe now.
    Skip,
    /// The probe is to be sent; its answer goes to [`ProbeWorker::answered`].
    Probe,
}

/// Counts answers and publishes results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeWorker {
    kind: ProbeKind,
    spec: Probe,
    incarnation: Option<u32>,
    published: Option<Published>,
    last: Option<Answer>,
    run: u32,
    on_hold: bool,
}

impl ProbeWorker {
    /// A fresh worker.
    pub const fn new(kind: ProbeKind, spec: Probe) -> Self {
        Self {
            kind,
            spec,
            incarnation: None,
            published: None,
            last: None,
            run: 0,
            on_hold: false,
        }
    }

    /// A worker that has long published success for this incarnation: the settled world.
    pub const fn settled(kind: ProbeKind, spec: Probe, incarnation: u32) -> Self {
        Self {
            incarnation: Some(incarnation),
            published: Some(Published::Success),
            on_hold: matches!(kind, ProbeKind::Startup),
            ..Self::new(kind, spec)
        }
    }

    /// Which probe it sends.
    pub const fn kind(&self) -> ProbeKind {
        self.kind
    }
    /// Its knobs.
    pub const fn spec(&self) -> &Probe {
        &self.spec
    }
    /// What it has published last; `None` before the first container.
    pub const fn published(&self) -> Option<Published> {
        self.published
    }
    /// Whether it rests until the container is another.
    pub const fn on_hold(&self) -> bool {
        self.on_hold
    }
    /// Equal answers in a row.
    pub const fn result_run(&self) -> u32 {
        self.run
    }

    /// One tick before any answer: publishes what follows from the state alone.
    pub fn tick(&mut self, seen: &Observation) -> Tick {
        let (age, started) = match seen.container {
            ContainerState::Absent => return Tick::Skip,
            ContainerState::Waiting | ContainerState::Over => {
                self.adopt(seen.incarnation);
                self.published = Some(Published::Failure);
                let over = seen.container == ContainerState::Over;
                return if over { Tick::End } else { Tick::Skip };
            }
            ContainerState::Running { age, started } => (age, started),
        };
        self.adopt(seen.incarnation);
        if self.on_hold {
            return Tick::Skip;
        }
        if seen.deleting && self.kind != ProbeKind::Readiness {
            self.published = Some(Published::Success);
            return Tick::End;
        }
        if age.as_secs() < self.spec.initial_delay.as_secs() {
            return Tick::Skip;
        }
        let idle = started == (self.kind == ProbeKind::Startup);
        if idle { Tick::Skip } else { Tick::Probe }
    }

    /// A container with another identity starts anew: readiness fails, liveness passes, startup is
    /// open.
    fn adopt(&mut self, incarnation: u32) {
        if self.incarnation == Some(incarnation) {
            return;
        }
        self.incarnation = Some(incarnation);
        self.published = Some(match self.kind {
            ProbeKind::Readiness => Published::Failure,
            ProbeKind::Liveness => Published::Success,
            ProbeKind::Startup => Published::Unknown,
        });
        self.on_hold = false;
        self.run = 0;
        self.last = None;
    }

    /// An answer: published once it has come often enough in a row.
    pub fn answered(&mut self, answer: Answer) {
        self.run = if self.last == Some(answer) {
            self.run + 1
        } else {
            1
        };
        self.last = Some(answer);
        let (threshold, result) = match answer {
            Answer::Success => (self.spec.success_threshold, Published::Success),
            Answer::Failure => (self.spec.failure_threshold, Published::Failure),
        };
        if self.run < threshold {
            return;
        }
        self.published = Some(result);
        let final_word = match self.kind {
            ProbeKind::Startup => true,
            ProbeKind::Liveness => result == Published::Failure,
            ProbeKind::Readiness => false,
        };
        if final_word {
            self.on_hold = true;
            self.run = 0;
        }
    }
}

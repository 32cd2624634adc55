//! The kubelet's probe worker: one tick at a time (reference §3.2, rules 2–7).

use crate::manifest::Probe;
use crate::units::SimTime;

/// Which probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// `startupProbe`.
    Startup,
    /// `readinessProbe`.
    Readiness,
    /// `livenessProbe`.
    Liveness,
}

impl ProbeKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Startup, Self::Readiness, Self::Liveness];
}

/// A result as workers publish it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeResult {
    /// Nothing known (the first value of a startup probe).
    Unknown,
    /// Passed.
    Success,
    /// Failed.
    Failure,
}

/// The state of a container in the kubelet's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerState {
    /// Not running yet.
    Waiting,
    /// Running; probes count their initial delay from this instant (`None`: passed long ago).
    Running(Option<SimTime>),
    /// Ended, and it will start again or not.
    Terminated {
        /// Whether it will.
        restarts: bool,
    },
}

/// A container as the kubelet last saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContainerSeen {
    /// Its identity: changes with each restart.
    pub id: u32,
    /// Its state.
    pub state: ContainerState,
    /// Running, and its startup probe passed if it has one.
    pub started: bool,
}

/// All that a worker looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// The container, once it has a status with an ID.
    pub container: Option<ContainerSeen>,
    /// Whether the pod has a deletion mark.
    pub deleting: bool,
    /// Whether the pod's phase is Succeeded or Failed.
    pub finished: bool,
}

/// What a tick comes to before any probing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickVerdict {
    /// The worker ends.
    Ends,
    /// Nothing to do, and not before something else changes.
    Idle,
    /// Nothing to do yet: the initial delay has not passed.
    TooEarly,
    /// Probe now, and record the outcome.
    Probe,
}

/// The container a result is held for, and the result.
pub(super) type Publication = (Option<u32>, Option<ProbeResult>);

/// One worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeWorker {
    kind: ProbeKind,
    container: Option<u32>,
    published: Option<ProbeResult>,
    last: Option<ProbeResult>,
    run: u32,
    on_hold: bool,
}

impl ProbeWorker {
    /// A worker that has seen nothing.
    pub const fn new(kind: ProbeKind) -> Self {
        Self {
            kind,
            container: None,
            published: None,
            last: None,
            run: 0,
            on_hold: false,
        }
    }
    /// A worker of a container that has been healthy for long.
    pub fn settled(kind: ProbeKind, container: u32) -> Self {
        Self {
            container: Some(container),
            published: Some(ProbeResult::Success),
            on_hold: kind == ProbeKind::Startup,
            ..Self::new(kind)
        }
    }
    /// The result held for the present container, if any.
    pub const fn published(&self) -> Option<ProbeResult> {
        self.published
    }
    /// The result held for this container.
    pub fn published_for(&self, container: u32) -> Option<ProbeResult> {
        self.published.filter(|_| self.container == Some(container))
    }
    /// What is published, and for which container.
    pub(super) const fn publication(&self) -> Publication {
        (self.container, self.published)
    }
    /// Whether it waits for another container.
    pub const fn is_on_hold(&self) -> bool {
        self.on_hold
    }
    /// Equal outcomes in a row.
    pub const fn run(&self) -> u32 {
        self.run
    }

    /// The part of a tick before the probe itself.
    pub fn prepare(&mut self, now: SimTime, seen: &Seen, probe: &Probe) -> TickVerdict {
        if seen.finished {
            return TickVerdict::Ends;
        }
        let Some(container) = seen.container else {
            return TickVerdict::Idle;
        };
        self.meet(container.id);
        if self.on_hold {
            return TickVerdict::Idle;
        }
        let since = match container.state {
            ContainerState::Running(since) => since,
            ContainerState::Waiting | ContainerState::Terminated { restarts: true } => {
                self.published = Some(ProbeResult::Failure);
                return TickVerdict::Idle;
            }
            ContainerState::Terminated { restarts: false } => {
                self.published = Some(ProbeResult::Failure);
                return TickVerdict::Ends;
            }
        };
        if seen.deleting && self.kind != ProbeKind::Readiness {
            self.published = Some(ProbeResult::Success);
            return TickVerdict::Ends;
        }
        if since.is_some_and(|since| now.saturating_since(since) < probe.initial_delay) {
            // Delays are whole seconds, so comparing whole seconds of age is the same.
            return TickVerdict::TooEarly;
        }
        if container.started == (self.kind == ProbeKind::Startup) {
            return TickVerdict::Idle;
        }
        TickVerdict::Probe
    }

    fn meet(&mut self, container: u32) {
        if self.container == Some(container) {
            return;
        }
        self.container = Some(container);
        self.on_hold = false;
        self.published = Some(match self.kind {
            ProbeKind::Startup => ProbeResult::Unknown,
            ProbeKind::Readiness => ProbeResult::Failure,
            ProbeKind::Liveness => ProbeResult::Success,
        });
    }

    /// Counts an outcome and publishes it once its run is long enough.
    pub fn record(&mut self, outcome: ProbeResult, probe: &Probe) {
        self.run = match self.last == Some(outcome) {
            true => self.run.saturating_add(1),
            false => 1,
        };
        self.last = Some(outcome);
        let needed = match outcome {
            ProbeResult::Success => probe.success_threshold,
            ProbeResult::Failure | ProbeResult::Unknown => probe.failure_threshold,
        };
        if self.run < needed {
            return;
        }
        self.published = Some(outcome);
        let failed_liveness = self.kind == ProbeKind::Liveness && outcome == ProbeResult::Failure;
        if failed_liveness || self.kind == ProbeKind::Startup {
            self.on_hold = true;
            self.run = 0;
        }
    }
}

/// `restartPolicy`, of a pod or of one container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Whatever the exit code.
    Always,
    /// After an exit code other than 0.
    OnFailure,
    /// Not at all.
    Never,
}

/// One of `restartPolicyRules`: restart on these exit codes, or on all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestartRule {
    /// Operator `In`.
    In(Vec<i32>),
    /// Operator `NotIn`.
    NotIn(Vec<i32>),
}

/// Whether a container starts again after this exit code: a matching rule wins over the policy.
pub fn restarts_after(policy: RestartPolicy, rules: &[RestartRule], exit_code: i32) -> bool {
    let matches = |rule: &RestartRule| match rule {
        RestartRule::In(codes) => codes.contains(&exit_code),
        RestartRule::NotIn(codes) => !codes.contains(&exit_code),
    };
    rules.iter().any(matches)
        || match policy {
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => exit_code != 0,
            RestartPolicy::Never => false,
        }
}

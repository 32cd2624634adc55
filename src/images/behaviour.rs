//! The behaviour of one image.

use crate::laws::Law;
use crate::units::{Bytes, Ratio, SimDuration};

/// What a container does from its start to its end (scenario.md, "Images").
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// Time from container start until the process listens and its health may pass (s).
    pub start_up: Law,
    /// Slow first minutes; absent: none.
    pub warm_up: Option<WarmUp>,
    /// Wall time of an unthrottled, unqueued request (s).
    pub service_time: Law,
    /// The part of the service time that burns CPU quota. Default 0.
    pub cpu_share: Ratio,
    /// Requests served at once; more wait. At least 1.
    pub concurrency: u32,
    /// Requests that may wait; more are refused with 503 (`overflow`). Default: no bound.
    pub queue: Option<u32>,
    /// Memory used; compared with the container's limit.
    pub memory: Memory,
    /// Chance that a request is answered with an error of the application.
    pub error_rate: Ratio,
    /// Share of users that a defect hurts; `error_rate` then applies to them alone. Default: all.
    pub users: Ratio,
    /// Ways to die.
    pub crash: Crash,
    /// Size of the image, for the pull.
    pub size: Bytes,
    /// What the process does on SIGTERM.
    pub on_sigterm: OnSigterm,
    /// After SIGTERM, how long in-flight requests and open connections may go on; absent: until
    /// the grace period ends.
    pub drain_limit: Option<SimDuration>,
    /// Whether a draining server closes idle keep-alive connections and ends busy ones after
    /// their response. Default true.
    pub closes_idle_connections: bool,
    /// What the health endpoints answer.
    pub health: HealthByProbe,
}

/// Service times are multiplied by `factor` at container start, falling linearly to 1 over `period`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmUp {
    /// Multiplier at the start, at least 1.
    pub factor: f64,
    /// How long until full speed.
    pub period: SimDuration,
}

/// Memory of a container: `base + per_request × in flight + growth_per_hour × age`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// Of an idle, fresh process.
    pub base: Bytes,
    /// For each request in flight.
    pub per_request: Bytes,
    /// Leaked per hour of age.
    pub growth_per_hour: Bytes,
}

/// Ways for the process to die by itself (exit code not 0).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Crash {
    /// Chance that a container start ends in a crash instead of readiness (at the end of start-up).
    pub on_start: Ratio,
    /// Time from start to a crash (s); absent: never.
    pub after: Option<Law>,
    /// Chance that a request takes the process down with it.
    pub per_request: Ratio,
}

/// What the process does when told to terminate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnSigterm {
    /// Exits at once; in-flight requests are reset.
    Exit,
    /// Closes the listener, finishes what is in flight, then exits. The default.
    #[default]
    StopAccepting,
    /// Goes on as before for this long while its readiness endpoint fails, then exits at once
    /// (the guide's own handler: a timer and `process.exit`).
    KeepServing(SimDuration),
}

/// What one health endpoint answers once the process listens.
#[derive(Debug, Clone, PartialEq)]
pub enum Health {
    /// Passes whenever the container runs, start-up or not.
    Always,
    /// Passes once start-up is over.
    AfterStartUp,
    /// After start-up passes only if every dependency answers; each is drawn per probe.
    Dependencies(Vec<(String, Ratio)>),
}

/// The health of each kind of probe.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthByProbe {
    /// Startup probe.
    pub startup: Health,
    /// Readiness probe.
    pub readiness: Health,
    /// Liveness probe.
    pub liveness: Health,
    /// Whether probes of an overloaded server time out: a probe then waits behind the queue like
    /// a request and fails if the wait exceeds its time-out. Default true.
    pub time_out_under_load: bool,
}

impl Behaviour {
    /// An image of which only the three things without a sensible default are known: it is ready
    /// after `start_up`, serves `concurrency` requests at once in `service_time` each, makes no
    /// errors, never dies, closes its listener on SIGTERM and finishes what is in flight.
    pub fn new(start_up: Law, service_time: Law, concurrency: u32) -> Self {
        Self {
            start_up,
            warm_up: None,
            service_time,
            cpu_share: Ratio::ZERO,
            concurrency,
            queue: None,
            memory: Memory::default(),
            error_rate: Ratio::ZERO,
            users: Ratio::ONE,
            crash: Crash::default(),
            size: Bytes::ZERO,
            on_sigterm: OnSigterm::default(),
            drain_limit: None,
            closes_idle_connections: true,
            health: HealthByProbe::default(),
        }
    }
}

impl Default for HealthByProbe {
    /// Every endpoint passes from the end of start-up on, since nothing listens before; probes
    /// wait behind an overloaded server's queue.
    fn default() -> Self {
        Self {
            startup: Health::AfterStartUp,
            readiness: Health::AfterStartUp,
            liveness: Health::AfterStartUp,
            time_out_under_load: true,
        }
    }
}

//! What is fixed about a pod's life: its template, its image, its luck, its node's clock.

use crate::engine::{Draw, Key, Purpose};
use crate::ids::{ImageId, NodeId};
use crate::images::{Behaviour, Health};
use crate::laws::Law;
use crate::manifest::{Container, PodTemplate, PreStop, Probe, PullPolicy};
use crate::units::{Bytes, SimDuration, SimTime};

use super::worker::ProbeKind;
use crate::cluster::Latencies;

/// All pods of one revision share one.
#[derive(Debug, Clone, PartialEq)]
pub struct PodPlan {
    /// `startupProbe`.
    pub startup: Option<Probe>,
    /// `readinessProbe`.
    pub readiness: Option<Probe>,
    /// `livenessProbe`.
    pub liveness: Option<Probe>,
    /// `lifecycle.preStop`.
    pub pre_stop: Option<PreStop>,
    /// `terminationGracePeriodSeconds`.
    pub grace: SimDuration,
    /// Whether ended containers start again.
    pub restarts: bool,
    /// `imagePullPolicy`.
    pub pull_policy: PullPolicy,
    /// Which image.
    pub image: ImageId,
    /// `limits.memory`.
    pub memory_limit: Option<Bytes>,
    /// What the image does.
    pub behaviour: Behaviour,
    /// Sandbox and network (s).
    pub sandbox: Law,
    /// Container create and start (s).
    pub container_start: Law,
}

impl PodPlan {
    /// Of a template, its serving container and that one's image.
    pub fn new(
        template: &PodTemplate,
        container: &Container,
        image: (ImageId, Behaviour),
        latencies: &Latencies,
    ) -> Self {
        Self {
            startup: container.startup,
            readiness: container.readiness,
            liveness: container.liveness,
            pre_stop: container.pre_stop,
            grace: template.grace,
            restarts: template.restarts,
            pull_policy: container.pull_policy,
            image: image.0,
            memory_limit: container.resources.memory_limit,
            behaviour: image.1,
            sandbox: latencies.sandbox,
            container_start: latencies.container_start,
        }
    }
    pub(super) fn probe(&self, kind: ProbeKind) -> Option<Probe> {
        match kind {
            ProbeKind::Startup => self.startup,
            ProbeKind::Readiness => self.readiness,
            ProbeKind::Liveness => self.liveness,
        }
    }
    pub(super) fn health(&self, kind: ProbeKind) -> &Health {
        let health = &self.behaviour.health;
        match kind {
            ProbeKind::Startup => &health.startup,
            ProbeKind::Readiness => &health.readiness,
            ProbeKind::Liveness => &health.liveness,
        }
    }
    /// Age at which a process without requests passes the memory limit, by growth alone.
    pub(super) fn out_of_memory_at_age(&self) -> Option<SimDuration> {
        let memory = self.behaviour.memory;
        let room = self
            .memory_limit?
            .as_u64()
            .checked_sub(memory.base.as_u64())?;
        let growth = memory.growth_per_hour.as_u64();
        let hours = (growth > 0).then(|| room as f64 / growth as f64)?;
        Some(SimDuration::from_secs_f64(hours * 3600.0))
    }
    pub(super) fn base_memory_exceeds_limit(&self) -> bool {
        self.memory_limit
            .is_some_and(|limit| self.behaviour.memory.base > limit)
    }
}

/// A pod's luck, the same under every variant for the pod of the same number.
#[derive(Debug, Clone, Copy)]
pub(super) struct PodLuck {
    process: Key,
    node: Key,
    probes: Key,
}

/// What was drawn for one start of the container.
pub(super) struct StartLuck {
    pub(super) container_start: f64,
    pub(super) start_up: f64,
    pub(super) crash_on_start: f64,
    pub(super) crash_after: f64,
}

impl PodLuck {
    pub(super) fn new(run: Key, ordinal: u64) -> Self {
        Self {
            process: run.purpose(Purpose::Pod).entity(ordinal),
            node: run.purpose(Purpose::Node).entity(!ordinal),
            probes: run.purpose(Purpose::Probe).entity(ordinal),
        }
    }
    pub(super) fn sandbox(&self) -> f64 {
        self.node.at(0).uniform()
    }
    /// The jitter of the pod worker's n-th sleep.
    pub(super) fn sleep(&self, number: u64) -> f64 {
        self.node.at(1 + number).uniform()
    }
    pub(super) fn start(&self, number: u32) -> StartLuck {
        let mut draw = self.process.at(u64::from(number));
        StartLuck {
            start_up: draw.uniform(),
            crash_on_start: draw.uniform(),
            crash_after: draw.uniform(),
            container_start: draw.uniform(),
        }
    }
    /// The luck of one tick of one probe.
    pub(super) fn tick(&self, kind: ProbeKind, number: u64) -> Draw {
        self.probes.entity(kind as u64).at(number)
    }
    /// Where in its period a probe stands at t = 0.
    pub(super) fn phase(&self, kind: ProbeKind) -> f64 {
        self.probes.entity(kind as u64 + 3).at(0).uniform()
    }
}

/// When a node's kubelet looks: the phases of its one-second loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeClock {
    /// Container states are listed this long after each whole second.
    pub relist: SimDuration,
    /// Sleeping pod workers are woken this long after each whole second.
    pub poll: SimDuration,
}

impl NodeClock {
    /// Drawn for a node.
    pub fn draw(run: Key, node: NodeId) -> Self {
        let mut draw = run.purpose(Purpose::Node).entity(node.index() as u64).at(0);
        Self {
            relist: SimDuration::SECOND.mul_f64(draw.uniform()),
            poll: SimDuration::SECOND.mul_f64(draw.uniform()),
        }
    }
    /// The first relist after an instant.
    pub fn relist_after(&self, at: SimTime) -> SimTime {
        next_in_phase(at, self.relist)
    }
    /// The first poll of sleeping workers after an instant.
    pub fn poll_after(&self, at: SimTime) -> SimTime {
        next_in_phase(at, self.poll)
    }
}

fn next_in_phase(at: SimTime, phase: SimDuration) -> SimTime {
    let second = SimDuration::SECOND.as_nanos();
    let phase = phase.as_nanos() % second;
    match at.as_nanos().checked_sub(phase) {
        None => SimTime::from_nanos(phase),
        Some(since) => SimTime::from_nanos((since / second + 1).saturating_mul(second) + phase),
    }
}

//! What the world tells the carrier, and what it hears back.

use std::sync::Arc;

use super::{FleetSpec, Population, TrafficSpec};
use crate::engine::Key;
use crate::facts::MeterSpec;
use crate::ids::{PodId, ServiceId};
use crate::images::{Behaviour, Memory, WarmUp};
use crate::laws::Law;
use crate::units::{Bytes, CpuMillis, Ratio, SimTime};

/// Everything a carrier needs before the first request.
#[derive(Debug, Clone, Copy)]
pub struct CarrierSetup<'a> {
    /// The luck of the run.
    pub key: Key,
    /// The sources of traffic.
    pub sources: &'a [TrafficSpec],
    /// The users of each source; built once and shared between runs.
    pub populations: &'a [Arc<Population>],
    /// The Service each source knocks at.
    pub entries: &'a [ServiceId],
    /// Nodes of the cluster; clients are spread over them and connect through their kube-proxies.
    pub nodes: u32,
    /// Proxies that requests may go through.
    pub fleets: &'a [FleetSpec],
    /// By source: the fleet its requests go through; absent: none.
    pub proxied: &'a [Option<usize>],
    /// What processes count of their answers; absent: nothing, at no cost.
    pub metering: Option<&'a Arc<MeterSpec>>,
}

/// A router's choice between the Service that a source knocks at and another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// The other one.
    pub service: ServiceId,
    /// Its weight.
    pub parts: u32,
    /// The weight that means all requests; at least 1.
    pub whole: u32,
}

impl Split {
    /// Whether a request with this luck goes to the other Service.
    #[inline]
    pub(super) fn takes(&self, luck: u64) -> bool {
        ((u128::from(luck) * u128::from(self.whole)) >> 64) < u128::from(self.parts)
    }
}

/// Whether the version that an image holds is one with something wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Nothing known against it.
    Sound,
    /// The truth of the run is laid over it; whoever it serves is exposed.
    Bad,
}

/// How one process serves: its image's behaviour within its container's limits.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSpec {
    /// Wall time of an unthrottled, unqueued request (s).
    pub service_time: Law,
    /// Slow first minutes, counted from `started_at`.
    pub warm_up: Option<WarmUp>,
    /// Requests served at once; at least 1.
    pub concurrency: u32,
    /// Requests that may wait; absent: no bound.
    pub queue: Option<u32>,
    /// The part of the service time that burns CPU quota.
    pub cpu_share: Ratio,
    /// CPU limit of the container; absent: no quota.
    pub cpu_limit: Option<CpuMillis>,
    /// Memory used.
    pub memory: Memory,
    /// Memory limit of the container; absent: never killed for memory.
    pub memory_limit: Option<Bytes>,
    /// Chance that a request is answered with an error.
    pub error_rate: Ratio,
    /// Share of users whom errors hurt.
    pub users: Ratio,
    /// Chance that a request takes the process down at the end of its service.
    pub crash_per_request: Ratio,
    /// Whether the version is bad.
    pub version: Version,
    /// When the container started; warm-up and memory growth count from here.
    pub started_at: SimTime,
}

impl ServerSpec {
    /// An image's behaviour without limits, of a sound version.
    pub fn new(behaviour: &Behaviour, started_at: SimTime) -> Self {
        Self {
            service_time: behaviour.service_time,
            warm_up: behaviour.warm_up,
            concurrency: behaviour.concurrency,
            queue: behaviour.queue,
            cpu_share: behaviour.cpu_share,
            cpu_limit: None,
            memory: behaviour.memory,
            memory_limit: None,
            error_rate: behaviour.error_rate,
            users: behaviour.users,
            crash_per_request: behaviour.crash.per_request,
            version: Version::Sound,
            started_at,
        }
    }
}

/// What a process does with idle keep-alive connections when it closes its listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleConnections {
    /// Closes them, and busy ones after their response: no request comes any more.
    Close,
    /// Keeps them: their clients go on sending.
    Keep,
}

/// What a process answers to health checks of proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HealthPath {
    /// That it is well, once the check gets its turn.
    #[default]
    Passes,
    /// That it is not (503), although it serves.
    Fails,
}

/// What became of a process while serving; the world must end the process before going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupt {
    /// When.
    pub at: SimTime,
    /// Whose process.
    pub pod: PodId,
    /// What.
    pub kind: InterruptKind,
}

/// Ways in which requests bring a process down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InterruptKind {
    /// A request crashed it.
    Crashed,
    /// It exceeded its memory limit; the kernel kills it (reference kubernetes.md §9).
    OutOfMemory,
}

//! Pod templates and what is in them.

use super::Labels;
use crate::units::{Bytes, CpuMillis, SimDuration};

/// A pod template.
#[derive(Debug, Clone, PartialEq)]
pub struct PodTemplate {
    /// `metadata.labels`.
    pub labels: Labels,
    /// `spec.containers`, at least one. The first that an image behaviour is given for serves.
    pub containers: Vec<Container>,
    /// `spec.terminationGracePeriodSeconds`, default 30 s.
    pub grace: SimDuration,
    /// `spec.minReadySeconds` is the owner's; this is `spec.restartPolicy == Always`.
    pub restarts: bool,
    /// Hash of the whole raw template in canonical order: two templates are the same revision
    /// exactly if these are equal (any field counts, also those without a model).
    pub hash: u64,
}

/// One container.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// `name`.
    pub name: String,
    /// `image`.
    pub image: String,
    /// `imagePullPolicy`, default by tag.
    pub pull_policy: PullPolicy,
    /// `resources`, requests defaulting to limits.
    pub resources: Resources,
    /// `startupProbe`.
    pub startup: Option<Probe>,
    /// `readinessProbe`.
    pub readiness: Option<Probe>,
    /// `livenessProbe`.
    pub liveness: Option<Probe>,
    /// `lifecycle.preStop`.
    pub pre_stop: Option<PreStop>,
}

/// When an image is asked for at the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullPolicy {
    /// At every container start.
    Always,
    /// When the node does not have it.
    IfNotPresent,
    /// Never.
    Never,
}

/// Requests and limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// `requests.cpu`.
    pub cpu_request: Option<CpuMillis>,
    /// `requests.memory`.
    pub memory_request: Option<Bytes>,
    /// `limits.cpu`.
    pub cpu_limit: Option<CpuMillis>,
    /// `limits.memory`.
    pub memory_limit: Option<Bytes>,
}

/// One probe with its defaults filled in (reference kubernetes.md §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// `initialDelaySeconds`, default 0.
    pub initial_delay: SimDuration,
    /// `periodSeconds`, default 10 s, at least 1 s.
    pub period: SimDuration,
    /// `timeoutSeconds`, default 1 s, at least 1 s.
    pub timeout: SimDuration,
    /// `successThreshold`, default 1.
    pub success_threshold: u32,
    /// `failureThreshold`, default 3.
    pub failure_threshold: u32,
    /// `terminationGracePeriodSeconds` of the probe itself.
    pub grace: Option<SimDuration>,
}

/// A preStop hook as far as its length is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreStop {
    /// `sleep.seconds`, or an exec whose command is a sleep of known length.
    Sleep(SimDuration),
    /// Another command or an HTTP call: taken to end at once, with a warning.
    Unknown,
}

/// `status.phase`, in the order in which a scale-down takes pods (reference kubernetes.md §2, §3.1):
/// Pending before Unknown before Running; the finished ones are never candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodPhase {
    /// Accepted, some container has not started yet.
    Pending,
    /// Its node does not answer.
    Unknown,
    /// All containers have started once, and one runs or will run again.
    Running,
    /// All containers ended well for good.
    Succeeded,
    /// All containers ended for good, one of them badly.
    Failed,
}

impl PodPhase {
    /// Whether the pod has ended for good.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

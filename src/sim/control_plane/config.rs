//! How quick the control plane is.

use crate::engine::Key;
use crate::laws::Law;
use crate::units::SimDuration;

/// What a control plane needs to know.
#[derive(Debug, Clone)]
pub struct ControlPlaneConfig {
    /// API write until watchers see it [s].
    pub watch: Law,
    /// Wake-up of a controller until it reads its caches [s].
    pub controller: Law,
    /// One API write of a controller; those of one sync follow each other [s].
    pub write: Law,
    /// Where t = 0 lies within a second of the wall clock, below 1 s: Kubernetes stamps whole seconds.
    pub wall_clock_fraction: SimDuration,
    /// Limit of each controller's API client; `None`: never reached.
    pub client_limit: Option<ClientLimit>,
    /// Luck of latencies, names and uids.
    pub key: Key,
}

/// A token bucket in front of a controller's API calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimit {
    /// Calls per second. Default of Kubernetes 20.
    pub per_second: u32,
    /// Calls at once. Default of Kubernetes 30.
    pub burst: u32,
}

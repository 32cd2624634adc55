//! How quick the control plane is, and where its luck comes from.

use std::collections::BTreeMap;

use crate::cluster::ClientLimit;
use crate::engine::Key;
use crate::laws::Law;
use crate::units::SimDuration;

/// What a control plane needs to know.
#[derive(Debug, Clone)]
pub struct ControlPlaneConfig {
    /// API write until watchers see it (s).
    pub watch: Law,
    /// Wake-up of a controller until it reads its caches (s).
    pub controller: Law,
    /// One API write of a controller (s); those of one sync follow each other, but for the pods of one
    /// batch.
    pub write: Law,
    /// Where t = 0 lies within a second of the wall clock, below 1 s: Kubernetes stamps whole seconds.
    pub wall_clock_fraction: SimDuration,
    /// Limit of each controller's API client.
    pub client_limit: ClientLimit,
    /// Limit of the API client of Argo Rollouts.
    pub rollout_client_limit: ClientLimit,
    /// How long an analysis waits for the answer of a query.
    pub query_latency: SimDuration,
    /// Who goes first among pods that are otherwise equal.
    pub uids: Uids,
    /// Luck of latencies, names and uids.
    pub key: Key,
}

/// `metadata.uid` of pods: the last tie-break of a scale-down.
#[derive(Debug, Clone)]
pub enum Uids {
    /// As in the real world.
    Random,
    /// As known from a record: for each template hash, those of its pods in order of creation; random
    /// after the last.
    Known(BTreeMap<u64, Vec<u64>>),
}

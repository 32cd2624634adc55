//! What a scenario says about the cluster; every latency of `[cluster]` is a key.

use crate::laws::Law;
use crate::units::{Bytes, CpuMillis};

/// `[cluster]`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterSpec {
    /// Number of nodes. Default 3.
    pub nodes: u32,
    /// Processor of each node, for the cost of nodes and the room for pods. Default 4 cores.
    pub node_cpu: CpuMillis,
    /// Memory of each node. Default 16 GiB.
    pub node_memory: Bytes,
    /// Pods a node takes at most. Default 110 (kubelet).
    pub node_pods: u32,
    /// Images are pulled with this many bytes per second. Default 100 MB/s.
    pub pull_bytes_per_second: f64,
    /// How long each hop takes.
    pub latencies: Latencies,
    /// How fast each controller may call the API.
    pub client_limit: ClientLimit,
    /// How fast the controller of Argo Rollouts may call the API. Default 40/s, burst 80 (its flags
    /// `--qps` and `--burst`).
    pub rollout_client_limit: ClientLimit,
}

/// The limit of a controller's API client, a token bucket: it paces large rollouts
/// (reference kubernetes.md §2; measured: oracles/k8s README, fact 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimit {
    /// Calls per second, at least 1. Default 20 (kube-controller-manager `--kube-api-qps`).
    pub per_second: u32,
    /// Calls at once after a rest, at least 1. Default 30 (`--kube-api-burst`).
    pub burst: u32,
}

/// Latencies of the control plane and the nodes (s) (reference kubernetes.md §3.6; the reference
/// marks the figures as common practice, so each is a parameter).
#[derive(Debug, Clone, PartialEq)]
pub struct Latencies {
    /// API write until watchers see it. Default `uniform(5ms, 50ms)`.
    pub watch: Law,
    /// A controller's reaction to what it saw. Default `uniform(10ms, 100ms)`.
    pub controller: Law,
    /// One API write of a controller, until the answer. Default `uniform(5ms, 10ms)`: measured 7 ms
    /// at the median (oracles/k8s README, "Noise").
    pub api_write: Law,
    /// Scheduler decision and binding. Default `uniform(10ms, 100ms)`.
    pub scheduler: Law,
    /// Sandbox and network of a pod. Default `uniform(500ms, 2s)`.
    pub sandbox: Law,
    /// Container create and start. Default `uniform(200ms, 1s)`.
    pub container_start: Law,
    /// A change of endpoints until a node's kube-proxy sees it, before its own minimum sync
    /// period. Default `uniform(100ms, 2s)`.
    pub endpoint_propagation: Law,
}

impl Default for ClusterSpec {
    fn default() -> Self {
        Self {
            nodes: 3,
            node_cpu: CpuMillis::new(4000),
            node_memory: Bytes::new(16 << 30),
            node_pods: 110,
            pull_bytes_per_second: 100e6,
            latencies: Latencies::default(),
            client_limit: ClientLimit::default(),
            rollout_client_limit: ClientLimit {
                per_second: 40,
                burst: 80,
            },
        }
    }
}

impl Default for ClientLimit {
    fn default() -> Self {
        Self {
            per_second: 20,
            burst: 30,
        }
    }
}

impl Default for Latencies {
    fn default() -> Self {
        let uniform = |low, high| Law::Uniform { low, high };
        Self {
            watch: uniform(0.005, 0.05),
            controller: uniform(0.01, 0.1),
            api_write: uniform(0.005, 0.01),
            scheduler: uniform(0.01, 0.1),
            sandbox: uniform(0.5, 2.0),
            container_start: uniform(0.2, 1.0),
            endpoint_propagation: uniform(0.1, 2.0),
        }
    }
}

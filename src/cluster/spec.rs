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
}

/// Latencies of the control plane and the nodes [s] (reference kubernetes.md §3.6; the reference
/// marks the figures as common practice, so each is a parameter).
#[derive(Debug, Clone, PartialEq)]
pub struct Latencies {
    /// API write until watchers see it. Default `uniform(5ms, 50ms)`.
    pub watch: Law,
    /// A controller's reaction to what it saw. Default `uniform(10ms, 100ms)`.
    pub controller: Law,
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
        }
    }
}

impl Default for Latencies {
    fn default() -> Self {
        let uniform = |low, high| Law::Uniform { low, high };
        Self {
            watch: uniform(0.005, 0.05),
            controller: uniform(0.01, 0.1),
            scheduler: uniform(0.01, 0.1),
            sandbox: uniform(0.5, 2.0),
            container_start: uniform(0.2, 1.0),
            endpoint_propagation: uniform(0.1, 2.0),
        }
    }
}

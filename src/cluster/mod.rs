//! Nodes, placement, pods and their life, probes.

mod spec;

pub use spec::{ClusterSpec, Latencies};

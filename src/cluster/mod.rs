//! Nodes, placement, pods and their life, probes.

pub mod kubelet;
mod nodes;
mod spec;

pub use nodes::{Nodes, Request};
pub use spec::{ClusterSpec, Latencies};

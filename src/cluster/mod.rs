//! Nodes, placement, pods and their life, probes.

mod affinity;
pub mod kubelet;
mod placement;
mod spec;

pub use affinity::{AntiAffinityTerm, PodGroup};
pub use placement::{Nodes, PodRequest, placement_retry_after};
pub use spec::{ClientLimit, ClusterSpec, Latencies};

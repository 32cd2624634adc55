//! How a Service's pods become the places that new connections go to.
//!
//! ```text
//!   pod turns ready / gets its deletion mark
//!      │  EndpointSlice controller (watch + reaction)
//!      ▼
//!   EndpointSlice: one address per pod, with its conditions
//!      │  watch, per node
//!      ▼
//!   kube-proxy of each node: its own generation of backends
//! ```
//!
//! Between the first line and the last, a node still sends new connections to a pod that no longer
//! listens: the termination race (reference kubernetes.md §4) is this delay and nothing else.

mod endpoint;
mod proxy;
mod slice;

pub use endpoint::{
    Conditions, EndpointPod, InclusionOfTerminating, PodPhase, belongs, conditions,
};
pub use proxy::{Proxy, SyncAt};
pub use slice::{Change, EndpointSlice};

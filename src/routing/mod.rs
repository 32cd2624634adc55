//! Which pods a Service's connections may go to, and when each node learns of it
//! (reference kubernetes.md §4).
//!
//! The endpoint controller keeps a slice per Service; each node's kube-proxy follows with a lag of
//! its own. Between the two lies the termination race: a node still sends new connections to a pod
//! that no longer listens. [`mesh`] compiles the tables of Istio's proxies. Topology hints, local traffic policies and client affinity are not
//! modelled.
//!
//! With a mesh the choice is the client's own proxy's: see [`envoy`].

mod endpoints;
pub mod envoy;
pub mod mesh;
mod proxy;

pub use endpoints::{
    Conditions, Endpoint, EndpointPod, EndpointSlice, Terminating, Unready, backends, conditions,
    is_listed,
};
pub use proxy::{KubeProxies, Programmed, Publication};

//! Client proxies on the way: the data plane of a mesh.
//!
//! ```text
//! arrival ─▶ proxy ─▶ route ─▶ upstream ─▶ host ─▶ connection ─▶ process ─▶ answer
//!              │        │ share, fault,      ▲        │ breakers             │
//!              │        │ mirror             └────────┴──── retry ◀──────────┤
//!              └─ knows its own generation of routes and hosts               └─▶ outliers
//! ```
//!
//! A [`FleetSpec`] is a set of proxies with the same settings: the pods of a gateway, or the sidecars
//! of a source's clients. Every proxy has its own [`Routing`], hosts, counts and memory of failures,
//! and learns of changes on its own. The decisions are [`crate::routing::envoy`]'s; here is what they
//! are asked about: who is connected, what is under way, what waits.
//!
//! Invariant: what is taken from a proxy's breakers is given back, whatever ends an attempt.
//!
//! Not modelled: time on the network, so that connections are made at once; HTTP/2 (a connection takes
//! one request at a time); the server's own proxy. An attempt that is given up is still worked on.

mod crossing;
mod fleet;
mod from_istio;
mod spec;
mod upstream;

pub(super) use crossing::{Crossing, Crossings, End, NO_CROSSING, Place, Stage, Tried};
pub(super) use fleet::Fleet;
pub use from_istio::{fault, retry_policy, upstream_of};
pub use spec::{
    Abort, Action, Fault, FleetSpec, HostSpec, RouteSpec, Routing, Target, UpstreamSpec,
};
pub(super) use upstream::{Connected, Outlook, Upstream};

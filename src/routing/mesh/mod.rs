//! The mesh: what proxies make of VirtualServices, DestinationRules and Gateways (reference
//! progressive-delivery.md §5), as pure functions.
//!
//! A [`RouteTable`] is what one proxy knows at one port: hosts, routes in order, and the clusters they
//! lead to, each with the pods it means and the policy by which they get requests. A
//! [`RetryPolicy`], [`Backoff`] and the [`priorities`] of localities are resolved as Istio resolves
//! them; [`Debounce`] says when a change is sent to the proxies at all.
//!
//! What it leaves out: who picks a pod, counts limits and leaves out outliers; hosts outside the
//! cluster (ServiceEntries), edits of headers, rewrites of paths, `exportTo`, the age of objects (names
//! decide instead).

mod backoff;
mod client;
mod cluster;
mod compile;
mod covering;
mod debounce;
mod host;
mod locality;
mod pilot;
mod request;
mod retry;
mod retry_condition;
mod route;
mod rules;
mod table;
mod translate;
mod upstream;

pub use backoff::Backoff;
pub use client::{Client, bound_gateway};
pub use cluster::{Cluster, ClusterIndex, ClusterName, Members, Missing};
pub use debounce::{Change, Debounce, DebounceSpec, EndpointChanges, Push};
pub use host::Host;
pub use locality::{Locality, LocalityMode, Place, distributed_weights, priorities};
pub use pilot::{MeshSpec, Pilot};
pub use request::RequestHead;
pub use retry::{Hashing, RetryPolicy};
pub use retry_condition::RetryCondition;
pub use route::{Action, Origin, Route, Split};
pub use rules::ClusterPolicy;
pub use table::{Mesh, RouteTable, VirtualHost};

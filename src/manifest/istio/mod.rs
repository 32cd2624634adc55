//! Istio: who listens at the edge, how requests are routed, and how they are sent (group
//! `networking.istio.io`, reference progressive-delivery.md §5).
//!
//! A view holds what is written with Istio's defaults filled in (istio/istio at 86c9f01f, istio/api at
//! b8f8791d); what Istio's webhook refuses (`pkg/config/validation`) is refused here, at its place.
//! Hosts stay as written: a short name is resolved where routes are compiled.
//!
//! What it leaves out: `delegate` is refused; routes of `tls` and `tcp`, `exportTo`, `workloadSelector`,
//! zone-aware balancing, tunnels and upgrades to HTTP/2 are told by the tables of fields; rewrites and
//! CORS change nothing in a rollout. Subsets and hosts are looked for by whoever has all objects.

mod amounts;
mod answer;
mod connection_pool;
mod destination;
mod destination_rule;
mod fault;
mod gateway;
mod headers;
mod load_balancer;
mod locality;
mod names;
mod objects;
mod outlier_detection;
mod request_match;
mod retries;
mod route;
mod string_match;
mod traffic_policy;
mod virtual_service;

pub use answer::{DirectResponse, Redirect};
pub use connection_pool::ConnectionPool;
pub use destination::{Destination, Mirror, RouteDestination};
pub use destination_rule::{DestinationRule, Subset};
pub use fault::{Abort, AbortStatus, Delay, Fault};
pub use gateway::{Gateway, Protocol, Server};
pub use headers::{HeaderEdits, Headers};
pub use load_balancer::{ConsistentHash, HashAlgorithm, HashKey, LbPolicy, LoadBalancer, Warmup};
pub use locality::{Distribute, Failover, LocalityLb};
pub use outlier_detection::OutlierDetection;
pub use request_match::RequestMatch;
pub use retries::{Retries, is_status_code};
pub use route::{HttpAction, HttpRoute};
pub use string_match::{Case, Pattern, StringMatch};
pub use traffic_policy::{PortPolicy, RetryBudget, TrafficPolicy};
pub use virtual_service::{MESH, VirtualService};

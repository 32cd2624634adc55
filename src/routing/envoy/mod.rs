//! Envoy's decisions, one client proxy and one of its clusters at a time: which host, whether at
//! all, whether again, and which hosts are out.
//!
//! Everything here is a decision without plumbing: no events, no clock of its own, no allocation
//! per request. The caller keeps a [`Host`](balancing::Host) per endpoint (its view of it: requests
//! of this proxy in flight, weight, health), tells what happened, and asks.
//!
//! ```text
//!   request ─▶ balancing::Cluster::pick ─▶ breakers::Breakers::admit ─▶ upstream
//!                    ▲                             │                       │
//!                    │ refresh                     └── UO                  │ attempt ends
//!      outlier::MergeWindow ◀── outlier::Detector ◀── observe ─────────────┤
//!                    ▲                                                     │
//!      health_check::HealthCheck                 retries::RetryState ◀─────┘
//! ```
//!
//! Held against upstream's tests and against recordings of Envoy 1.40; where two versions differ,
//! the difference is an enum. Rules are cited by file of `envoyproxy/envoy`.
//!
//! Invariant: counters are per client proxy and cluster. Nothing here knows of other proxies.
//!
//! Not modelled: several workers (one rotation each), zone-aware routing, preconnecting,
//! bounded-load hashing, HTTP/3, hedging, success-rate and failure-percentage ejection (Istio
//! switches them off).

pub mod attempt;
pub mod balancing;
pub mod breakers;
pub mod health_check;
pub mod outlier;
pub mod retries;

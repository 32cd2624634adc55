//! Which host gets the request.
//!
//! A [`Cluster`] is what one client proxy knows of one Envoy cluster. On every change of hosts,
//! health or weights it is refreshed; per request it picks in three steps: a priority level by
//! [`PriorityLoads`], hosts of that level by availability (all of them in panic), a locality where
//! localities are weighted; then the policy's own choice:
//!
//! | policy | equal weights, nobody in slow start | otherwise |
//! |---|---|---|
//! | [`RoundRobin`] | rotation from a start of its own | earliest deadline first ([`Edf`]) |
//! | [`LeastRequest`] | the least loaded of a few drawn hosts | [`Edf`] by weight / (active + 1)^bias |
//! | random | uniform | uniform |
//! | [`Ring`], [`Maglev`] | by the request's hash | by the request's hash |
//!
//! Invariant: a pick allocates nothing and, but for the hash policies, hashes nothing.

mod cluster;
mod edf;
mod hash;
mod host;
mod least_request;
mod level;
mod locality;
mod maglev;
mod policy;
mod priority;
mod ring;
mod round_robin;
mod sampling;
mod slow_start;

pub use cluster::Cluster;
pub use edf::Edf;
pub use hash::{HashPart, combined_hash, xx_hash_64};
pub use host::{Health, Host, View};
pub use least_request::{LeastRequest, LeastRequestSettings};
pub use locality::effective_locality_weight;
pub use maglev::{Maglev, MaglevSize};
pub use policy::{ClusterSettings, PanicTraffic, Policy, Request};
pub use priority::{Availability, HealthBasis, LevelTally, PriorityLoads, PriorityRules, Tally};
pub use ring::{Ring, RingSize};
pub use round_robin::RoundRobin;
pub use sampling::{Replacement, Sampling};
pub use slow_start::SlowStart;

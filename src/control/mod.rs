//! What controllers decide: one folder per real product, and the leaf they share.
//!
//! Everything here is a pure function `(spec, observed, now) -> actions`. Watch latency, queues,
//! write conflicts and timers belong to whoever calls; the decisions come out as data and upstream's
//! own tables call them (`tests/it/tables.rs`).
//!
//! Invariant: stamps that the API keeps in whole seconds (creation, readiness, conditions) are cut
//! to the second *here*, so a caller may pass exact instants.

pub mod argo_rollouts;
pub mod deployment;
pub mod disruption;
pub mod replica_set;

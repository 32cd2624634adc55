//! The ReplicaSet controller: how many pods to create or delete, which ones go first, and what the
//! status says (reference kubernetes.md §2, §1.4; measured: oracles/k8s README, facts 1, 2, 15).
//!
//! ```text
//! spec 5, active 3 ── Create(2) ── slow start 1, 1      (a failing batch stops the rest)
//! spec 3, active 5 ── Delete(2) ── ranked: unassigned, pending, unready, cheap, crowded, young …
//! ```
//!
//! Invariant: a pod with a deletion mark is not active: its replacement starts while it still runs.
//!
//! Left out: adoption of orphans, label changes, pods of other owners.

mod change;
mod pod;
mod rank;
mod slow_start;
mod stamp;
mod status;
mod sync;

pub use crate::manifest::PodPhase;
pub use change::{BURST, Change, replicas_to_change};
pub use pod::{PodView, Readiness};
pub use rank::{Candidate, Recency, delete_first, pods_to_delete, sibling_counts};
pub use slow_start::{SlowStart, slow_start, slow_start_batches};
pub use stamp::stamp;
pub use status::{ReplicaSetStatus, is_available, next_availability_check, replica_set_status};
pub use sync::{ReplicaSetDecision, ReplicaSetSpec, sync};

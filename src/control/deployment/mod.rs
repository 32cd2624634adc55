//! The Deployment controller: how a rolling update, a scaling, a pause, an undo or a Recreate moves
//! its ReplicaSets (reference kubernetes.md §1; measured: oracles/k8s README, "Facts measured").
//!
//! ```text
//! D 10, surge 3, unavailable 2
//! new  0 ─ 3 ─ 3 ─ 5 ── 5 ─ 6 …      one sync does one of: resize new, shrink old
//! old 10 ─10 ─ 8 ─ 8 ── 7 ─ 7 …      7: a new pod became available
//! ```
//!
//! [`sync`] is one syncDeployment, as data: the writes it would make, in order, and when it wants to
//! look again. The pieces stand alone, so that upstream's tables can call each.
//!
//! Sizes are *spec* sizes: pods that still terminate are invisible to all arithmetic, so real pods can
//! exceed desired + surge.
//!
//! Invariant: the new ReplicaSet never grows the sum of sizes above desired + surge.
//! Invariant: shrinking healthy old ReplicaSets never takes availability below desired − unavailable.
//!
//! Left out: hash collisions, ReplicaFailure conditions, adoption and orphaning, copied annotations.

mod action;
mod condition;
mod fenceposts;
mod history;
mod progress;
#[cfg(test)]
mod properties;
mod recreate;
mod revision;
mod rolling;
mod rollout_status;
mod scale;
mod status;
mod sync;
mod view;
mod writing;

pub use action::{Action, Decision, NewReplicaSet, ReplicaSetChange, Requeue};
pub use condition::{Condition, ConditionStatus, Reason};
pub use fenceposts::{Fenceposts, max_surge, max_unavailable, min_available, resolve_fenceposts};
pub use history::{UNLIMITED_HISTORY, surplus_replica_sets};
pub use progress::{
    complete, next_progress_check, paused_condition, progressing, rollout_condition, timed_out,
};
pub use recreate::{OwnedPod, old_pods_running};
pub use revision::{
    Undo, UndoRefused, find_new, last_revision, max_revision, next_revision, undo_target,
};
pub use rolling::{
    OldStep, cleanup_unhealthy, new_replica_set_size, reconcile_new, reconcile_old, scale_down_old,
};
pub use rollout_status::{RolloutStatus, rollout_status};
pub use scale::{Resize, fraction, is_saturated, is_scaling_event, scale};
pub use status::deployment_status;
pub use sync::sync;
pub use view::{DeploymentSpec, DeploymentStatus, DeploymentView, ReplicaSetView, Revision};

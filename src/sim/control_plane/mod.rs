//! The control plane: store, watches, work queues and writes around the pure decisions of
//! [`crate::control`] (reference kubernetes.md §1, §2, §6; oracles/k8s README).
//!
//! ```text
//! write ─watch→ seen ─wake→ queue ─controller→ decision ─write→ write …     one hop
//! ```
//!
//! A host (the world, or the replay of a recorded rollout) owns the clock: it hands events in and
//! schedules what comes out in the [`Outbox`].
//!
//! Invariant: one object is never worked on twice at once; what wakes it meanwhile queues it again.
//! Invariant: a ReplicaSet changes no pods before it has seen its earlier changes.
//!
//! Left out: number of workers, garbage collection, leader changes, failing writes but conflicts.

mod client;
mod config;
mod deployment;
mod kubelet;
mod objects;
mod outbox;
mod people;
mod plane;
mod reads;
mod replica_set;
mod rollouts;
mod settled;
mod work;

pub use config::{ControlPlaneConfig, Uids};
pub use objects::{DeploymentObject, PodObject, PodStatus, ReplicaSetObject, SettledPod};
pub use outbox::{ControlEvent, Controller, Kind, Outbox, Question, RouterOrder};
pub use plane::ControlPlane;
pub use rollouts::{RolloutObject, RolloutServices, RolloutStatus, StrategyStatus};

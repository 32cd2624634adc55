//! The experiment controller's hands: it carries out what
//! [`crate::control::argo_rollouts::experiment`] decides.
//!
//! ```text
//! a step starts it ─watch→ pass ─ sets, sizes, runs, status ─watch→ pass …, seen by its Rollout
//!                           ▲                       │
//!                           └── sets, runs, timers ◀┘
//! ```
//!
//! Its pods have all labels of the Rollout's but the hash of their template: a Service that selects no
//! hash sends them traffic, one that the Rollout switches does not. They cost, fail and answer like
//! the pods whose template they have.
//!
//! Invariant: a set of an experiment is none of its Rollout, for no decision and no count.
//!
//! Left out: Services and weights of templates, deletion of experiments that are over.

mod object;
mod sets;
mod start;
mod sync;
mod write;

pub(in crate::sim::control_plane) use object::Experiment;

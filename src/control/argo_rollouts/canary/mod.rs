//! Canary: bit by bit, in steps (reference progressive-delivery.md §2).
//!
//! ```text
//! setWeight 20 ─ sizes ─ weight ─ step 1: pause ─ time or human ─ step 2: setWeight 50 ─ … ─ stable
//! ```
//!
//! [`reconcile`] is one pass of the controller as data; the pieces stand alone.
//!
//! Invariant: one pass completes at most one step.
//! Invariant: a router is told a weight only if the stable set can carry the rest.
//!
//! Left out: ping-pong Services, plugins, verified target groups, and the slow return of weight when a
//! dynamically scaled Rollout goes back to its stable template in mid-update: it returns at once.

mod action;
mod older;
mod pass;
mod status;

pub use action::{Action, Pass};
pub use older::scale_down_intermediate;
pub use pass::reconcile;
pub use status::{CanaryAnalysisSeen, CanaryRunStatus, CanaryView, phase};

//! Blue-green: a second full set of pods, and one switch (reference progressive-delivery.md §1).
//!
//! ```text
//! new RS   ─ up ─ ready ─ pre-promotion ─ pause ─┐ switch ─ post-promotion ─ stable
//! old RS   ─────────────────────────────────────┘─────────────────────────┘─ delay ─ 0
//! ```
//!
//! [`reconcile`] is one pass of the controller as data; the pieces stand alone. What every pass does
//! besides, whatever the strategy, is in [`super::progress`] (conditions, the progress deadline) and
//! [`super::restart`].
//!
//! Left out: verification of load balancers' targets, metadata patched onto pods, the history limit.
//!
//! Invariant: the active Service never moves to a set that is not saturated.

mod action;
mod command;
mod gating;
mod judges;
mod older;
mod pass;
mod pause;
mod preview;
mod promotion;
mod requeue;
mod status;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod world;

pub use super::Phase;
pub use action::{Action, Pass};
pub use command::{abort, promote, promote_full, retry};
pub use gating::{Gate, post_promotion_gate, pre_promotion_gate};
pub use older::scale_down_older;
pub use pass::{reconcile, runs_restarter};
pub use pause::{PauseChange, pause_change, pause_complete};
pub use preview::{checkpoint_reached, new_set_size};
pub use promotion::{FullPromotion, full_promotion, is_fast_tracked};
pub use requeue::requeue_at;
pub use status::{AnalysisSeen, BlueGreenStatus, BlueGreenView, phase};

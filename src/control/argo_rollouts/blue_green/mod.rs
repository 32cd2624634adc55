//! Blue-green: a second full set of pods, and one switch (reference progressive-delivery.md §1).
//!
//! ```text
//! new RS   ─ up ─ ready ─ pre-promotion ─ pause ─┐ switch ─ post-promotion ─ stable
//! old RS   ─────────────────────────────────────┘─────────────────────────┘─ delay ─ 0
//! ```
//!
//! [`reconcile`] is one pass of the controller as data; the pieces stand alone.
//!
//! Invariant: the active Service never moves to a set that is not saturated.

mod action;
mod gating;
mod older;
mod pass;
mod pause;
mod preview;
mod promotion;
mod status;

pub use action::{Action, Pass};
pub use gating::{Gate, post_promotion_gate, pre_promotion_gate};
pub use older::{OldSet, scale_down_older};
pub use pass::reconcile;
pub use pause::{PauseChange, pause_change, pause_complete};
pub use preview::{checkpoint_reached, new_set_size};
pub use promotion::{FullPromotion, full_promotion, is_fast_tracked};
pub use status::{AnalysisSeen, BlueGreenStatus, BlueGreenView, Phase, phase};

//! What a pass says of a Rollout's progress, whatever the strategy: conditions, the progress deadline,
//! the phase.
//!
//! ```text
//! pass ─ paused_conditions ─┬ Some: written, the pass is over
//!                           └ None: reconcile ─ apply ─ conclude ─ conditions, abort, phase
//! ```
//!
//! The clock of the deadline starts anew with every progress (`lastUpdateTime` of Progressing), stands
//! still while paused, and is not looked at in steps that may take as long as they like.

mod conclusion;
mod rules;
#[cfg(test)]
mod tests;
mod view;

pub use conclusion::{conclude, paused_conditions};
pub use rules::{completed, healthy, progressing, requeue_at, timed_out};
pub use view::{Conclusion, Conditions, Counts, ProgressView, Written};

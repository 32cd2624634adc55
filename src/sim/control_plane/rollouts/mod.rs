//! Rollouts of Argo in the control plane: the store, the hands of their controller and of the analysis
//! controller, around the pure decisions of [`crate::control::argo_rollouts`].
//!
//! ```text
//! release ─watch→ pass ─ create set, resize, point Services, weigh, start runs, status ─→ pass …
//!                  ▲                                             │
//!                  └── sets, runs, timers ◀──────────────────────┘
//! ```
//!
//! Left out: weights of experiments reach no router; trimming the history of sets.

mod analysis;
mod anti_affinity;
mod blue_green;
mod canary;
mod edits;
mod experiments;
mod object;
mod pass;
mod reads;
mod restarts;
mod runs;
mod settled;
mod sync;
mod taken;
mod telling;
mod write;

pub(super) use analysis::AnalysisRun;
pub(super) use experiments::Experiment;
pub(super) use object::RolloutPlan;
pub use object::{RolloutObject, RolloutServices, RolloutStatus, StrategyStatus};
pub(super) use write::RolloutWrite;

//! Canary: the new set takes traffic step by step (reference progressive-delivery.md §2).
//!
//! ```text
//! template ─ reset ─┐        one pass, every write in this order, then the next pass
//!                   └ restart ─ Services ─ weight ─ experiment ─ analyses ─ sizes ─ pause ─ step
//! weight lags sizes on the way up (a pass looks at what the last one has done) and leads them down
//! ```
//!
//! [`reconcile`] is one pass of the controller as data; the pieces stand alone.
//!
//! Invariant: at most one step per pass. Invariant: the weight never rises before the pods are there.

mod action;
mod advance;
mod command;
#[cfg(test)]
mod interruptions;
mod judges;
mod pass;
mod requeue;
mod services;
mod sizes;
#[cfg(test)]
mod stories;
mod traffic;
mod view;
#[cfg(test)]
mod wording;
#[cfg(test)]
mod world;

pub use action::{Action, Judge, Pass};
pub use command::{abort, promote, promote_full, retry};
pub use pass::{reconcile, runs_restarter};
pub use requeue::requeue_at;
pub use view::{
    AnalysesSeen, CanaryRunStatus, CanaryView, ExperimentSeen, RoutedWeights, ServiceSeen, StepRun,
    StepsSeen,
};

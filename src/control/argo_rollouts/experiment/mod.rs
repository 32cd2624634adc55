//! Experiments: sets of pods beside the Rollout's own, for a while, and analyses of them (upstream's
//! `experiments/experiment.go`).
//!
//! ```text
//! create, size 0 ─ size N ─ all available ─┬ duration ───────┬ successful ─ delay ─ size 0
//!                   └ deadline: failed     └ analyses start ─┴ one goes wrong: so does all
//! ```
//!
//! [`reconcile`] is one pass as data: writes, the next status, and when to look again.
//!
//! Left out: Services of templates, collisions of names, templates that cannot be found.

mod from_manifest;
mod pass;
mod spec;
#[cfg(test)]
mod stories;
mod template;
mod verdict;
mod view;

pub use pass::{Action, Pass, reconcile};
pub use spec::{Completion, ExperimentSpec, PROGRESS_DEADLINE, SCALE_DOWN_DELAY};
pub use template::{experiment_hash, fill_arguments};
pub use verdict::{assess_analyses, assess_templates, next_phase};
pub use view::{
    AnalysisStatus, ExperimentStatus, ExperimentView, TemplateCounts, TemplateSet, TemplateState,
    TemplateStatus,
};

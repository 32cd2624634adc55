//! What a run measures: templates found and merged, arguments given, texts filled in (upstream's
//! `utils/analysis`, `utils/template`, and `getAnalysisTemplatesFromRefs` of `rollout/analysis.go`).
//!
//! ```text
//! references ─> templates, nested ones too ─> metrics, arguments, dry runs of all
//!                              given values ─┘            │
//!                                      filled in, checked, dry or not ─> what is measured
//! ```

mod error;
mod fill;
mod gather;
mod merge;
mod request;
mod run;

pub use error::ResolveError;
pub use request::{HashNames, RunEnd, RunRequest, given_arguments};
pub use run::{ResolvedMetric, resolve};

//! Who runs, which truth, how often, and how the variants compare.
//!
//! ```text
//!   scenario ──▶ worlds (variants, and their release-free twins; equal twins once)
//!            ──▶ runs of each, on all cores, placed by run index
//!            ──▶ estimates, paired differences, gates, ranking ──▶ Results
//! ```
//!
//! Invariant: the same bytes for any number of threads.

mod by_truth;
mod compare;
mod decisions;
mod difference;
mod estimate;
mod estimates;
mod gates;
mod happened;
mod ranking;
mod results;
mod retell;
mod runs;
mod story;
mod timeline;
mod truths;
mod unnoticed;
mod verdict;
mod worlds;

pub use compare::{Compared, compare};
pub use decisions::Decisions;
pub use estimate::{Estimate, ShareEstimate};
pub use estimates::Estimates;
pub use gates::GateVerdict;
pub use results::{
    Assumptions, Difference, FORMAT_VERSION, GateResult, Ranked, Results, TruthResults, TruthSeen,
    VariantResults,
};
pub use retell::retell;
pub use runs::{ExperimentError, Plan};
pub use story::{Line, Story, Subject, causes_words};
pub use timeline::{Mark, Series, Steps, Timeline};
pub use worlds::{Job, World};

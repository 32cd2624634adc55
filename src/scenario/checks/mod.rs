//! What can be told about a scenario without running it: warnings with place and reason.
//!
//! Each rule is a small function in the list of [`check`]; it looks at one workload, one variant, one
//! update of a Rollout or one metric of its analyses, and gives findings. What the rules leave out: anything that hangs on chance over time
//! beyond a mean or a quantile of one law; that is what a run is for.

mod capacity;
mod finding;
mod gates;
mod list;
mod mesh;
mod pauses;
mod probes;
mod queries;
mod rollout;
mod shutdown;
mod update;
mod verdicts;
mod weights;

pub use list::check;
pub(super) use rollout::typically_ready;

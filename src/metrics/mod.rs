//! What a run cost: downtime, money, blast radius, outcome; from facts alone.

mod metric;
mod outcome;

pub use metric::{Kind, Metric};
pub use outcome::{Ending, RunMetrics, RunOutcome};

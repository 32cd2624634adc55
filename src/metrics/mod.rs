//! What a run cost: downtime, money, blast radius, outcome; from facts alone.

mod measure;
mod metric;
mod outcome;
mod prices;

pub use measure::{Alarm, Facts, measure};
pub use metric::{Kind, Metric, Worst};
pub use outcome::{Ending, RunMetrics, RunOutcome};
pub use prices::Prices;

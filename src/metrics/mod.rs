//! What a run cost: downtime, money, blast radius, outcome; from facts alone.

mod decision;
mod measure;
mod metric;
mod outcome;
mod prices;

pub use decision::Decision;
pub use measure::{Alarm, Facts, measure};
pub use metric::{Kind, Metric, Worst};
pub use outcome::{Ending, RunMetrics, RunOutcome};
pub use prices::Prices;

//! AnalysisRuns: which metrics a run has, when a metric is measured, what a measurement says, and what
//! many of them say (reference progressive-delivery.md §3).
//!
//! ```text
//! conditions        limits           worst metric
//! value ─> measurement ─> metric result ─> run
//! ```
//!
//! Left out: the garbage collection of measurements, which no decision looks at.

mod assess;
mod condition;
mod convert;
mod functions;
mod metric;
mod names;
mod phase;
mod resolve;
mod result;
mod run;
mod schedule;

pub use assess::{RunState, assess_metric, over_limit};
pub use condition::{Condition, ConditionError, MetricValue, measurement_phase, verdict};
pub use convert::{as_float, as_int};
pub use metric::{InvalidMetric, MetricSpec};
pub use phase::Phase;
pub use resolve::{
    HashNames, ResolveError, ResolvedMetric, RunEnd, RunRequest, given_arguments, resolve,
};
pub use result::{Measurement, MetricResult};
pub use run::{MetricRole, assess_run};
pub use schedule::{ERROR_RETRY, MetricTask, due, next_reconcile};

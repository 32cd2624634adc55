//! What a Prometheus would have seen: scraped series, and PromQL over them.
//!
//! ```text
//! counters of a pod ──scrape──▶ Storage (samples, endings) ──Query──▶ Answer
//! ```
//!
//! * A series is born at its first sample: what a counter held before is invisible to `rate`.
//! * A counter that restarts begins again at its small value; the query language finds the reset.
//! * A target that vanished ends its series with a staleness marker: instant selectors stop at
//!   once, ranges keep the samples they hold until these leave the window.
//!
//! Left out: native histograms, exemplars, remote storage, recording rules, annotations.
//!
//! Invariant: times are whole milliseconds and grow within a series.
//! Invariant: series answer in the order they were born, so that sums have the same bits each run.
//! Invariant: a query with a metric name looks at the series of that name only.

mod labels;
pub mod promql;
mod series;
mod spec;
mod stamp;
mod window;

pub use labels::Labels;
pub use series::{Sample, Series, SeriesId, Storage};
pub use spec::{SeriesBirth, TelemetrySpec};
pub use stamp::Stamp;
pub use window::{Edge, Window};

//! What a Prometheus would have seen: scraped series, and PromQL over them.
//!
//! ```text
//! Meter of a pod ──Scraper──▶ Storage (samples, endings) ──Query──▶ Answer
//! ```
//!
//! * A series is born at its first sample: what a counter held before is invisible to `rate`.
//! * A counter that restarts begins again at its small value; the query language finds the reset.
//! * A target that vanished ends its series with a staleness marker: instant selectors stop at
//!   once, ranges keep the samples they hold until these leave the window.
//!
//! * Telemetry and facts come from the same counts: what is seen may be late or missing, never
//!   different.
//!
//! Left out: the delay of service discovery (up to 5 s); scrapes that wait behind requests, or time
//! out; the labels `job` and `instance`; the rounding of Envoy's own histograms to two digits;
//! native histograms, exemplars, remote storage, recording rules, annotations.
//!
//! Invariant: times are whole milliseconds and grow within a series.
//! Invariant: series answer in the order they were born, so that sums have the same bits each run.
//! Invariant: a query with a metric name looks at the series of that name only.

mod bounds;
mod exposition;
mod labels;
pub mod promql;
mod scraper;
mod series;
mod spec;
mod stamp;
mod target;
mod window;

pub use exposition::{FAMILIES, Family, Wanted};
pub use labels::{Labels, label_name};
pub use scraper::{Monitored, Scraper};
pub use series::{Sample, Series, SeriesId, Storage};
pub use spec::{SeriesBirth, TelemetrySpec};
pub use stamp::Stamp;
pub use target::Target;
pub use window::{Edge, Window};

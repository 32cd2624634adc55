//! What a scenario says about its monitoring (scenario.md, "Telemetry").

use super::promql::Version;
use crate::units::SimDuration;

/// `[telemetry]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelemetrySpec {
    /// `scrape`: from one scrape of a target to the next; each target has a random phase. Default 15 s.
    pub scrape: SimDuration,
    /// `prometheus = 2 | 3`: whose rules ranges follow. Default 3.
    pub version: Version,
    /// `evaluation`: how often alert rules are evaluated. Default 30 s.
    pub evaluation: SimDuration,
    /// `query-latency`: how long an analysis waits for the answer of a query. Default 50 ms.
    pub query_latency: SimDuration,
    /// `series = "first-request" | "start"`: when counters appear. Default: at the first request.
    pub birth: SeriesBirth,
}

impl Default for TelemetrySpec {
    fn default() -> Self {
        Self {
            scrape: SimDuration::from_secs(15),
            version: Version::Three,
            evaluation: SimDuration::from_secs(30),
            query_latency: SimDuration::from_millis(50),
            birth: SeriesBirth::FirstRequest,
        }
    }
}

/// When the counters of a process appear among its metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeriesBirth {
    /// Each at the first request it counts, as most client libraries do: a scrape before it shows nothing.
    #[default]
    FirstRequest,
    /// At the start of the process, at zero, for every Service that selects the pod and every status code.
    Start,
}

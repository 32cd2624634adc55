//! What a ledger is asked to count.

use crate::units::{SimDuration, SimTime};

/// What a ledger counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerSpec {
    /// Requests intended before are not counted.
    pub count_from: SimTime,
    /// Requests intended at or after it are not counted.
    pub horizon: SimTime,
    /// Number of users of each source, in the order of the sources.
    pub users: Vec<u32>,
    /// How long a user's state lasts after a request at most. The paper's example is 30 minutes.
    pub cutoff: SimDuration,
    /// Whether failures are also kept per second and cause.
    pub timeline: Timeline,
}

impl LedgerSpec {
    /// Counts from `count_from` to `horizon`, with a cutoff of 30 minutes and no timeline.
    pub fn new(count_from: SimTime, horizon: SimTime, users: Vec<u32>) -> Self {
        Self {
            count_from,
            horizon,
            users,
            cutoff: SimDuration::from_secs(1800),
            timeline: Timeline::Absent,
        }
    }
}

/// Whether failures are kept per second and cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeline {
    /// Totals alone.
    Absent,
    /// Per second, for `run` and the chart of the median run.
    PerSecond,
}

/// Requests intended within one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    /// All.
    pub total: u32,
    /// Failed ones.
    pub failed: u32,
}

//! What became of one request.

use super::Cause;
use crate::ids::{SourceId, UserId};
use crate::units::SimTime;

/// How a user intent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Answered without error.
    Good,
    /// Failed after all its attempts, the last one for this cause.
    Failed(Cause),
}

/// One user intent, all attempts done (scenario.md, "Traffic").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestFact {
    /// Whose request.
    pub source: SourceId,
    /// The user within that source.
    pub user: UserId,
    /// When the user wanted it; latency runs from here.
    pub intended: SimTime,
    /// When its last attempt was answered or given up.
    pub settled: SimTime,
    /// How it ended.
    pub verdict: Verdict,
    /// Attempts made, the first included.
    pub attempts: u32,
    /// Whether any attempt reached a process of a bad version.
    pub exposed: bool,
}

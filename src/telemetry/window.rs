//! Stretches of time that a selector looks at.

use super::Stamp;

/// Whether a sample exactly at the start of a window belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It does (Prometheus 2).
    Closed,
    /// It does not (Prometheus 3).
    Open,
}

/// A stretch of time; its end always belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The left end.
    pub start: Stamp,
    /// The right end, included.
    pub end: Stamp,
    /// Whether the left end is included.
    pub edge: Edge,
}

impl Window {
    /// Whether an instant lies before the window.
    pub(super) fn is_after(&self, at: Stamp) -> bool {
        match self.edge {
            Edge::Closed => at < self.start,
            Edge::Open => at <= self.start,
        }
    }
    /// Its length in seconds.
    pub fn length_secs(&self) -> f64 {
        self.end.secs_since(self.start)
    }
}

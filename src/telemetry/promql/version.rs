//! What differs between the Prometheus versions.

use crate::telemetry::{Edge, Stamp, Window};

/// Whose rules a query follows (oracle README, "Version warning").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// Prometheus 2 (measured at 2.42): windows and look-back include their left edge; a counter's
    /// zero point is compared with the whole gap to the window's start; sums add up plainly.
    Two,
    /// Prometheus 3: windows and look-back leave their left edge out; the gap is cut to half an
    /// interval before the zero point is compared with it; sums are compensated; nearly equal
    /// histogram buckets count as equal.
    #[default]
    Three,
}

impl Version {
    /// The window of so many milliseconds up to an instant.
    pub(super) fn window(self, end: Stamp, length_ms: i64) -> Window {
        let edge = match self {
            Self::Two => Edge::Closed,
            Self::Three => Edge::Open,
        };
        let start = end.earlier_by_millis(length_ms);
        Window { start, end, edge }
    }
}

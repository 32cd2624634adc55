//! Phases of measurements, metrics and runs.

/// A phase, from best to worst: the worst metric decides a run (reference §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It went well.
    Successful,
    /// Under way.
    Running,
    /// Not begun.
    Pending,
    /// Neither well nor badly: a human has to look.
    Inconclusive,
    /// It could not be measured.
    Error,
    /// It went badly.
    Failed,
}

impl Phase {
    /// Whether it is final.
    pub const fn is_completed(self) -> bool {
        !matches!(self, Self::Running | Self::Pending)
    }
    /// Whether it ends a run before its other metrics are through.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Inconclusive | Self::Error | Self::Failed)
    }
}

//! Processor shares.

use std::fmt;

/// Thousandths of one core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CpuMillis(u64);

impl CpuMillis {
    /// From thousandths of a core.
    pub const fn new(millis: u64) -> Self {
        Self(millis)
    }
    /// Thousandths of a core.
    pub const fn as_millis(self) -> u64 {
        self.0
    }
    /// Cores, with a fraction.
    pub fn as_cores(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl fmt::Display for CpuMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}m", self.0)
    }
}

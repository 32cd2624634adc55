//! Times that requests wait for a station, kept for validation only.

use crate::facts::Latencies;
use crate::units::SimDuration;

/// How long accepted requests waited; those that did not wait are counted apart.
#[derive(Debug, Clone, Default)]
pub struct WaitLog {
    unqueued: u64,
    queued: Latencies,
}

impl WaitLog {
    pub(super) fn record(&mut self, nanos: u64) {
        match nanos {
            0 => self.unqueued += 1,
            _ => self.queued.record(SimDuration::from_nanos(nanos)),
        }
    }
    /// Accepted requests that started at once.
    pub fn unqueued(&self) -> u64 {
        self.unqueued
    }
    /// The waits of the others.
    pub fn queued(&self) -> &Latencies {
        &self.queued
    }
}

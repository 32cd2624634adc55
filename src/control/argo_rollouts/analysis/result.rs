//! What a metric has come to so far.

use super::Phase;
use crate::units::SimTime;

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measurement {
    /// Its phase.
    pub phase: Phase,
    /// When it ended; `None`: under way.
    pub finished: Option<SimTime>,
    /// When it is to be taken up again, if it is under way and says so.
    pub resume: Option<SimTime>,
}

/// A metric's counters and its last measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MetricResult {
    /// Its phase so far; `None`: not assessed yet.
    pub phase: Option<Phase>,
    /// Its last measurement; `None`: never measured.
    pub last: Option<Measurement>,
    /// Measurements that did not end in an error.
    pub count: u32,
    /// Successful measurements.
    pub successful: u32,
    /// Failed measurements.
    pub failed: u32,
    /// Inconclusive measurements.
    pub inconclusive: u32,
    /// Measurements that ended in an error.
    pub error: u32,
    /// Errors in a row.
    pub consecutive_error: u32,
    /// Successes in a row.
    pub consecutive_success: u32,
}

impl MetricResult {
    /// Counts a measurement that has just ended (reference §3.3): an error neither counts nor ends
    /// the need for another.
    pub fn record(&mut self, measurement: Measurement) {
        self.last = Some(measurement);
        let phase = measurement.phase;
        if !phase.is_completed() {
            return;
        }
        let row = |so_far: u32, goes_on: bool| if goes_on { so_far + 1 } else { 0 };
        self.consecutive_success = row(self.consecutive_success, phase == Phase::Successful);
        self.consecutive_error = row(self.consecutive_error, phase == Phase::Error);
        let counter = match phase {
            Phase::Successful => &mut self.successful,
            Phase::Failed => &mut self.failed,
            Phase::Inconclusive => &mut self.inconclusive,
            _ => &mut self.error,
        };
        *counter += 1;
        self.count += u32::from(phase != Phase::Error);
    }
    /// Whether the metric is decided.
    pub fn is_completed(&self) -> bool {
        self.phase.is_some_and(Phase::is_completed)
    }
}

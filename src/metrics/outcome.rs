//! What one run of one variant came to.

use super::Metric;

/// Values of one run, one per [`Metric`]; absent where the run did not reach them.
#[derive(Debug, Clone, PartialEq)]
pub struct RunMetrics(Vec<Option<f64>>);

impl Default for RunMetrics {
    fn default() -> Self {
        Self(vec![None; Metric::all().len()])
    }
}

impl RunMetrics {
    /// The value, if the run has one.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.0[metric.index()]
    }
    /// Sets a value; what is not finite counts as absent.
    pub fn set(&mut self, metric: Metric, value: f64) {
        self.0[metric.index()] = value.is_finite().then_some(value);
    }
}

/// How the rollout stood at the end of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// The new version is complete and available.
    Promoted,
    /// Back on the old version.
    RolledBack,
    /// The progress deadline passed and the rollout is not complete.
    Stuck,
    /// Still going at the horizon.
    StillGoing,
}

impl Ending {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 4] = [
        Self::Promoted,
        Self::RolledBack,
        Self::Stuck,
        Self::StillGoing,
    ];

    /// Name in JSON and gates (`outcome.promoted`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled_back",
            Self::Stuck => "stuck",
            Self::StillGoing => "still_going",
        }
    }
}

/// One run of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// Everything measured.
    pub metrics: RunMetrics,
    /// How it ended.
    pub ending: Ending,
    /// Why it is stuck or not complete, in words (`ProgressDeadlineExceeded`, …); empty if promoted.
    pub why: String,
    /// Whether the release set off an alarm or an abort.
    pub alarmed: bool,
    /// Which truth it faced: index into the distinct truths, 0 = nothing wrong, k = risk k−1 alone,
    /// larger numbers = combinations of independent risks.
    pub truth: u32,
}

//! How well a variant tells bad releases from good ones.
//!
//! ```text
//!                        alarm or abort     neither by the horizon
//!   bad version          detected           missed (promoted: a missed defect)
//!   good version         false alarm        –
//! ```
//!
//! A share counts truths by their chance, as every mean does, among the runs that it is a share of.
//! An alarm in a run with a bad version counts as its detection, whatever set it off: what would
//! have happened without the defect is another run.

use serde::{Deserialize, Serialize};

use super::difference::column;
use super::estimate::Nature;
use super::{Estimate, ShareEstimate};
use crate::metrics::{Decision, Metric, RunOutcome};
use crate::scenario::Variant;
use crate::stats::Strata;
use crate::units::Ratio;

/// What a variant noticed. A share of runs that there are none of is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// Share of the runs with a bad version that set off an alarm or an abort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected: Option<ShareEstimate>,
    /// Share of the same runs that had set off none by the horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<ShareEstimate>,
    /// Share of the same runs that were missed and promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_defect: Option<ShareEstimate>,
    /// Share of the runs with a good version that set off an alarm or an abort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_alarm: Option<ShareEstimate>,
    /// From the first response of the bad version to the first alarm or abort (s), over the
    /// detected runs; those that were noticed before the bad version answered have none.
    pub detection_seconds: Estimate,
    /// Share of the users with a failed request before the first alarm or abort, over the
    /// detected runs.
    pub users_affected_before_alarm: Estimate,
}

impl Decisions {
    /// The share of runs that decided so.
    pub fn share(&self, decision: Decision) -> Option<&ShareEstimate> {
        match decision {
            Decision::Detected => self.detected.as_ref(),
            Decision::Missed => self.missed.as_ref(),
            Decision::MissedDefect => self.missed_defect.as_ref(),
            Decision::FalseAlarm => self.false_alarm.as_ref(),
        }
    }

    pub(super) fn of(outcomes: &[RunOutcome], strata: &Strata, level: Ratio) -> Self {
        let share = |decision| ShareEstimate::of(&decided(outcomes, decision), strata, level);
        let over_detected = |metric| {
            let mut values = column(outcomes, metric);
            for (value, outcome) in values.iter_mut().zip(outcomes) {
                *value = value.filter(|_| Decision::Detected.of(outcome) == Some(true));
            }
            Estimate::of((metric, Nature::Itself), &values, strata, level)
        };
        Self {
            detected: share(Decision::Detected),
            missed: share(Decision::Missed),
            missed_defect: share(Decision::MissedDefect),
            false_alarm: share(Decision::FalseAlarm),
            detection_seconds: over_detected(Metric::DetectionSeconds),
            users_affected_before_alarm: over_detected(Metric::UsersAffectedBeforeAlarm),
        }
    }
}

/// 1 where the run decided so, 0 where it did not, absent where it cannot say.
pub(super) fn decided(outcomes: &[RunOutcome], decision: Decision) -> Vec<Option<f64>> {
    let hit = |outcome| decision.of(outcome).map(|hit| f64::from(u8::from(hit)));
    outcomes.iter().map(hit).collect()
}

/// Whether there are decisions to report: somebody could notice, or somebody did.
pub(super) fn is_watched(variant: &Variant, outcomes: &[RunOutcome]) -> bool {
    variant.can_notice() || outcomes.iter().any(|outcome| outcome.alarmed)
}

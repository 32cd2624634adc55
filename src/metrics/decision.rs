//! Whether a run told a bad release from a good one (product.md, "The numbers": missed defect, false
//! alarm).

use super::{Ending, RunOutcome};

/// What may be asked of a run once it is known what was wrong. An alarm is one of the rules on
/// call, or an abort by the controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A bad version set off an alarm.
    Detected,
    /// A bad version had set off none by the horizon.
    Missed,
    /// It was missed and promoted.
    MissedDefect,
    /// A good version set off an alarm.
    FalseAlarm,
}

impl Decision {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 4] = [
        Self::Detected,
        Self::Missed,
        Self::MissedDefect,
        Self::FalseAlarm,
    ];

    /// Name in JSON and gates (`decision.detected`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Missed => "missed",
            Self::MissedDefect => "missed_defect",
            Self::FalseAlarm => "false_alarm",
        }
    }

    /// Whether it is true of this run; absent where the run cannot say: only bad versions can be
    /// missed, and only of good ones can an alarm be false.
    pub fn of(self, outcome: &RunOutcome) -> Option<bool> {
        let good = outcome.truth == 0;
        match self {
            Self::FalseAlarm => good.then_some(outcome.alarmed),
            _ if good => None,
            Self::Detected => Some(outcome.alarmed),
            Self::Missed => Some(!outcome.alarmed),
            Self::MissedDefect => Some(!outcome.alarmed && outcome.ending == Ending::Promoted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::RunMetrics;

    fn decisions(truth: u32, alarmed: bool, ending: Ending) -> [Option<bool>; 4] {
        let outcome = RunOutcome {
            metrics: RunMetrics::default(),
            ending,
            why: String::new(),
            alarmed,
            truth,
        };
        Decision::ALL.map(|decision| decision.of(&outcome))
    }

    #[test]
    fn bad_versions_are_detected_or_missed_and_good_ones_raise_false_alarms() {
        use Ending::{Promoted, RolledBack, Stuck};
        let (yes, no) = (Some(true), Some(false));
        for (truth, alarmed, ending, expected) in [
            (2, true, RolledBack, [yes, no, no, None]),
            // Noticed too late to be held back.
            (2, true, Promoted, [yes, no, no, None]),
            (1, false, Promoted, [no, yes, yes, None]),
            // Its pods never got ready: nobody noticed, and it was not shipped either.
            (1, false, Stuck, [no, yes, no, None]),
            (0, false, Promoted, [None, None, None, no]),
            (0, true, RolledBack, [None, None, None, yes]),
        ] {
            assert_eq!(decisions(truth, alarmed, ending), expected);
        }
    }
}

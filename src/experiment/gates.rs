//! Gates: passed, failed, or undecided where the interval straddles the bound.
//!
//! The mean has its Student interval (an ending or a decision its Wilson interval), a quantile its
//! order-statistic interval; both are two-sided, so a wrong "passed" has half of what the level
//! leaves. `worst` speaks of the runs that were simulated and has no interval.
//!
//! A rollout that was never complete has no `rollout_seconds`, a bad version that nobody noticed no
//! `detection_seconds`. For quantiles they count as longer than every other; a mean of them cannot be
//! had, so its gate is undecided.

use serde::{Deserialize, Serialize};

use super::GateResult;
use super::decisions::decided;
use super::difference::{column, ended};
use super::estimate::{Nature, possible};
use crate::metrics::{Decision, Metric, RunOutcome, Worst};
use crate::scenario::{Comparison, Gate, Measure, Scenario, Statistic, Subject};
use crate::stats::{Interval, Reach, Strata, paired, quantile, quantile_interval, runs_to_bound};
use crate::stats::{sorted, wilson};
use crate::units::Ratio;

/// What became of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateVerdict {
    /// The whole interval keeps the bound.
    Passed,
    /// The whole interval breaks it.
    Failed,
    /// The interval straddles it, or there is nothing to judge.
    Undecided,
}

impl GateVerdict {
    /// In one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
        }
    }
}

/// All that gates look at: outcomes by variant, and each variant's twin.
pub(super) struct Evidence<'a> {
    pub(super) outcomes: Vec<&'a [RunOutcome]>,
    pub(super) twins: Vec<Option<&'a [RunOutcome]>>,
    pub(super) strata: &'a Strata,
    pub(super) level: Ratio,
}

/// A statistic and where it truly lies; infinite where what is timed never came.
#[derive(Debug, Clone, Default, PartialEq)]
struct Judged {
    value: Option<f64>,
    reach: Reach,
    advice: String,
}

impl Evidence<'_> {
    pub(super) fn judge(&self, scenario: &Scenario, gate: &Gate) -> GateResult {
        let mut judged = self.statistic(gate);
        let verdict = match judged.value {
            Some(_) => decide(judged.reach, gate.bound.comparison, gate.bound.value),
            None => GateVerdict::Undecided,
        };
        if verdict != GateVerdict::Undecided {
            judged.advice.clear();
        } else if judged.advice.is_empty() {
            judged.advice = "the interval straddles the bound; more runs narrow it".to_owned();
        }
        GateResult {
            variant: subject_name(scenario, gate.subject),
            metric: measure_name(gate.measure),
            require: gate.text.clone(),
            verdict,
            value: judged.value.and_then(finite),
            low: judged.reach.low.and_then(finite),
            high: judged.reach.high.and_then(finite),
            advice: judged.advice,
        }
    }

    /// The gate's numbers, by run.
    fn values(&self, gate: &Gate) -> Vec<Option<f64>> {
        match gate.subject {
            Subject::Variant(variant) => self.of_variant(variant, gate.measure),
            Subject::Difference(first, second) => paired(
                &self.of_variant(first, gate.measure),
                &self.of_variant(second, gate.measure),
            ),
        }
    }

    fn of_variant(&self, variant: usize, measure: Measure) -> Vec<Option<f64>> {
        let outcomes = self.outcomes[variant];
        match measure {
            Measure::Ending(ending) => ended(outcomes, ending),
            Measure::Decision(decision) => decided(outcomes, decision),
            Measure::Metric { metric, excess } => {
                let values = column(outcomes, metric);
                match self.twins[variant].filter(|_| excess) {
                    Some(twin) => paired(&values, &column(twin, metric)),
                    // Without a release the world is its own twin.
                    None if excess => values.iter().map(|it| it.map(|_| 0.0)).collect(),
                    None => values,
                }
            }
        }
    }

    fn statistic(&self, gate: &Gate) -> Judged {
        let values = self.values(gate);
        let possible = possible_values(gate);
        let never_reached = self.never_reached(gate);
        match gate.bound.statistic {
            Statistic::Mean => self.mean(gate, &values, (possible, never_reached)),
            Statistic::P50 => self.quantile("50%", &values, (possible, never_reached)),
            Statistic::P95 => self.quantile("95%", &values, (possible, never_reached)),
            Statistic::P99 => self.quantile("99%", &values, (possible, never_reached)),
            Statistic::Worst => worst(gate.measure, &sorted(&values)),
        }
    }

    /// Runs that have no value because what is timed never came.
    fn never_reached(&self, gate: &Gate) -> usize {
        let (
            Subject::Variant(variant),
            Measure::Metric {
                metric,
                excess: false,
            },
        ) = (gate.subject, gate.measure)
        else {
            return 0;
        };
        let never = |outcome: &&RunOutcome| match metric {
            Metric::RolloutSeconds => outcome.metrics.get(metric).is_none(),
            Metric::DetectionSeconds => Decision::Missed.of(outcome) == Some(true),
            _ => false,
        };
        self.outcomes[variant].iter().filter(never).count()
    }

    fn mean(
        &self,
        gate: &Gate,
        values: &[Option<f64>],
        (possible, never_reached): (Interval, usize),
    ) -> Judged {
        if never_reached > 0 {
            let runs = values.iter().flatten().count() + never_reached;
            let advice =
                format!("{never_reached} of {runs} runs never got there; ask for a quantile");
            return Judged {
                advice,
                ..Judged::default()
            };
        }
        let Some(mean) = self.strata.mean(values, self.level) else {
            return nothing_to_judge(gate.measure);
        };
        let share = !matches!(gate.measure, Measure::Metric { .. }) && gate.subject_is_one();
        let interval = match share {
            true => wilson(mean.mean, mean.runs, self.level),
            false => mean.interval.map(|it| it.within(possible)),
        };
        Judged {
            value: Some(mean.mean),
            reach: interval.map_or(Reach::default(), Reach::from),
            advice: String::new(),
        }
    }

    fn quantile(
        &self,
        share: &str,
        values: &[Option<f64>],
        (possible, never_reached): (Interval, usize),
    ) -> Judged {
        let share: Ratio = share.parse().expect("a share");
        let mut ascending = sorted(values);
        ascending.resize(ascending.len() + never_reached, f64::INFINITY);
        let Some(value) = quantile(&ascending, share) else {
            return no_value();
        };
        let reach = quantile_interval(&ascending, share, self.level);
        let needed = runs_to_bound(share, self.level);
        let open = reach.low.is_none() || reach.high.is_none();
        let advice = match open {
            true => format!("it takes {needed} runs to bound this quantile"),
            false => String::new(),
        };
        Judged {
            value: Some(value),
            reach: Reach {
                low: reach.low.or(finite(possible.low)),
                high: reach.high.and_then(finite).or(finite(possible.high)),
            },
            advice,
        }
    }
}

impl Gate {
    fn subject_is_one(&self) -> bool {
        matches!(self.subject, Subject::Variant(_))
    }
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

fn no_value() -> Judged {
    Judged {
        advice: "no run has a value".to_owned(),
        ..Judged::default()
    }
}

/// What would give a share of runs something to be a share of.
fn nothing_to_judge(measure: Measure) -> Judged {
    let advice = match measure {
        Measure::Decision(Decision::FalseAlarm) => "no run faced a good version",
        Measure::Decision(_) => {
            "no run faced a bad version; a `[[risk]]` and enough runs bring some"
        }
        _ => return no_value(),
    };
    Judged {
        advice: advice.to_owned(),
        ..Judged::default()
    }
}

fn worst(measure: Measure, ascending: &[f64]) -> Judged {
    let smallest = match measure {
        Measure::Metric { metric, .. } => metric.worst() == Worst::Smallest,
        Measure::Ending(_) | Measure::Decision(_) => false,
    };
    let value = match smallest {
        true => ascending.first(),
        false => ascending.last(),
    };
    value.map_or_else(no_value, |value| Judged {
        value: Some(*value),
        reach: Interval::around(*value, 0.0).into(),
        advice: String::new(),
    })
}

fn possible_values(gate: &Gate) -> Interval {
    let itself = gate.subject_is_one();
    match gate.measure {
        Measure::Metric {
            metric,
            excess: false,
        } if itself => possible(metric, Nature::Itself),
        Measure::Metric { metric, .. } => possible(metric, Nature::Difference),
        Measure::Ending(_) | Measure::Decision(_) => Interval {
            low: if itself { 0.0 } else { -1.0 },
            high: 1.0,
        },
    }
}

/// An absent end is unbounded.
fn decide(reach: Reach, comparison: Comparison, bound: f64) -> GateVerdict {
    let low = reach.low.unwrap_or(f64::NEG_INFINITY);
    let high = reach.high.unwrap_or(f64::INFINITY);
    let (passed, failed) = match comparison {
        Comparison::Less => (high < bound, low >= bound),
        Comparison::AtMost => (high <= bound, low > bound),
        Comparison::More => (low > bound, high <= bound),
        Comparison::AtLeast => (low >= bound, high < bound),
    };
    match (passed, failed) {
        (true, _) => GateVerdict::Passed,
        (_, true) => GateVerdict::Failed,
        _ => GateVerdict::Undecided,
    }
}

fn subject_name(scenario: &Scenario, subject: Subject) -> String {
    let name = |index: usize| &scenario.variants[index].name;
    match subject {
        Subject::Variant(variant) => name(variant).clone(),
        Subject::Difference(first, second) => format!("{} - {}", name(first), name(second)),
    }
}

fn measure_name(measure: Measure) -> String {
    match measure {
        Measure::Metric {
            metric,
            excess: true,
        } => metric.excess_name(),
        Measure::Metric {
            metric,
            excess: false,
        } => metric.name(),
        Measure::Ending(ending) => format!("outcome.{}", ending.name()),
        Measure::Decision(decision) => format!("decision.{}", decision.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_decided_only_when_it_lies_on_one_side() {
        use Comparison::{AtLeast, AtMost, Less, More};
        use GateVerdict::{Failed, Passed, Undecided};
        let table = [
            (Some(1.0), Some(2.0), AtMost, 2.0, Passed),
            (Some(1.0), Some(2.0), Less, 2.0, Undecided),
            (Some(1.0), Some(2.0), Less, 1.0, Failed),
            (Some(1.0), Some(2.0), AtMost, 1.0, Undecided),
            (Some(1.0), Some(2.0), AtMost, 0.9, Failed),
            (Some(1.0), Some(2.0), AtLeast, 1.0, Passed),
            (Some(1.0), Some(2.0), More, 1.0, Undecided),
            (Some(1.0), Some(2.0), More, 2.0, Failed),
            (Some(1.0), Some(2.0), AtLeast, 2.1, Failed),
            (Some(0.0), Some(0.0), AtMost, 0.0, Passed),
            (Some(3.0), None, AtMost, 4.0, Undecided),
            (Some(5.0), None, AtMost, 4.0, Failed),
            (None, Some(3.0), AtMost, 4.0, Passed),
            (None, None, AtMost, 4.0, Undecided),
        ];
        for (low, high, comparison, bound, verdict) in table {
            let decided = decide(Reach { low, high }, comparison, bound);
            assert_eq!(decided, verdict, "{low:?} {high:?} {comparison:?} {bound}");
        }
    }
}

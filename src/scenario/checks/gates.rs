//! Gates whose number says nothing.

use super::finding::Finding;
use super::list::Stage;
use crate::metrics::Metric;
use crate::scenario::{Gate, Measure, Subject, Variant};

/// A gate on what was noticed, where nobody can notice anything.
pub(super) fn nobody_notices(stage: &Stage<'_>) -> Vec<Finding> {
    let variant = stage.variant;
    if variant.can_notice() {
        return Vec::new();
    }
    let position = |other: &Variant| std::ptr::eq(other, variant);
    let Some(index) = stage.scenario.variants.iter().position(position) else {
        return Vec::new();
    };
    let gates = stage.scenario.gates.iter().enumerate();
    let gates = gates.filter(|(_, gate)| is_of(gate, index));
    gates
        .filter_map(|(place, gate)| {
            let name = counts_alarms(gate.measure)?;
            let (reason, cure) = match variant.release {
                None => (
                    "without a release there is nothing to notice",
                    "add a `[release]`",
                ),
                Some(_) => (
                    "the number is the same whatever goes wrong",
                    "add an `[on-call.alert]`, or an analysis or `progressDeadlineAbort` to the Rollout",
                ),
            };
            let path = format!("scenario:gate[{place}].metric");
            let message = format!("nobody can notice what `{name}` counts");
            Some(Finding::at(path, message).because(reason).cure(cure))
        })
        .collect()
}

fn is_of(gate: &Gate, variant: usize) -> bool {
    match gate.subject {
        Subject::Variant(one) => one == variant,
        Subject::Difference(one, other) => [one, other].contains(&variant),
    }
}

/// The name of a measure that takes somebody who notices.
fn counts_alarms(measure: Measure) -> Option<String> {
    let of_alarms = [Metric::DetectionSeconds, Metric::UsersAffectedBeforeAlarm];
    match measure {
        Measure::Decision(decision) => Some(format!("decision.{}", decision.name())),
        Measure::Metric { metric, excess } if of_alarms.contains(&metric) => Some(match excess {
            true => metric.excess_name(),
            false => metric.name(),
        }),
        Measure::Metric { .. } | Measure::Ending(_) => None,
    }
}

//! What Deployments and Rollouts say alike.

use super::probe::{SECONDS_MAX, seconds};
use super::{PodTemplate, Selector};
use crate::document::{Diagnostic, MapReader};
use crate::units::SimDuration;

/// Most replicas a run holds. A cluster of the tested size has 150 000 pods; a forecast of one
/// rollout needs far fewer, and every pod costs memory in every run.
pub const REPLICAS_MAX: i64 = 10_000;

/// `replicas`, default 1.
pub(super) fn read_replicas(spec: &mut MapReader<'_, '_>) -> u32 {
    let Some(replicas) = spec.optional::<i64>("replicas") else {
        return 1;
    };
    if (0..=REPLICAS_MAX).contains(&replicas) {
        return replicas as u32;
    }
    let finding =
        Diagnostic::error(format!("`replicas` is {replicas}")).at(spec.value_span("replicas"));
    let finding = match replicas < 0 {
        true => finding.label("expected 0 or more"),
        false => finding
            .label(format!("a run holds at most {REPLICAS_MAX} replicas"))
            .hint("scale the replicas and the load down together"),
    };
    spec.problems().push(finding);
    1
}

/// `minReadySeconds` and `progressDeadlineSeconds`, which has to be longer.
pub(super) fn read_times(spec: &mut MapReader<'_, '_>) -> (SimDuration, SimDuration) {
    let min_ready = spec
        .number_within("minReadySeconds", 0..=SECONDS_MAX)
        .unwrap_or(0);
    let deadline = spec.number_within("progressDeadlineSeconds", 0..=SECONDS_MAX);
    let deadline = deadline.unwrap_or(600);
    if deadline <= min_ready {
        let key = match spec.has("progressDeadlineSeconds") {
            true => "progressDeadlineSeconds",
            false => "minReadySeconds",
        };
        let message = format!(
            "`progressDeadlineSeconds` {deadline} is not above `minReadySeconds` {min_ready}"
        );
        let finding = Diagnostic::error(message).at(spec.value_span(key));
        let rule = "the deadline has to be longer (default 600)";
        spec.problems().push(finding.label(rule));
    }
    (seconds(min_ready), seconds(deadline))
}

/// A selector that is empty or meets none of its own pods.
pub(super) fn check_selector(
    selector: &Selector,
    template: &PodTemplate,
    spec: &mut MapReader<'_, '_>,
) {
    let finding = if selector.is_empty() {
        Diagnostic::error("`selector` is empty").label("expected at least one label")
    } else if !selector.matches(&template.labels) {
        Diagnostic::error("`selector` does not match the labels of `template`")
            .label("expected labels that `template.metadata.labels` carries")
    } else {
        return;
    };
    let place = spec.key_span("selector");
    spec.problems().push(finding.at(place));
}

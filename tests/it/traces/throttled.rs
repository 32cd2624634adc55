//! Rollouts recorded under the shipped client limit: what is not judged, but shown.

use super::compare::last_event;
use super::record::{Trace, list, seconds};
use super::replay::Replayed;

/// One line: ours beside the record's.
pub(super) fn line(trace: &Trace, ours: &Replayed) -> String {
    let summary = &trace.raw["summary"];
    let recorded_s = seconds(&summary["recorded_s"]);
    let hold = seconds(&summary["settled"]["hold_s"]);
    let extremes = ours.history.extremes(hold, recorded_s).into_iter();
    let extremes = extremes.map(|(name, own)| format!("{name} {own}/{}", summary["settled"][name]));
    let extremes: Vec<String> = extremes.collect();
    let pods = ours
        .history
        .integral(last_event(trace), |state| f64::from(state.pods));
    format!(
        "{}: duration {:.1}/{:.1} s, steps {}/{}, pod-seconds {pods:.0}/{:.0}, {}",
        trace.name,
        ours.history.completed().unwrap_or(f64::NAN),
        summary["duration_s"].as_f64().unwrap_or(f64::NAN),
        ours.history.steps(&super::compare::columns(trace)).len(),
        list(&trace.raw, "steps").len(),
        seconds(&summary["pod_seconds"]),
        extremes.join(", "),
    )
}

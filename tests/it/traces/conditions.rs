//! Progressing and Available: equal reasons at equal times, but for the record's notes 3, 5 and 6.

use rollcast::facts::ConditionKind;

use super::compare::{Comparison, tolerance};
use super::record::{Trace, list, seconds};
use super::replay::Replayed;

/// Reasons and the seconds at which they were written.
type Changes = Vec<(String, f64)>;

pub(super) fn compare(trace: &Trace, ours: &Replayed, into: &mut Comparison) {
    let kinds = [
        (ConditionKind::Available, "Available"),
        (ConditionKind::Progressing, "Progressing"),
    ];
    for (kind, name) in kinds {
        let own = ours.conditions.iter().filter(|change| change.0 == kind);
        let own: Changes = own
            .map(|(_, reason, at)| ((*reason).to_owned(), *at))
            .collect();
        let recorded = recorded_changes(trace, name);
        if reasons(&own) == reasons(&recorded) {
            compare_times(trace, (name, &own), &recorded, into);
        } else {
            compare_reasons(trace, (name, &own), &recorded, into);
        }
    }
}

fn recorded_changes(trace: &Trace, kind: &str) -> Changes {
    let events = list(&trace.raw, "events").iter();
    let changes = events.filter(|e| e["condition"] == kind && e["what"] == "changed");
    let reason = |e: &serde_json::Value| e["reason"].as_str().unwrap_or("").to_owned();
    changes.map(|e| (reason(e), seconds(&e["t_s"]))).collect()
}

fn reasons(changes: &Changes) -> Vec<&str> {
    changes.iter().map(|change| change.0.as_str()).collect()
}

fn compare_reasons(
    trace: &Trace,
    (name, own): (&str, &Changes),
    recorded: &Changes,
    into: &mut Comparison,
) {
    let (own, recorded) = (reasons(own), reasons(recorded));
    let allowed = if without_first_updated(&own) == without_first_updated(&recorded) {
        Some("first ReplicaSetUpdated at creation or at readiness (note 5)")
    } else if lost_creation(&own, &recorded) || lost_creation(&recorded, &own) {
        Some("NewReplicaSetCreated lost (notes 5, 6)")
    } else if trace.conditions_known_to_differ {
        Some("conditions differ from the rules (index)")
    } else {
        None
    };
    match allowed {
        Some(note) => into.allow(note),
        None => into.differ(format!("{name} {own:?}, recorded {recorded:?}")),
    }
}

/// Without each ReplicaSetUpdated that follows NewReplicaSetCreated: the test behind it compares with
/// the old revision.
fn without_first_updated<'a>(reasons: &[&'a str]) -> Vec<&'a str> {
    let mut kept: Vec<&str> = Vec::new();
    for reason in reasons {
        let first = kept.last() == Some(&"NewReplicaSetCreated");
        if !(first && *reason == "ReplicaSetUpdated") {
            kept.push(reason);
        }
    }
    kept
}

/// Whether `lossy` is `whole` without one write NewReplicaSetCreated; with Recreate the condition then
/// stays as it was until the end.
fn lost_creation(whole: &[&str], lossy: &[&str]) -> bool {
    let writes = whole.iter().enumerate();
    let creations = writes.filter(|(_, reason)| **reason == "NewReplicaSetCreated");
    let mut without = creations.map(|(lost, _)| [&whole[..lost], &whole[lost + 1..]].concat());
    without.any(|left| {
        let unchanged = left.strip_suffix(&["NewReplicaSetAvailable"]);
        left == lossy || unchanged == Some(lossy)
    })
}

fn compare_times(
    trace: &Trace,
    (name, own): (&str, &Changes),
    recorded: &Changes,
    into: &mut Comparison,
) {
    let steps = list(&trace.raw, "steps_t_s");
    for ((reason, at), (_, known)) in own.iter().zip(recorded) {
        let before = steps.iter().filter(|t| seconds(t) < *known).count();
        let late = (at - known).abs();
        if late <= tolerance(before) {
            continue;
        }
        let second_off = (late - 1.0).abs() <= tolerance(before);
        match reason.as_str() {
            "ReplicaSetUpdated" => into.allow("ReplicaSetUpdated at another time (note 5)"),
            "ProgressDeadlineExceeded" if second_off => {
                into.allow("ProgressDeadlineExceeded one whole second off (note 3)");
            }
            _ => into.differ(format!("{name} {reason} at {at:.3}, recorded {known:.3}")),
        }
    }
}

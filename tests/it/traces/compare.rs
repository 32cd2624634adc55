//! Ours beside the record's, by the rules of the trace's class.

use std::collections::BTreeMap;

use rollcast::facts::ConditionKind;
use serde_json::Value;

use super::record::{Class, Trace, list, seconds, version_of};
use super::replay::Replayed;

/// Everything that differs more than the record's own noise explains.
pub(super) fn differences(trace: &Trace, ours: &Replayed) -> Vec<String> {
    let mut found = final_sizes(trace, ours);
    match trace.class {
        Class::Exact => {
            found.extend(steps(trace, ours));
            found.extend(extremes(trace, ours, 0));
            found.extend(conditions(trace, ours));
            found.extend(created(trace, ours));
            found.extend(evictions(trace, ours));
            found.extend(duration(trace, ours));
            found.extend(aggregates(trace, ours));
        }
        Class::Race | Class::RaceUnmatched => {
            found.extend(extremes(trace, ours, 1));
            found.extend(aggregates(trace, ours));
        }
        Class::Throttled | Class::Stalls => {}
    }
    found
}

fn tell<T: std::fmt::Debug + PartialEq>(what: &str, ours: &T, recorded: &T) -> Option<String> {
    (ours != recorded).then(|| format!("{what} {ours:?}, recorded {recorded:?}"))
}

fn last_event(trace: &Trace) -> f64 {
    let times = list(&trace.raw, "events")
        .iter()
        .map(|e| seconds(&e["t_s"]));
    times.fold(0.0, f64::max)
}

/// A chain of up to ten hops may drift by 0.15 s, a longer one by 0.4 s (the record's noise). A step is
/// four hops: pod ready, ReplicaSet status, Deployment sync, resize.
fn tolerance(steps: usize) -> f64 {
    if steps * 4 <= 10 { 0.15 } else { 0.4 }
}

fn final_sizes(trace: &Trace, ours: &Replayed) -> Vec<String> {
    let summary = &trace.raw["summary"];
    let last = &ours.history.states.last().expect("one at t = 0").1;
    let sizes = summary["final_spec"].as_object().into_iter().flatten();
    let recorded: BTreeMap<u32, u32> = sizes
        .map(|(version, size)| (version_number(version), size.as_u64().unwrap_or(0) as u32))
        .filter(|(_, size)| *size > 0)
        .collect();
    let number = |key: &str| summary[key].as_u64().unwrap_or(0) as u32;
    [
        tell("final sizes", &last.specs, &recorded),
        tell("final active", &last.active, &number("final_active")),
        tell("final ready", &last.ready, &number("final_ready")),
        tell(
            "final available",
            &last.available,
            &number("final_available"),
        ),
        tell(
            "ever complete",
            &ours.history.completed().is_some(),
            &!summary["duration_s"].is_null(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn version_number(name: &str) -> u32 {
    version_of(&format!("app:{name}"))
}

fn steps(trace: &Trace, ours: &Replayed) -> Vec<String> {
    let columns = list(&trace.raw, "steps_order").iter();
    let columns: Vec<u32> = columns
        .map(|c| version_number(c.as_str().unwrap_or("")))
        .collect();
    let steps = ours.history.steps(&columns);
    let sizes = |row: &Value| -> Vec<u32> {
        let cells = row.as_array().into_iter().flatten();
        cells
            .map(|cell| cell.as_u64().unwrap_or(0) as u32)
            .collect()
    };
    let recorded: Vec<Vec<u32>> = list(&trace.raw, "steps").iter().map(sizes).collect();
    let same = |n: &usize| steps.get(*n).map(|s| &s.1) == recorded.get(*n);
    let length = steps.len().max(recorded.len());
    if let Some(n) = (0..length).find(|n| !same(n)) {
        let here = steps.get(n);
        return vec![format!("step {n} {here:?}, recorded {:?}", recorded.get(n))];
    }
    let times = list(&trace.raw, "steps_t_s").iter().map(seconds);
    let late = steps.iter().zip(times).map(|((at, _), t)| at - t);
    let worst = late
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))
        .unwrap_or(0.0);
    let bad = worst.abs() > tolerance(length);
    bad.then(|| format!("a step {worst:+.3} s off"))
        .into_iter()
        .collect()
}

fn extremes(trace: &Trace, ours: &Replayed, slack: u32) -> Vec<String> {
    let settled = &trace.raw["summary"]["settled"];
    let hold = seconds(&settled["hold_s"]);
    let end = seconds(&trace.raw["summary"]["recorded_s"]);
    let extremes = ours.history.extremes(hold, end).into_iter();
    let differing = extremes.filter_map(|(name, value)| {
        let recorded = settled[name].as_u64().unwrap_or(0) as u32;
        let off = value.abs_diff(recorded) > slack;
        off.then(|| format!("settled {name} {value}, recorded {recorded}"))
    });
    differing.collect()
}

type Changes = Vec<(String, f64)>;

fn recorded_changes(trace: &Trace, kind: &str) -> Changes {
    let events = list(&trace.raw, "events").iter();
    let changes = events.filter(|e| e["condition"] == kind && e["what"] == "changed");
    changes
        .map(|e| {
            (
                e["reason"].as_str().unwrap_or("").to_owned(),
                seconds(&e["t_s"]),
            )
        })
        .collect()
}

fn conditions(trace: &Trace, ours: &Replayed) -> Vec<String> {
    if trace.conditions_known_to_differ {
        return Vec::new();
    }
    let kinds = [
        (ConditionKind::Available, "Available"),
        (ConditionKind::Progressing, "Progressing"),
    ];
    let mut found = Vec::new();
    for (kind, name) in kinds {
        let own = ours.conditions.iter().filter(|change| change.0 == kind);
        let own: Changes = own
            .map(|(_, reason, at)| ((*reason).to_owned(), *at))
            .collect();
        found.extend(sequence(
            trace,
            (name, &own),
            &recorded_changes(trace, name),
        ));
    }
    found
}

/// Equal reasons at equal times. Where the record lost the write NewReplicaSetCreated (its notes 5
/// and 6), what hangs on that write is left out on both sides.
fn sequence(trace: &Trace, (name, own): (&str, &Changes), recorded: &Changes) -> Option<String> {
    let reasons = |changes: &Changes| -> Vec<String> {
        changes.iter().map(|change| change.0.clone()).collect()
    };
    let (left, right) = (reasons(own), reasons(recorded));
    if left != right {
        let early = without_first_progress(&left) == without_first_progress(&right);
        return (!early).then(|| format!("{name} {left:?}, recorded {right:?}"));
    }
    let steps = list(&trace.raw, "steps_t_s");
    let off = own.iter().zip(recorded).find(|((reason, at), (_, known))| {
        let before = steps.iter().filter(|t| seconds(t) < *known).count();
        !is_timely(reason, at - known, tolerance(before))
    });
    off.map(|(a, b)| format!("{name} {} at {:.3}, recorded {:.3}", a.0, a.1, b.1))
}

fn is_timely(reason: &str, late: f64, tolerance: f64) -> bool {
    match reason {
        // The first progress test may pass at the first pod or at the first ready one (note 5).
        "ReplicaSetUpdated" => true,
        // One second by an older wake-up, another if the last progress lies at a second's edge: the
        // clock starts at its whole second.
        "ProgressDeadlineExceeded" => {
            let seconds = late.abs().round().min(2.0);
            (late.abs() - seconds).abs() <= tolerance
        }
        _ => late.abs() <= tolerance,
    }
}

/// Without NewReplicaSetCreated and without the ReplicaSetUpdated of the first progress test.
fn without_first_progress(reasons: &[String]) -> Vec<&String> {
    let passing = ["NewReplicaSetCreated", "ReplicaSetUpdated"];
    let kept = reasons.iter().filter(|r| !passing.contains(&r.as_str()));
    let mut kept: Vec<&String> = kept.collect();
    kept.dedup();
    kept
}

fn created(trace: &Trace, ours: &Replayed) -> Option<String> {
    let mut recorded: BTreeMap<u32, u32> = BTreeMap::new();
    let count = |pod: &Value, into: &mut BTreeMap<u32, u32>| {
        let number = |key: &str| pod[key].as_u64().unwrap_or(0) as u32;
        let most = into.entry(number("revision")).or_default();
        *most = number("ordinal").max(*most);
    };
    let events = list(&trace.raw, "events").iter();
    let new = events.filter(|e| e["object"] == "pod" && e["what"] == "created");
    let old = list(&trace.raw["initial"], "pods").iter();
    old.chain(new).for_each(|pod| count(pod, &mut recorded));
    tell("pods created", &ours.created, &recorded)
}

fn evictions(trace: &Trace, ours: &Replayed) -> Option<String> {
    let actions = list(&trace.raw, "actions").iter();
    let evictions = actions.filter(|a| a["op"] == "evict-pod" && a["http"] != 0);
    let codes: Vec<u16> = evictions
        .map(|a| a["http"].as_u64().unwrap_or(0) as u16)
        .collect();
    tell("evictions", &ours.evictions, &codes)
}

fn duration(trace: &Trace, ours: &Replayed) -> Option<String> {
    let recorded = trace.raw["summary"]["duration_s"].as_f64()?;
    let own = ours.history.completed()?;
    let off = (own - recorded).abs() > tolerance(list(&trace.raw, "steps").len());
    off.then(|| format!("duration {own:.3}, recorded {recorded:.3}"))
}

/// 3 % and half a pod-second.
fn aggregates(trace: &Trace, ours: &Replayed) -> Vec<String> {
    let end = last_event(trace);
    let pods = ours.history.integral(end, |state| f64::from(state.pods));
    let deficit = |wanted: u32, ready: u32| f64::from(wanted.saturating_sub(ready));
    let missing = ours.history.integral(end, |s| deficit(s.wanted, s.ready));
    let pairs = [
        ("pod_seconds", pods),
        ("ready_deficit_pod_seconds", missing),
    ];
    let differing = pairs.into_iter().filter_map(|(name, own)| {
        let recorded = seconds(&trace.raw["summary"][name]);
        let off = (own - recorded).abs() > 0.03 * recorded + 0.5;
        off.then(|| format!("{name} {own:.2}, recorded {recorded:.2}"))
    });
    differing.collect()
}

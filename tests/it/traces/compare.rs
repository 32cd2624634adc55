//! Ours beside the record's, by the rules of the trace's class.

use std::collections::BTreeMap;

use serde_json::Value;

use super::record::{Class, Trace, list, seconds, version_of};
use super::replay::Replayed;
use super::{conditions, slices};

/// What came of a comparison.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Everything that differs more than the record's own noise explains.
    pub(super) differences: Vec<String>,
    /// Notes of the record that were needed.
    pub(super) allowances: Vec<&'static str>,
}

impl Comparison {
    pub(super) fn differ(&mut self, difference: String) {
        self.differences.push(difference);
    }
    pub(super) fn allow(&mut self, note: &'static str) {
        self.allowances.push(note);
    }
    pub(super) fn agrees(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Compares what the class of the trace wants compared.
pub(super) fn compare(trace: &Trace, ours: &Replayed) -> Comparison {
    let mut comparison = Comparison::default();
    let into = &mut comparison;
    if trace.class != Class::Stalls {
        into.differences.extend(final_sizes(trace, ours));
    }
    match trace.class {
        Class::Exact => {
            into.differences.extend(steps(trace, ours));
            extremes(trace, ours, 0, into);
            conditions::compare(trace, ours, into);
            slices::compare(trace, ours, into);
            into.differences.extend(created(trace, ours));
            into.differences.extend(evictions(trace, ours));
            into.differences.extend(duration(trace, ours));
            into.differences.extend(aggregates(trace, ours));
        }
        Class::Race | Class::RaceUnmatched => {
            extremes(trace, ours, 1, into);
            into.differences.extend(aggregates(trace, ours));
        }
        Class::Throttled => {}
        // Recorded with a gate off that is on here (note 8).
        Class::Stalls => into.allow("nothing compared: stalls (note 8)"),
    }
    comparison
}

fn tell<T: std::fmt::Debug + PartialEq>(what: &str, ours: &T, recorded: &T) -> Option<String> {
    (ours != recorded).then(|| format!("{what} {ours:?}, recorded {recorded:?}"))
}

pub(super) fn last_event(trace: &Trace) -> f64 {
    let times = list(&trace.raw, "events")
        .iter()
        .map(|e| seconds(&e["t_s"]));
    times.fold(0.0, f64::max)
}

/// A chain of up to ten hops may drift by 0.15 s, a longer one by 0.4 s (the record's noise). A step is
/// four hops: pod ready, ReplicaSet status, Deployment sync, resize.
pub(super) fn tolerance(steps: usize) -> f64 {
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

pub(super) fn version_number(name: &str) -> u32 {
    version_of(&format!("app:{name}"))
}

/// Versions in the order of the record's columns.
pub(super) fn columns(trace: &Trace) -> Vec<u32> {
    let columns = list(&trace.raw, "steps_order").iter();
    columns
        .map(|column| version_number(column.as_str().unwrap_or("")))
        .collect()
}

/// The sizes that a replay went through, without their times.
pub(super) fn sizes_of(trace: &Trace, ours: &Replayed) -> Vec<Vec<u32>> {
    let steps = ours.history.steps(&columns(trace)).into_iter();
    steps.map(|(_, sizes)| sizes).collect()
}

fn steps(trace: &Trace, ours: &Replayed) -> Vec<String> {
    let steps = ours.history.steps(&columns(trace));
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

/// A state that lasted about as long as the record calls settled may count or not: as in the record's
/// order of events, 50 ms are noise.
const BLUR_S: f64 = 0.05;

fn extremes(trace: &Trace, ours: &Replayed, slack: u32, into: &mut Comparison) {
    let settled = &trace.raw["summary"]["settled"];
    let hold = seconds(&settled["hold_s"]);
    let end = seconds(&trace.raw["summary"]["recorded_s"]);
    let within = |hold: f64| ours.history.extremes(hold, end).into_iter();
    let bounds = within(hold - BLUR_S).zip(within(hold + BLUR_S));
    for ((name, own), ((_, one), (_, other))) in within(hold).zip(bounds) {
        let recorded = settled[name].as_u64().unwrap_or(0) as u32;
        if own.abs_diff(recorded) <= slack {
            continue;
        }
        match (one.min(other)..=one.max(other)).contains(&recorded) {
            true => into.allow("an extreme that lasted 0.10 to 0.20 s"),
            false => into.differ(format!("settled {name} {own}, recorded {recorded}")),
        }
    }
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

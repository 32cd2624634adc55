//! More active pods than a ReplicaSet's size, or than desired + surge: as recorded, and as replayed.
//!
//! The real controllers do not keep active pods within desired + surge at every moment, only sizes: while
//! an old ReplicaSet's controller has not yet marked the pods it is to lose, the new one may already have
//! created theirs. How often and how long is a matter of latencies; what never fails is in `bounds`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bounds::bound;
use super::compare::version_number;
use super::record::{Trace, deployment, list, seconds};
use crate::sizes::{Excess, Surpluses};

/// Active pods and sizes by version, as the record's events tell them.
#[derive(Default)]
struct Recorded {
    active: BTreeMap<u32, BTreeSet<u32>>,
    sizes: BTreeMap<u32, u32>,
    of_sets: Surpluses,
    of_bound: Surpluses,
    /// desired + surge at t = 0.
    bound: u32,
}

/// What a recorded rollout had too much.
pub(super) fn recorded(trace: &Trace) -> Excess {
    let raw = &trace.raw;
    let mut record = Recorded {
        bound: bound(&deployment(&raw["manifest"])),
        ..Recorded::default()
    };
    for pod in list(&raw["initial"], "pods") {
        if pod["failed"] != true {
            record.active(pod).insert(number(pod, "ordinal"));
        }
    }
    let first = list(raw, "steps").first().and_then(Value::as_array);
    let columns = list(raw, "steps_order").iter().filter_map(Value::as_str);
    for (version, size) in columns.zip(first.into_iter().flatten()) {
        let size = size.as_u64().unwrap_or(0) as u32;
        record.sizes.insert(version_number(version), size);
    }
    // The kinds come over separate watches; within a kind their order is that of the record.
    let mut events: Vec<&Value> = list(raw, "events").iter().collect();
    events.sort_by(|a, b| seconds(&a["t_s"]).total_cmp(&seconds(&b["t_s"])));
    events.into_iter().for_each(|event| record.happen(event));
    let actions = list(raw, "pre_actions").iter().chain(list(raw, "actions"));
    let changes = |action: &Value| action["op"] == "scale" || action["op"] == "patch";
    let steady = !actions.into_iter().any(changes);
    let end = seconds(&raw["summary"]["recorded_s"]);
    Excess::of(end, record.of_sets, steady.then_some(record.of_bound))
}

fn number(event: &Value, key: &str) -> u32 {
    event[key].as_u64().unwrap_or(0) as u32
}

impl Recorded {
    fn active(&mut self, pod: &Value) -> &mut BTreeSet<u32> {
        self.active.entry(number(pod, "revision")).or_default()
    }

    fn happen(&mut self, event: &Value) {
        let version = number(event, "revision");
        match (event["object"].as_str(), event["what"].as_str()) {
            (Some("replicaset"), Some("deleted")) => {
                self.sizes.remove(&version);
            }
            (Some("replicaset"), _) => {
                self.sizes.insert(version, number(event, "spec"));
            }
            (Some("pod"), Some("created")) => {
                self.active(event).insert(number(event, "ordinal"));
            }
            (Some("pod"), Some("deleting" | "failed" | "gone")) => {
                self.active(event).remove(&number(event, "ordinal"));
            }
            _ => return,
        }
        let active = self.active.get(&version).map_or(0, BTreeSet::len) as u32;
        let size = self.sizes.get(&version).copied().unwrap_or(0);
        let surplus = active.saturating_sub(size);
        let at = seconds(&event["t_s"]);
        self.of_sets.note(at, version as usize, surplus);
        let active = self.active.values().map(BTreeSet::len).sum::<usize>() as u32;
        self.of_bound.note(at, 0, active.saturating_sub(self.bound));
    }
}

/// Kinds of events have no order below this in the record [s].
const BLUR_S: f64 = 0.05;

/// What replays show beyond the record of the same rollouts: surpluses that last longer, are larger, have
/// another usual length, or come more or less often than chance explains.
///
/// The record's blur allows lengths 50 ms, which under the shipped client limit is one call's turn, too; at
/// equal milliseconds one event comes first, hence one pod. A median of fewer than thirty says too little.
/// Rollouts beyond desired + surge are rare, so both counts are Poisson's: apart by three standard errors
/// of their difference at most.
pub(super) fn beyond(recorded: &Excess, replayed: &Excess) -> Vec<String> {
    let pairs = [
        (&recorded.of_sets, &replayed.of_sets),
        (&recorded.of_bound, &replayed.of_bound),
    ];
    let fits = |(recorded, replayed): (&Surpluses, &Surpluses)| {
        let enough = recorded.over.len() >= 30;
        let apart = (replayed.length_s(0.5) - recorded.length_s(0.5)).abs();
        replayed.length_s(1.0) <= recorded.length_s(1.0) + BLUR_S
            && replayed.most() <= recorded.most() + 1
            && (apart <= BLUR_S || !enough)
    };
    let counts = [recorded.steady.1, replayed.steady.1].map(f64::from);
    let error = (counts[0] + counts[1]).max(1.0).sqrt();
    let as_often = (counts[0] - counts[1]).abs() <= 3.0 * error;
    let line = || format!("replayed {}, recorded {}", replayed.line(), recorded.line());
    match as_often && pairs.into_iter().all(fits) {
        true => Vec::new(),
        false => vec![line()],
    }
}

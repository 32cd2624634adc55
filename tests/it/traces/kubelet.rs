//! The record's fake kubelet: rules by template version and ordinal instead of containers.

use std::collections::BTreeMap;

use rollcast::control::replica_set::PodPhase;
use rollcast::ids::{NodeId, PodId};
use rollcast::sim::control_plane::PodStatus;
use serde_json::Value;

use super::record::list;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    Bind,
    Ready,
    Unready,
    Fail,
    Gone,
}

#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) version: u32,
    pub(super) ordinal: u32,
    pub(super) status: PodStatus,
    pub(super) terminating: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Kubelet {
    rules: Value,
    pub(super) pods: BTreeMap<PodId, Held>,
    /// Pods created so far, per version.
    pub(super) created: BTreeMap<u32, u32>,
}

impl Kubelet {
    pub(super) fn new(rules: &Value) -> Self {
        Self {
            rules: rules.clone(),
            pods: BTreeMap::new(),
            created: BTreeMap::new(),
        }
    }

    fn rule(&self, version: u32) -> &Value {
        let rules = list(&self.rules, "rules");
        let own = rules.iter().find(|rule| rule["revision"] == version);
        own.or(rules.last()).expect("there are rules")
    }

    pub(super) fn node(&self, version: u32, ordinal: u32) -> NodeId {
        match self.rules["nodes"].as_u64() {
            None | Some(0) => NodeId::new(version * 10_000 + ordinal),
            Some(nodes) => NodeId::new((ordinal - 1) % nodes as u32),
        }
    }

    /// Takes a pod of t = 0 with the ordinal that was recorded.
    pub(super) fn hold(&mut self, pod: PodId, version: u32, ordinal: u32, status: PodStatus) {
        let count = self.created.entry(version).or_default();
        *count = ordinal.max(*count);
        let held = Held {
            version,
            ordinal,
            status,
            terminating: false,
        };
        self.pods.insert(pod, held);
    }

    /// Takes a pod just created, and gives its ordinal.
    pub(super) fn meet(&mut self, pod: PodId, version: u32) -> u32 {
        let ordinal = self.created.get(&version).copied().unwrap_or(0) + 1;
        let status = PodStatus {
            phase: PodPhase::Pending,
            ready: false,
            node: None,
            restarts: 0,
        };
        self.hold(pod, version, ordinal, status);
        ordinal
    }

    pub(super) fn node_of(&self, pod: PodId) -> NodeId {
        let held = &self.pods[&pod];
        self.node(held.version, held.ordinal)
    }

    /// What happens to a pod by itself, in seconds after its creation.
    pub(super) fn timers(&self, pod: PodId) -> Vec<(f64, Step)> {
        let held = &self.pods[&pod];
        let rule = self.rule(held.version);
        let bind = rule["bind_after_s"].as_f64().unwrap_or(0.0);
        let mut timers = vec![(bind, Step::Bind)];
        let never = list(rule, "never_ready").iter().any(|n| *n == held.ordinal);
        let ready = by_ordinal(rule, "ready_after_s", held.ordinal);
        if !never && ready >= 0.0 {
            timers.push((bind + ready, Step::Ready));
        }
        for times in entries(rule, "flap", held.ordinal) {
            let states = [Step::Unready, Step::Ready].into_iter().cycle();
            timers.extend(times.iter().copied().zip(states));
        }
        for times in entries(rule, "fail", held.ordinal) {
            timers.extend(times.iter().map(|at| (*at, Step::Fail)));
        }
        timers
    }

    pub(super) fn terminate_after(&self, pod: PodId) -> f64 {
        let held = &self.pods[&pod];
        by_ordinal(self.rule(held.version), "terminate_after_s", held.ordinal).max(0.0)
    }

    pub(super) fn unready_on_delete(&self, pod: PodId) -> bool {
        self.rule(self.pods[&pod].version)["unready_on_delete"] == true
    }

    /// The pod an action means: that ordinal, or the lowest still active of the version.
    pub(super) fn pick(&self, action: &Value) -> Option<PodId> {
        let of_version = self
            .pods
            .iter()
            .filter(|(_, held)| action["revision"] == held.version);
        if action["pick"] == "lowest-active" {
            let active = of_version
                .filter(|(_, held)| !held.terminating && !held.status.phase.is_finished());
            return active
                .min_by_key(|(_, held)| held.ordinal)
                .map(|(pod, _)| *pod);
        }
        let named = of_version
            .into_iter()
            .find(|(_, held)| action["ordinal"] == held.ordinal);
        named.map(|(pod, _)| *pod)
    }
}

fn by_ordinal(rule: &Value, key: &str, ordinal: u32) -> f64 {
    let values = list(rule, key);
    match values.len() {
        0 => 0.0,
        length => values[(ordinal as usize - 1) % length]
            .as_f64()
            .expect("a number"),
    }
}

/// The tails of `[ordinal, t, …]` entries of this ordinal.
fn entries(rule: &Value, key: &str, ordinal: u32) -> Vec<Vec<f64>> {
    let numbers = |entry: &Value| -> Vec<f64> {
        let values = entry.as_array().into_iter().flatten();
        values.filter_map(Value::as_f64).collect()
    };
    let all = list(rule, key).iter().map(numbers);
    all.filter(|entry| entry.first() == Some(&f64::from(ordinal)))
        .map(|entry| entry[1..].to_vec())
        .collect()
}

//! Which of equally ranked pods went first in the record: its uids are not known, but their order is.

use std::collections::BTreeMap;

use rollcast::sim::control_plane::Uids;
use serde_json::Value;

use super::record::list;

/// Uids that rise in the order in which the record deleted pods, so that ties fall as they fell there;
/// what was never deleted goes last. They settle ties only.
pub(super) fn recorded(trace: &Value) -> Uids {
    let events = list(trace, "events").iter();
    let pods: Vec<&Value> = events.filter(|event| event["object"] == "pod").collect();
    let mut order: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for pod in pods
        .iter()
        .filter(|pod| pod["what"] == "deleting" || pod["what"] == "gone")
    {
        let next = order.len() as u64;
        order.entry(name(pod)).or_insert(next);
    }
    let initial = list(&trace["initial"], "pods").iter();
    let created = pods.iter().filter(|pod| pod["what"] == "created").copied();
    let mut uids: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (place, pod) in initial.chain(created).enumerate() {
        let last = order.len() + place;
        let uid = order.get(&name(pod)).copied().unwrap_or(last as u64);
        uids.entry(name(pod).0).or_default().push(uid);
    }
    Uids::Known(uids)
}

/// Version and ordinal.
fn name(pod: &Value) -> (u64, u64) {
    let number = |key: &str| pod[key].as_u64().expect("pods are numbered");
    (number("revision"), number("ordinal"))
}

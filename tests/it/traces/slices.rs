//! Endpoint events of the record beside [`rollcast::routing::EndpointSlice`] fed by the replay.

use std::collections::BTreeMap;

use rollcast::ids::ServiceId;
use rollcast::routing::{Conditions, EndpointPod, EndpointSlice, Unready};
use rollcast::sim::control_plane::PodObject;
use serde_json::Value;

use super::compare::{Comparison, tolerance};
use super::record::{Trace, list, seconds};
use super::replay::Replayed;

/// Version and ordinal of a pod.
pub(super) type PodName = (u32, u32);

/// What became of an endpoint, and when [s]; `None`: removed.
pub(super) type Changes = Vec<(f64, Option<Conditions>)>;

/// Events closer together than this have no order in the record, and may be one there.
const BLUR_S: f64 = 0.05;

/// The slice of the record's Service, if it has one.
pub(super) fn slice_of(trace: &Value) -> Option<EndpointSlice> {
    let objects = list(trace, "extras").iter().map(|extra| &extra["object"]);
    let mut services = objects.filter(|object| object["kind"] == "Service");
    let service = services.next()?;
    let unready = match service["spec"]["publishNotReadyAddresses"] == true {
        true => Unready::Published,
        false => Unready::Withheld,
    };
    Some(EndpointSlice::new(ServiceId::new(0), unready))
}

/// The pod as the endpoint controller sees it: an address comes with the node.
pub(super) fn endpoint_pod(pod: &PodObject) -> EndpointPod {
    EndpointPod {
        id: pod.view.id,
        node: pod.view.node,
        phase: pod.view.phase,
        has_ip: pod.view.node.is_some(),
        ready: pod.view.is_ready(),
        terminating: pod.view.terminating,
    }
}

pub(super) fn compare(trace: &Trace, ours: &Replayed, into: &mut Comparison) {
    let mut recorded: BTreeMap<PodName, Changes> = BTreeMap::new();
    let events = list(&trace.raw, "events").iter();
    for event in events.filter(|event| event["object"] == "endpoint") {
        let number = |key: &str| event[key].as_u64().unwrap_or(0) as u32;
        let conditions = (event["what"] == "set").then(|| Conditions {
            ready: event["ready"] == true,
            serving: event["serving"] == true,
            terminating: event["terminating"] == true,
        });
        let changes = recorded.entry((number("revision"), number("ordinal")));
        let change = (seconds(&event["t_s"]), conditions);
        changes.or_default().push(change);
    }
    let steps = list(&trace.raw, "steps").len();
    let names = recorded.keys().chain(ours.endpoints.keys());
    let names: std::collections::BTreeSet<PodName> = names.copied().collect();
    for name in names {
        let of = |all: &BTreeMap<PodName, Changes>| lasting(all.get(&name).unwrap_or(&Vec::new()));
        let (own, known) = (of(&ours.endpoints), of(&recorded));
        let states = |changes: &Changes| changes.iter().map(|c| c.1).collect::<Vec<_>>();
        let late = own
            .iter()
            .zip(&known)
            .map(|(own, known)| (own.0 - known.0).abs());
        let on_time = late.fold(0.0, f64::max) <= tolerance(steps);
        if states(&own) != states(&known) || !on_time {
            into.differ(format!("endpoint {name:?} {own:?}, recorded {known:?}"));
        }
    }
}

/// Changes that lasted.
fn lasting(changes: &Changes) -> Changes {
    let ends = changes.iter().skip(1).map(|change| change.0);
    let ends = ends.chain([f64::INFINITY]);
    let spans = changes.iter().zip(ends);
    let mut kept: Changes = spans
        .filter(|(change, end)| end - change.0 >= BLUR_S)
        .map(|(change, _)| *change)
        .collect();
    kept.dedup_by(|later, earlier| later.1 == earlier.1);
    kept
}

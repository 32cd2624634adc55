//! `[cluster]` and `[prices]`.

use super::quantities::{bandwidth, cores, count, law};
use crate::cluster::{ClientLimit, ClusterSpec, Latencies};
use crate::document::{Diagnostics, MapReader, Node};
use crate::laws::{Law, Unit};
use crate::metrics::Prices;

const NODES_MAX: u32 = 5_000;
const NODE_PODS_MAX: u32 = 10_000;
/// Above this no limit is felt any more.
const CLIENT_CALLS_MAX: u32 = 1_000_000;

/// Reads `[cluster]`; absent keys keep their defaults.
pub(in crate::scenario) fn read_cluster(
    node: Option<&Node>,
    problems: &mut Diagnostics,
) -> ClusterSpec {
    let mut spec = ClusterSpec::default();
    let Some(mut reader) = node.and_then(|node| MapReader::open(node, "`cluster`", problems))
    else {
        return spec;
    };
    spec.nodes = count(&mut reader, "nodes", NODES_MAX).unwrap_or(spec.nodes);
    spec.node_cpu = cores(&mut reader, "node-cpu").unwrap_or(spec.node_cpu);
    spec.node_memory = reader.quantity("node-memory").unwrap_or(spec.node_memory);
    spec.node_pods = count(&mut reader, "node-pods", NODE_PODS_MAX).unwrap_or(spec.node_pods);
    spec.pull_bytes_per_second =
        bandwidth(&mut reader, "pull-bandwidth").unwrap_or(spec.pull_bytes_per_second);
    read_latencies(&mut reader, &mut spec.latencies);
    read_client_limit(&mut reader, &mut spec.client_limit);
    reader.finish();
    spec
}

fn read_latencies(reader: &mut MapReader<'_, '_>, latencies: &mut Latencies) {
    let mut read = |key, place: &mut Law| {
        if let Some(law) = law(reader, key, Unit::Seconds) {
            *place = law;
        }
    };
    read("watch", &mut latencies.watch);
    read("controller", &mut latencies.controller);
    read("api-write", &mut latencies.api_write);
    read("scheduler", &mut latencies.scheduler);
    read("sandbox", &mut latencies.sandbox);
    read("container-start", &mut latencies.container_start);
    read("endpoint-propagation", &mut latencies.endpoint_propagation);
}

fn read_client_limit(reader: &mut MapReader<'_, '_>, limit: &mut ClientLimit) {
    let mut read = |key, place: &mut u32| {
        *place = count(reader, key, CLIENT_CALLS_MAX).unwrap_or(*place);
    };
    read("client-qps", &mut limit.per_second);
    read("client-burst", &mut limit.burst);
}

/// Reads `[prices]`; absent keys keep their defaults.
pub(in crate::scenario) fn read_prices(node: Option<&Node>, problems: &mut Diagnostics) -> Prices {
    let mut prices = Prices::default();
    let Some(mut reader) = node.and_then(|node| MapReader::open(node, "`prices`", problems)) else {
        return prices;
    };
    for (key, place) in [
        ("vcpu-hour", &mut prices.vcpu_hour),
        ("gib-hour", &mut prices.gib_hour),
        ("node-hour", &mut prices.node_hour),
        ("user-minute", &mut prices.user_minute),
    ] {
        *place = reader.quantity(key).unwrap_or(*place);
    }
    reader.finish();
    prices
}

//! How requests are sent to a destination.

use super::amounts::port_number;
use super::connection_pool::read_connection_pool;
use super::load_balancer::read_load_balancer;
use super::outlier_detection::read_outlier_detection;
use super::{ConnectionPool, LoadBalancer, OutlierDetection};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::units::Ratio;

/// `trafficPolicy` of a DestinationRule or a subset. What is not written is taken from the level above
/// or a default, block by block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrafficPolicy {
    /// `loadBalancer`.
    pub load_balancer: Option<LoadBalancer>,
    /// `connectionPool`.
    pub connection_pool: Option<ConnectionPool>,
    /// `outlierDetection`; without it no pod is ever left out.
    pub outlier_detection: Option<OutlierDetection>,
    /// `retryBudget`; in place of `maxRetries`.
    pub retry_budget: Option<RetryBudget>,
    /// `portLevelSettings`.
    pub ports: Vec<PortPolicy>,
}

/// What holds for one port: nothing is taken over from the level above.
#[derive(Debug, Clone, PartialEq)]
pub struct PortPolicy {
    /// `port.number`.
    pub port: u16,
    /// `loadBalancer`.
    pub load_balancer: Option<LoadBalancer>,
    /// `connectionPool`.
    pub connection_pool: Option<ConnectionPool>,
    /// `outlierDetection`.
    pub outlier_detection: Option<OutlierDetection>,
}

/// `retryBudget`: how many retries may be under way, by how many requests are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryBudget {
    /// `percent`, default 20 %.
    pub share: Ratio,
    /// `minRetryConcurrency`, default 3: as many are always allowed.
    pub min_retry_concurrency: u32,
}

/// What may stand in a policy, where one without any is refused.
const BLOCKS: [&str; 8] = [
    "loadBalancer",
    "connectionPool",
    "outlierDetection",
    "tls",
    "portLevelSettings",
    "tunnel",
    "proxyProtocol",
    "retryBudget",
];

/// Reads `trafficPolicy`.
pub(super) fn read_traffic_policy(map: &mut MapReader<'_, '_>) -> Option<TrafficPolicy> {
    let mut map = map.map("trafficPolicy")?;
    check_blocks("trafficPolicy", &BLOCKS, &mut map);
    let nodes = map.list("portLevelSettings").unwrap_or_default();
    let read = |node| read_port_policy(node, map.problems());
    let ports = nodes.iter().filter_map(read).collect();
    let policy = TrafficPolicy {
        load_balancer: read_load_balancer(&mut map),
        connection_pool: read_connection_pool(&mut map),
        outlier_detection: read_outlier_detection(&mut map),
        retry_budget: map.map("retryBudget").and_then(read_retry_budget),
        ports,
    };
    let detects = policy.outlier_detection.is_some();
    warn_of_idle_failover(policy.load_balancer.as_ref(), detects, &mut map);
    Some(policy)
}

fn check_blocks(what: &str, blocks: &[&str], map: &mut MapReader<'_, '_>) {
    if !blocks.iter().any(|block| map.has(block)) {
        let finding = Diagnostic::error(format!("`{what}` says nothing")).at(map.span());
        let rule = "expected at least one of `loadBalancer`, `connectionPool`, `outlierDetection`";
        map.problems().push(finding.label(rule));
    }
}

/// Without outlier detection the proxy never leaves the first priority.
fn warn_of_idle_failover(
    load_balancer: Option<&LoadBalancer>,
    detects: bool,
    map: &mut MapReader<'_, '_>,
) {
    let locality = load_balancer.and_then(|one| one.locality.as_ref());
    let idle = locality.is_some_and(|locality| {
        !locality.failover.is_empty() || !locality.failover_priority.is_empty()
    });
    if idle && !detects {
        let finding = Diagnostic::warning("failover without `outlierDetection` does nothing");
        let finding = finding.at(map.key_span("loadBalancer"));
        map.problems().push(finding.hint("add `outlierDetection`"));
    }
}

fn read_port_policy(node: &Node, problems: &mut Diagnostics) -> Option<PortPolicy> {
    let mut map = MapReader::open(node, "a setting of `portLevelSettings`", problems)?;
    check_blocks("portLevelSettings", &BLOCKS[..4], &mut map);
    map.required_node("port");
    let port = port_number(&mut map, "port");
    let load_balancer = read_load_balancer(&mut map);
    let outlier_detection = read_outlier_detection(&mut map);
    warn_of_idle_failover(
        load_balancer.as_ref(),
        outlier_detection.is_some(),
        &mut map,
    );
    Some(PortPolicy {
        port: port?,
        load_balancer,
        connection_pool: read_connection_pool(&mut map),
        outlier_detection,
    })
}

fn read_retry_budget(mut map: MapReader<'_, '_>) -> Option<RetryBudget> {
    let percent = map.optional::<f64>("percent").unwrap_or(20.0);
    let share = Ratio::from_fraction(percent / 100.0);
    if share.is_none() {
        let finding = Diagnostic::error(format!("`percent` is {percent}"));
        let finding = finding.at(map.value_span("percent"));
        map.problems().push(finding.label("expected 0 to 100"));
    }
    let least = super::amounts::count(&mut map, "minRetryConcurrency");
    Some(RetryBudget {
        share: share?,
        min_retry_concurrency: least.unwrap_or(3),
    })
}

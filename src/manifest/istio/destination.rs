//! Where requests are sent.

use super::amounts::{percent, percentage, port_number};
use super::names::{check_host, check_label};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::manifest::istio::Headers;
use crate::manifest::istio::headers::read_headers;
use crate::units::Ratio;

/// `destination`: a Service, or some of its pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// `host`, as written; a name without a dot is a Service of the VirtualService's namespace.
    pub host: String,
    /// `subset` of a DestinationRule; default none: all pods of the Service.
    pub subset: Option<String>,
    /// `port.number`; default none: the Service's only port, or the one that was asked.
    pub port: Option<u16>,
}

/// One destination of a route and its share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteDestination {
    /// `destination`.
    pub destination: Destination,
    /// `weight`, default 0; its share is weight by sum. A single destination gets all.
    pub weight: u32,
    /// `headers`.
    pub headers: Headers,
}

/// A destination that gets copies; what it answers is thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// `mirror`, or `destination` of one of `mirrors`.
    pub destination: Destination,
    /// `mirrorPercentage` (or the older `mirrorPercent`), or `percentage`; default all.
    pub share: Ratio,
}

/// Reads `route`; weights have to come to something.
pub(super) fn read_route(map: &mut MapReader<'_, '_>) -> Vec<RouteDestination> {
    let nodes = map.list("route").unwrap_or_default();
    let read = |node| read_route_destination(node, map.problems());
    let route: Vec<RouteDestination> = nodes.iter().filter_map(read).collect();
    let sum: u64 = route.iter().map(|one| u64::from(one.weight)).sum();
    if route.len() > 1 && route.len() == nodes.len() && sum == 0 {
        let finding = Diagnostic::error("the weights of `route` are all 0");
        let finding = finding.at(map.value_span("route"));
        let finding = finding.label("expected at least one `weight` above 0");
        map.problems().push(finding);
    }
    route
}

fn read_route_destination(node: &Node, problems: &mut Diagnostics) -> Option<RouteDestination> {
    let mut map = MapReader::open(node, "a destination of `route`", problems)?;
    let weight = map.number_within("weight", 0..=i64::from(i32::MAX));
    let headers = read_headers(&mut map);
    map.required_node("destination")?;
    let destination = map.map("destination").and_then(read_destination);
    Some(RouteDestination {
        destination: destination?,
        weight: weight.unwrap_or(0) as u32,
        headers,
    })
}

fn read_destination(mut map: MapReader<'_, '_>) -> Option<Destination> {
    let host = map.required_node("host");
    let host = host.and_then(|node| check_host("host", node, map.problems()));
    let host = host.filter(|host| {
        let everything = host == "*";
        if everything {
            let finding = Diagnostic::error("`host` is `*`").at(map.value_span("host"));
            map.problems().push(finding.label("expected one Service"));
        }
        !everything
    });
    let subset = map.optional::<String>("subset");
    let subset = subset.filter(|subset| !subset.is_empty()).and_then(|_| {
        let node = map.node("subset")?;
        check_label("subset", node, map.problems())
    });
    Some(Destination {
        host: host?,
        subset,
        port: port_number(&mut map, "port"),
    })
}

/// Reads `mirror` and `mirrors`, of which there may be one.
pub(super) fn read_mirrors(map: &mut MapReader<'_, '_>) -> Vec<Mirror> {
    let share = percentage(map, "mirrorPercentage", 0.0);
    let older = percent(map, "mirrorPercent");
    let first = map.map("mirror").and_then(read_destination);
    let nodes = map.list("mirrors").unwrap_or_default();
    if map.has("mirror") && !nodes.is_empty() {
        let finding = Diagnostic::error("`mirror` and `mirrors` exclude each other");
        let finding = finding.at(map.key_span("mirrors"));
        map.problems().push(finding.hint("keep `mirrors`"));
    }
    let first = first.map(|destination| Mirror {
        destination,
        share: share.or(older).unwrap_or(Ratio::ONE),
    });
    let read = |node| read_mirror(node, map.problems());
    first
        .into_iter()
        .chain(nodes.iter().filter_map(read))
        .collect()
}

fn read_mirror(node: &Node, problems: &mut Diagnostics) -> Option<Mirror> {
    let mut map = MapReader::open(node, "a mirror", problems)?;
    let share = percentage(&mut map, "percentage", 0.0);
    map.required_node("destination")?;
    let destination = map.map("destination").and_then(read_destination)?;
    Some(Mirror {
        destination,
        share: share.unwrap_or(Ratio::ONE),
    })
}

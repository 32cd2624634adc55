//! VirtualServices.

use super::HttpRoute;
use super::names::check_host;
use super::request_match::read_gateways;
use super::route::read_http_route;
use crate::document::{Diagnostic, Diagnostics, MapReader};
use crate::manifest::Object;

/// How requests for some hosts are routed (virtual_service.proto, reference progressive-delivery.md
/// §5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualService {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.hosts`, as written.
    pub hosts: Vec<String>,
    /// `spec.gateways`, as written; default `mesh`: every sidecar.
    pub gateways: Vec<String>,
    /// `spec.http`, in order: the first that fits wins.
    pub http: Vec<HttpRoute>,
}

/// The gateway that stands for every sidecar.
pub const MESH: &str = "mesh";

impl VirtualService {
    /// Reads a VirtualService; `None` where too much is wrong to go on.
    pub fn read(object: &Object, problems: &mut Diagnostics) -> Option<Self> {
        let named = object.require_name(problems);
        let mut map = MapReader::open(&object.node, "a VirtualService", problems)?;
        map.required_node("spec")?;
        let mut spec = map.map("spec")?;
        let gateways = read_gateways(&mut spec);
        let gateways = match gateways.is_empty() {
            true => vec![MESH.to_owned()],
            false => gateways,
        };
        let hosts = read_hosts(&mut spec, &gateways);
        let kinds = ["http", "tls", "tcp"];
        if !kinds.into_iter().any(|kind| spec.has(kind)) {
            let finding = Diagnostic::error("a VirtualService without routes").at(spec.span());
            spec.problems()
                .push(finding.label("expected `http`, `tls` or `tcp`"));
        }
        let routes = spec.list("http").unwrap_or_default();
        let read = |node| read_http_route(node, spec.problems());
        let http = routes.iter().filter_map(read).collect();
        named.then(|| Self {
            name: object.name.name.clone(),
            namespace: object.namespace().to_owned(),
            hosts,
            gateways,
            http,
        })
    }

    /// Whether sidecars follow it.
    pub fn is_for_the_mesh(&self) -> bool {
        self.gateways.iter().any(|gateway| gateway == MESH)
    }
}

/// A VirtualService without hosts is one that others delegate to, which has no model.
fn read_hosts(spec: &mut MapReader<'_, '_>, gateways: &[String]) -> Vec<String> {
    let nodes = spec.required_node("hosts").and_then(|_| spec.list("hosts"));
    let nodes = nodes.unwrap_or_default();
    let mut hosts: Vec<String> = Vec::new();
    for node in nodes {
        let Some(host) = check_host("hosts", node, spec.problems()) else {
            continue;
        };
        let only_mesh = gateways.iter().all(|gateway| gateway == MESH);
        let (message, rule) = if host == "*" && only_mesh {
            (
                "`hosts` is `*` for sidecars",
                "only a gateway takes every host",
            )
        } else if hosts.iter().any(|other| overlap(other, &host)) {
            ("two of `hosts` overlap", "expected each host once")
        } else {
            hosts.push(host);
            continue;
        };
        let finding = Diagnostic::error(message).at(node.span).label(rule);
        spec.problems().push(finding);
    }
    hosts
}

/// Whether some host is meant by both (host/name.go `Matches`).
fn overlap(one: &str, other: &str) -> bool {
    match (one.strip_prefix('*'), other.strip_prefix('*')) {
        (Some(one), Some(other)) => one.ends_with(other) || other.ends_with(one),
        (Some(suffix), None) => other.ends_with(suffix),
        (None, Some(suffix)) => one.ends_with(suffix),
        (None, None) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::overlap;

    /// The examples of host/name.go `Matches`.
    #[test]
    fn hosts_overlap_by_their_endings() {
        for (one, other, expected) in [
            ("foo.com", "foo.com", true),
            ("foo.com", "bar.com", false),
            ("*.com", "foo.com", true),
            ("bar.com", "*.com", true),
            ("*.foo.com", "foo.com", false),
            ("*", "foo.com", true),
            ("*", "*.com", true),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
        }
    }
}

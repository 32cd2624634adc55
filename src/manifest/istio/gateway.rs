//! Gateways.

use super::amounts::port;
use super::names::check_server_host;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::manifest::labels::read_labels;
use crate::manifest::{Labels, Object};

/// What the proxies at the edge of the mesh listen to (gateway.proto).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.selector`: labels of the proxies' pods, in any namespace; empty selects all proxies.
    pub selector: Labels,
    /// `spec.servers`.
    pub servers: Vec<Server>,
}

/// A port that is listened to, and for which hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `port.number`.
    pub port: u16,
    /// `port.name`.
    pub port_name: String,
    /// `port.protocol`.
    pub protocol: Protocol,
    /// `hosts`, each perhaps after `namespace/`.
    pub hosts: Vec<String>,
    /// `tls.httpsRedirect`, default false: every request is answered 301.
    pub https_redirect: bool,
    /// `tls.mode` `PASSTHROUGH` or `AUTO_PASSTHROUGH`: the proxy sees no requests.
    pub passes_through: bool,
}

/// What is spoken on a port of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `HTTP`, `HTTP2`, `GRPC`, `GRPC-WEB` or `HTTP_PROXY`.
    Http,
    /// `HTTPS`.
    Https,
    /// `TLS`.
    Tls,
    /// `TCP`, `MONGO`, `REDIS` or `MYSQL`.
    Tcp,
}

/// Names in lower case, which does not matter (protocol/instance.go `Parse`).
const PROTOCOLS: [(&str, Protocol); 11] = [
    ("http", Protocol::Http),
    ("http2", Protocol::Http),
    ("grpc", Protocol::Http),
    ("grpc-web", Protocol::Http),
    ("http_proxy", Protocol::Http),
    ("https", Protocol::Https),
    ("tls", Protocol::Tls),
    ("tcp", Protocol::Tcp),
    ("mongo", Protocol::Tcp),
    ("redis", Protocol::Tcp),
    ("mysql", Protocol::Tcp),
];

impl Gateway {
    /// Reads a Gateway; `None` where too much is wrong to go on.
    pub fn read(object: &Object, problems: &mut Diagnostics) -> Option<Self> {
        let named = object.require_name(problems);
        let mut map = MapReader::open(&object.node, "a Gateway", problems)?;
        map.required_node("spec")?;
        let mut spec = map.map("spec")?;
        let labels = spec.entries("selector");
        let selector = labels.map(|labels| read_labels(labels, spec.problems()));
        spec.required_node("servers")?;
        let nodes = spec.list("servers")?;
        if nodes.is_empty() {
            let finding = Diagnostic::error("`servers` is empty");
            let finding = finding.at(spec.value_span("servers"));
            spec.problems().push(finding.label("expected at least one"));
        }
        let mut servers: Vec<Server> = Vec::new();
        for node in nodes {
            servers.extend(read_server(node, &servers, spec.problems()));
        }
        named.then(|| Self {
            name: object.name.name.clone(),
            namespace: object.namespace().to_owned(),
            selector: selector.unwrap_or_default(),
            servers,
        })
    }
}

impl Server {
    /// Whether requests on this port meet routes of VirtualServices.
    pub fn carries_requests(&self) -> bool {
        let http = matches!(self.protocol, Protocol::Http | Protocol::Https);
        http && !self.passes_through
    }
}

fn read_server(node: &Node, others: &[Server], problems: &mut Diagnostics) -> Option<Server> {
    let mut map = MapReader::open(node, "a server", problems)?;
    let hosts = map.required_node("hosts").and_then(|_| map.list("hosts"));
    let read = |node| check_server_host(node, map.problems());
    let hosts: Vec<String> = hosts.unwrap_or_default().iter().filter_map(read).collect();
    map.required_node("port")?;
    let (port, port_name, protocol) = read_port(map.map("port")?, others)?;
    let (https_redirect, passes_through) = read_tls(&mut map, protocol);
    Some(Server {
        port,
        port_name,
        protocol,
        hosts,
        https_redirect,
        passes_through,
    })
}

fn read_port(mut map: MapReader<'_, '_>, others: &[Server]) -> Option<(u16, String, Protocol)> {
    map.required_node("number");
    let number = port(&mut map, "number");
    let name: Option<String> = map.required("name");
    let twin = |other: &Server| Some(&other.port_name) == name.as_ref();
    if others.iter().any(twin) {
        let finding = Diagnostic::error("two servers have a port of this name");
        let finding = finding.at(map.value_span("name"));
        map.problems().push(finding.label("expected another name"));
    }
    let written: String = map.required("protocol")?;
    let lower = written.to_ascii_lowercase();
    let protocol = PROTOCOLS.iter().find(|(name, _)| *name == lower);
    if protocol.is_none() {
        let finding = Diagnostic::error(format!("`protocol`: unknown word `{written}`"));
        let finding = finding.at(map.value_span("protocol"));
        let rule = "expected `HTTP`, `HTTPS`, `HTTP2`, `GRPC`, `GRPC-WEB`, `TLS`, `TCP`, `MONGO`, `REDIS` or `MYSQL`";
        map.problems().push(finding.label(rule));
    }
    Some((number?, name?, protocol?.1))
}

/// `tls` has to be there for HTTPS and TLS, and on a plain port may only redirect.
fn read_tls(map: &mut MapReader<'_, '_>, protocol: Protocol) -> (bool, bool) {
    let wanted = matches!(protocol, Protocol::Https | Protocol::Tls);
    if wanted != map.has("tls") && (wanted || protocol == Protocol::Tcp) {
        let (message, place) = match wanted {
            true => ("`tls` is missing", map.span()),
            false => ("`tls` on a port without TLS", map.key_span("tls")),
        };
        let finding = Diagnostic::error(message).at(place);
        let rule = "`HTTPS` and `TLS` have `tls`, `TCP` and its like do not";
        map.problems().push(finding.label(rule));
    }
    let Some(mut tls) = map.map("tls") else {
        return (false, false);
    };
    let redirect = tls.optional("httpsRedirect").unwrap_or(false);
    let passing = [
        ("PASSTHROUGH", true),
        ("AUTO_PASSTHROUGH", true),
        ("SIMPLE", false),
        ("MUTUAL", false),
        ("ISTIO_MUTUAL", false),
        ("OPTIONAL_MUTUAL", false),
    ];
    let passes = tls.word("mode", &passing).unwrap_or(true);
    if protocol == Protocol::Http && !passes {
        let finding = Diagnostic::error("`tls.mode` on a port of plain HTTP");
        let finding = finding.at(tls.key_span("mode"));
        let rule = "only `httpsRedirect` may stand here";
        tls.problems().push(finding.label(rule));
    }
    (redirect, passes && wanted)
}

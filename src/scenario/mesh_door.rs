//! Where a source of traffic meets the mesh: whose proxies take its requests, and which route they find.

use super::{Entry, Objects, Variant};
use crate::manifest::Labels;
use crate::routing::mesh::{Client, Host, RequestHead, Route, RouteTable};
use crate::traffic::Head;

/// The namespace in which Istio keeps the proxies of its gateways.
const GATEWAY_NAMESPACE: &str = "istio-system";

/// The proxies that take the requests of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshDoor {
    /// Whose they are.
    pub client: Client,
    /// The port that is asked.
    pub port: u16,
    /// How many there are.
    pub proxies: u32,
}

impl MeshDoor {
    /// The proxies behind an entry; `None` where no object of the mesh speaks of its Service.
    pub fn of(variant: &Variant, entry: Entry) -> Option<Self> {
        match entry {
            Entry::Gateway(index) => Some(edge(variant, index)),
            Entry::Service(index) => sidecars(variant, index),
        }
    }
}

fn edge(variant: &Variant, index: usize) -> MeshDoor {
    let gateway = &variant.before.gateways[index];
    let serving = gateway.servers.iter().filter(|it| it.carries_requests());
    let plain = serving.clone().find(|it| !it.https_redirect);
    MeshDoor {
        client: Client::Gateway {
            namespace: GATEWAY_NAMESPACE.to_owned(),
            labels: gateway.selector.clone(),
        },
        port: plain.or(serving.clone().next()).map_or(80, |it| it.port),
        proxies: variant.mesh.gateway_proxies,
    }
}

/// Clients of a Service have sidecars where some object of the mesh speaks of it.
fn sidecars(variant: &Variant, index: usize) -> Option<MeshDoor> {
    let objects = &variant.before;
    let service = objects.services.get(index)?;
    let host = Host::of(service);
    let covers =
        |written: &String, namespace: &String| Host::resolve(written, namespace).covers(&host);
    let ruled = objects
        .destination_rules
        .iter()
        .any(|rule| covers(&rule.host, &rule.namespace));
    let mut bound = objects.virtual_services.iter();
    let routed = bound.any(|one| {
        let mut hosts = one.hosts.iter();
        one.is_for_the_mesh() && hosts.any(|written| covers(written, &one.namespace))
    });
    (ruled || routed).then(|| MeshDoor {
        client: Client::Sidecar {
            namespace: service.namespace.clone(),
            labels: Labels::new(),
        },
        port: service.ports.first().map_or(80, |port| *port),
        proxies: variant.mesh.sidecars,
    })
}

/// The host that requests ask for: as written, else the Service, or the first host that the Gateway
/// serves by name.
pub fn authority_of(head: &Head, entry: Entry, objects: &Objects) -> String {
    if !head.authority.is_empty() {
        return head.authority.clone();
    }
    match entry {
        Entry::Service(index) => Host::of(&objects.services[index]).as_str().to_owned(),
        Entry::Gateway(index) => {
            let servers = &objects.gateways[index].servers;
            let hosts = servers.iter().flat_map(|server| &server.hosts);
            let mut plain = hosts.map(|host| host.rsplit('/').next().unwrap_or_default());
            let named = plain.find(|host| !host.contains('*'));
            named.unwrap_or_default().to_owned()
        }
    }
}

/// The route of requests that look so.
pub fn route_of<'t>(table: &'t RouteTable, head: &Head, authority: &str) -> Option<&'t Route> {
    let headers = head.headers.iter();
    let headers: Vec<(&str, &str)> = headers
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    table.route(&RequestHead {
        authority,
        path: &head.path,
        method: &head.method,
        scheme: "http",
        headers: &headers,
    })
}

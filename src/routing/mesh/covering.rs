//! Which VirtualServices are for a host.

use super::Host;
use crate::manifest::Service;
use crate::manifest::istio::{Gateway, Server, VirtualService};

/// A Service whose ports are not written has every one.
pub(super) fn has_port(service: &Service, port: u16) -> bool {
    service.ports.is_empty() || service.ports.contains(&port)
}

/// The hosts of a VirtualService.
pub(super) fn resolved_hosts(one: &VirtualService) -> impl Iterator<Item = Host> {
    let hosts = one.hosts.iter();
    hosts.map(|host| Host::resolve(host, &one.namespace))
}

/// The VirtualService of the narrowest host that covers this one; of two the first.
pub(super) fn narrowest<'a>(
    bound: &[&'a VirtualService],
    host: &Host,
) -> Option<&'a VirtualService> {
    let covering = bound.iter().filter_map(|one| {
        let hosts = resolved_hosts(one).filter(|covering| covering.covers(host));
        Some((hosts.map(|host| host.narrowness()).max()?, *one))
    });
    // The last of equals would win, so from the end.
    let covering: Vec<_> = covering.collect();
    let best = covering
        .into_iter()
        .rev()
        .max_by_key(|(narrowness, _)| *narrowness);
    best.map(|(_, one)| one)
}

/// Hosts that a VirtualService and a server have in common. A host of the server may be for one
/// namespace only; `.` is the Gateway's own.
pub(super) fn common_hosts(one: &VirtualService, gateway: &Gateway, server: &Server) -> Vec<Host> {
    let open = server.hosts.iter().filter_map(|written| {
        let (namespace, host) = written.split_once('/').unwrap_or(("*", written));
        let namespace = match namespace {
            "." => &gateway.namespace,
            other => other,
        };
        let visible = namespace == "*" || namespace == one.namespace;
        // A name without a dot stays what it is here.
        visible.then(|| Host::plain(host))
    });
    let mut common: Vec<Host> = Vec::new();
    for server in open {
        for host in resolved_hosts(one) {
            let both = server.intersection(&host).cloned();
            common.extend(both.filter(|both| !common.contains(both)));
        }
    }
    common
}

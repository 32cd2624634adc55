//! Requests that no route is for (reference progressive-delivery.md §5.1).

use super::view::{Ask, MeshView, Met};
use super::words::percent;
use crate::document::nearest;
use crate::manifest::istio::StringMatch;
use crate::routing::mesh::{Host, VirtualHost};
use crate::scenario::Entry;
use crate::scenario::checks::finding::Finding;

/// A source whose requests the proxies answer with 404.
pub(super) fn no_route(mesh: &MeshView<'_>) -> Vec<Finding> {
    let all = mesh.met.iter().flat_map(|met| {
        let asks = met.asks.iter().enumerate();
        asks.filter(|(_, ask)| ask.route.is_none() && ask.share > 0.0)
            .map(move |(index, ask)| (met, index, ask))
    });
    all.filter_map(|(met, index, ask)| unanswered(mesh, met, (index, ask)))
        .collect()
}

fn unanswered(
    mesh: &MeshView<'_>,
    met: &Met<'_>,
    (index, ask): (usize, &Ask<'_>),
) -> Option<Finding> {
    let found = met.table.host(&ask.authority);
    let door = match met.entry {
        Entry::Gateway(index) => format!("Gateway `{}`", mesh.variant.before.gateways[index].name),
        // A sidecar lets pass what it knows no host of.
        Entry::Service(_) => {
            found?;
            "the sidecars".to_owned()
        }
    };
    let who = match ask.share > 1.0 - 1e-9 {
        true => format!("every request of `{}` is answered 404", met.source.name),
        false => format!(
            "{} of the requests of `{}` are answered 404",
            percent(ask.share),
            met.source.name
        ),
    };
    let (key, reason, cure) = match found {
        None => no_host(met, ask),
        Some(host) => no_match(host, ask),
    };
    let name = &met.source.name;
    let path = match index + 1 == met.asks.len() {
        true => format!("scenario:traffic.{name}.{key}"),
        false => format!("scenario:traffic.{name}.groups[{index}].{key}"),
    };
    let message = format!(
        "{who}: {door} has no route for {} `{}{}`",
        ask.head.method, ask.authority, ask.head.path
    );
    Some(Finding::at(path, message).because(reason).cure(cure))
}

fn no_host(met: &Met<'_>, ask: &Ask<'_>) -> (&'static str, String, String) {
    let hosts: Vec<&str> = met
        .table
        .hosts()
        .iter()
        .map(|one| one.host.as_str())
        .collect();
    let key = match ask.head.authority.is_empty() {
        true => "entry",
        false => "host",
    };
    if hosts.is_empty() {
        return (
            key,
            "no VirtualService is bound to it with a host that it serves: 404 `NR`".to_owned(),
            "name it in `gateways` of a VirtualService, and give both a host in common".to_owned(),
        );
    }
    let near = nearest(&ask.authority, hosts.iter().copied()).unwrap_or(hosts[0]);
    let cure = match Host::resolve(near, "").is_wildcard() {
        true => format!("it serves `{near}`: add a `host` of these to the source"),
        false => format!("did you mean `host = \"{near}\"`?"),
    };
    let all = format!("it has routes for `{}` alone: 404 `NR`", hosts.join("`, `"));
    (key, all, cure)
}

fn no_match(host: &VirtualHost, ask: &Ask<'_>) -> (&'static str, String, String) {
    let uris = host.routes.iter().filter_map(|route| {
        let condition = route.condition.as_ref()?;
        match condition.uri.as_ref()? {
            StringMatch::Prefix(text) => Some(("prefix", text.as_str())),
            StringMatch::Exact(text) => Some(("path", text)),
            StringMatch::Regex(pattern) => Some(("regex", pattern.as_str())),
            StringMatch::Present => None,
        }
    });
    let uris: Vec<(&str, &str)> = uris.collect();
    let told: Vec<String> = uris
        .iter()
        .map(|(kind, text)| format!("{kind} `{text}`"))
        .collect();
    let path = &ask.head.path;
    let fits = |text: &str| common(path, text);
    let near = uris.iter().max_by_key(|(_, text)| fits(text));
    let reason = match told.is_empty() {
        true => format!("no match of `{}` fits these requests: 404 `NR`", host.host),
        false => format!(
            "routes of `{}` are for {}: 404 `NR`",
            host.host,
            told.join(", ")
        ),
    };
    let cure = match near {
        Some((kind, text)) => format!(
            "the nearest is {kind} `{text}`: let `path` or `headers` of the source fit it, or \
             add a route without `match`, last"
        ),
        None => "add a route without `match`, last".to_owned(),
    };
    ("path", reason, cure)
}

/// How far two texts are the same.
fn common(one: &str, other: &str) -> usize {
    let pairs = one.bytes().zip(other.bytes());
    pairs.take_while(|(one, other)| one == other).count()
}

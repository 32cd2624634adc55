//! Which requests a route is for.

use std::collections::BTreeMap;

use super::amounts::port;
use super::names::{check_gateway, check_label};
use super::string_match::{Place, read_string_match};
use super::{Case, StringMatch};
use crate::document::{Diagnostics, MapReader, Node};
use crate::manifest::Labels;
use crate::manifest::labels::read_labels;

/// Requests that a route is for: everything written has to hold (virtual_service.proto
/// `HTTPMatchRequest`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestMatch {
    /// `name`.
    pub name: Option<String>,
    /// `uri`: the path, without its query.
    pub uri: Option<StringMatch>,
    /// `ignoreUriCase`, default false.
    pub uri_case: Case,
    /// `scheme`.
    pub scheme: Option<StringMatch>,
    /// `method`.
    pub method: Option<StringMatch>,
    /// `authority`: the host as the client wrote it.
    pub authority: Option<StringMatch>,
    /// `headers`, by name in lower case.
    pub headers: BTreeMap<String, StringMatch>,
    /// `withoutHeaders`, by name in lower case: none of them may fit.
    pub without_headers: BTreeMap<String, StringMatch>,
    /// `queryParams`, by name.
    pub query_params: BTreeMap<String, StringMatch>,
    /// `port` of the host that is asked.
    pub port: Option<u16>,
    /// `sourceLabels`: the client's pod has to carry them.
    pub source_labels: Labels,
    /// `sourceNamespace` of the client.
    pub source_namespace: Option<String>,
    /// `gateways`, in place of those of the VirtualService; default none: those.
    pub gateways: Vec<String>,
}

/// Reads one entry of `match`.
pub(super) fn read_request_match(node: &Node, problems: &mut Diagnostics) -> Option<RequestMatch> {
    let mut map = MapReader::open(node, "a match", problems)?;
    let ignore = map.optional("ignoreUriCase").unwrap_or(false);
    Some(RequestMatch {
        name: map.optional("name"),
        uri: condition(&mut map, "uri", Place::Uri),
        uri_case: if ignore {
            Case::Ignored
        } else {
            Case::Sensitive
        },
        scheme: condition(&mut map, "scheme", Place::Wanted),
        method: condition(&mut map, "method", Place::Wanted),
        authority: condition(&mut map, "authority", Place::Wanted),
        headers: conditions(&mut map, "headers", Place::Wanted),
        without_headers: conditions(&mut map, "withoutHeaders", Place::Unwanted),
        query_params: read_query(&mut map),
        port: port(&mut map, "port"),
        source_labels: read_source_labels(&mut map),
        source_namespace: read_source_namespace(&mut map),
        gateways: read_gateways(&mut map),
    })
}

/// `gateways` of a match or of a VirtualService.
pub(super) fn read_gateways(map: &mut MapReader<'_, '_>) -> Vec<String> {
    let nodes = map.list("gateways").unwrap_or_default();
    let read = |node| check_gateway(node, map.problems());
    nodes.iter().filter_map(read).collect()
}

fn condition<'a>(map: &mut MapReader<'a, '_>, key: &'a str, place: Place) -> Option<StringMatch> {
    let node = map.node(key)?;
    read_string_match(&format!("`{key}`"), (node, place), map.problems())
}

/// Names of headers do not differ by case.
fn conditions<'a>(
    map: &mut MapReader<'a, '_>,
    key: &'a str,
    place: Place,
) -> BTreeMap<String, StringMatch> {
    let mut read = BTreeMap::new();
    for (name, entry) in map.entries(key).into_iter().flatten() {
        let what = format!("`{key}` `{name}`");
        let one = read_string_match(&what, (&entry.node, place), map.problems());
        read.extend(one.map(|one| (name.to_ascii_lowercase(), one)));
    }
    read
}

fn read_query(map: &mut MapReader<'_, '_>) -> BTreeMap<String, StringMatch> {
    let mut read = BTreeMap::new();
    for (name, entry) in map.entries("queryParams").into_iter().flatten() {
        let what = format!("`queryParams` `{name}`");
        let one = read_string_match(&what, (&entry.node, Place::Wanted), map.problems());
        read.extend(one.map(|one| (name.clone(), one)));
    }
    read
}

fn read_source_labels(map: &mut MapReader<'_, '_>) -> Labels {
    let entries = map.entries("sourceLabels");
    let labels = entries.map(|entries| read_labels(entries, map.problems()));
    labels.unwrap_or_default()
}

fn read_source_namespace(map: &mut MapReader<'_, '_>) -> Option<String> {
    let node = map.node("sourceNamespace")?;
    check_label("sourceNamespace", node, map.problems())
}

//! One HTTP route of a VirtualService.

use super::amounts::length;
use super::answer::{read_direct_response, read_redirect};
use super::destination::{read_mirrors, read_route};
use super::fault::read_fault;
use super::headers::read_headers;
use super::request_match::read_request_match;
use super::retries::read_retries;
use super::{
    DirectResponse, Fault, Headers, Mirror, Redirect, RequestMatch, Retries, RouteDestination,
};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::units::SimDuration;

/// A route: which requests it is for, and what happens to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRoute {
    /// `name`.
    pub name: Option<String>,
    /// `match`: any may hold; none written takes every request.
    pub matches: Vec<RequestMatch>,
    /// What happens.
    pub action: HttpAction,
    /// `timeout` over all tries; default none: it never runs out.
    pub timeout: Option<SimDuration>,
    /// `retries`; default none: Istio's own.
    pub retries: Option<Retries>,
    /// `fault`.
    pub fault: Fault,
    /// `mirror` or `mirrors`.
    pub mirrors: Vec<Mirror>,
    /// `headers`.
    pub headers: Headers,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpAction {
    /// `route`: it is passed on to one of these; never empty.
    Route(Vec<RouteDestination>),
    /// `redirect`.
    Redirect(Redirect),
    /// `directResponse`.
    DirectResponse(DirectResponse),
}

/// Reads one entry of `http`.
pub(super) fn read_http_route(node: &Node, problems: &mut Diagnostics) -> Option<HttpRoute> {
    let mut map = MapReader::open(node, "a route of `http`", problems)?;
    let name = map.optional("name");
    let nodes = map.list("match").unwrap_or_default();
    let read = |node| read_request_match(node, map.problems());
    let matches: Vec<RequestMatch> = nodes.iter().filter_map(read).collect();
    let timeout = length(&mut map, "timeout");
    let retries = read_retries(&mut map);
    let fault = read_fault(&mut map);
    let mirrors = read_mirrors(&mut map);
    let headers = read_headers(&mut map);
    let action = read_action(&mut map, &matches);
    // A match that cannot be read must not turn the route into one for every request.
    (matches.len() == nodes.len()).then_some(())?;
    Some(HttpRoute {
        name,
        matches,
        action: action?,
        timeout,
        retries,
        fault: fault.unwrap_or_default(),
        mirrors,
        headers,
    })
}

fn read_action(map: &mut MapReader<'_, '_>, matches: &[RequestMatch]) -> Option<HttpAction> {
    if map.has("delegate") {
        let finding = Diagnostic::error("`delegate` has no model");
        let finding = finding.at(map.key_span("delegate"));
        let cure = "write the routes of the other VirtualService here";
        map.problems().push(finding.hint(cure));
        return None;
    }
    check_conflicts(map);
    if map.has("redirect") {
        let redirect = map.map("redirect")?;
        return read_redirect(redirect, matches).map(HttpAction::Redirect);
    }
    if map.has("directResponse") {
        let answer = map.map("directResponse")?;
        return read_direct_response(answer).map(HttpAction::DirectResponse);
    }
    let route = read_route(map);
    let written = map.node("route").and_then(Node::as_list);
    if map.node("route").is_none() || written.is_some_and(<[Node]>::is_empty) {
        let finding = Diagnostic::error("a route of `http` leads nowhere").at(map.span());
        let rule = "expected `route`, `redirect` or `directResponse`";
        map.problems().push(finding.label(rule));
    }
    (!route.is_empty()).then_some(HttpAction::Route(route))
}

/// What answers by itself passes nothing on.
fn check_conflicts(map: &mut MapReader<'_, '_>) {
    let answers = ["redirect", "directResponse"];
    let Some(answer) = answers.into_iter().find(|key| map.has(key)) else {
        return;
    };
    for key in ["route", "fault", "rewrite", "directResponse"] {
        if key != answer && map.has(key) {
            let finding = Diagnostic::error(format!("`{answer}` and `{key}` exclude each other"));
            let finding = finding.at(map.key_span(key));
            map.problems().push(finding.hint("keep one of them"));
        }
    }
}

//! Routes that steps set beside the weight.

use super::routing::Routes;
use super::{Router, TrafficRouting};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};

/// `setHeaderRoute`: requests with these headers all go to the canary (with Istio, those with any of
/// them). Without a match the route goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderRoute {
    /// `name`, one of `managedRoutes`.
    pub name: String,
    /// `match`.
    pub matches: Vec<HeaderMatch>,
}

/// A header and what its value has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderMatch {
    /// `headerName`.
    pub header: String,
    /// `headerValue`.
    pub value: TextMatch,
}

/// `setMirrorRoute`: the canary gets a copy of these requests. Without a match the route goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorRoute {
    /// `name`, one of `managedRoutes`.
    pub name: String,
    /// `percentage`; default none: all of them.
    pub percentage: Option<u32>,
    /// `match`: any may hold.
    pub matches: Vec<RouteMatch>,
}

/// Which requests are meant: all that is written has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteMatch {
    /// `method`.
    pub method: Option<TextMatch>,
    /// `path`.
    pub path: Option<TextMatch>,
    /// `headers`, by name.
    pub headers: Vec<HeaderMatch>,
}

/// What a text has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextMatch {
    /// `exact`: this.
    Exact(String),
    /// `prefix`: something that begins so.
    Prefix(String),
    /// `regex`: something that fits.
    Regex(String),
}

/// Reads `setHeaderRoute`.
pub(super) fn read_header_route(
    mut map: MapReader<'_, '_>,
    routes: Routes<'_>,
) -> Option<HeaderRoute> {
    let routers = "`istio`, `alb`, `apisix` and `plugins`";
    check_ability(
        "setHeaderRoute",
        (Router::sets_header_routes, routers),
        routes,
        &mut map,
    );
    let name = managed_name("setHeaderRoute", routes, &mut map);
    let alb = matches!(routes, Routes::By(routing) if routing.router == Router::Alb);
    let mut matches = Vec::new();
    for node in map.list("match").unwrap_or_default() {
        matches.extend(read_header_match(node, alb, map.problems()));
    }
    Some(HeaderRoute {
        name: name?,
        matches,
    })
}

/// Reads `setMirrorRoute`.
pub(super) fn read_mirror_route(
    mut map: MapReader<'_, '_>,
    routes: Routes<'_>,
) -> Option<MirrorRoute> {
    let routers = "`istio` and `plugins`";
    check_ability(
        "setMirrorRoute",
        (Router::sets_mirror_routes, routers),
        routes,
        &mut map,
    );
    let name = managed_name("setMirrorRoute", routes, &mut map);
    let percentage = map.number_within("percentage", 0..=100);
    let nodes = map.list("match").unwrap_or_default();
    let matches = nodes
        .iter()
        .filter_map(|node| read_route_match(node, map.problems()));
    let matches = matches.collect();
    Some(MirrorRoute {
        name: name?,
        percentage: percentage.map(|percent| percent as u32),
        matches,
    })
}

/// Not every router knows every route.
fn check_ability(
    key: &str,
    (ability, routers): (fn(Router) -> bool, &str),
    routes: Routes<'_>,
    map: &mut MapReader<'_, '_>,
) {
    if routes.can(ability) != Some(false) {
        return;
    }
    let message = match routes {
        Routes::By(routing) => format!("`{key}` with `{}`", routing.router.key()),
        _ => format!("`{key}` without `trafficRouting`"),
    };
    let finding = Diagnostic::error(message).at(map.span());
    map.problems()
        .push(finding.label(format!("only {routers} know such routes")));
}

/// `name`, which has to be among `managedRoutes`.
fn managed_name(key: &str, routes: Routes<'_>, map: &mut MapReader<'_, '_>) -> Option<String> {
    let name: String = map.required("name")?;
    let Routes::By(TrafficRouting { managed_routes, .. }) = routes else {
        return Some(name);
    };
    if !managed_routes.contains(&name) {
        let there = managed_routes.iter().map(|name| format!("`{name}`"));
        let there = there.collect::<Vec<_>>().join(", ");
        let finding = Diagnostic::error(format!("`{key}`: route `{name}` is not managed"))
            .at(map.value_span("name"))
            .label("expected a name of `trafficRouting.managedRoutes`");
        let cure = match there.as_str() {
            "" => format!("add `managedRoutes: [{{ name: {name} }}]` to `trafficRouting`"),
            there => format!("there is {there}"),
        };
        map.problems().push(finding.hint(cure));
    }
    Some(name)
}

fn read_header_match(node: &Node, alb: bool, problems: &mut Diagnostics) -> Option<HeaderMatch> {
    let mut map = MapReader::open(node, "a match of a header", problems)?;
    let header = map.required("headerName");
    map.required_node("headerValue");
    let value = read_text_match(map.map("headerValue")?);
    let value = value.filter(|value| {
        let fine = !alb || matches!(value, TextMatch::Exact(_));
        if !fine {
            let finding = Diagnostic::error("`headerValue` of `alb` is not `exact`");
            let finding = finding.at(map.key_span("headerValue"));
            map.problems()
                .push(finding.label("`alb` takes only `exact`"));
        }
        fine
    });
    Some(HeaderMatch {
        header: header?,
        value: value?,
    })
}

fn read_route_match(node: &Node, problems: &mut Diagnostics) -> Option<RouteMatch> {
    let mut map = MapReader::open(node, "a match", problems)?;
    let method = map.map("method").map(read_text_match);
    let path = map.map("path").map(read_text_match);
    let mut headers = Vec::new();
    for (name, entry) in map.entries("headers").into_iter().flatten() {
        let reader = MapReader::open(&entry.node, &format!("`{name}`"), map.problems());
        let value = reader.and_then(read_text_match);
        headers.extend(value.map(|value| HeaderMatch {
            header: name.clone(),
            value,
        }));
    }
    Some(RouteMatch {
        method: method.flatten(),
        path: path.flatten(),
        headers,
    })
}

/// Exactly one of the three; an empty text is none, as in the controller.
fn read_text_match(mut map: MapReader<'_, '_>) -> Option<TextMatch> {
    type Kind = fn(String) -> TextMatch;
    let kinds = [
        ("exact", TextMatch::Exact as Kind),
        ("prefix", TextMatch::Prefix),
        ("regex", TextMatch::Regex),
    ];
    let mut found: Vec<TextMatch> = Vec::new();
    for (key, kind) in kinds {
        let text = map.optional(key).filter(|text: &String| !text.is_empty());
        found.extend(text.map(kind));
    }
    if found.len() != 1 {
        let message = match found.len() {
            0 => "a match says nothing",
            _ => "a match says more than one thing",
        };
        let finding = Diagnostic::error(message).at(map.span());
        let rule = "expected exactly one of `exact`, `prefix`, `regex`";
        map.problems().push(finding.label(rule));
        return None;
    }
    found.pop()
}

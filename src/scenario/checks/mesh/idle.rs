//! Objects and retries that nothing ever meets.

use super::view::MeshView;
use super::words::{in_route, in_rule, in_virtual_service};
use crate::document::nearest;
use crate::manifest::istio::{DestinationRule, HttpAction, MESH, VirtualService};
use crate::routing::mesh::{Cluster, Host, RetryCondition, RetryPolicy, bound_gateway};
use crate::scenario::Objects;
use crate::scenario::checks::finding::Finding;

/// Gateways a VirtualService is bound to that are not among the manifests.
fn missing_gateways(mesh: &MeshView<'_>, one: &VirtualService) -> Vec<usize> {
    let objects = &mesh.variant.before;
    let known = |written: &str| {
        let bound = bound_gateway(written, &one.namespace);
        let mut all = objects.gateways.iter();
        written == MESH || all.any(|it| format!("{}/{}", it.namespace, it.name) == bound)
    };
    let all = one.gateways.iter().enumerate();
    all.filter(|(_, written)| !known(written))
        .map(|(index, _)| index)
        .collect()
}

/// A VirtualService for a Gateway that is not there.
pub(super) fn gateway_missing(mesh: &MeshView<'_>) -> Vec<Finding> {
    let objects = &mesh.variant.before;
    let mut findings = Vec::new();
    for one in &objects.virtual_services {
        for index in missing_gateways(mesh, one) {
            let written = &one.gateways[index];
            let message = format!(
                "VirtualService `{}` is bound to Gateway `{written}`, which is not among the manifests",
                one.name
            );
            let known: Vec<String> = objects
                .gateways
                .iter()
                .map(|gateway| match gateway {
                    near if near.namespace == one.namespace => near.name.clone(),
                    far => format!("{}/{}", far.namespace, far.name),
                })
                .collect();
            let near = nearest(written, known.iter().map(String::as_str));
            let finding = in_virtual_service(one, &format!("gateways[{index}]"), message);
            findings.push(
                finding
                    .because(
                        "no proxy gets its routes by that name; one without a namespace means a \
                               Gateway beside the VirtualService",
                    )
                    .cure(match (near, &known[..]) {
                        (Some(near), _) => format!("did you mean `{near}`?"),
                        (None, []) => "add the Gateway to the manifests".to_owned(),
                        (None, known) => format!("there is `{}`", known.join("`, `")),
                    }),
            );
        }
    }
    findings
}

/// A VirtualService whose hosts no source asks for where it is bound.
pub(super) fn virtual_service_unmet(mesh: &MeshView<'_>) -> Vec<Finding> {
    let meets = |one: &VirtualService| {
        mesh.met.iter().any(|met| {
            let mut hosts = met
                .asks
                .iter()
                .filter_map(|ask| met.table.host(&ask.authority));
            hosts.any(|host| {
                let mut origins = host.routes.iter().filter_map(|route| route.origin.as_ref());
                origins.any(|it| it.namespace == one.namespace && it.name == one.name)
            })
        })
    };
    let all = mesh.variant.before.virtual_services.iter();
    let unmet =
        all.filter(|one| !meets(one) && missing_gateways(mesh, one).len() < one.gateways.len());
    unmet
        .map(|one| {
            let message = format!("no source of traffic meets VirtualService `{}`", one.name);
            let doors: Vec<String> = one.gateways.iter().map(|gateway| format!("`{gateway}`")).collect();
            let reason = format!(
                "it is for requests to {} at {}; nobody sends such",
                quoted(&one.hosts),
                doors.join(" and ")
            );
            let at_edge = one.gateways.iter().find(|gateway| *gateway != MESH);
            let cure = match at_edge {
                Some(gateway) => format!(
                    "let a source enter there: `entry = \"Gateway/{}\"`, with `host` if it serves several",
                    gateway.rsplit('/').next().unwrap_or_default()
                ),
                None => "let a source enter at the Service of its `hosts`".to_owned(),
            };
            in_virtual_service(one, "hosts", message).because(reason).cure(cure)
        })
        .collect()
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" and ")
}

/// Clusters that routes of the sources' hosts lead to.
fn reached<'m>(mesh: &'m MeshView<'_>) -> impl Iterator<Item = (&'m Cluster, &'m str)> {
    mesh.met.iter().flat_map(|met| {
        let clusters = met.asks.iter().filter_map(|ask| ask.route.as_ref());
        let clusters = clusters.flat_map(|route| super::view::reached(route, &met.table));
        clusters.map(|cluster| (cluster, met.door.client.namespace()))
    })
}

/// Where a DestinationRule for everybody has to live.
const ROOT_NAMESPACE: &str = "istio-system";

/// A DestinationRule for a host that no request goes to.
pub(super) fn destination_rule_unmet(mesh: &MeshView<'_>) -> Vec<Finding> {
    let all = mesh.variant.before.destination_rules.iter();
    all.filter_map(|rule| unmet_rule(mesh, rule)).collect()
}

fn unmet_rule(mesh: &MeshView<'_>, rule: &DestinationRule) -> Option<Finding> {
    let objects = &mesh.variant.before;
    let host = Host::resolve(&rule.host, &rule.namespace);
    let mut meant = reached(mesh).filter(|(cluster, _)| host.covers(&cluster.name.host));
    let seen = |(cluster, client): (&Cluster, &str)| {
        let mut services = objects.services.iter();
        let owner = services.find(|service| Host::of(service) == cluster.name.host);
        let owner = owner.map(|service| service.namespace.as_str());
        let places = [Some(client), owner, Some(ROOT_NAMESPACE)];
        places.contains(&Some(&rule.namespace))
    };
    let (reason, cure) = match meant.next() {
        Some(first) if seen(first) || meant.any(seen) => return None,
        Some(_) => (
            format!(
                "its namespace `{}` is neither the client's nor the Service's nor `{ROOT_NAMESPACE}`",
                rule.namespace
            ),
            "move it beside the Service",
        ),
        // That nobody meets those routes is told of them.
        None if is_routed_to(objects, &host) => return None,
        None => (
            format!("no request of a source goes to `{host}`"),
            "correct `host`, or let a source enter where the mesh routes to it",
        ),
    };
    let message = format!("DestinationRule `{}` has no effect", rule.name);
    Some(in_rule(rule, "host", message).because(reason).cure(cure))
}

/// Whether some VirtualService leads there.
fn is_routed_to(objects: &Objects, host: &Host) -> bool {
    objects.virtual_services.iter().any(|one| {
        let mut actions = one.http.iter().map(|route| &route.action);
        actions.any(|action| match action {
            HttpAction::Route(all) => all
                .iter()
                .any(|it| host.covers(&Host::resolve(&it.destination.host, &one.namespace))),
            _ => false,
        })
    })
}

/// Conditions that plain HTTP/1.1 never meets: gRPC's, those of other protocols, and statuses of an
/// empty list.
fn never_fires(policy: &RetryPolicy) -> bool {
    let idle = |one: &RetryCondition| match one {
        RetryCondition::Cancelled
        | RetryCondition::Unavailable
        | RetryCondition::RefusedStream
        | RetryCondition::Other(_) => true,
        RetryCondition::RetriableStatusCodes => policy.status_codes.is_empty(),
        _ => false,
    };
    policy.conditions.iter().all(idle)
}

/// Retries after failures that do not happen.
pub(super) fn retries_never_fire(mesh: &MeshView<'_>) -> Vec<Finding> {
    mesh.taken()
        .filter_map(|(_, _, route)| {
            let origin = route.origin.as_ref()?;
            let policy = route
                .retries
                .as_ref()
                .filter(|policy| never_fires(policy))?;
            let written = mesh.http(origin)?.retries.as_ref()?.retry_on.as_ref()?;
            let message = format!("`retryOn: {written}` never fires");
            let finding = in_route(origin, "retries.retryOn", message);
            Some(
                finding
                    .because(format!(
                        "plain HTTP meets none of these, and {} retries stay unused",
                        policy.retries
                    ))
                    .cure(
                        "name `connect-failure`, `reset`, `gateway-error`, `5xx` or status codes",
                    ),
            )
        })
        .collect()
}

/// Limits of retries where no route retries.
pub(super) fn retry_limits_without_retries(mesh: &MeshView<'_>) -> Vec<Finding> {
    let all = mesh.variant.before.destination_rules.iter();
    all.filter_map(|rule| {
        let policy = rule.traffic_policy.as_ref()?;
        let pool = policy.connection_pool.as_ref();
        let limited = pool.is_some_and(|pool| pool.max_retries != u32::MAX);
        let steps = match (policy.retry_budget, limited) {
            (Some(_), _) => "trafficPolicy.retryBudget",
            (None, true) => "trafficPolicy.connectionPool.http.maxRetries",
            (None, false) => return None,
        };
        let host = Host::resolve(&rule.host, &rule.namespace);
        let routes = mesh.taken().filter(|(met, _, route)| {
            let mut clusters = super::view::reached(route, &met.table).into_iter();
            clusters.any(|cluster| host.covers(&cluster.name.host))
        });
        let retries: Vec<bool> = routes
            .map(|(_, _, route)| route.retries.is_some())
            .collect();
        if retries.is_empty() || retries.contains(&true) {
            return None;
        }
        let key = steps.rsplit('.').next().unwrap_or_default();
        let message = format!("`{key}` of DestinationRule `{}` has no effect", rule.name);
        Some(
            in_rule(rule, steps, message)
                .because("every route that leads there says `attempts: 0`: nothing is tried again")
                .cure("remove it, or let the routes retry"),
        )
    })
    .collect()
}

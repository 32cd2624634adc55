//! Places in Istio's objects, and how they are told.

use crate::manifest::Labels;
use crate::manifest::istio::{DestinationRule, HttpAction, VirtualService};
use crate::routing::mesh::{ClusterName, Host, Origin};
use crate::scenario::checks::finding::Finding;

/// A finding in a route.
pub(super) fn in_route(origin: &Origin, steps: &str, message: String) -> Finding {
    let Origin {
        namespace,
        name,
        http,
        ..
    } = origin;
    let path = format!("VirtualService/{namespace}/{name}:spec.http[{http}].{steps}");
    Finding::at(path, message)
}

/// A finding in a VirtualService.
pub(super) fn in_virtual_service(one: &VirtualService, steps: &str, message: String) -> Finding {
    let path = format!("VirtualService/{}/{}:spec.{steps}", one.namespace, one.name);
    Finding::at(path, message)
}

/// A finding in a DestinationRule.
pub(super) fn in_rule(rule: &DestinationRule, steps: &str, message: String) -> Finding {
    let path = format!(
        "DestinationRule/{}/{}:spec.{steps}",
        rule.namespace, rule.name
    );
    Finding::at(path, message)
}

/// A route as people call it: by its name, else by its place.
pub(super) fn called(one: &VirtualService, http: usize) -> String {
    match one.http.get(http).and_then(|route| route.name.as_ref()) {
        Some(name) => format!("route `{name}` of VirtualService `{}`", one.name),
        None => format!("route `http[{http}]` of VirtualService `{}`", one.name),
    }
}

/// Which destination of a route leads to a cluster.
pub(super) fn destination_of(one: &VirtualService, http: usize, cluster: &ClusterName) -> usize {
    let Some(HttpAction::Route(all)) = one.http.get(http).map(|route| &route.action) else {
        return 0;
    };
    let leads = all.iter().position(|it| {
        let destination = &it.destination;
        let host = Host::resolve(&destination.host, &one.namespace);
        host == cluster.host && destination.subset == cluster.subset
    });
    leads.unwrap_or(0)
}

/// Labels as they are written in YAML.
pub(super) fn labels_told(labels: &Labels) -> String {
    let told: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("`{name}: {value}`"))
        .collect();
    told.join(" and ")
}

/// A share as people say it.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent {
        whole if (whole - whole.round()).abs() < 0.05 => format!("{whole:.0} %"),
        broken => format!("{broken:.1} %"),
    }
}

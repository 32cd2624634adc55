//! Destinations that nobody serves (reference progressive-delivery.md §5.1, §5.9).

use super::view::{MeshView, shares};
use super::words::{called, destination_of, in_route, labels_told, percent};
use crate::document::nearest;
use crate::routing::mesh::{
    Cluster, ClusterName, Host, Members, Missing, Origin, Route, RouteTable,
};
use crate::scenario::Objects;
use crate::scenario::checks::finding::Finding;

/// A destination of a route that is empty at some stage.
struct Empty<'t> {
    cluster: &'t Cluster,
    members: &'t Members,
    share: f64,
    /// At t = 0, and after the release.
    at: [bool; 2],
}

/// Requests go to subsets whose labels no pod carries. The subset is chosen first, whoever is there:
/// they fail with 503 (`UH`).
pub(super) fn subsets_without_pods(mesh: &MeshView<'_>) -> Vec<Finding> {
    let taken = mesh.taken();
    taken
        .filter_map(|(met, _, route)| {
            let origin = route.origin.as_ref()?;
            let empty = empty_of(mesh, (route, &met.table));
            (!empty.is_empty()).then(|| without_pods(mesh, origin, &empty))?
        })
        .collect()
}

fn empty_of<'t>(mesh: &MeshView<'_>, (route, table): (&Route, &'t RouteTable)) -> Vec<Empty<'t>> {
    let shifted = mesh.is_shifted(route);
    let all = shares(route, table).into_iter();
    all.filter_map(|(cluster, share)| {
        let members = cluster.members.as_ref().ok()?;
        cluster.name.subset.as_ref()?;
        let none = |objects: &Objects| mesh.behind((&cluster.name, members), objects).is_empty();
        let stages: Vec<bool> = mesh.stages().map(none).collect();
        let (before, after) = (stages[0], stages[stages.len() - 1]);
        let at = match shifted {
            // Old and new pods are side by side while the Rollout sends requests there.
            true => [before && after; 2],
            false => [before, after],
        };
        (before && after || !shifted && (before || after)).then_some(Empty {
            cluster,
            members,
            share,
            at,
        })
    })
    .collect()
}

fn without_pods(mesh: &MeshView<'_>, origin: &Origin, empty: &[Empty<'_>]) -> Option<Finding> {
    let one = mesh.written(origin)?;
    let first = empty.first()?;
    let failing = |stage: usize| -> f64 {
        let here = empty.iter().filter(|it| it.at[stage]);
        here.map(|it| it.share).sum()
    };
    let route = called(one, origin.http);
    let shifted = mesh.is_weighed(one, origin.http);
    let who = match (shifted, failing(0), failing(1)) {
        (true, ..) => format!("what a Rollout sends to some destinations of {route} fails"),
        (false, before, after) if (before - after).abs() < 1e-9 => match before > 1.0 - 1e-9 {
            true => format!("every request of {route} fails"),
            false => format!("{} of the requests of {route} fail", percent(before)),
        },
        (false, before, after) => format!(
            "{} of the requests of {route} fail before the release, {} after it",
            percent(before),
            percent(after)
        ),
    };
    let subsets = empty
        .iter()
        .filter_map(|it| it.cluster.name.subset.as_ref());
    let subsets: Vec<String> = subsets.map(|name| format!("`{name}`")).collect();
    let message = match (subsets.len(), empty.iter().all(|it| it.at == [true; 2])) {
        (1, true) => format!("{who}: subset {} has no pods", subsets[0]),
        (_, true) => format!("{who}: subsets {} have no pods", subsets.join(" and ")),
        (1, false) => format!("{who}: subset {} is empty at times", subsets[0]),
        (_, false) => format!(
            "{who}: subsets {} are empty at times",
            subsets.join(" and ")
        ),
    };
    let place = destination_of(one, origin.http, &first.cluster.name);
    let steps = format!("route[{place}].destination.subset");
    let finding = in_route(origin, &steps, message);
    let finding = finding.because(why_empty(mesh, empty));
    Some(finding.cure(
        "let `labels` of the subset name what pods carry, or send the requests to the Service \
         without a `subset`",
    ))
}

fn why_empty(mesh: &MeshView<'_>, empty: &[Empty<'_>]) -> String {
    let wanted = |at: [bool; 2]| {
        let here = empty.iter().filter(|it| it.at == at);
        let told: Vec<String> = here.map(|it| labels_told(&it.members.labels)).collect();
        told.join(" or ")
    };
    let when = [
        ("no pod ever carries", wanted([true, true])),
        ("before the release no pod carries", wanted([true, false])),
        ("after it no pod carries", wanted([false, true])),
    ];
    let told: Vec<String> = when
        .iter()
        .filter(|(_, labels)| !labels.is_empty())
        .map(|(when, labels)| format!("{when} {labels}"))
        .collect();
    format!(
        "{}; {}: 503 `UH`, the proxy does not try another subset",
        told.join(", "),
        near_pods(&mesh.variant.before, empty[0].members)
    )
}

/// What the Service's pods carry of a subset's labels.
fn near_pods(objects: &Objects, members: &Members) -> String {
    let near = objects.workloads().find(|one| {
        one.namespace == members.namespace && members.selector.matches(&one.template.labels)
    });
    let Some(one) = near else {
        return "the Service selects no pods at all".to_owned();
    };
    let labels = &one.template.labels;
    let keys = members.labels.keys();
    let values = keys.filter_map(|key| Some((key.clone(), labels.get(key)?.clone())));
    match labels_told(&values.collect()) {
        none if none.is_empty() => format!("those of `{one}` carry no such label"),
        has => format!("those of `{one}` carry {has}"),
    }
}

/// A destination that no Service or no DestinationRule knows: the proxy has no such cluster.
pub(super) fn destinations_unknown(mesh: &MeshView<'_>) -> Vec<Finding> {
    let tables = mesh.met.iter().map(|met| &met.table);
    let routes = tables.flat_map(|table| {
        let hosts = table.hosts().iter().flat_map(|host| &host.routes);
        hosts.map(move |route| (route, table))
    });
    routes
        .flat_map(|(route, table)| {
            let all = shares(route, table).into_iter();
            let missing = all.filter_map(|(cluster, share)| {
                Some((cluster, share, *cluster.members.as_ref().err()?))
            });
            let found = missing.filter_map(|(cluster, share, missing)| {
                unknown(mesh, route.origin.as_ref()?, (cluster, share, missing))
            });
            found.collect::<Vec<_>>()
        })
        .collect()
}

fn unknown(
    mesh: &MeshView<'_>,
    origin: &Origin,
    (cluster, share, missing): (&Cluster, f64, Missing),
) -> Option<Finding> {
    let one = mesh.written(origin)?;
    let place = destination_of(one, origin.http, &cluster.name);
    let who = match share > 1.0 - 1e-9 {
        true => format!("every request of {} fails", called(one, origin.http)),
        false => format!(
            "{} of the requests of {} fail",
            percent(share),
            called(one, origin.http)
        ),
    };
    let objects = &mesh.variant.before;
    let (key, what, cure) = match missing {
        Missing::Service => no_service(objects, &cluster.name),
        Missing::Subset => no_subset(objects, &cluster.name),
    };
    let steps = format!("route[{place}].destination.{key}");
    let finding = in_route(origin, &steps, format!("{who}: {what}"));
    Some(
        finding
            .because("the proxy knows no such cluster: 503 `NC`")
            .cure(cure),
    )
}

/// The key, what is missing, and the cure.
type Unknown = (&'static str, String, String);

fn no_service(objects: &Objects, name: &ClusterName) -> Unknown {
    let services: Vec<Host> = objects.services.iter().map(Host::of).collect();
    let near = nearest(name.host.as_str(), services.iter().map(Host::as_str));
    let cure = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a Service among the manifests".to_owned(),
    };
    ("host", format!("no Service is `{}`", name.host), cure)
}

fn no_subset(objects: &Objects, name: &ClusterName) -> Unknown {
    let subset = name.subset.as_deref().unwrap_or_default();
    let rules = objects.destination_rules.iter();
    let rules = rules.filter(|rule| Host::resolve(&rule.host, &rule.namespace).covers(&name.host));
    let subsets = rules.flat_map(|rule| &rule.subsets);
    let known: Vec<&str> = subsets.map(|subset| subset.name.as_str()).collect();
    let cure = match (nearest(subset, known.iter().copied()), &known[..]) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => "add a DestinationRule with this subset".to_owned(),
        (None, known) => format!("its subsets are `{}`", known.join("`, `")),
    };
    let what = format!(
        "no DestinationRule has a subset `{subset}` of `{}`",
        name.host
    );
    ("subset", what, cure)
}

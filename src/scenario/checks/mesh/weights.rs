//! Weights that say something else than they look like (virtual_service.proto; reference
//! progressive-delivery.md §5.1).

use super::view::MeshView;
use super::words::{called, in_virtual_service, percent};
use crate::manifest::istio::{HttpAction, RouteDestination, VirtualService};
use crate::scenario::checks::finding::Finding;

/// Every route that passes requests on, but those whose weights a Rollout writes.
fn weighed_by_hand<'v>(
    mesh: &'v MeshView<'_>,
) -> impl Iterator<Item = (&'v VirtualService, usize, &'v [RouteDestination])> {
    let all = mesh.variant.before.virtual_services.iter();
    let routes = all.flat_map(|one| one.http.iter().enumerate().map(move |it| (one, it)));
    routes.filter_map(|(one, (http, route))| match &route.action {
        HttpAction::Route(all) if !mesh.is_weighed(one, http) => Some((one, http, &all[..])),
        _ => None,
    })
}

fn destination_told(one: &RouteDestination) -> String {
    let destination = &one.destination;
    match &destination.subset {
        Some(subset) => format!("`{subset}`"),
        None => format!("`{}`", destination.host),
    }
}

/// Weights that do not sum to 100: their share is weight by sum.
pub(super) fn weights_are_relative(mesh: &MeshView<'_>) -> Vec<Finding> {
    let routes = weighed_by_hand(mesh).filter(|(_, _, all)| all.len() > 1);
    routes
        .filter_map(|(one, http, all)| {
            let sum: u64 = all.iter().map(|one| u64::from(one.weight)).sum();
            if sum == 100 || sum == 0 {
                return None;
            }
            let told: Vec<String> = all
                .iter()
                .map(|one| {
                    let share = f64::from(one.weight) / sum as f64;
                    format!("{} gets {}", destination_told(one), percent(share))
                })
                .collect();
            let message = format!("the weights of {} sum to {sum}", called(one, http));
            let steps = format!("http[{http}].route");
            let finding = in_virtual_service(one, &steps, message);
            Some(
                finding
                    .because(format!("weights are relative: {}", told.join(", ")))
                    .cure("let them sum to 100, so that they read as per cent"),
            )
        })
        .collect()
}

/// A weight where there is nothing to weigh.
pub(super) fn weight_of_the_only_destination(mesh: &MeshView<'_>) -> Vec<Finding> {
    weighed_by_hand(mesh)
        .filter_map(|(one, http, all)| {
            let [only] = all else {
                return None;
            };
            if matches!(only.weight, 0 | 100) {
                return None;
            }
            let message = format!(
                "`weight: {}` of the only destination of {} has no effect",
                only.weight,
                called(one, http)
            );
            let steps = format!("http[{http}].route[0].weight");
            let finding = in_virtual_service(one, &steps, message);
            Some(
                finding
                    .because("a single destination gets every request of the route")
                    .cure("remove it, or add the destination that is to get the rest"),
            )
        })
        .collect()
}

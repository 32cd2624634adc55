//! Rollouts whose router names what is not there (argoproj/argo-rollouts at 04e11195,
//! rollout/trafficrouting/istio/istio.go `ValidateHTTPRoutes`; reference progressive-delivery.md §2.4).

use super::view::MeshView;
use crate::control::argo_rollouts::IstioParties;
use crate::document::nearest;
use crate::manifest::Rollout;
use crate::manifest::argo::{IstioSubsets, IstioVirtualService};
use crate::manifest::istio::{HttpAction, HttpRoute, VirtualService};
use crate::scenario::checks::finding::Finding;

/// Why a missing object matters.
const REFUSED: &str = "the controller refuses such a Rollout and rolls out nothing; here requests are \
                       split exactly by weight, past the mesh";
/// Why a missing route does.
const UNWEIGHED: &str =
    "the controller refuses such a Rollout and rolls out nothing; here no weight is written";
/// Why a missing side does.
const ONE_SIDED: &str = "the controller refuses such a Rollout and rolls out nothing; here only what is \
                         there gets requests";

/// What the controller would refuse.
pub(super) fn router_refused(mesh: &MeshView<'_>) -> Vec<Finding> {
    let all = mesh.variant.before.rollouts.iter();
    all.flat_map(|rollout| {
        let Some(parties) = IstioParties::of(rollout) else {
            return Vec::new();
        };
        let one = Router {
            mesh,
            rollout,
            parties,
        };
        let services = 0..parties.istio.virtual_services.len();
        let mut findings: Vec<Finding> = services.flat_map(|index| one.service(index)).collect();
        findings.extend(
            parties
                .istio
                .destination_rule
                .iter()
                .filter_map(|rule| one.rule(rule)),
        );
        findings
    })
    .collect()
}

/// A Rollout and what its router names.
struct Router<'a, 's> {
    mesh: &'a MeshView<'s>,
    rollout: &'a Rollout,
    parties: IstioParties<'a>,
}

impl Router<'_, '_> {
    fn finding(&self, steps: &str, message: String) -> Finding {
        let (namespace, name) = (&self.rollout.namespace, &self.rollout.name);
        let path =
            format!("Rollout/{namespace}/{name}:spec.strategy.canary.trafficRouting.istio.{steps}");
        Finding::at(path, message)
    }

    fn service(&self, index: usize) -> Vec<Finding> {
        let all = &self.parties.istio.virtual_services;
        let named = &all[index];
        let steps = match all.len() {
            1 => "virtualService".to_owned(),
            _ => format!("virtualServices[{index}]"),
        };
        let known = &self.mesh.variant.before.virtual_services;
        let full = named.full_name(&self.rollout.namespace);
        let found = known
            .iter()
            .find(|it| (it.namespace.as_str(), it.name.as_str()) == full);
        let Some(found) = found else {
            let message = format!(
                "there is no VirtualService `{}` in namespace `{}`",
                full.1, full.0
            );
            let near = nearest(full.1, known.iter().map(|one| one.name.as_str()));
            let cure = near.map_or("add it to the manifests".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
            let finding = self.finding(&format!("{steps}.name"), message);
            return vec![finding.because(REFUSED).cure(cure)];
        };
        match named.routes.is_empty() {
            true => self.only_route(&steps, found),
            false => self.named_routes(&steps, (named, found)),
        }
    }

    fn is_managed(&self, route: &HttpRoute) -> bool {
        let name = route.name.as_ref();
        name.is_some_and(|name| self.parties.routing.managed_routes.contains(name))
    }

    fn only_route(&self, steps: &str, found: &VirtualService) -> Vec<Finding> {
        let own = found.http.iter().filter(|route| !self.is_managed(route));
        let own: Vec<&HttpRoute> = own.collect();
        match own[..] {
            [only] => self
                .destinations(steps, (found, only))
                .into_iter()
                .collect(),
            [] => Vec::new(),
            _ => {
                let message = format!(
                    "VirtualService `{}` has {} routes, and `routes` names none",
                    found.name,
                    own.len()
                );
                let names: Vec<String> = own
                    .iter()
                    .filter_map(|route| Some(format!("`{}`", route.name.as_ref()?)))
                    .collect();
                let cure = match names.is_empty() {
                    true => {
                        "give the routes a `name`, and list those to split in `routes`".to_owned()
                    }
                    false => format!(
                        "list those to split in `routes`: there is {}",
                        names.join(", ")
                    ),
                };
                let reason = "without names the controller takes exactly one route and refuses the rest; \
                              here the first is split";
                vec![self.finding(steps, message).because(reason).cure(cure)]
            }
        }
    }

    fn named_routes(
        &self,
        steps: &str,
        (named, found): (&IstioVirtualService, &VirtualService),
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (index, name) in named.routes.iter().enumerate() {
            let mut routes = found.http.iter();
            match routes.find(|route| route.name.as_ref() == Some(name)) {
                Some(route) => findings.extend(self.destinations(steps, (found, route))),
                None => {
                    let message = format!("VirtualService `{}` has no route `{name}`", found.name);
                    let known = found.http.iter().filter_map(|route| route.name.as_deref());
                    let near = nearest(name, known);
                    let cure = near.map_or("give a route this `name`".to_owned(), |near| {
                        format!("did you mean `{near}`?")
                    });
                    let place = format!("{steps}.routes[{index}]");
                    findings.push(self.finding(&place, message).because(UNWEIGHED).cure(cure));
                }
            }
        }
        findings
    }

    /// Both sides have to be there: by subset where a DestinationRule is named, else by Service.
    fn destinations(
        &self,
        steps: &str,
        (found, route): (&VirtualService, &HttpRoute),
    ) -> Option<Finding> {
        let HttpAction::Route(all) = &route.action else {
            return None;
        };
        let there = |wanted: &str, subsets: bool| {
            let mut all = all.iter().map(|one| &one.destination);
            all.any(|one| match subsets {
                true => one.subset.as_deref() == Some(wanted),
                false => one.host.split('.').next() == Some(wanted),
            })
        };
        let (kind, wanted): (&str, [Option<&str>; 2]) = match &self.parties.istio.destination_rule {
            Some(rule) => (
                "subset",
                [Some(&rule.canary_subset), Some(&rule.stable_subset)],
            ),
            None => (
                "Service",
                [self.parties.canary_service, self.parties.stable_service],
            ),
        };
        let absent: Vec<String> = wanted
            .into_iter()
            .flatten()
            .filter(|one| !there(one, kind == "subset"))
            .map(|one| format!("`{one}`"))
            .collect();
        if absent.is_empty() {
            return None;
        }
        let which = match &route.name {
            Some(name) => format!("route `{name}`"),
            None => "the route".to_owned(),
        };
        let message = format!(
            "{which} of VirtualService `{}` does not lead to {kind} {}",
            found.name,
            absent.join(" and ")
        );
        let cure =
            "add the missing destination with `weight: 0`; the controller writes the weights";
        Some(self.finding(steps, message).because(ONE_SIDED).cure(cure))
    }

    fn rule(&self, named: &IstioSubsets) -> Option<Finding> {
        let known = &self.mesh.variant.before.destination_rules;
        let here = known
            .iter()
            .filter(|rule| rule.namespace == self.rollout.namespace);
        let Some(found) = here.clone().find(|rule| rule.name == named.name) else {
            let message = format!("there is no DestinationRule `{}`", named.name);
            let near = nearest(&named.name, here.map(|rule| rule.name.as_str()));
            let cure = near.map_or("add it to the manifests".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
            let reason = "the controller finds no subsets to tell old pods from new, and rolls out nothing; \
                          here neither subset tells them apart";
            let finding = self.finding("destinationRule.name", message);
            return Some(finding.because(reason).cure(cure));
        };
        let wanted = [
            ("canarySubsetName", &named.canary_subset),
            ("stableSubsetName", &named.stable_subset),
        ];
        let (key, subset) = wanted.into_iter().find(|(_, subset)| {
            let mut all = found.subsets.iter();
            !all.any(|one| one.name == **subset)
        })?;
        let message = format!("DestinationRule `{}` has no subset `{subset}`", found.name);
        let near = nearest(subset, found.subsets.iter().map(|one| one.name.as_str()));
        let cure = near.map_or(
            "add it to `subsets`, with the labels of the pods".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let reason = "the controller only labels subsets that are there, and removes all others: what is \
                      sent to it fails with 503 `NC`";
        let place = format!("destinationRule.{key}");
        Some(self.finding(&place, message).because(reason).cure(cure))
    }
}

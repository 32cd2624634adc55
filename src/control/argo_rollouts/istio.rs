//! What the controller writes into Istio's objects (argoproj/argo-rollouts at 04e11195,
//! rollout/trafficrouting/istio/istio.go).
//!
//! Weights go to the routes that are named, or to the only one; header and mirror routes stand before
//! the others, in the order of `managedRoutes`. Subsets are told apart by a label with the hash of
//! the template.

use super::TrafficWeights;
use crate::manifest::Rollout;
use crate::manifest::argo::{
    HeaderRoute, IstioRouting, MirrorRoute, RolloutStrategy, RouteMatch, TextMatch, TrafficRouting,
};
use crate::manifest::istio::{
    Destination, DestinationRule, Fault, Headers, HttpAction, HttpRoute, Mirror, Pattern,
    RequestMatch, RouteDestination, StringMatch, VirtualService,
};
use crate::units::Ratio;

/// The label by which subsets are told apart.
pub const TEMPLATE_HASH_LABEL: &str = "rollouts-pod-template-hash";

/// Who is stable and who canary, in the words of routes.
#[derive(Debug, Clone, Copy)]
pub struct IstioParties<'a> {
    /// How traffic is split.
    pub routing: &'a TrafficRouting,
    /// The names of the objects.
    pub istio: &'a IstioRouting,
    /// `canaryService`.
    pub canary_service: Option<&'a str>,
    /// `stableService`.
    pub stable_service: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Party {
    Canary,
    Stable,
    Other,
}

impl<'a> IstioParties<'a> {
    /// What a Rollout writes into Istio's objects; `None` where it names none.
    pub fn of(rollout: &'a Rollout) -> Option<Self> {
        let RolloutStrategy::Canary(canary) = &rollout.strategy else {
            return None;
        };
        let routing = canary.traffic_routing.as_ref()?;
        Some(Self {
            routing,
            istio: routing.istio.as_ref()?,
            canary_service: canary.canary_service.as_deref(),
            stable_service: canary.stable_service.as_deref(),
        })
    }
}

impl IstioParties<'_> {
    fn party(&self, destination: &Destination) -> Party {
        let host = destination.host.split('.').next();
        let subset = destination.subset.as_deref();
        let rule = self.istio.destination_rule.as_ref();
        let named = |name: fn(&crate::manifest::argo::IstioSubsets) -> &String| {
            subset.is_some() && subset == rule.map(|rule| name(rule).as_str())
        };
        if (host.is_some() && host == self.canary_service) || named(|rule| &rule.canary_subset) {
            return Party::Canary;
        }
        if (host.is_some() && host == self.stable_service) || named(|rule| &rule.stable_subset) {
            return Party::Stable;
        }
        Party::Other
    }

    /// The routes of a VirtualService whose weights are set: those named, or the first.
    fn weighted<'v>(
        &self,
        service: &'v mut VirtualService,
    ) -> impl Iterator<Item = &'v mut HttpRoute> {
        let reference = self.istio.virtual_services.iter();
        let here = (service.namespace.as_str(), service.name.as_str());
        let mut reference = reference.filter(|one| one.full_name(here.0) == here);
        let names = reference
            .next()
            .map_or(Vec::new(), |one| one.routes.clone());
        let managed = self.routing.managed_routes.clone();
        let only = names.is_empty();
        let mut first = true;
        service.http.iter_mut().filter(move |route| {
            let name = route.name.as_deref().unwrap_or_default();
            let is_managed = managed.iter().any(|one| one == name);
            if is_managed {
                return !route.mirrors.is_empty();
            }
            match only {
                true => std::mem::take(&mut first),
                false => names.iter().any(|one| one == name),
            }
        })
    }

    /// Sets the weights; destinations that are neither stable nor canary go.
    pub fn set_weights(&self, service: &mut VirtualService, weights: TrafficWeights) {
        for route in self.weighted(service) {
            let HttpAction::Route(destinations) = &mut route.action else {
                continue;
            };
            destinations.retain_mut(|one| match self.party(&one.destination) {
                Party::Canary => {
                    one.weight = weights.canary;
                    true
                }
                Party::Stable => {
                    one.weight = weights.stable;
                    true
                }
                Party::Other => false,
            });
        }
    }

    /// Sets a route for requests with one of these headers: all to the canary. Without a match the
    /// route goes.
    pub fn set_header_route(&self, service: &mut VirtualService, route: &HeaderRoute) {
        remove(service, &route.name);
        if route.matches.is_empty() {
            return;
        }
        let matches = route.matches.iter().map(|one| RequestMatch {
            headers: [(one.header.to_ascii_lowercase(), text_match(&one.value))].into(),
            ..RequestMatch::default()
        });
        let to = RouteDestination {
            destination: self.canary(service),
            weight: 100,
            headers: Headers::default(),
        };
        let matches = matches.collect();
        let action = HttpAction::Route(vec![to]);
        self.put_first(
            service,
            named_route(&route.name, matches, action, Vec::new()),
        );
    }

    /// Sets a route whose requests go where they went, with copies to the canary. Without a match the
    /// route goes.
    pub fn set_mirror_route(&self, service: &mut VirtualService, route: &MirrorRoute) {
        remove(service, &route.name);
        if route.matches.is_empty() {
            return;
        }
        let Some(action) = self.weighted(service).next().map(|one| one.action.clone()) else {
            return;
        };
        let share = f64::from(route.percentage.unwrap_or(100)) / 100.0;
        let mirror = Mirror {
            destination: self.canary(service),
            share: Ratio::from_fraction(share).unwrap_or(Ratio::ONE),
        };
        let matches = route.matches.iter().map(request_match).collect();
        self.put_first(
            service,
            named_route(&route.name, matches, action, vec![mirror]),
        );
    }

    /// Takes away all routes that steps may have set.
    pub fn remove_managed_routes(&self, service: &mut VirtualService) {
        for name in &self.routing.managed_routes {
            remove(service, name);
        }
    }

    /// Where the canary is met: as a weighted route has it, else by its Service.
    fn canary(&self, service: &mut VirtualService) -> Destination {
        let mut routes = self.weighted(service);
        let found = routes.find_map(|route| match &route.action {
            HttpAction::Route(destinations) => destinations
                .iter()
                .map(|one| &one.destination)
                .find(|one| self.party(one) == Party::Canary)
                .cloned(),
            _ => None,
        });
        found.unwrap_or_else(|| Destination {
            host: self.canary_service.unwrap_or_default().to_owned(),
            subset: None,
            port: None,
        })
    }

    /// Puts a route among the managed ones, which stand first in the order of `managedRoutes`.
    fn put_first(&self, service: &mut VirtualService, route: HttpRoute) {
        service.http.push(route);
        let managed = &self.routing.managed_routes;
        service.http.sort_by_key(|route| {
            let name = route.name.as_deref().unwrap_or_default();
            let place = managed.iter().position(|one| one == name);
            place.unwrap_or(managed.len())
        });
    }

    /// Points the subsets at templates by their hashes; other subsets go.
    pub fn point_subsets(&self, rule: &mut DestinationRule, canary: u64, stable: u64) {
        let Some(names) = &self.istio.destination_rule else {
            return;
        };
        rule.subsets.retain_mut(|subset| {
            let hash = match &subset.name {
                name if *name == names.canary_subset => canary,
                name if *name == names.stable_subset => stable,
                _ => return false,
            };
            let label = (TEMPLATE_HASH_LABEL.to_owned(), template_hash(hash));
            subset.labels.extend([label]);
            true
        });
    }
}

/// The value of the label for a template.
pub fn template_hash(hash: u64) -> String {
    format!("{hash:x}")
}

fn named_route(
    name: &str,
    matches: Vec<RequestMatch>,
    action: HttpAction,
    mirrors: Vec<Mirror>,
) -> HttpRoute {
    HttpRoute {
        name: Some(name.to_owned()),
        matches,
        action,
        timeout: None,
        retries: None,
        fault: Fault::default(),
        mirrors,
        headers: Headers::default(),
    }
}

fn remove(service: &mut VirtualService, name: &str) {
    let keeps = |route: &HttpRoute| route.name.as_deref() != Some(name);
    service.http.retain(keeps);
}

fn request_match(written: &RouteMatch) -> RequestMatch {
    let headers = written.headers.iter();
    RequestMatch {
        method: written.method.as_ref().map(text_match),
        uri: written.path.as_ref().map(text_match),
        headers: headers
            .map(|one| (one.header.to_ascii_lowercase(), text_match(&one.value)))
            .collect(),
        ..RequestMatch::default()
    }
}

/// A pattern that no engine takes matches nothing, as a proxy that refuses it keeps the old routes.
fn text_match(written: &TextMatch) -> StringMatch {
    match written {
        TextMatch::Exact(text) => StringMatch::Exact(text.clone()),
        TextMatch::Prefix(text) => StringMatch::Prefix(text.clone()),
        TextMatch::Regex(text) => match Pattern::new(text) {
            Ok(pattern) => StringMatch::Regex(pattern),
            Err(_) => StringMatch::Exact(text.clone()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::argo::{HeaderMatch, IstioSplit, IstioVirtualService, Router};

    fn destination(host: &str, weight: u32) -> RouteDestination {
        RouteDestination {
            destination: Destination {
                host: host.to_owned(),
                subset: None,
                port: None,
            },
            weight,
            headers: Headers::default(),
        }
    }

    fn service(hosts: &[(&str, u32)]) -> VirtualService {
        let route = hosts
            .iter()
            .map(|(host, weight)| destination(host, *weight));
        let action = HttpAction::Route(route.collect());
        VirtualService {
            name: "web".to_owned(),
            namespace: "default".to_owned(),
            hosts: vec!["web".to_owned()],
            gateways: vec!["mesh".to_owned()],
            http: vec![named_route("primary", Vec::new(), action, Vec::new())],
        }
    }

    fn routing() -> (TrafficRouting, IstioRouting) {
        let istio = IstioRouting {
            virtual_services: vec![IstioVirtualService {
                name: "web".to_owned(),
                routes: vec!["primary".to_owned()],
            }],
            destination_rule: None,
        };
        let routing = TrafficRouting {
            max_traffic_weight: 100,
            router: Router::Istio(IstioSplit::Services),
            managed_routes: vec!["header".to_owned(), "mirror".to_owned()],
            istio: Some(istio.clone()),
        };
        (routing, istio)
    }

    fn weights(service: &VirtualService, route: usize) -> Vec<(String, u32)> {
        match &service.http[route].action {
            HttpAction::Route(all) => all
                .iter()
                .map(|one| (one.destination.host.clone(), one.weight))
                .collect(),
            other => panic!("{other:?} passes nothing on"),
        }
    }

    /// `processRoutes`: by the first word of the host; who is neither is deleted.
    #[test]
    fn weights_go_to_stable_and_canary_and_others_are_removed() {
        let (routing, istio) = routing();
        let parties = IstioParties {
            routing: &routing,
            istio: &istio,
            canary_service: Some("canary"),
            stable_service: Some("stable"),
        };
        let mut service = service(&[("stable.default.svc", 100), ("canary", 0), ("other", 5)]);
        let asked = TrafficWeights {
            canary: 20,
            stable: 80,
            verified: None,
        };
        parties.set_weights(&mut service, asked);
        let expected = [("stable.default.svc", 80), ("canary", 20)];
        let expected = expected.map(|(host, weight)| (host.to_owned(), weight));
        assert_eq!(weights(&service, 0), expected);
    }

    /// `createHeaderRoute`: a match for each header, any of which may hold; managed routes stand first
    /// in their order, and follow later weights if they mirror.
    #[test]
    fn managed_routes_stand_first_in_their_order_and_go_again() {
        let (routing, istio) = routing();
        let parties = IstioParties {
            routing: &routing,
            istio: &istio,
            canary_service: Some("canary"),
            stable_service: Some("stable"),
        };
        let mut service = service(&[("stable", 90), ("canary", 10)]);
        parties.set_mirror_route(
            &mut service,
            &MirrorRoute {
                name: "mirror".to_owned(),
                percentage: Some(35),
                matches: vec![RouteMatch {
                    method: Some(TextMatch::Exact("GET".to_owned())),
                    path: None,
                    headers: Vec::new(),
                }],
            },
        );
        let header = |name: &str| HeaderMatch {
            header: name.to_owned(),
            value: TextMatch::Exact("yes".to_owned()),
        };
        parties.set_header_route(
            &mut service,
            &HeaderRoute {
                name: "header".to_owned(),
                matches: vec![header("X-One"), header("x-two")],
            },
        );
        let names = service.http.iter().map(|route| route.name.as_deref());
        assert_eq!(
            names.collect::<Vec<_>>(),
            [Some("header"), Some("mirror"), Some("primary")]
        );
        assert_eq!(service.http[0].matches.len(), 2, "any may hold");
        assert!(service.http[0].matches[0].headers.contains_key("x-one"));
        assert_eq!(weights(&service, 0), [("canary".to_owned(), 100)]);
        let asked = TrafficWeights {
            canary: 50,
            stable: 50,
            verified: None,
        };
        parties.set_weights(&mut service, asked);
        for route in [1, 2] {
            let expected = [("stable".to_owned(), 50), ("canary".to_owned(), 50)];
            assert_eq!(weights(&service, route), expected);
        }
        let mirror = &service.http[1].mirrors[0];
        assert_eq!(mirror.share, Ratio::from_fraction(0.35).unwrap());
        parties.remove_managed_routes(&mut service);
        assert_eq!(service.http.len(), 1);
    }
}

//! `trafficRouting`: who splits the traffic of a canary.

use crate::document::{Diagnostic, MapReader, Node};

/// A mesh or an ingress that splits traffic by weight (reference progressive-delivery.md §2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficRouting {
    /// `maxTrafficWeight` (parts): the weight that means all of the traffic; default 100.
    pub max_traffic_weight: u32,
    /// Who does it.
    pub router: Router,
    /// `managedRoutes`: names of the routes that steps may set, first the one that is asked first.
    pub managed_routes: Vec<String>,
    /// What `istio` names.
    pub istio: Option<IstioRouting>,
}

/// `istio`: the objects that the controller writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IstioRouting {
    /// `virtualService` or `virtualServices`.
    pub virtual_services: Vec<IstioVirtualService>,
    /// `destinationRule`.
    pub destination_rule: Option<IstioSubsets>,
}

/// A VirtualService whose weights are set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IstioVirtualService {
    /// `name`, perhaps after `namespace/` or before `.namespace`.
    pub name: String,
    /// `routes` by name; none: its only one.
    pub routes: Vec<String>,
}

impl IstioVirtualService {
    /// Namespace and name, for a Rollout of this namespace (utils/istio
    /// `GetVirtualServiceNamespaceName`).
    pub fn full_name<'a>(&'a self, own: &'a str) -> (&'a str, &'a str) {
        match (self.name.split_once('/'), self.name.split_once('.')) {
            (Some((space, name)), _) | (None, Some((name, space))) => (space, name),
            (None, None) => (own, &self.name),
        }
    }
}

/// Subsets that are told apart by template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IstioSubsets {
    /// `name` of the DestinationRule.
    pub name: String,
    /// `canarySubsetName`.
    pub canary_subset: String,
    /// `stableSubsetName`.
    pub stable_subset: String,
}

/// Who splits the traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Router {
    /// `istio`.
    Istio(IstioSplit),
    /// `nginx`.
    Nginx,
    /// `alb`.
    Alb,
    /// `smi`.
    Smi,
    /// `traefik`.
    Traefik,
    /// `ambassador`.
    Ambassador,
    /// `apisix`.
    Apisix,
    /// `appMesh`.
    AppMesh,
    /// `plugins`.
    Plugins,
}

/// What Istio tells stable from canary by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IstioSplit {
    /// Two Services.
    Services,
    /// Two subsets of a `destinationRule`.
    Subsets,
}

/// What the steps of a canary know of its routing.
#[derive(Clone, Copy)]
pub(super) enum Routes<'r> {
    /// There is none.
    None,
    /// It cannot be read, which has been said.
    Unreadable,
    /// This one.
    By(&'r TrafficRouting),
}

impl Routes<'_> {
    /// Whether something can be asked of it: `None` where it cannot be known.
    pub(super) fn can(self, ability: fn(Router) -> bool) -> Option<bool> {
        match self {
            Self::None => Some(false),
            Self::Unreadable => None,
            Self::By(routing) => Some(ability(routing.router)),
        }
    }
    /// The weight that means all of the traffic.
    pub(super) fn max_weight(self) -> u32 {
        match self {
            Self::By(routing) => routing.max_traffic_weight,
            Self::None | Self::Unreadable => 100,
        }
    }
}

const ROUTERS: [(&str, Router); 9] = [
    ("istio", Router::Istio(IstioSplit::Services)),
    ("nginx", Router::Nginx),
    ("alb", Router::Alb),
    ("smi", Router::Smi),
    ("traefik", Router::Traefik),
    ("ambassador", Router::Ambassador),
    ("apisix", Router::Apisix),
    ("appMesh", Router::AppMesh),
    ("plugins", Router::Plugins),
];

impl Router {
    /// Its field under `trafficRouting`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Istio(_) => "istio",
            Self::Nginx => "nginx",
            Self::Alb => "alb",
            Self::Smi => "smi",
            Self::Traefik => "traefik",
            Self::Ambassador => "ambassador",
            Self::Apisix => "apisix",
            Self::AppMesh => "appMesh",
            Self::Plugins => "plugins",
        }
    }
    /// Whether it has to be told both Services (upstream's `requireCanaryStableServices`).
    pub const fn needs_services(self) -> bool {
        !matches!(self, Self::Istio(IstioSplit::Subsets) | Self::Plugins)
    }
    /// Whether it knows `setHeaderRoute`.
    pub const fn sets_header_routes(self) -> bool {
        matches!(
            self,
            Self::Istio(_) | Self::Alb | Self::Apisix | Self::Plugins
        )
    }
    /// Whether it knows `setMirrorRoute`.
    pub const fn sets_mirror_routes(self) -> bool {
        matches!(self, Self::Istio(_) | Self::Plugins)
    }
    /// Whether the sets of an experiment may have a weight of their own.
    pub const fn weighs_experiments(self) -> bool {
        matches!(self, Self::Istio(_) | Self::Alb | Self::Smi | Self::Plugins)
    }
    /// Whether `maxTrafficWeight` may differ from 100.
    pub const fn takes_max_weight(self) -> bool {
        matches!(self, Self::Nginx | Self::Plugins)
    }
}

/// Reads `trafficRouting` of a canary; `None` where there is none, or no single router in it.
pub(super) fn read_traffic_routing(canary: &mut MapReader<'_, '_>) -> Option<TrafficRouting> {
    let mut map = canary.map("trafficRouting")?;
    let weight = map.number_within("maxTrafficWeight", 1..=i64::from(i32::MAX));
    let routes = map.list("managedRoutes").unwrap_or_default();
    let managed_routes = routes.iter().filter_map(|node| route_name(node, &mut map));
    let managed_routes = managed_routes.collect();
    let router = read_router(&mut map)?;
    let istio = map.map("istio").map(read_istio);
    if weight.is_some() && !router.takes_max_weight() {
        let finding = Diagnostic::error(format!("`maxTrafficWeight` with `{}`", router.key()))
            .at(map.key_span("maxTrafficWeight"))
            .label("only `nginx` and `plugins` take it")
            .hint("remove it: all of the traffic is 100");
        map.problems().push(finding);
    }
    Some(TrafficRouting {
        max_traffic_weight: weight.unwrap_or(100) as u32,
        router,
        managed_routes,
        istio,
    })
}

fn read_istio(mut map: MapReader<'_, '_>) -> IstioRouting {
    let one = map.map("virtualService").and_then(read_virtual_service);
    let many = map.list("virtualServices").unwrap_or_default();
    let many: Vec<IstioVirtualService> = many
        .iter()
        .filter_map(|node| {
            let reader = MapReader::open(node, "a VirtualService", map.problems())?;
            read_virtual_service(reader)
        })
        .collect();
    let destination_rule = map.map("destinationRule").and_then(|mut rule| {
        let name = rule.required("name");
        let canary = rule.required("canarySubsetName");
        let stable = rule.required("stableSubsetName");
        Some(IstioSubsets {
            name: name?,
            canary_subset: canary?,
            stable_subset: stable?,
        })
    });
    IstioRouting {
        virtual_services: one.into_iter().chain(many).collect(),
        destination_rule,
    }
}

fn read_virtual_service(mut map: MapReader<'_, '_>) -> Option<IstioVirtualService> {
    let routes = map.list_of::<String>("routes").unwrap_or_default();
    let name = map.required("name")?;
    Some(IstioVirtualService { name, routes })
}

fn route_name(node: &Node, map: &mut MapReader<'_, '_>) -> Option<String> {
    MapReader::open(node, "a managed route", map.problems())?.required("name")
}

fn read_router(map: &mut MapReader<'_, '_>) -> Option<Router> {
    let written = ROUTERS.iter().filter(|(key, _)| map.has(key));
    let written: Vec<Router> = written.map(|(_, router)| *router).collect();
    let keys = ROUTERS.map(|(key, _)| format!("`{key}`")).join(", ");
    let finding = match written[..] {
        [router] => return Some(look_into(router, map)),
        [] => Diagnostic::error("`trafficRouting` names no router")
            .at(map.span())
            .label(format!("expected one of {keys}")),
        [first, second, ..] => {
            let message = format!("two routers: `{}` and `{}`", first.key(), second.key());
            Diagnostic::error(message)
                .at(map.key_span(second.key()))
                .label("here one router splits the traffic")
                .hint("keep the one that the traffic passes")
        }
    };
    map.problems().push(finding);
    None
}

/// What the controller checks of a router's own fields.
fn look_into(router: Router, map: &mut MapReader<'_, '_>) -> Router {
    let pair = match router {
        Router::Istio(_) => Some(("virtualService", "virtualServices")),
        Router::Nginx => Some(("stableIngress", "stableIngresses")),
        Router::Alb => Some(("ingress", "ingresses")),
        _ => None,
    };
    let Some(mut own) = map.map(router.key()) else {
        return router;
    };
    if let Some((one, many)) = pair
        && own.has(one) == own.has(many)
    {
        let what = if own.has(one) { "both" } else { "neither" };
        let message = format!("`{}` names {what} of `{one}` and `{many}`", router.key());
        let finding = Diagnostic::error(message).at(own.span());
        own.problems()
            .push(finding.label("expected exactly one of them"));
    }
    match router {
        Router::Istio(_) if own.has("destinationRule") => Router::Istio(IstioSplit::Subsets),
        router => router,
    }
}

//! The mesh as sources of traffic meet it.

use crate::control::argo_rollouts::{IstioParties, TEMPLATE_HASH_LABEL, TrafficWeights};
use crate::manifest::istio::{HttpRoute, VirtualService};
use crate::routing::mesh::{
    Action, Cluster, ClusterName, Host, Members, Mesh, Origin, Route, RouteTable,
};
use crate::scenario::{Entry, MeshDoor, Objects, Variant, Workload, authority_of, route_of};
use crate::traffic::{Head, TrafficSpec};

/// A variant's mesh.
pub(in crate::scenario::checks) struct MeshView<'s> {
    pub(super) variant: &'s Variant,
    pub(super) met: Vec<Met<'s>>,
}

/// A source that meets proxies, and what those know.
pub(super) struct Met<'s> {
    pub(super) source: &'s TrafficSpec,
    pub(super) entry: Entry,
    pub(super) door: MeshDoor,
    pub(super) table: RouteTable,
    pub(super) asks: Vec<Ask<'s>>,
}

/// Requests of a source that look alike.
pub(super) struct Ask<'s> {
    pub(super) head: &'s Head,
    /// Of the source's requests.
    pub(super) share: f64,
    pub(super) authority: String,
    pub(super) route: Option<Route>,
}

impl<'s> MeshView<'s> {
    /// Everything that sources meet of it.
    pub(in crate::scenario::checks) fn of(variant: &'s Variant) -> Self {
        let objects = &variant.before;
        let virtual_services = in_update(objects);
        let mesh = Mesh {
            gateways: &objects.gateways,
            virtual_services: &virtual_services,
            destination_rules: &objects.destination_rules,
            services: &objects.services,
        };
        let sources = variant.traffic.iter().zip(&variant.entries);
        let met = sources.filter_map(|(source, entry)| met(variant, (source, *entry), &mesh));
        let met = met.collect();
        Self { variant, met }
    }

    /// Objects at t = 0, and after the release.
    pub(super) fn stages(&self) -> impl Iterator<Item = &'s Objects> {
        let after = self.variant.release.iter().map(|release| &release.after);
        std::iter::once(&self.variant.before).chain(after)
    }

    /// The routes that requests take, each with the source and its share of that source's requests.
    pub(super) fn taken(&self) -> impl Iterator<Item = (&Met<'s>, f64, &Route)> {
        self.met.iter().flat_map(|met| {
            let asks = met.asks.iter();
            asks.filter_map(move |ask| Some((met, ask.share, ask.route.as_ref()?)))
        })
    }

    /// The object a route is written in.
    pub(super) fn written(&self, origin: &Origin) -> Option<&'s VirtualService> {
        let mut all = self.variant.before.virtual_services.iter();
        all.find(|one| one.namespace == origin.namespace && one.name == origin.name)
    }

    /// The route as it is written.
    pub(super) fn http(&self, origin: &Origin) -> Option<&'s HttpRoute> {
        self.written(origin)?.http.get(origin.http)
    }

    /// Whether some Rollout writes the weights of a route.
    pub(super) fn is_weighed(&self, one: &VirtualService, http: usize) -> bool {
        self.variant
            .before
            .rollouts
            .iter()
            .any(|rollout| match IstioParties::of(rollout) {
                Some(parties) => {
                    let mut all = parties.istio.virtual_services.iter();
                    let named = all.find(|named| {
                        named.full_name(&rollout.namespace) == (&one.namespace, &one.name)
                    });
                    let name = one.http[http].name.as_ref();
                    named.is_some_and(|named| match named.routes.is_empty() {
                        true => http == 0,
                        false => name.is_some_and(|name| named.routes.contains(name)),
                    })
                }
                None => false,
            })
    }

    /// The DestinationRule whose subsets a Rollout tells apart by a label of its own.
    fn is_pointed(&self, name: &ClusterName) -> bool {
        let objects = &self.variant.before;
        objects.rollouts.iter().any(|rollout| {
            let parties = IstioParties::of(rollout);
            let rule = parties.and_then(|parties| parties.istio.destination_rule.as_ref());
            let subset = name.subset.as_ref();
            rule.is_some_and(|rule| {
                let named =
                    subset == Some(&rule.canary_subset) || subset == Some(&rule.stable_subset);
                let mut rules = objects.destination_rules.iter();
                named
                    && rules.any(|one| {
                        let covers = Host::resolve(&one.host, &one.namespace).covers(&name.host);
                        one.name == rule.name && one.namespace == rollout.namespace && covers
                    })
            })
        })
    }

    /// The workloads whose pods belong to a cluster at a stage; what a Rollout's controller labels by
    /// itself is no condition.
    pub(super) fn behind<'o>(
        &self,
        (name, members): (&ClusterName, &Members),
        objects: &'o Objects,
    ) -> Vec<Workload<'o>> {
        let mut members = members.clone();
        if self.is_pointed(name) {
            members.labels.remove(TEMPLATE_HASH_LABEL);
        }
        let all = objects.workloads();
        all.filter(|one| {
            one.namespace == members.namespace && members.contains(&one.template.labels)
        })
        .collect()
    }

    /// Whether a cluster's pods come from a Rollout that moves its requests about.
    pub(super) fn is_shifted(&self, route: &Route) -> bool {
        let origin = route.origin.as_ref();
        origin.is_some_and(|origin| {
            let written = self.written(origin);
            written.is_some_and(|one| self.is_weighed(one, origin.http))
        })
    }
}

/// Every weight that a Rollout writes, half and half.
fn in_update(objects: &Objects) -> Vec<VirtualService> {
    let mut services = objects.virtual_services.clone();
    let halves = TrafficWeights {
        canary: 50,
        stable: 50,
        verified: None,
    };
    for rollout in &objects.rollouts {
        let Some(parties) = IstioParties::of(rollout) else {
            continue;
        };
        for service in &mut services {
            let mut named = parties.istio.virtual_services.iter();
            let own = (service.namespace.as_str(), service.name.as_str());
            if named.any(|one| one.full_name(&rollout.namespace) == own) {
                parties.set_weights(service, halves);
            }
        }
    }
    services
}

fn met<'s>(
    variant: &'s Variant,
    (source, entry): (&'s TrafficSpec, Entry),
    mesh: &Mesh<'_>,
) -> Option<Met<'s>> {
    let door = MeshDoor::of(variant, entry)?;
    let table = RouteTable::compile(mesh, &door.client, door.port);
    let groups = source.heads.iter().map(|head| head.share.as_fraction());
    let rest = 1.0 - groups.sum::<f64>();
    let last = source.heads.len().saturating_sub(1);
    let asks = source.heads.iter().enumerate().map(|(index, head)| {
        let authority = authority_of(head, entry, &variant.before);
        Ask {
            head,
            share: match index == last {
                true => rest.max(0.0),
                false => head.share.as_fraction(),
            },
            route: route_of(&table, head, &authority).cloned(),
            authority,
        }
    });
    let asks = asks.collect();
    Some(Met {
        source,
        entry,
        door,
        table,
        asks,
    })
}

/// Clusters of a route and their shares.
pub(super) fn shares<'t>(route: &Route, table: &'t RouteTable) -> Vec<(&'t Cluster, f64)> {
    let Action::Forward(split) = &route.action else {
        return Vec::new();
    };
    let total = split.total() as f64;
    let all = split.shares().iter();
    all.map(|(index, weight)| (table.cluster(*index), f64::from(*weight) / total))
        .collect()
}

/// Clusters that get requests of a route.
pub(super) fn reached<'t>(route: &Route, table: &'t RouteTable) -> Vec<&'t Cluster> {
    let shares = shares(route, table).into_iter();
    shares.map(|(cluster, _)| cluster).collect()
}

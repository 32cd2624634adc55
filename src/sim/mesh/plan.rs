//! Which proxies there are, and what they are told at the start.

use std::sync::Arc;

use crate::ids::ServiceId;
use crate::manifest::istio::{DestinationRule, Gateway, VirtualService};
use crate::routing::envoy::outlier::FirstEjection;
use crate::routing::mesh::{Action, Client, Cluster, Members, Mesh, Route, RouteTable};
use crate::scenario::{Entry, MeshDoor, Objects, Variant, authority_of, route_of};
use crate::traffic::mesh::{
    Action as RouteAction, FleetSpec, RouteSpec, Routing, Target, UpstreamSpec, fault,
    retry_policy, upstream_of,
};
use crate::traffic::{Head, TrafficSpec};

/// Istio's objects as they are now.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) gateways: Vec<Gateway>,
    pub(super) virtual_services: Vec<VirtualService>,
    pub(super) destination_rules: Vec<DestinationRule>,
}

impl Rules {
    pub(super) fn of(objects: &Objects) -> Self {
        Self {
            gateways: objects.gateways.clone(),
            virtual_services: objects.virtual_services.clone(),
            destination_rules: objects.destination_rules.clone(),
        }
    }

    /// Takes in what differs between two stages; what does not, keeps what Rollouts have written.
    /// Says whether anything does.
    pub(super) fn replace(&mut self, before: &Objects, after: &Objects) -> bool {
        let gateways = replace_in(
            &mut self.gateways,
            (&before.gateways, &after.gateways),
            |it| (&it.name, &it.namespace),
        );
        let services = replace_in(
            &mut self.virtual_services,
            (&before.virtual_services, &after.virtual_services),
            |it| (&it.name, &it.namespace),
        );
        let rules = replace_in(
            &mut self.destination_rules,
            (&before.destination_rules, &after.destination_rules),
            |it| (&it.name, &it.namespace),
        );
        gateways || services || rules
    }
}

fn replace_in<T: Clone + PartialEq>(
    current: &mut Vec<T>,
    (before, after): (&[T], &[T]),
    named: fn(&T) -> (&String, &String),
) -> bool {
    let mut changed = false;
    for new in after.iter().filter(|new| !before.contains(new)) {
        changed = true;
        match current.iter_mut().find(|old| named(old) == named(new)) {
            Some(old) => *old = new.clone(),
            None => current.push(new.clone()),
        }
    }
    changed
}

/// Proxies with the same table: those of a Gateway, or the sidecars of a source's clients.
#[derive(Debug, Clone)]
pub(super) struct FleetPlan {
    client: Client,
    port: u16,
    /// Which sources' requests they take.
    sources: Vec<usize>,
    /// Number of the first proxy among those of all fleets.
    pub(super) first: usize,
    pub(super) proxies: usize,
    /// In the order of the fleet's upstreams.
    pub(super) clusters: Vec<Cluster>,
}

/// The fleets of a variant, and by source the one it meets.
pub(super) fn fleets(variant: &Variant) -> (Vec<FleetPlan>, Vec<Option<usize>>) {
    let mut fleets: Vec<FleetPlan> = Vec::new();
    let mut doors: Vec<Entry> = Vec::new();
    let mut met = Vec::new();
    for (source, entry) in variant.entries.iter().enumerate() {
        let known = match entry {
            Entry::Gateway(_) => doors.iter().position(|door| door == entry),
            Entry::Service(_) => None,
        };
        if let Some(known) = known {
            fleets[known].sources.push(source);
            met.push(Some(known));
            continue;
        }
        let first = fleets.last().map_or(0, |it| it.first + it.proxies);
        let fleet = MeshDoor::of(variant, *entry).map(|door| FleetPlan {
            client: door.client,
            port: door.port,
            sources: Vec::new(),
            first,
            proxies: door.proxies as usize,
            clusters: Vec::new(),
        });
        met.push(fleet.is_some().then_some(fleets.len()));
        if let Some(mut fleet) = fleet {
            fleet.sources.push(source);
            fleet.clusters = clusters(&fleet, variant);
            fleets.push(fleet);
            doors.push(*entry);
        }
    }
    (fleets, met)
}

/// All clusters that routes lead to, before the release or after.
fn clusters(fleet: &FleetPlan, variant: &Variant) -> Vec<Cluster> {
    let objects = &variant.before;
    let after = variant.release.iter().map(|release| &release.after);
    let mut all: Vec<Cluster> = Vec::new();
    for stage in std::iter::once(objects).chain(after) {
        for cluster in table(fleet, &Rules::of(stage), objects).clusters() {
            if !all.iter().any(|known| known.name == cluster.name) {
                all.push(cluster.clone());
            }
        }
    }
    all
}

fn table(fleet: &FleetPlan, rules: &Rules, objects: &Objects) -> RouteTable {
    let mesh = Mesh {
        gateways: &rules.gateways,
        virtual_services: &rules.virtual_services,
        destination_rules: &rules.destination_rules,
        services: &objects.services,
    };
    RouteTable::compile(&mesh, &fleet.client, fleet.port)
}

/// What the carrier is told of a fleet.
pub(super) fn fleet_spec(fleet: &FleetPlan, variant: &Variant) -> FleetSpec {
    let upstreams = fleet.clusters.iter().map(|cluster| {
        let service = match &cluster.members {
            Ok(members) => service_id(members),
            Err(_) => ServiceId::new(0),
        };
        let mut upstream: UpstreamSpec = upstream_of(service, &cluster.policy);
        if let Some(outliers) = &mut upstream.outliers
            && variant.mesh.always_eject_one
        {
            outliers.first_ejection = FirstEjection::AlwaysAllowed;
        }
        upstream
    });
    FleetSpec {
        proxies: u32::try_from(fleet.proxies).expect("proxies fit 32 bits"),
        upstreams: upstreams.collect(),
    }
}

fn service_id(members: &Members) -> ServiceId {
    ServiceId::new(u32::try_from(members.service).expect("Services fit 32 bits"))
}

/// What the proxies of a fleet are told.
pub(super) struct Compiled {
    pub(super) routing: Arc<Routing>,
    /// Of the fleet's clusters; none where there is no such cluster.
    pub(super) members: Vec<Option<Members>>,
}

/// What the proxies of a fleet do with the requests of every source, and which pods they know.
pub(super) fn compile(fleet: &FleetPlan, rules: &Rules, variant: &Variant) -> Compiled {
    let objects = &variant.before;
    let table = table(fleet, rules, objects);
    let mut routing = Routing::default();
    for (index, (source, entry)) in variant.traffic.iter().zip(&variant.entries).enumerate() {
        let mut chosen = Vec::new();
        if fleet.sources.contains(&index) {
            for head in heads(source) {
                let found = route_of(&table, head, &authority_of(head, *entry, objects));
                chosen.push(found.map(|route| {
                    let spec = route_spec(route, &table, fleet);
                    let number = routing.routes.iter().position(|known| *known == spec);
                    let number = number.unwrap_or_else(|| {
                        routing.routes.push(spec);
                        routing.routes.len() - 1
                    });
                    u16::try_from(number).expect("fewer than 2^16 routes")
                }));
            }
        }
        routing.chosen.push(chosen);
    }
    let members = fleet.clusters.iter().map(|cluster| {
        let mut now = table.clusters().iter();
        let found = now.find(|one| one.name == cluster.name)?;
        found.members.clone().ok()
    });
    Compiled {
        members: members.collect(),
        routing: Arc::new(routing),
    }
}

/// What requests of a source look like; without a word they ask for `/`.
pub(in crate::sim) fn heads(source: &TrafficSpec) -> &[Head] {
    &source.heads
}

fn route_spec(route: &Route, table: &RouteTable, fleet: &FleetPlan) -> RouteSpec {
    let target = |index| {
        let name = &table.cluster(index).name;
        let known = fleet.clusters.iter();
        let place = known.clone().position(|cluster| cluster.name == *name);
        let place = place.filter(|_| table.cluster(index).members.is_ok());
        place.map(|place| u16::try_from(place).expect("fewer than 2^16 clusters"))
    };
    let action = match &route.action {
        Action::Respond(status) | Action::Redirect(status) => RouteAction::Respond(*status),
        Action::Forward(split) => {
            let shares = split.shares().iter().map(|(cluster, weight)| {
                let target = target(*cluster).map_or(Target::Unknown, Target::Upstream);
                (target, *weight)
            });
            RouteAction::Forward(shares.collect())
        }
    };
    let mirrors = route.mirrors.iter();
    RouteSpec {
        action,
        timeout: route.timeout,
        retries: route.retries.as_ref().map(retry_policy),
        mirrors: mirrors
            .filter_map(|(cluster, share)| Some((target(*cluster)?, *share)))
            .collect(),
        fault: fault(&route.fault),
    }
}

//! Limits of a proxy against the load that it carries (reference progressive-delivery.md §5.3).

use super::policies::pods_most;
use super::view::{MeshView, Met, shares};
use super::words::{in_rule, percent};
use crate::manifest::istio::{DestinationRule, TrafficPolicy};
use crate::routing::mesh::{Cluster, Host};
use crate::scenario::Entry;
use crate::scenario::checks::capacity::rate_most;
use crate::scenario::checks::finding::Finding;
use crate::scenario::checks::list::served;
use crate::stats::blocking;

/// A share of refused requests below this is no finding.
const OVERFLOW: f64 = 0.001;

/// What one proxy sends to a cluster, at most.
struct Load<'m> {
    cluster: &'m Cluster,
    proxies: u32,
    /// Of all proxies [1/s].
    rate: f64,
    /// Mean [s].
    service_time: f64,
}

impl Load<'_> {
    /// Requests under way at once, by Little's law.
    fn offered(&self) -> f64 {
        self.rate / f64::from(self.proxies.max(1)) * self.service_time
    }
}

/// Loads by the proxies that carry them: those of a Gateway are shared by its sources.
fn loads<'m>(mesh: &'m MeshView<'_>) -> Vec<Load<'m>> {
    let mut found = Vec::new();
    for (index, met) in mesh.met.iter().enumerate() {
        let shared =
            |other: &Met<'_>| matches!(other.entry, Entry::Gateway(_)) && other.entry == met.entry;
        if mesh.met[..index].iter().any(shared) {
            continue;
        }
        let others = mesh.met[index + 1..].iter().filter(|it| shared(it));
        let sources: Vec<&Met<'_>> = std::iter::once(met).chain(others).collect();
        for cluster in met.table.clusters() {
            let rates = sources.iter().map(|met| rate_to(mesh, met, cluster));
            let rate: f64 = rates.sum();
            let service_time = service_time(mesh, cluster);
            if rate > 0.0 && service_time > 0.0 {
                found.push(Load {
                    cluster,
                    proxies: met.door.proxies,
                    rate,
                    service_time,
                });
            }
        }
    }
    found
}

/// A destination whose weight a Rollout writes gets everything at some time.
fn rate_to(mesh: &MeshView<'_>, met: &Met<'_>, cluster: &Cluster) -> f64 {
    let asks = met.asks.iter().filter_map(|ask| {
        let route = ask.route.as_ref()?;
        let all = shares(route, &met.table).into_iter();
        let to = all.filter(|(one, _)| one.name == cluster.name);
        let share: f64 = to.map(|(_, share)| share).sum();
        let most = match mesh.is_shifted(route) && share > 0.0 {
            true => 1.0,
            false => share,
        };
        Some(ask.share * most)
    });
    rate_most(&met.source.arrivals) * asks.sum::<f64>()
}

/// The longer mean of before and after the release, over the pods of a cluster.
fn service_time(mesh: &MeshView<'_>, cluster: &Cluster) -> f64 {
    let Ok(members) = &cluster.members else {
        return 0.0;
    };
    let means = mesh.stages().map(|objects| {
        let behind = mesh.behind((&cluster.name, members), objects).into_iter();
        let served = behind.filter_map(|one| served(mesh.variant, one, &mesh.variant.images));
        let (mut time, mut pods) = (0.0, 0.0);
        for one in served {
            let replicas = f64::from(one.workload.replicas);
            time += replicas * one.image.service_time.mean();
            pods += replicas;
        }
        if pods > 0.0 { time / pods } else { 0.0 }
    });
    means.fold(0.0, f64::max)
}

/// Connections to a cluster, of which a request of HTTP/1.1 takes one, and what may wait for one.
pub(super) fn connections_below_load(mesh: &MeshView<'_>) -> Vec<Finding> {
    let all = loads(mesh).into_iter();
    all.filter_map(|load| {
        let pool = &load.cluster.policy.connection_pool;
        // Whatever the limit, every pod may have one.
        let limit = pool.max_connections.max(pods_most(mesh, load.cluster));
        let waiting = pool.max_pending_requests;
        let key = ("tcp.maxConnections", pool.max_connections);
        below_load(mesh, &load, (key, limit, waiting))
    })
    .collect()
}

/// Requests under way to a cluster; nothing waits for these.
pub(super) fn requests_below_load(mesh: &MeshView<'_>) -> Vec<Finding> {
    let all = loads(mesh).into_iter();
    all.filter_map(|load| {
        let limit = load.cluster.policy.connection_pool.max_requests;
        below_load(mesh, &load, (("http.http2MaxRequests", limit), limit, 0))
    })
    .collect()
}

fn below_load(
    mesh: &MeshView<'_>,
    load: &Load<'_>,
    ((key, written), limit, waiting): ((&str, u32), u32, u32),
) -> Option<Finding> {
    let offered = load.offered();
    let lost = blocking(offered, limit, waiting);
    if lost < OVERFLOW {
        return None;
    }
    let (rule, pool) = pool_of(mesh, load.cluster)?;
    let short = key.rsplit('.').next().unwrap_or_default();
    let message = format!(
        "{offered:.1} requests at once meet `{short}: {written}` of each proxy: about {} overflow",
        percent(lost)
    );
    let enough = (limit..=limit.saturating_add(1_000_000))
        .find(|more| blocking(offered, *more, waiting) < OVERFLOW);
    let enough = enough.map_or(String::new(), |enough| format!(", {enough} at least"));
    Some(
        in_rule(rule, &format!("{pool}.{key}"), message)
            .because(format!(
                "up to {:.0}/s by {} proxies × {:.1} ms of mean service; what finds the limit reached is \
                 answered 503 `UO` (M/M/c/K)",
                load.rate,
                load.proxies,
                1000.0 * load.service_time
            ))
            .cure(format!("raise it{enough}, or spread the load over more proxies")),
    )
}

/// Where the pool of a cluster is written: the port's in the subset, the subset's, the port's, the rule's.
fn pool_of<'s>(mesh: &MeshView<'s>, cluster: &Cluster) -> Option<(&'s DestinationRule, String)> {
    let rules = mesh.variant.before.destination_rules.iter();
    let mut rules =
        rules.filter(|rule| Host::resolve(&rule.host, &rule.namespace).covers(&cluster.name.host));
    rules.find_map(|rule| {
        let wanted = cluster.name.subset.as_ref();
        let subset = rule.subsets.iter().position(|it| Some(&it.name) == wanted);
        let inner = subset.and_then(|index| {
            let policy = rule.subsets[index].traffic_policy.as_ref()?;
            let steps = place_in(policy, cluster.name.port)?;
            Some(format!("subsets[{index}].trafficPolicy.{steps}"))
        });
        let outer = || {
            let steps = place_in(rule.traffic_policy.as_ref()?, cluster.name.port)?;
            Some(format!("trafficPolicy.{steps}"))
        };
        Some((rule, inner.or_else(outer)?))
    })
}

fn place_in(policy: &TrafficPolicy, port: u16) -> Option<String> {
    match policy.ports.iter().position(|one| one.port == port) {
        Some(index) => {
            policy.ports[index].connection_pool?;
            Some(format!("portLevelSettings[{index}].connectionPool"))
        }
        None => policy.connection_pool.map(|_| "connectionPool".to_owned()),
    }
}

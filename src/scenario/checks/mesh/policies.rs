//! Settings of DestinationRules that do nothing (reference progressive-delivery.md §5.4, §5.6).

use super::view::{MeshView, reached};
use super::words::in_rule;
use crate::manifest::istio::{
    DestinationRule, LbPolicy, LoadBalancer, OutlierDetection, TrafficPolicy,
};
use crate::routing::mesh::{Cluster, Host};
use crate::scenario::checks::finding::Finding;
use crate::units::Ratio;

/// The policies of a rule and where they are written.
fn levels(rule: &DestinationRule) -> Vec<(String, &TrafficPolicy)> {
    let own = rule.traffic_policy.as_ref();
    let own = own.map(|policy| ("trafficPolicy".to_owned(), policy));
    let subsets = rule.subsets.iter().enumerate();
    let subsets = subsets.filter_map(|(index, subset)| {
        let policy = subset.traffic_policy.as_ref()?;
        Some((format!("subsets[{index}].trafficPolicy"), policy))
    });
    own.into_iter().chain(subsets).collect()
}

/// Every `loadBalancer`, those of single ports too, and where it is written.
fn balancers(rule: &DestinationRule) -> Vec<(String, &LoadBalancer)> {
    let mut found = Vec::new();
    for (steps, policy) in levels(rule) {
        let own = policy.load_balancer.as_ref();
        found.extend(own.map(|one| (format!("{steps}.loadBalancer"), one)));
        for (index, port) in policy.ports.iter().enumerate() {
            let place = format!("{steps}.portLevelSettings[{index}].loadBalancer");
            found.extend(port.load_balancer.as_ref().map(|one| (place, one)));
        }
    }
    found
}

/// Every `outlierDetection`, likewise.
fn detectors(rule: &DestinationRule) -> Vec<(String, &OutlierDetection)> {
    let mut found = Vec::new();
    for (steps, policy) in levels(rule) {
        let own = policy.outlier_detection.as_ref();
        found.extend(own.map(|one| (format!("{steps}.outlierDetection"), one)));
        for (index, port) in policy.ports.iter().enumerate() {
            let place = format!("{steps}.portLevelSettings[{index}].outlierDetection");
            found.extend(port.outlier_detection.as_ref().map(|one| (place, one)));
        }
    }
    found
}

fn of_rules(mesh: &MeshView<'_>, of: impl Fn(&DestinationRule) -> Vec<Finding>) -> Vec<Finding> {
    let rules = mesh.variant.before.destination_rules.iter();
    rules.flat_map(of).collect()
}

/// Hashing without anything to hash.
pub(super) fn hash_without_key(mesh: &MeshView<'_>) -> Vec<Finding> {
    of_rules(mesh, |rule| {
        let all = balancers(rule).into_iter();
        all.filter(
            |(_, one)| matches!(&one.policy, LbPolicy::ConsistentHash(hash) if hash.key.is_none()),
        )
        .map(|(steps, _)| {
            let message = "`consistentHash` has no key".to_owned();
            in_rule(rule, &format!("{steps}.consistentHash"), message)
                .because(
                    "without one every request goes to a random pod: no user stays with theirs",
                )
                .cure(
                    "add `httpHeaderName`, `httpCookie`, `useSourceIp` or `httpQueryParameterName`",
                )
        })
        .collect()
    })
}

/// A warm-up that only two ways to balance know.
pub(super) fn warmup_ignored(mesh: &MeshView<'_>) -> Vec<Finding> {
    of_rules(mesh, |rule| {
        let all = balancers(rule).into_iter();
        all.filter(|(_, one)| one.warmup.is_some())
            .filter_map(|(steps, one)| {
                let name = match one.policy {
                    LbPolicy::Random => "RANDOM",
                    LbPolicy::Passthrough => "PASSTHROUGH",
                    LbPolicy::ConsistentHash(_) => "consistentHash",
                    LbPolicy::LeastRequest | LbPolicy::RoundRobin => return None,
                };
                let message = format!("`warmup` has no effect beside `{name}`");
                let finding = in_rule(rule, &format!("{steps}.warmup"), message);
                Some(
                    finding
                        .because(
                            "only `LEAST_REQUEST` and `ROUND_ROBIN` send new pods less at first",
                        )
                        .cure("balance by one of these, or remove it"),
                )
            })
            .collect()
    })
}

/// Clusters that requests reach under a rule's policy, and how many pods each has at most.
fn pods_under(mesh: &MeshView<'_>, rule: &DestinationRule) -> Vec<(String, u32)> {
    let host = Host::resolve(&rule.host, &rule.namespace);
    let mut found: Vec<(String, u32)> = Vec::new();
    for (met, _, route) in mesh.taken() {
        for cluster in reached(route, &met.table) {
            if !host.covers(&cluster.name.host) {
                continue;
            }
            let name = match &cluster.name.subset {
                Some(subset) => format!("subset `{subset}`"),
                None => format!("`{}`", rule.host),
            };
            let pods = pods_most(mesh, cluster);
            if pods > 0 && !found.iter().any(|(known, _)| *known == name) {
                found.push((name, pods));
            }
        }
    }
    found
}

/// Replicas behind a cluster, at t = 0 or after the release.
pub(super) fn pods_most(mesh: &MeshView<'_>, cluster: &Cluster) -> u32 {
    let Ok(members) = &cluster.members else {
        return 0;
    };
    let pods = mesh.stages().map(|objects| {
        let behind = mesh.behind((&cluster.name, members), objects);
        behind.iter().map(|one| one.replicas).sum()
    });
    pods.max().unwrap_or(0)
}

/// A limit below one pod of so few.
pub(super) fn ejection_never_allowed(mesh: &MeshView<'_>) -> Vec<Finding> {
    if mesh.variant.mesh.always_eject_one {
        return Vec::new();
    }
    of_rules(mesh, |rule| {
        let under = pods_under(mesh, rule);
        // A limit that some cluster is large enough for is no slip.
        let Some((name, pods)) = under.iter().max_by_key(|(_, pods)| *pods) else {
            return Vec::new();
        };
        let too_few =
            |one: &OutlierDetection| one.max_ejection.as_fraction() * f64::from(*pods) < 1.0 - 1e-9;
        let all = detectors(rule).into_iter().filter(|(_, one)| too_few(one));
        all.map(|(steps, one)| {
            let message = format!(
                "of {pods} pods of {name} none is ever ejected: `maxEjectionPercent` is {}",
                one.max_ejection
            );
            let least = (100.0 / f64::from(*pods)).ceil();
            in_rule(rule, &format!("{steps}.maxEjectionPercent"), message)
                .because(format!(
                    "one of {pods} pods is {:.0} %, and the first counts too",
                    100.0 / f64::from(*pods)
                ))
                .cure(format!(
                    "allow at least {least:.0}, or say `[mesh] always-eject-one = true` where the proxies do"
                ))
        })
        .collect()
    })
}

/// Outlier detection that looks at nothing.
pub(super) fn nothing_ejects(mesh: &MeshView<'_>) -> Vec<Finding> {
    of_rules(mesh, |rule| {
        let blind = |one: &OutlierDetection| {
            one.consecutive_5xx.is_none()
                && one.consecutive_gateway_errors.is_none()
                && one.consecutive_local_failures.is_none()
        };
        let all = detectors(rule).into_iter().filter(|(_, one)| blind(one));
        all.map(|(steps, one)| {
            let message = "`outlierDetection` counts nothing: no pod is ever ejected".to_owned();
            let panic = match one.min_health > Ratio::ZERO {
                true => "all that is left of it is `minHealthPercent`",
                false => "`consecutive5xxErrors: 0` turns off what is on by default",
            };
            in_rule(rule, &steps, message)
                .because(panic)
                .cure("set `consecutive5xxErrors` or `consecutiveGatewayErrors` above 0")
        })
        .collect()
    })
}

/// A setting for a port that the Service does not have.
pub(super) fn port_unknown(mesh: &MeshView<'_>) -> Vec<Finding> {
    let services = &mesh.variant.before.services;
    of_rules(mesh, |rule| {
        let host = Host::resolve(&rule.host, &rule.namespace);
        let Some(service) = services.iter().find(|one| Host::of(one) == host) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        for (steps, policy) in levels(rule) {
            for (index, one) in policy.ports.iter().enumerate() {
                if service.ports.is_empty() || service.ports.contains(&one.port) {
                    continue;
                }
                let message = format!(
                    "Service `{}` has no port {}: the setting has no effect",
                    service.name, one.port
                );
                let ports: Vec<String> = service.ports.iter().map(u16::to_string).collect();
                let place = format!("{steps}.portLevelSettings[{index}].port");
                findings.push(
                    in_rule(rule, &place, message)
                        .because("`port` is the Service's own, not that of the container")
                        .cure(format!("its ports are {}", ports.join(", "))),
                );
            }
        }
        findings
    })
}

//! Which DestinationRule is for a host, and what its policies come to.

use super::{Hashing, Host, LocalityMode};
use crate::manifest::istio::{
    ConnectionPool, DestinationRule, LbPolicy, LoadBalancer, LocalityLb, OutlierDetection,
    RetryBudget, Subset, TrafficPolicy,
};

/// Where rules for everybody live.
const ROOT_NAMESPACE: &str = "istio-system";

/// How requests are sent to the pods of a cluster, with Istio's defaults.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClusterPolicy {
    /// Default: the less busy of two random pods.
    pub load_balancer: LoadBalancer,
    /// Default: no limit.
    pub connection_pool: ConnectionPool,
    /// Default none: no pod is left out.
    pub outlier_detection: Option<OutlierDetection>,
    /// Default none: `maxRetries` of the pool counts.
    pub retry_budget: Option<RetryBudget>,
}

impl ClusterPolicy {
    /// How localities are used. The mesh's own setting is failover; without outlier detection there is
    /// none, since the proxy would never leave the first priority.
    pub fn locality<'a>(&'a self, mesh: &'a LocalityLb) -> LocalityMode<'a> {
        let setting = self.load_balancer.locality.as_ref().unwrap_or(mesh);
        match setting {
            _ if !setting.enabled => LocalityMode::Off,
            _ if !setting.distribute.is_empty() => LocalityMode::Distribute(&setting.distribute),
            _ if self.outlier_detection.is_some() => LocalityMode::Failover(setting),
            _ => LocalityMode::Off,
        }
    }
}

/// All rules for one host in one namespace, taken together.
#[derive(Debug, Clone, Default)]
pub(super) struct HostRule<'a> {
    policy: Option<&'a TrafficPolicy>,
    subsets: Vec<&'a Subset>,
}

impl<'a> HostRule<'a> {
    /// The rule a client of a namespace follows for a Service: its own namespace's, the Service's, or
    /// everybody's, the narrowest host of the first that has one (push_context.go `destinationRule`).
    pub(super) fn find(
        rules: &'a [DestinationRule],
        host: &Host,
        (client, service): (&str, &str),
    ) -> Self {
        let own = (client != ROOT_NAMESPACE).then_some(client);
        let namespaces = own.into_iter().chain([service, ROOT_NAMESPACE]);
        let found = namespaces
            .into_iter()
            .find_map(|namespace| narrowest(rules, host, namespace));
        found.map(Self::merged).unwrap_or_default()
    }

    /// Subsets are gathered, the first of each name; the first policy counts (destination_rule.go
    /// `mergeDestinationRule`).
    fn merged(rules: Vec<&'a DestinationRule>) -> Self {
        let mut merged = Self::default();
        for rule in rules {
            merged.policy = merged.policy.or(rule.traffic_policy.as_ref());
            for subset in &rule.subsets {
                if merged.subset(&subset.name).is_none() {
                    merged.subsets.push(subset);
                }
            }
        }
        merged
    }

    pub(super) fn subset(&self, name: &str) -> Option<&'a Subset> {
        self.subsets
            .iter()
            .copied()
            .find(|subset| subset.name == name)
    }

    /// Block by block: the subset's, else the rule's; a port's setting stands for the whole of its
    /// level (util.go `MergeSubsetTrafficPolicy`).
    pub(super) fn policy(&self, subset: Option<&Subset>, port: u16) -> ClusterPolicy {
        let rule = self.policy.map(|policy| Level::of(policy, port).0);
        let inner = subset.and_then(|subset| subset.traffic_policy.as_ref());
        let inner = inner.map(|policy| Level::of(policy, port));
        let level = match (rule, inner) {
            (rule, None) => rule.unwrap_or_default(),
            (None, Some((inner, _))) => inner,
            (Some(rule), Some((inner, by_port))) => inner.over(rule, by_port),
        };
        ClusterPolicy {
            load_balancer: level.load_balancer.cloned().unwrap_or_default(),
            connection_pool: level.connection_pool.copied().unwrap_or_default(),
            outlier_detection: level.outlier_detection.cloned(),
            retry_budget: level.retry_budget,
        }
    }

    /// Whether requests to it are hashed, by any level that says so, the innermost first (route.go
    /// `HashForHTTPDestination`).
    pub(super) fn hashing(&self, subset: Option<&Subset>, port: Option<u16>) -> Hashing {
        let inner = subset.and_then(|subset| subset.traffic_policy.as_ref());
        let levels = inner.into_iter().chain(self.policy);
        let mut balancers = levels.flat_map(|level| {
            let ports = level.ports.iter().filter(|one| Some(one.port) == port);
            let by_port = ports.filter_map(|one| one.load_balancer.as_ref());
            by_port.chain(&level.load_balancer)
        });
        match balancers.any(|one| matches!(one.policy, LbPolicy::ConsistentHash(_))) {
            true => Hashing::Consistent,
            false => Hashing::Not,
        }
    }
}

/// The rules of a namespace for the narrowest host that covers this one, by name.
fn narrowest<'a>(
    rules: &'a [DestinationRule],
    host: &Host,
    namespace: &str,
) -> Option<Vec<&'a DestinationRule>> {
    let here = rules.iter().filter(|rule| rule.namespace == namespace);
    let here: Vec<(Host, &DestinationRule)> = here
        .map(|rule| (Host::resolve(&rule.host, &rule.namespace), rule))
        .filter(|(covering, _)| covering.covers(host))
        .collect();
    let best = here.iter().map(|(host, _)| host);
    let best = best.max_by_key(|host| host.narrowness())?.clone();
    let mut found: Vec<&DestinationRule> = here
        .into_iter()
        .filter(|(host, _)| *host == best)
        .map(|(_, rule)| rule)
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Some(found)
}

/// The blocks of one level at one port.
#[derive(Debug, Clone, Copy, Default)]
struct Level<'a> {
    load_balancer: Option<&'a LoadBalancer>,
    connection_pool: Option<&'a ConnectionPool>,
    outlier_detection: Option<&'a OutlierDetection>,
    retry_budget: Option<RetryBudget>,
}

impl<'a> Level<'a> {
    /// And whether a port's setting stands for it.
    fn of(policy: &'a TrafficPolicy, port: u16) -> (Self, bool) {
        match policy.ports.iter().find(|one| one.port == port) {
            Some(one) => {
                let level = Self {
                    load_balancer: one.load_balancer.as_ref(),
                    connection_pool: one.connection_pool.as_ref(),
                    outlier_detection: one.outlier_detection.as_ref(),
                    retry_budget: None,
                };
                (level, true)
            }
            None => {
                let level = Self {
                    load_balancer: policy.load_balancer.as_ref(),
                    connection_pool: policy.connection_pool.as_ref(),
                    outlier_detection: policy.outlier_detection.as_ref(),
                    retry_budget: policy.retry_budget,
                };
                (level, false)
            }
        }
    }

    fn over(self, rule: Self, by_port: bool) -> Self {
        let retry_budget = self.retry_budget.or(rule.retry_budget);
        match by_port {
            true => Self {
                retry_budget,
                ..self
            },
            false => Self {
                load_balancer: self.load_balancer.or(rule.load_balancer),
                connection_pool: self.connection_pool.or(rule.connection_pool),
                outlier_detection: self.outlier_detection.or(rule.outlier_detection),
                retry_budget,
            },
        }
    }
}

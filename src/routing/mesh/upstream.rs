//! From destinations to clusters.

use super::compile::Compiler;
use super::rules::HostRule;
use super::{
    Action, Cluster, ClusterIndex, ClusterName, Hashing, Host, Members, Missing, RetryPolicy,
    Route, Split,
};
use crate::manifest::Service;
use crate::manifest::istio::{Destination, Fault, Subset};

/// A Service and its index in the mesh.
type Known<'a> = Option<(usize, &'a Service)>;

impl<'a> Compiler<'a> {
    /// Without a VirtualService: to all pods, with Istio's own retries, without a timeout.
    pub(super) fn straight(&mut self, host: &Host) -> Route {
        let whole = Destination {
            host: host.as_str().to_owned(),
            subset: None,
            port: Some(self.port),
        };
        let (cluster, _) = self.cluster(&whole, "");
        Route {
            name: "default".to_owned(),
            origin: None,
            condition: None,
            action: Action::Forward(Split::new(&[(cluster, 1)]).expect("one gets all")),
            timeout: None,
            retries: RetryPolicy::outbound(None, Hashing::Not),
            mirrors: Vec::new(),
            fault: Fault::default(),
        }
    }

    /// The cluster of a destination, made where it is new, and whether it hashes.
    pub(super) fn cluster(
        &mut self,
        destination: &Destination,
        namespace: &str,
    ) -> (ClusterIndex, Hashing) {
        let host = Host::resolve(&destination.host, namespace);
        let service = self.service(&host);
        let owner = service.map_or("", |(_, service)| &service.namespace);
        let rules = self.mesh.destination_rules;
        let rule = HostRule::find(rules, &host, (self.client.namespace(), owner));
        let wanted = destination.subset.as_deref();
        let subset = wanted.and_then(|name| rule.subset(name));
        let hashing = rule.hashing(subset, destination.port);
        let name = ClusterName {
            port: self.cluster_port(destination, service),
            host,
            subset: destination.subset.clone(),
        };
        if let Some(known) = self.clusters.iter().position(|one| one.name == name) {
            return (ClusterIndex::new(known), hashing);
        }
        self.clusters.push(Cluster {
            members: members(service, wanted, subset),
            policy: rule.policy(subset, name.port),
            name,
        });
        (ClusterIndex::new(self.clusters.len() - 1), hashing)
    }

    fn service(&self, host: &Host) -> Known<'a> {
        let mut services = self.mesh.services.iter().enumerate();
        services.find(|(_, service)| Host::of(service) == *host)
    }

    /// The destination's, the Service's only one, or the one that was asked
    /// (route.go `GetDestinationCluster`).
    fn cluster_port(&self, destination: &Destination, service: Known<'_>) -> u16 {
        let only = service.and_then(|(_, service)| match service.ports[..] {
            [port] => Some(port),
            _ => None,
        });
        destination.port.or(only).unwrap_or(self.port)
    }
}

fn members(
    service: Known<'_>,
    wanted: Option<&str>,
    subset: Option<&Subset>,
) -> Result<Members, Missing> {
    let (index, service) = service.ok_or(Missing::Service)?;
    if wanted.is_some() && subset.is_none() {
        return Err(Missing::Subset);
    }
    Ok(Members {
        service: index,
        namespace: service.namespace.clone(),
        selector: service.selector.clone(),
        labels: subset.map(|one| one.labels.clone()).unwrap_or_default(),
    })
}

//! The routes one proxy knows.

use super::compile::Compiler;
use super::{Client, Cluster, ClusterIndex, Host, RequestHead, Route};
use crate::manifest::Service;
use crate::manifest::istio::{DestinationRule, Gateway, VirtualService};

/// The objects that routes are made of, in any order.
#[derive(Debug, Clone, Copy)]
pub struct Mesh<'a> {
    /// Who listens at the edge.
    pub gateways: &'a [Gateway],
    /// How requests are routed.
    pub virtual_services: &'a [VirtualService],
    /// How they are sent.
    pub destination_rules: &'a [DestinationRule],
    /// Whom they can be sent to.
    pub services: &'a [Service],
}

/// Routes for one host.
#[derive(Debug, Clone, PartialEq)]
pub struct VirtualHost {
    /// Which.
    pub host: Host,
    /// In order: the first that is for a request wins.
    pub routes: Vec<Route>,
    /// Whether every request is sent to HTTPS (301) instead.
    pub https_redirect: bool,
}

impl VirtualHost {
    /// The first route that is for a request; without any the proxy answers 404 (flag `NR`).
    pub fn route(&self, request: &RequestHead<'_>) -> Option<&Route> {
        self.routes.iter().find(|route| route.accepts(request))
    }
}

/// The routes one proxy knows at one port.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteTable {
    pub(super) hosts: Vec<VirtualHost>,
    pub(super) clusters: Vec<Cluster>,
    /// Where short names belong; a gateway knows none.
    pub(super) namespace: Option<String>,
}

impl RouteTable {
    /// What a proxy at this port makes of the objects. Of two VirtualServices for one host the first
    /// by name counts at a sidecar, and both do at a gateway (there by age first, which files do not
    /// say).
    pub fn compile(mesh: &Mesh<'_>, client: &Client, port: u16) -> Self {
        Compiler::new(*mesh, client, port).compile()
    }

    /// All hosts, by name.
    pub fn hosts(&self) -> &[VirtualHost] {
        &self.hosts
    }
    /// All clusters that routes name.
    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }
    /// One of them.
    pub fn cluster(&self, index: ClusterIndex) -> &Cluster {
        &self.clusters[index.index()]
    }

    /// The narrowest host that an authority means. Without any a gateway answers 404, and a sidecar
    /// passes the request on to wherever it was going.
    pub fn host(&self, authority: &str) -> Option<&VirtualHost> {
        let namespace = self.namespace.as_deref();
        let [asked, longer] = Host::asked(authority, namespace.unwrap_or_default());
        let exact = |wanted: &Host| self.hosts.iter().find(|one| one.host == *wanted);
        let found = exact(&asked).or_else(|| namespace.and_then(|_| exact(&longer)));
        found.or_else(|| {
            let wide = self.hosts.iter().filter(|one| one.host.covers(&asked));
            wide.max_by_key(|one| one.host.narrowness())
        })
    }

    /// The route of a request: [`host`](Self::host), then the first that is for it.
    pub fn route(&self, request: &RequestHead<'_>) -> Option<&Route> {
        self.host(request.authority)?.route(request)
    }
}

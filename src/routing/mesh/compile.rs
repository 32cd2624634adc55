//! From objects to a table (istio/istio at 86c9f01f, pilot/pkg/networking/core: route/route.go,
//! httproute.go, gateway.go).

use super::client::bound_gateway;
use super::covering::{common_hosts, has_port, narrowest, resolved_hosts};
use super::translate::RouteSource;
use super::{Client, Cluster, Host, Mesh, Route, RouteTable, VirtualHost};
use crate::manifest::istio::{Gateway, MESH, Server, VirtualService};

/// What a table is made with.
pub(super) struct Compiler<'a> {
    pub(super) mesh: Mesh<'a>,
    pub(super) client: &'a Client,
    pub(super) port: u16,
    hosts: Vec<VirtualHost>,
    pub(super) clusters: Vec<Cluster>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(mesh: Mesh<'a>, client: &'a Client, port: u16) -> Self {
        Self {
            mesh,
            client,
            port,
            hosts: Vec::new(),
            clusters: Vec::new(),
        }
    }

    pub(super) fn compile(mut self) -> RouteTable {
        let namespace = match self.client {
            Client::Sidecar { namespace, .. } => {
                self.add_services();
                self.add_other_hosts();
                Some(namespace.clone())
            }
            Client::Gateway { .. } => {
                self.add_servers();
                None
            }
        };
        self.hosts.sort_by(|one, other| one.host.cmp(&other.host));
        RouteTable {
            hosts: self.hosts,
            clusters: self.clusters,
            namespace,
        }
    }

    /// VirtualServices bound to a door (`mesh`, or a Gateway), by name.
    fn bound(&self, door: &str) -> Vec<&'a VirtualService> {
        let is_bound = |one: &&VirtualService| {
            let mut gateways = one.gateways.iter();
            gateways.any(|gateway| bound_gateway(gateway, &one.namespace) == door)
        };
        let all = self.mesh.virtual_services.iter();
        let mut bound: Vec<&VirtualService> = all.filter(is_bound).collect();
        bound.sort_by_key(|one| (&one.name, &one.namespace));
        bound
    }

    /// Every Service with this port: by the VirtualService of the narrowest host that covers it, or
    /// straight to its pods.
    fn add_services(&mut self) {
        let bound = self.bound(MESH);
        for service in self.mesh.services {
            if !has_port(service, self.port) {
                continue;
            }
            let host = Host::of(service);
            let routes = match narrowest(&bound, &host) {
                Some(found) => self.routes(found, MESH),
                None => Vec::new(),
            };
            let routes = match routes.is_empty() {
                true => vec![self.straight(&host)],
                false => routes,
            };
            self.hosts.push(VirtualHost {
                host,
                routes,
                https_redirect: false,
            });
        }
    }

    /// Hosts that are no Services: at port 80, or beside a host that is one.
    fn add_other_hosts(&mut self) {
        let services = self.mesh.services.iter();
        let services: Vec<Host> = services
            .filter(|service| has_port(service, self.port))
            .map(Host::of)
            .collect();
        for one in self.bound(MESH) {
            let hosts: Vec<Host> = resolved_hosts(one).collect();
            let is_service = |host: &Host| services.iter().any(|service| host.covers(service));
            if self.port != 80 && !hosts.iter().any(is_service) {
                continue;
            }
            let routes = self.routes(one, MESH);
            if routes.is_empty() {
                continue;
            }
            for host in hosts.into_iter().filter(|host| !is_service(host)) {
                if self.hosts.iter().any(|known| known.host == host) {
                    continue;
                }
                self.hosts.push(VirtualHost {
                    host,
                    routes: routes.clone(),
                    https_redirect: false,
                });
            }
        }
    }

    /// Every server at this port of every Gateway that is meant for the proxy.
    fn add_servers(&mut self) {
        let all = self.mesh.gateways.iter();
        let mut gateways: Vec<&Gateway> = all.filter(|one| self.client.follows(one)).collect();
        gateways.sort_by_key(|one| (&one.name, &one.namespace));
        for gateway in gateways {
            let here = |server: &&Server| server.port == self.port && server.carries_requests();
            for server in gateway.servers.iter().filter(here).collect::<Vec<_>>() {
                self.add_server(gateway, server);
            }
        }
        for host in &mut self.hosts {
            // What takes everything would hide routes of another VirtualService for the same host.
            host.routes.sort_by_key(Route::is_catch_all);
        }
    }

    fn add_server(&mut self, gateway: &Gateway, server: &Server) {
        let door = format!("{}/{}", gateway.namespace, gateway.name);
        for one in self.bound(&door) {
            let hosts = common_hosts(one, gateway, server);
            if hosts.is_empty() {
                continue;
            }
            let routes = self.routes(one, &door);
            for host in hosts.into_iter().filter(|_| !routes.is_empty()) {
                let known = self.host(host, server);
                known.routes.extend(routes.iter().cloned());
            }
        }
        if server.https_redirect {
            for written in &server.hosts {
                let (_, host) = written.split_once('/').unwrap_or(("*", written));
                self.host(Host::plain(host), server);
            }
        }
    }

    /// The entry of a host, new or not.
    fn host(&mut self, host: Host, server: &Server) -> &mut VirtualHost {
        let at = self.hosts.iter().position(|one| one.host == host);
        let at = at.unwrap_or_else(|| {
            self.hosts.push(VirtualHost {
                host,
                routes: Vec::new(),
                https_redirect: false,
            });
            self.hosts.len() - 1
        });
        self.hosts[at].https_redirect |= server.https_redirect;
        &mut self.hosts[at]
    }

    fn routes(&mut self, one: &VirtualService, door: &str) -> Vec<Route> {
        RouteSource { written: one, door }.routes(self)
    }
}

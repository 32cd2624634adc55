//! The three objects of the guide: a gateway, two versions, and a split between them.

use rollcast::manifest::istio::{
    ConnectionPool, Destination, Headers, HttpAction, HttpRoute, LbPolicy, LoadBalancer, Protocol,
    RequestMatch, Retries, RouteDestination, Server, StringMatch, Subset, TrafficPolicy,
};
use rollcast::routing::mesh::{Action, RequestHead};
use rollcast::units::SimDuration;

use super::{World, edge, labels, names, sidecar};

pub(super) const GUIDE: &str = "
apiVersion: networking.istio.io/v1beta1
kind: Gateway
metadata: { name: user-service-gateway, namespace: production }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: [api.example.com] }
---
apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
metadata: { name: user-service-dr, namespace: production }
spec:
  host: user-service
  subsets:
    - { name: v1, labels: { version: v1 } }
    - { name: v2, labels: { version: v2 } }
  trafficPolicy:
    loadBalancer: { simple: LEAST_CONN }
    connectionPool:
      tcp: { maxConnections: 100 }
      http: { http1MaxPendingRequests: 50, maxRequestsPerConnection: 2 }
---
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: { name: user-service-vs, namespace: production }
spec:
  hosts: [api.example.com]
  gateways: [user-service-gateway]
  http:
    - match: [{ uri: { prefix: /api/users } }]
      route:
        - { destination: { host: user-service, subset: v1 }, weight: 90 }
        - { destination: { host: user-service, subset: v2 }, weight: 10 }
      timeout: 30s
      retries: { attempts: 3, perTryTimeout: 10s }
---
apiVersion: v1
kind: Service
metadata: { name: user-service, namespace: production }
spec: { selector: { app: user-service }, ports: [{ port: 80, targetPort: 8080 }] }
";

#[test]
fn the_guides_gateway_is_read_to_its_values() {
    let gateway = &World::good(GUIDE).gateways[0];
    assert_eq!(gateway.name, "user-service-gateway");
    assert_eq!(gateway.namespace, "production");
    assert_eq!(gateway.selector, labels(&[("istio", "ingressgateway")]));
    let server = Server {
        port: 80,
        port_name: "http".to_owned(),
        protocol: Protocol::Http,
        hosts: vec!["api.example.com".to_owned()],
        https_redirect: false,
        passes_through: false,
    };
    assert_eq!(gateway.servers, [server]);
}

#[test]
fn the_guides_destination_rule_is_read_to_its_values() {
    let rule = &World::good(GUIDE).destination_rules[0];
    assert_eq!(
        (rule.name.as_str(), rule.host.as_str()),
        ("user-service-dr", "user-service")
    );
    let subset = |name: &str| Subset {
        name: name.to_owned(),
        labels: labels(&[("version", name)]),
        traffic_policy: None,
    };
    assert_eq!(rule.subsets, [subset("v1"), subset("v2")]);
    // What is not written has Istio's defaults: no limit of requests or retries, 10 s to connect, an
    // hour of idleness.
    let pool = ConnectionPool {
        max_connections: 100,
        connect_timeout: SimDuration::from_secs(10),
        max_connection_duration: None,
        max_pending_requests: 50,
        max_requests: u32::MAX,
        max_requests_per_connection: Some(2),
        max_retries: u32::MAX,
        idle_timeout: Some(SimDuration::from_secs(3600)),
    };
    let policy = TrafficPolicy {
        load_balancer: Some(LoadBalancer {
            policy: LbPolicy::LeastRequest,
            locality: None,
            warmup: None,
        }),
        connection_pool: Some(pool),
        ..TrafficPolicy::default()
    };
    assert_eq!(rule.traffic_policy, Some(policy));
}

#[test]
fn the_guides_virtual_service_is_read_to_its_values() {
    let service = &World::good(GUIDE).virtual_services[0];
    assert_eq!(service.hosts, ["api.example.com"]);
    assert_eq!(service.gateways, ["user-service-gateway"]);
    let to = |subset: &str, weight| RouteDestination {
        destination: Destination {
            host: "user-service".to_owned(),
            subset: Some(subset.to_owned()),
            port: None,
        },
        weight,
        headers: Headers::default(),
    };
    let route = HttpRoute {
        name: None,
        matches: vec![RequestMatch {
            uri: Some(StringMatch::Prefix("/api/users".to_owned())),
            ..RequestMatch::default()
        }],
        action: HttpAction::Route(vec![to("v1", 90), to("v2", 10)]),
        timeout: Some(SimDuration::from_secs(30)),
        retries: Some(Retries {
            attempts: 3,
            per_try_timeout: Some(SimDuration::from_secs(10)),
            ..Retries::default()
        }),
        fault: Default::default(),
        mirrors: Vec::new(),
        headers: Headers::default(),
    };
    assert_eq!(service.http, [route]);
}

#[test]
fn the_guides_gateway_splits_nine_to_one() {
    let world = World::good(GUIDE);
    let table = world.table(&edge(), 80);
    let request = RequestHead::get("api.example.com", "/api/users/7?full");
    let route = table.route(&request).expect("it is routed");
    let Action::Forward(split) = &route.action else {
        panic!("{:?}", route.action);
    };
    let shares: Vec<u32> = split.shares().iter().map(|(_, weight)| *weight).collect();
    assert_eq!((shares, split.total()), (vec![90, 10], 100));
    let clusters = [split.pick(0.899), split.pick(0.9)];
    let expected = [
        "outbound|80|v1|user-service.production.svc.cluster.local",
        "outbound|80|v2|user-service.production.svc.cluster.local",
    ];
    assert_eq!(names(&table, &clusters), expected);
    let second = table.cluster(clusters[1]);
    let members = second.members.as_ref().unwrap();
    assert!(members.contains(&labels(&[("app", "user-service"), ("version", "v2")])));
    assert!(!members.contains(&labels(&[("app", "user-service"), ("version", "v1")])));
    assert!(!members.contains(&labels(&[("version", "v2")])));
    assert_eq!(second.policy.connection_pool.max_pending_requests, 50);
    let retries = route.retries.as_ref().unwrap();
    assert_eq!(retries.retries, 3);
    assert_eq!(retries.per_try_timeout, Some(SimDuration::from_secs(10)));
    assert_eq!(route.timeout, Some(SimDuration::from_secs(30)));
    // Another path of the host meets no route, another host none either.
    assert_eq!(
        table.route(&RequestHead::get("api.example.com", "/health")),
        None
    );
    assert_eq!(table.host("www.example.com"), None);
}

/// The guide's routes are bound to a gateway: sidecars go straight to the Service.
#[test]
fn the_guides_routes_are_not_for_sidecars() {
    let table = World::good(GUIDE).table(&sidecar("production", &[]), 80);
    let route = table
        .route(&RequestHead::get("user-service", "/api/users"))
        .unwrap();
    let Action::Forward(split) = &route.action else {
        panic!("{:?}", route.action);
    };
    let whole = "outbound|80||user-service.production.svc.cluster.local";
    assert_eq!(names(&table, &[split.pick(0.5)]), [whole]);
    assert_eq!(route.timeout, None);
    assert_eq!(route.retries.as_ref().unwrap().retries, 2);
}

//! Route tables: hosts, order, subsets, policies.

use rollcast::manifest::istio::{LbPolicy, LocalityLb};
use rollcast::routing::mesh::{Action, LocalityMode, Missing, RequestHead, RouteTable};
use rollcast::units::{Ratio, SimDuration};

use super::{World, edge, names, sidecar};

const SERVICES: &str = "
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: prod }
spec: { selector: { app: shop }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: prod }
spec: { selector: { app: cart }, ports: [{ port: 80 }, { port: 9090 }] }
";

/// A VirtualService in the namespace of the Services.
fn virtual_service(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n\
         metadata: {{ name: {name}, namespace: prod }}\nspec: {spec}\n"
    )
}

fn destination_rule(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n\
         metadata: {{ name: {name}, namespace: {namespace} }}\nspec: {spec}\n"
    )
}

/// The table of a sidecar beside the Services at port 80.
fn table(objects: &[String]) -> RouteTable {
    let world = World::good(&[SERVICES.to_owned(), objects.concat()].concat());
    world.table(&sidecar("prod", &[("app", "web")]), 80)
}

/// Name of the route and cluster of a request with luck 0; `-` where it meets none.
fn goes(table: &RouteTable, host: &str, path: &str) -> String {
    let Some(route) = table.route(&RequestHead::get(host, path)) else {
        return "-".to_owned();
    };
    match &route.action {
        Action::Forward(split) => names(table, &[split.pick(0.0)]).concat(),
        Action::Redirect(code) | Action::Respond(code) => code.to_string(),
    }
}

const SHOP: &str = "outbound|80||shop.prod.svc.cluster.local";
const CART: &str = "outbound|80||cart.prod.svc.cluster.local";

#[test]
fn the_first_match_wins_and_nothing_comes_after_a_catch_all() {
    let table = table(&[virtual_service(
        "shop",
        "{ hosts: [shop], http: [
            { match: [{ uri: { exact: /old } }], redirect: { uri: /new } },
            { match: [{ uri: { prefix: /cart } }, { headers: { x-cart: {} } }],
              route: [{ destination: { host: cart, port: { number: 80 } } }] },
            { match: [{ uri: { prefix: /cart/closed } }], directResponse: { status: 503 } },
            { route: [{ destination: { host: shop } }] },
            { match: [{ uri: { prefix: /late } }], directResponse: { status: 200 } } ] }",
    )]);
    assert_eq!(goes(&table, "shop", "/old"), "301");
    assert_eq!(goes(&table, "shop", "/cart/closed"), CART);
    assert_eq!(goes(&table, "shop", "/late"), SHOP);
    let host = table.host("shop.prod").unwrap();
    // Two matches of the second route are two; the last is never reached and left out.
    assert_eq!(host.routes.len(), 5);
}

#[test]
fn hosts_are_found_by_any_name_and_the_narrowest_wins() {
    let answer = |name: &str, hosts: &str, status: u32| {
        let http = format!("[{{ directResponse: {{ status: {status} }} }}]");
        virtual_service(name, &format!("{{ hosts: [{hosts}], http: {http} }}"))
    };
    let table = table(&[
        answer("wide", "'*.prod.svc.cluster.local', '*.example.com'", 201),
        answer("narrow", "'*.shop.example.com', shop", 202),
        answer("second", "shop.prod.svc.cluster.local", 203),
    ]);
    for (host, goes_to) in [
        ("shop", "202"),
        ("shop.prod:80", "202"),
        ("shop.prod.svc.cluster.local", "202"),
        ("cart", "201"),
        ("a.shop.example.com", "202"),
        ("www.example.com", "201"),
        ("example.org", "-"),
    ] {
        assert_eq!(goes(&table, host, "/"), goes_to, "{host}");
    }
}

#[test]
fn routes_may_be_for_some_clients_only() {
    let text = [
        SERVICES.to_owned(),
        virtual_service(
            "shop",
            "{ hosts: [shop], http: [
                { match: [{ sourceLabels: { app: web } }], directResponse: { status: 201 } },
                { match: [{ sourceNamespace: other }], directResponse: { status: 202 } },
                { match: [{ port: 9090 }], directResponse: { status: 203 } },
                { route: [{ destination: { host: shop } }] } ] }",
        ),
    ]
    .concat();
    let world = World::good(&text);
    let asked = |client| goes(&world.table(&client, 80), "shop.prod", "/");
    assert_eq!(asked(sidecar("prod", &[("app", "web"), ("v", "1")])), "201");
    assert_eq!(asked(sidecar("other", &[])), "202");
    assert_eq!(asked(sidecar("prod", &[])), SHOP);
}

#[test]
fn subsets_and_hosts_that_are_not_there_are_kept_as_such() {
    let table = table(&[
        destination_rule(
            "shop",
            "prod",
            "{ host: shop, subsets: [{ name: v1, labels: { v: '1' } }] }",
        ),
        virtual_service(
            "shop",
            "{ hosts: [shop], http: [{ route: [
                { destination: { host: shop, subset: v1 }, weight: 1 },
                { destination: { host: shop, subset: v2 }, weight: 1 },
                { destination: { host: gone }, weight: 1 },
                { destination: { host: cart }, weight: 0 } ] }] }",
        ),
    ]);
    let found = |name: &str| {
        let one = table
            .clusters()
            .iter()
            .find(|one| one.name.to_string() == name);
        one.map(|one| {
            one.members
                .as_ref()
                .map(|members| members.labels.len())
                .map_err(|e| *e)
        })
    };
    assert_eq!(
        found("outbound|80|v1|shop.prod.svc.cluster.local"),
        Some(Ok(1))
    );
    let missing = found("outbound|80|v2|shop.prod.svc.cluster.local");
    assert_eq!(missing, Some(Err(Missing::Subset)));
    assert_eq!(
        found("outbound|80||gone.prod.svc.cluster.local"),
        Some(Err(Missing::Service))
    );
    let Action::Forward(split) = &table.host("shop").unwrap().routes[0].action else {
        panic!("it forwards");
    };
    assert_eq!(split.total(), 3);
}

/// util.go `MergeSubsetTrafficPolicy`: a subset's block counts, else the rule's; a port's setting takes
/// the place of its whole level.
#[test]
fn policies_are_laid_over_each_other_block_by_block() {
    let table = table(&[
        destination_rule(
            "cart",
            "prod",
            "{ host: cart,
               trafficPolicy: {
                 loadBalancer: { simple: ROUND_ROBIN },
                 connectionPool: { http: { maxRetries: 7 } },
                 portLevelSettings: [
                   { port: { number: 9090 }, loadBalancer: { simple: RANDOM } } ] },
               subsets: [
                 { name: a, trafficPolicy: { outlierDetection: { interval: 5s } } },
                 { name: b, trafficPolicy: { loadBalancer: { simple: PASSTHROUGH } } } ] }",
        ),
        virtual_service(
            "cart",
            "{ hosts: [cart], http: [{ route: [
                { destination: { host: cart, subset: a }, weight: 1 },
                { destination: { host: cart, subset: b }, weight: 1 },
                { destination: { host: cart, port: { number: 9090 } }, weight: 1 } ] }] }",
        ),
    ]);
    let policy = |subset: Option<&str>, port: u16| {
        let fits = |one: &&rollcast::routing::mesh::Cluster| {
            one.name.subset.as_deref() == subset && one.name.port == port
        };
        &table.clusters().iter().find(fits).unwrap().policy
    };
    let a = policy(Some("a"), 80);
    assert_eq!(a.load_balancer.policy, LbPolicy::RoundRobin);
    assert_eq!(a.connection_pool.max_retries, 7);
    let outliers = a.outlier_detection.as_ref().unwrap();
    assert_eq!(outliers.interval, SimDuration::from_secs(5));
    assert_eq!(outliers.consecutive_5xx, Some(5));
    assert_eq!(
        policy(Some("b"), 80).load_balancer.policy,
        LbPolicy::Passthrough
    );
    let by_port = policy(None, 9090);
    assert_eq!(by_port.load_balancer.policy, LbPolicy::Random);
    assert_eq!(by_port.connection_pool.max_retries, u32::MAX);
    // Failover by locality needs outlier detection, and then is the mesh's own default.
    let mesh = LocalityLb::default();
    assert!(matches!(a.locality(&mesh), LocalityMode::Failover(_)));
    assert_eq!(by_port.locality(&mesh), LocalityMode::Off);
}

#[test]
fn rules_of_the_clients_namespace_come_before_those_of_the_service() {
    let rule = |namespace: &str, host: &str, retries: u32| {
        let pool = format!("connectionPool: {{ http: {{ maxRetries: {retries} }} }}");
        let spec = format!("{{ host: '{host}', trafficPolicy: {{ {pool} }} }}");
        destination_rule("rule", namespace, &spec)
    };
    let long = "shop.prod.svc.cluster.local";
    let text = [
        SERVICES.to_owned(),
        rule("prod", "shop", 1),
        rule("other", "*.local", 2),
        rule("istio-system", "*", 3),
    ];
    let world = World::good(&text.concat());
    let retries = |client| {
        let table = world.table(&client, 80);
        let mut clusters = table.clusters().iter();
        let shop = clusters.find(|one| one.name.host.as_str() == long).unwrap();
        shop.policy.connection_pool.max_retries
    };
    assert_eq!(retries(sidecar("prod", &[])), 1);
    assert_eq!(retries(sidecar("other", &[])), 2);
    assert_eq!(retries(sidecar("third", &[])), 1);
    assert_eq!(retries(edge_like_sidecar()), 1);
}

/// In the namespace of the rules for everybody.
fn edge_like_sidecar() -> rollcast::routing::mesh::Client {
    sidecar("istio-system", &[])
}

#[test]
fn faults_mirrors_and_hashing_reach_the_route() {
    let table = table(&[
        destination_rule(
            "shop",
            "prod",
            "{ host: shop, trafficPolicy: {
                loadBalancer: { consistentHash: { httpHeaderName: x-user } } } }",
        ),
        virtual_service(
            "shop",
            "{ hosts: [shop], http: [{
                route: [{ destination: { host: shop } }],
                mirrors: [
                  { destination: { host: cart }, percentage: { value: 2.5 } },
                  { destination: { host: gone }, percentage: { value: 0 } } ],
                fault: {
                  delay: { percentage: { value: 10 }, fixedDelay: 2s },
                  abort: { httpStatus: 503 } } }] }",
        ),
    ]);
    let route = &table.host("shop").unwrap().routes[0];
    let share = Ratio::from_fraction(0.025).unwrap();
    assert_eq!(route.mirrors.len(), 1);
    assert_eq!(names(&table, &[route.mirrors[0].0]), [CART]);
    assert_eq!(route.mirrors[0].1, share);
    let delay = route.fault.delay.unwrap();
    assert_eq!(
        (delay.share, delay.length),
        ("10%".parse().unwrap(), SimDuration::from_secs(2))
    );
    // Without a percentage nothing is aborted.
    assert_eq!(route.fault.abort.as_ref().unwrap().share, Ratio::ZERO);
    assert!(!route.retries.as_ref().unwrap().previous_hosts);
}

#[test]
fn a_gateway_takes_hosts_in_common_and_lets_catch_alls_come_last() {
    let gateway = "---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 80, name: http, protocol: HTTP }
      hosts: ['prod/*.example.com', 'other/*.example.org']
    - port: { number: 8080, name: old, protocol: HTTP }
      hosts: [old.example.com]
      tls: { httpsRedirect: true }
";
    let text = [
        SERVICES.to_owned(),
        gateway.to_owned(),
        virtual_service(
            "a",
            "{ hosts: [www.example.com, www.example.org], gateways: [infra/edge],
               http: [{ route: [{ destination: { host: shop } }] }] }",
        ),
        virtual_service(
            "b",
            "{ hosts: [www.example.com], gateways: [edge.infra, mesh],
               http: [{ match: [{ uri: { prefix: /cart } }],
                        route: [{ destination: { host: cart } }] }] }",
        ),
    ];
    let world = World::good(&text.concat());
    let table = world.table(&edge(), 80);
    assert_eq!(goes(&table, "www.example.com", "/cart/1"), CART);
    assert_eq!(goes(&table, "WWW.example.com:80", "/"), SHOP);
    assert_eq!(goes(&table, "www.example.org", "/"), "-");
    assert!(
        world
            .table(&edge(), 8080)
            .host("old.example.com")
            .unwrap()
            .https_redirect
    );
    let at_sidecar = world.table(&sidecar("prod", &[]), 80);
    assert_eq!(goes(&at_sidecar, "www.example.com", "/cart"), CART);
    assert_eq!(goes(&at_sidecar, "www.example.com", "/"), "-");
}

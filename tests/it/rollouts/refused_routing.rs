//! What is wrong with a canary's Services, its router and what needs one (upstream's
//! `pkg/apis/rollouts/validation`, by its constants).

use super::{rollout, strategy_tells, tells};

/// `DuplicatedServicesCanaryMessage`, `InvalidTrafficRoutingMessage`.
#[test]
fn a_router_splits_between_two_services() {
    strategy_tells(
        "canary: { canaryService: a, stableService: a }",
        "error: `canaryService` and `stableService` are the same | @ a | expected two different Services",
    );
    for router in [
        "alb: { ingress: i, servicePort: 80 }",
        "istio: { virtualService: { name: v } }",
        "smi: {}",
        "apisix: { route: { name: r } }",
        "ambassador: { mappings: [m] }",
        "nginx: { stableIngress: i }",
        "appMesh: { virtualService: { name: v } }",
        "traefik: { weightedTraefikServiceName: t }",
    ] {
        let name = router.split(':').next().unwrap();
        let told = |key: &str| {
            format!(
                "error: `trafficRouting` lacks a `{key}` | @ trafficRouting \
                 | `{name}` splits the traffic between two Services | name a Service as `{key}`"
            )
        };
        tells(
            &rollout(&format!("canary: {{ trafficRouting: {{ {router} }} }}")),
            &[&told("canaryService"), &told("stableService")],
        );
    }
}

/// `InvalidCanaryScaleDownDelay`, `InvalidCanaryDynamicStableScale`,
/// `InvalidCanaryDynamicStableScaleWithScaleDownDelay`.
#[test]
fn delays_and_dynamic_scale_need_traffic_routing_and_exclude_each_other() {
    for (key, value) in [
        ("scaleDownDelaySeconds", "5"),
        ("dynamicStableScale", "true"),
    ] {
        strategy_tells(
            &format!("canary: {{ {key}: {value} }}"),
            &format!(
                "error: `{key}` without `trafficRouting` | @ {key} \
                 | it can only be used with traffic routing \
                 | remove it, or name a router in `trafficRouting`"
            ),
        );
    }
    strategy_tells(
        "canary: { scaleDownDelaySeconds: 5, dynamicStableScale: true, trafficRouting: { plugins: { p: {} } } }",
        "error: `dynamicStableScale` with `scaleDownDelaySeconds` | @ dynamicStableScale \
         | a stable set that shrinks with its traffic has nothing left to delay | remove one of them",
    );
}

/// `InvalidCanaryMaxWeightOnlySupportInNginxAndPlugins`; `ValidateRolloutVirtualServicesConfig`,
/// `…NginxIngressesConfig`, `…AlbIngressesConfig`. One router is this model's own rule.
#[test]
fn a_router_is_one_and_says_what_it_changes() {
    let with = |routing: &str| {
        format!("canary: {{ canaryService: a, stableService: b, trafficRouting: {{ {routing} }} }}")
    };
    strategy_tells(
        &with("smi: {}, maxTrafficWeight: 200"),
        "error: `maxTrafficWeight` with `smi` | @ maxTrafficWeight \
         | only `nginx` and `plugins` take it | remove it: all of the traffic is 100",
    );
    strategy_tells(
        &with("managedRoutes: []"),
        "error: `trafficRouting` names no router | @ trafficRouting | expected one of `istio`, `nginx`, \
         `alb`, `smi`, `traefik`, `ambassador`, `apisix`, `appMesh`, `plugins`",
    );
    strategy_tells(
        &with("smi: {}, istio: {}"),
        "error: two routers: `istio` and `smi` | @ smi | here one router splits the traffic \
         | keep the one that the traffic passes",
    );
    for (router, one, many) in [
        ("istio", "virtualService", "virtualServices"),
        ("nginx", "stableIngress", "stableIngresses"),
        ("alb", "ingress", "ingresses"),
    ] {
        strategy_tells(
            &with(&format!("{router}: {{}}")),
            &format!(
                "error: `{router}` names neither of `{one}` and `{many}` | @ {router} | expected exactly one of them"
            ),
        );
        let (first, second) = match router {
            "istio" => ("{ name: v }", "[{ name: w }]"),
            _ => ("v", "[w]"),
        };
        strategy_tells(
            &with(&format!("{router}: {{ {one}: {first}, {many}: {second} }}")),
            &format!(
                "error: `{router}` names both of `{one}` and `{many}` | @ {router} | expected exactly one of them"
            ),
        );
    }
}

#[test]
fn ping_and_pong_are_refused_with_the_way_out() {
    strategy_tells(
        "canary: { pingPong: { pingService: a, pongService: b }, trafficRouting: { alb: { ingress: i, servicePort: 80 } } }",
        "error: `pingPong` is not modelled | @ pingPong \
         | here the stable and the canary Service keep their names \
         | name its two Services `stableService` and `canaryService`",
    );
}

#[test]
fn a_threshold_is_of_a_kind_and_has_a_value() {
    tells(
        &rollout("canary: { replicaProgressThreshold: { type: Share } }"),
        &[
            "error: `type`: unknown word `Share` | @ Share | expected `Percent` or `Pods`",
            "error: `value` is missing | @ replicaProgressThreshold | `value` is required here",
        ],
    );
}

//! The mesh in whole runs: what proxies make of weights, headers, mirrors and late news.

use rollcast::facts::Cause;
use rollcast::metrics::Metric;
use rollcast::sim::Watched;

use crate::whole_runs::{shipped, watch, written};

const WEB: &str = include_str!("../../scenarios/questions/manifests/mesh-web.yaml");

/// Clients in the mesh ask for `web` at 100 requests a second; all that the new version answers is an
/// error, so that failures count its requests. Nine minutes are counted.
fn scenario(steps: &str, more: &str) -> String {
    format!(
        r#"
name = "mesh"
horizon = "10m"
warm-up = "1m"
manifests = ["web.yaml"]
[release]
at = "1m"
from = {{ web = "registry.example/web:1" }}
to = {{ web = "registry.example/web:2" }}
[traffic.web]
arrivals.constant = {{ rate = "100/s" }}
users = {{ count = 10_000 }}
timeout = "10s"
entry = "Service/web"
groups = [{{ share = "10%", headers = {{ x-canary = "always" }} }}]
[image."registry.example/web:1"]
start-up = "2s"
service-time = "5ms"
concurrency = 32
[image."registry.example/web:2"]
like = "registry.example/web:1"
{more}
[[risk]]
chance = "100%"
error-rate = "100%"
[[variant]]
name = "web"
[variant.patch]
"Rollout/web:spec.strategy.canary.trafficRouting.managedRoutes" = [{{ name = "first" }}]
"Rollout/web:spec.strategy.canary.steps" = {steps}
"#
    )
}

fn run(steps: &str, more: &str) -> Watched {
    let loaded = written(&scenario(steps, more), WEB);
    watch(&loaded.scenario, "web", 0)
}

fn metric(watched: &Watched, metric: Metric) -> f64 {
    let value = watched.outcome.metrics.get(metric);
    value.expect("it is counted in every run")
}

#[test]
fn as_the_guide_has_them_no_request_finds_a_pod() {
    let loaded = shipped("guide/mesh.toml");
    let watched = watch(&loaded.scenario, "as is", 0);
    assert_eq!(metric(&watched, Metric::Availability), 0.0);
    let failed = |cause| metric(&watched, Metric::RequestsFailed(cause));
    let all = metric(&watched, Metric::RequestsFailedTotal);
    assert!(all > 90_000.0, "{all}");
    assert_eq!(failed(Cause::NoReadyEndpoint), all);
    let mended = watch(&loaded.scenario, "mended: no subsets", 0);
    let failed = metric(&mended, Metric::RequestsFailed(Cause::NoReadyEndpoint));
    assert_eq!(failed, 0.0);
}

#[test]
fn a_weight_of_the_virtual_service_is_a_share_of_the_requests() {
    let watched = run("[{ setWeight = 20 }, { pause = {} }]", "");
    let share = 1.0 - metric(&watched, Metric::Availability);
    // 54,000 requests, some seconds before the first pod is ready and the proxies know: 20 %, less
    // 1 % of it for ten seconds of nine minutes; five binomial errors are 0.9 points.
    assert!((0.187..=0.209).contains(&share), "{share}");
    let exposed = metric(&watched, Metric::UsersExposed);
    // Each of 10,000 users asks 5.4 times: 1 - exp(-0.2 × 5.4) = 66 % meet it at least once.
    assert!((0.63..=0.69).contains(&exposed), "{exposed}");
}

#[test]
fn a_header_route_lets_its_users_in_and_nobody_else() {
    let steps = r#"[
        { setCanaryScale = { replicas = 1 } },
        { setHeaderRoute = { name = "first", match = [{ headerName = "x-canary", headerValue = { exact = "always" } }] } },
        { pause = {} },
    ]"#
    .replace('\n', " ");
    let watched = run(&steps, "");
    let exposed = metric(&watched, Metric::UsersExposed);
    // A tenth of the users carry the header; nearly all of them ask in nine minutes. Five binomial
    // errors of 10 % of 10,000 are 1.5 points.
    assert!((0.085..=0.115).contains(&exposed), "{exposed}");
    assert_eq!(exposed, metric(&watched, Metric::UsersAffected));
}

#[test]
fn a_mirror_hurts_nobody_but_uses_the_canary() {
    let mirror = r#"[
        { setCanaryScale = { replicas = 1 } },
        { setMirrorRoute = { name = "first", percentage = 100, match = [{ method = { exact = "GET" } }] } },
        { pause = {} },
    ]"#
    .replace('\n', " ");
    // The copies are more than the canary's single pod can carry: its queue and its memory fill.
    let overloaded = r#"
service-time = "400ms"
concurrency = 8
memory = { base = "10Mi", per-request = "1Mi" }
"#;
    let watched = run(&mirror, overloaded);
    assert_eq!(metric(&watched, Metric::UsersAffected), 0.0);
    assert_eq!(metric(&watched, Metric::UsersExposed), 0.0);
    let quiet = run(
        "[{ setCanaryScale = { replicas = 1 } }, { pause = {} }]",
        overloaded,
    );
    let exits = |watched: &Watched| {
        let noted = watched.recording.noted.iter();
        let gone = |it: &rollcast::facts::Happening| {
            matches!(it, rollcast::facts::Happening::ContainerExited(..))
        };
        noted.filter(|noted| gone(&noted.what)).count()
    };
    // 100 copies a second where 20 are served: 80 MiB a second more, until the kernel kills it; with the
    // only pod of the canary its routes go, too.
    let limited = WEB.replace(
        "requests:\n              cpu: 100m\n              memory: 128Mi",
        "limits:\n              memory: 512Mi",
    );
    assert_ne!(limited, WEB);
    let killed = written(&scenario(&mirror, overloaded), &limited);
    let killed = watch(&killed.scenario, "web", 0);
    assert_eq!(exits(&killed), 1);
    assert_eq!(exits(&quiet), 0);
}

#[test]
fn proxies_send_to_a_gone_pod_until_a_push_has_reached_them() {
    // The pods stop listening at once, nobody retries, and every pod is replaced once: with six pods
    // listed of which one is gone, a sixth of the requests is refused from the deletion to the push.
    let refused = |lag: &str| {
        let text = std::fs::read_to_string("scenarios/guide/mesh.toml").expect("it is shipped");
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/guide");
        let text = text.replace("manifests/", &format!("{}/manifests/", folder.display()));
        let text = format!("{text}\n[mesh]\npush = \"{lag}\"\n");
        let loaded = written(&text, "");
        let watched = watch(&loaded.scenario, "mended, without preStop and retries", 0);
        metric(&watched, Metric::RequestsFailed(Cause::ConnectionRefused))
    };
    let (soon, late) = (refused("100ms"), refused("2100ms"));
    // Two seconds more at 200 requests a second for each of six pods, of seven or eight listed; pods
    // that go together share their time.
    let more = late - soon;
    assert!((150.0..=450.0).contains(&more), "{soon} {late}");
}

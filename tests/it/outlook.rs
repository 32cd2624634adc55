//! The chance to notice a risk as it is told before any run, beside the share of simulated updates
//! that are given up.
//!
//! `ROLLCAST_LONG=1` makes ten times as many runs.

#![allow(clippy::print_stdout)]

use rollcast::metrics::Ending;
use rollcast::scenario::{Chance, Scenario, notices};
use rollcast::sim::Simulation;

use crate::whole_runs::{job, shipped, written};

/// Beyond this, a sum is broken: once in 16 000 right ones.
const Z_LIMIT: f64 = 4.0;

/// A canary that is judged once, by a share that is near its limit.
const STEP: &str = "
      steps:
        - setWeight: 20
        - analysis:
            templates: [{ templateName: success-rate }]
        - setWeight: 50";

/// The same in the background of a pause.
const BACKGROUND: &str = "
      analysis:
        startingStep: 1
        templates: [{ templateName: success-rate }]
      steps:
        - setWeight: 20
        - pause: { duration: 190 }
        - setWeight: 50";

fn manifest(strategy: &str, schedule: &str) -> String {
    format!(
        r#"
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{ name: web }}
spec:
  replicas: 5
  strategy:
    canary:
      stableService: web
      canaryService: web-canary
      trafficRouting: {{ nginx: {{ stableIngress: web }} }}{strategy}
  selector: {{ matchLabels: {{ app: web }} }}
  template:
    metadata: {{ labels: {{ app: web }} }}
    spec:
      containers:
        - name: web
          image: example/web:1
          readinessProbe: {{ httpGet: {{ path: /ready, port: 8080 }}, periodSeconds: 1 }}
---
apiVersion: v1
kind: Service
metadata: {{ name: web }}
spec: {{ selector: {{ app: web }}, ports: [{{ port: 80 }}] }}
---
apiVersion: v1
kind: Service
metadata: {{ name: web-canary }}
spec: {{ selector: {{ app: web }}, ports: [{{ port: 80 }}] }}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {{ name: success-rate }}
spec:
  metrics:
    - name: success-rate
{schedule}
      successCondition: result[0] >= 0.96
      provider:
        prometheus:
          query: >-
            sum(rate(http_requests_total{{service="web-canary", status="200"}}[1m])) /
            sum(rate(http_requests_total{{service="web-canary"}}[1m]))
"#
    )
}

const ONCE: &str = "      initialDelay: 2m";
const THRICE: &str = "      initialDelay: 62s\n      interval: 60s\n      failureLimit: 1";

fn scenario(series: &str) -> String {
    format!(
        r#"
name = "a canary near its limit"
horizon = "8m"
warm-up = "10s"
seed = 31
manifests = ["web.yaml"]
[release]
at = "10s"
to = {{ web = "example/web:2" }}
[telemetry]
series = "{series}"
[traffic.web]
arrivals.poisson = {{ rate = "30/s" }}
users = {{ count = 1000 }}
entry = "Service/web"
[image."example/web:1"]
start-up = "1s"
service-time = "5ms"
concurrency = 8
[image."example/web:2"]
like = "example/web:1"
error-rate = "1%"
[[risk]]
name = "more fail"
chance = "60%"
error-rate = "uniform(2%, 10%)"
[[variant]]
name = "as is"
"#
    )
}

/// Chances by stratum: nothing wrong, then each risk.
fn told(scenario: &Scenario, variant: &str) -> Vec<f64> {
    let notices = notices(scenario);
    let notice = notices.iter().find(|notice| notice.variant == variant);
    let chances = notice.expect("it is analysed").chances.iter();
    chances
        .map(|(truth, chance)| match chance {
            Chance::Known(chance) => *chance,
            Chance::Unknown(reason) => panic!("{truth}: {reason}"),
        })
        .collect()
}

/// Updates given up against their chances: (runs, given up, expected, z) by stratum and in all.
fn check(name: &str, scenario: &Scenario, variant: &str, runs: u32) {
    let chances = told(scenario, variant);
    let simulation = Simulation::new(scenario);
    let mut seen = vec![(0_u32, 0_u32); chances.len()];
    for run in 0..runs {
        let outcome = simulation.run(&job(scenario, variant, run));
        let (all, given_up) = &mut seen[outcome.truth as usize];
        *all += 1;
        *given_up += u32::from(outcome.ending == Ending::RolledBack);
    }
    let (mut excess, mut variance) = (0.0, 0.0);
    for ((all, given_up), chance) in seen.iter().zip(&chances) {
        let expected = f64::from(*all) * chance;
        println!("{name}: {given_up} of {all} given up, {expected:.1} expected ({chance:.4})");
        excess += f64::from(*given_up) - expected;
        variance += expected * (1.0 - chance);
    }
    // Where every chance is 0 or 1 nothing may differ.
    let z = if excess.abs() < 0.5 {
        0.0
    } else {
        excess / variance.sqrt()
    };
    println!("{name}: z {z:.2}");
    assert!(z.abs() <= Z_LIMIT, "{name}: z {z}");
}

#[test]
fn chances_told_before_any_run_are_those_of_the_runs() {
    let long = std::env::var_os("ROLLCAST_LONG").is_some();
    let runs = if long { 1000 } else { 100 };
    for series in ["start", "first-request"] {
        for (way, strategy, schedule) in [
            ("once", STEP, ONCE),
            ("in the background", BACKGROUND, THRICE),
        ] {
            let scenario = written(&scenario(series), &manifest(strategy, schedule)).scenario;
            check(
                &format!("{way}, series from {series}"),
                &scenario,
                "as is",
                runs,
            );
        }
    }
}

#[test]
fn testers_of_a_preview_notice_what_they_are_told_to_notice() {
    let scenario = shipped("questions/analysis-nan.toml").scenario;
    for variant in &scenario.variants {
        check(&variant.name, &scenario, &variant.name, 40);
    }
}

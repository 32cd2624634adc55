//! How often a gate on a success ratio fails in simulated rollouts, beside the exact binomial
//! (reference field.md D.7).
//!
//! A blue-green update whose preview has testers is judged by one measurement over raw counters that
//! are born at zero, so that the gate sees every request answered until the last scrape. A second
//! metric of the same run, asked in the same instant, tells how many these were. Given n of them the
//! gate `>= 0.99` fails with P(Bin(n, e) > n / 100), whatever n came to be.
//!
//! `ROLLCAST_LONG=1` makes ten times as many runs.

#![allow(clippy::print_stdout)]

use rollcast::facts::{Happening, Judgement};
use rollcast::sim::{Job, Simulation};
use rollcast::stats::SuccessGate;

use crate::whole_runs::{job, written};

/// True error rates of the new version.
const ERROR_RATES: [f64; 4] = [0.005, 0.01, 0.02, 0.05];

/// Requests that a measurement sees on average.
const REQUESTS: [u32; 3] = [20, 50, 100];

/// Seconds of traffic that a measurement sees: 30 of delay, less half a scrape on average and the
/// first instants before the endpoint is known everywhere.
const SEEN_SECONDS: f64 = 27.0;

/// Beyond this, a sum is broken: once in 16 000 right ones.
const Z_LIMIT: f64 = 4.0;

const MANIFEST: &str = r#"
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web }
spec:
  replicas: 1
  strategy:
    blueGreen:
      activeService: web
      previewService: web-preview
      prePromotionAnalysis:
        templates: [{ templateName: success-rate }]
        args:
          - { name: hash, valueFrom: { podTemplateHashValue: Latest } }
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: example/web:1
          readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web-preview }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: success-rate }
spec:
  args: [{ name: hash }]
  metrics:
    - name: success-rate
      initialDelay: 30s
      successCondition: result[0] >= 0.99
      provider:
        prometheus:
          query: >-
            sum(http_requests_total{service="web-preview", rollouts_pod_template_hash="{{args.hash}}", status="200"}) /
            sum(http_requests_total{service="web-preview", rollouts_pod_template_hash="{{args.hash}}"})
    - name: requests
      initialDelay: 30s
      successCondition: result[0] >= 0
      provider:
        prometheus:
          query: sum(http_requests_total{service="web-preview", rollouts_pod_template_hash="{{args.hash}}"})
"#;

/// Each cell has a seed of its own: of one seed, the same requests would fail in every cell.
fn text(error_rate: f64, requests: u32) -> String {
    let seed = u64::from(requests) * 1000 + (error_rate * 1000.0).round() as u64;
    let (percent, per_second) = (100.0 * error_rate, f64::from(requests) / SEEN_SECONDS);
    format!(
        r#"
name = "a gate on so many requests"
horizon = "50s"
warm-up = "2s"
seed = {seed}
manifests = ["web.yaml"]
[release]
at = "2s"
to = {{ web = "example/web:2" }}
[telemetry]
scrape = "5s"
series = "start"
[traffic.testers]
arrivals.poisson = {{ rate = "{per_second}/s" }}
users = {{ count = 10 }}
entry = "Service/web-preview"
[image."example/web:1"]
start-up = "1s"
service-time = "5ms"
concurrency = 8
[image."example/web:2"]
like = "example/web:1"
error-rate = "{percent}%"
[[variant]]
name = "as is"
"#
    )
}

/// What the gate said, and on how many requests.
fn judged(simulation: &Simulation<'_>, job: &Job<'_>) -> (Judgement, u64) {
    let recording = simulation.watch(job).recording;
    let (mut gate, mut requests) = (None, None);
    for noted in &recording.noted {
        let Happening::Measured(run, metric, reading) = noted.what else {
            continue;
        };
        match recording.metric_name(run, metric) {
            "success-rate" => gate = Some(reading.judgement),
            _ => requests = reading.value.map(|value| value as u64),
        }
    }
    (
        gate.expect("it was measured"),
        requests.expect("it was measured"),
    )
}

/// Failed gates against their chances, over runs.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    runs: u32,
    failed: u32,
    expected: f64,
    variance: f64,
}

impl Sum {
    fn count(&mut self, failed: bool, chance: f64) {
        self.runs += 1;
        self.failed += u32::from(failed);
        self.expected += chance;
        self.variance += chance * (1.0 - chance);
    }
    fn z(self) -> f64 {
        (f64::from(self.failed) - self.expected) / self.variance.sqrt()
    }
}

#[test]
fn gates_of_simulated_rollouts_fail_as_often_as_the_binomial_says() {
    let long = std::env::var_os("ROLLCAST_LONG").is_some();
    let runs = if long { 2000 } else { 200 };
    let gate = SuccessGate {
        limit: "99%".parse().expect("it is a share"),
    };
    let (mut all, mut by_rate) = (Sum::default(), [Sum::default(); ERROR_RATES.len()]);
    let mut by_requests = [Sum::default(); REQUESTS.len()];
    for (row, error_rate) in ERROR_RATES.into_iter().enumerate() {
        for (column, requests) in REQUESTS.into_iter().enumerate() {
            let scenario = written(&text(error_rate, requests), MANIFEST).scenario;
            let simulation = Simulation::new(&scenario);
            for run in 0..runs {
                let (judgement, seen) = judged(&simulation, &job(&scenario, "as is", run));
                let chance = gate.chance_to_fail(seen, error_rate).expect("some came");
                let failed = judgement == Judgement::Failed;
                for sum in [&mut all, &mut by_rate[row], &mut by_requests[column]] {
                    sum.count(failed, chance);
                }
            }
        }
    }
    let rows = ERROR_RATES
        .map(|rate| format!("error rate {rate}"))
        .into_iter();
    let columns = REQUESTS
        .map(|count| format!("about {count} requests"))
        .into_iter();
    let named = rows.zip(by_rate).chain(columns.zip(by_requests));
    for (name, sum) in named.chain([("all".to_owned(), all)]) {
        let Sum {
            failed,
            runs,
            expected,
            ..
        } = sum;
        println!(
            "{name}: {failed} of {runs} failed, {expected:.1} expected, z {:.2}",
            sum.z()
        );
        assert!(sum.z().abs() <= Z_LIMIT, "{name}: {sum:?}");
    }
}

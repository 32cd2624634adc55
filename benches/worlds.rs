//! Speed of whole runs: the world with its controllers, kubelets and proxies, and every request
//! with full accounting.
//!
//! `cargo bench --bench worlds` prints how many M requests one core simulates a second on each
//! variant of `scenarios/guide/rolling.toml` that differs in kind; at least 4 are wanted. The first
//! is run once more with monitoring: every request is metered, every pod scraped each 15 s for the
//! guide's success rate and a latency histogram.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rollcast::ids::RunIndex;
use rollcast::laws::Law;
use rollcast::scenario::{Alert, OnCall, OnCallAction, Variant, load};
use rollcast::sim::{Job, Simulation};
use rollcast::units::SimDuration;

/// The guide's Deployment as is, with two versions side by side, with all its pods gone at once,
/// and with pods that turn unready and ready all the time.
const VARIANTS: [&str; 4] = [
    "as is",
    "Recreate",
    "surge 100 %",
    "the guide's demo health checks",
];

/// Somebody who is shown both and does nothing.
fn on_call() -> OnCall {
    let alert = |query: &str| Alert {
        name: query.to_owned(),
        query: query.to_owned(),
        hold: SimDuration::ZERO,
    };
    OnCall {
        alerts: vec![
            alert("sum by (status) (rate(http_requests_total[5m]))"),
            alert("histogram_quantile(0.99, istio_request_duration_milliseconds_bucket)"),
        ],
        notice: Law::Constant(60.0),
        act: Law::Constant(60.0),
        action: OnCallAction::Nothing,
    }
}

fn worlds(criterion: &mut Criterion) {
    let scenario = load(Path::new("scenarios/guide/rolling.toml"))
        .expect("it is shipped without errors")
        .scenario;
    let simulation = Simulation::new(&scenario);
    let mut group = criterion.benchmark_group("worlds");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let named = |name| {
        let found = scenario.variants.iter().find(|it| it.name == name);
        found.expect("the scenario has it").clone()
    };
    let mut variants: Vec<Variant> = VARIANTS.map(named).to_vec();
    let mut monitored = named(VARIANTS[0]);
    monitored.name += ", monitored";
    monitored.on_call = Some(on_call());
    variants.push(monitored);
    for variant in &variants {
        let job = |run| Job {
            variant,
            count_from: scenario.count_from(variant),
            run: RunIndex::new(run),
        };
        // The rate is the same in every run: the first one's number stands for all.
        let arrived = simulation.watch(&job(0)).balance.arrived;
        group.throughput(Throughput::Elements(arrived));
        let mut run = 0;
        group.bench_function(&variant.name, |bencher| {
            bencher.iter(|| {
                run += 1;
                black_box(simulation.run(&job(run)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, worlds);
criterion_main!(benches);

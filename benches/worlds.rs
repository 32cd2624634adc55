//! Speed of whole runs: the world with its controllers, kubelets and proxies, and every request
//! with full accounting.
//!
//! `cargo bench --bench worlds` prints how many M requests one core simulates a second on each
//! variant of `scenarios/guide/rolling.toml` that differs in kind; at least 4 are wanted.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rollcast::ids::RunIndex;
use rollcast::scenario::load;
use rollcast::sim::{Job, Simulation};

/// The guide's Deployment as is, with two versions side by side, with all its pods gone at once,
/// and with pods that turn unready and ready all the time.
const VARIANTS: [&str; 4] = [
    "as is",
    "Recreate",
    "surge 100 %",
    "the guide's demo health checks",
];

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
    for name in VARIANTS {
        let found = scenario
            .variants
            .iter()
            .find(|variant| variant.name == name);
        let variant = found.expect("the scenario has it");
        let job = |run| Job {
            variant,
            count_from: scenario.count_from(variant),
            run: RunIndex::new(run),
        };
        // The rate is the same in every run: the first one's number stands for all.
        let arrived = simulation.watch(&job(0)).balance.arrived;
        group.throughput(Throughput::Elements(arrived));
        let mut run = 0;
        group.bench_function(name, |bencher| {
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

//! Time of whole commands, on all cores, as a user waits for them: the built binary as a process.
//!
//! `cargo bench --bench commands` prints three times:
//! * `readme`: the README's first command with its report, seven variants × 100 runs and their
//!   twins; wanted below 30 s on 2 cores;
//! * `rollouts`: seven variants × 200 runs of 15 minutes at 200 requests a second, and their twins;
//!   wanted below 60 s;
//! * `start-up`: `rollcast --version` from its start to its end; wanted below 20 ms.
//!
//! The first two run once: they take seconds, and their limits leave room for noise.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};

fn rollcast(arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let status = status.expect("it was built with this bench");
    assert!(status.success(), "{arguments:?}: {status}");
}

/// One measurement, printed as criterion prints its own, with the limit beside it.
#[expect(clippy::print_stdout, reason = "the figure is what a bench is for")]
fn once(name: &str, limit_secs: u64, arguments: &[&str]) {
    let start = Instant::now();
    rollcast(arguments);
    let time = start.elapsed();
    println!("commands/{name:<14} time: {time:.2?}, wanted below {limit_secs} s");
    assert!(time < Duration::from_secs(limit_secs), "{name}: {time:?}");
}

fn commands(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("the machine has room for a report");
    let report = folder.path().to_str().expect("its name is text");
    let guide = ["compare", "scenarios/guide/rolling.toml"];
    once("readme", 30, &[&guide[..], &["--report", report]].concat());
    once("rollouts", 60, &[&guide[..], &["--runs", "200"]].concat());
    let mut group = criterion.benchmark_group("commands");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    group.bench_function("start-up", |bencher| {
        bencher.iter(|| rollcast(&["--version"]));
    });
    group.finish();
}

criterion_group!(benches, commands);
criterion_main!(benches);

//! What real proxies were seen to do, asked again of the carrier.
//!
//! Every file of `tests/oracles/envoy/` (or of the folder that `ROLLCAST_ENVOY` names) is a
//! recording of Envoy 1.40, HAProxy 2.6 or nginx 1.22. Each cell runs with the arrival rate and the
//! service times measured in its repetitions, in turn; what its experiment is about is compared.
//! `ROLLCAST_ENVOY_RUNS` is the number of runs a cell.
//!
//! Not checked: latencies (the machine was busy), response flags, what depends on how long a
//! connection takes to make.

// The table is what a reader of the test's output looks for.
#![allow(clippy::print_stdout)]

mod balancing;
mod failures;
mod judge;
mod recording;
mod restarts;
mod rig;
mod theory;

use rayon::prelude::*;

use judge::{Judged, Quantity, judge};
use recording::{Cell, Repetition};

/// What is measured of a run, recorded and simulated.
type Experiment = (
    fn(&Repetition) -> Vec<Quantity>,
    fn(&Repetition, u32) -> Vec<Quantity>,
);

fn experiment(name: &str) -> Experiment {
    use balancing::{mirror, panic_threshold, slow_backend, slow_start, weights};
    use failures::{breakers, outliers, retries};
    match name.split('_').next().unwrap() {
        "e1" => (slow_backend::recorded, slow_backend::simulated),
        "e2" => (weights::recorded, weights::simulated),
        "e3" => (breakers::recorded, breakers::simulated),
        "e4" => (retries::recorded, retries::simulated),
        "e5" => (outliers::recorded, outliers::simulated),
        "e6" => (restarts::recorded, restarts::simulated),
        "e7" => (panic_threshold::recorded, panic_threshold::simulated),
        "e8" if name == "e8_mirror" => (mirror::recorded, mirror::simulated),
        "e8" => (slow_start::recorded, slow_start::simulated),
        _ => panic!("unknown experiment {name}"),
    }
}

fn runs() -> u32 {
    let set = std::env::var("ROLLCAST_ENVOY_RUNS");
    set.map_or(24, |count| count.parse().expect("a number"))
}

/// Every cell has runs of its own.
fn check(number: u32, cell: &Cell) -> Vec<Judged> {
    let (recorded, simulated) = experiment(&cell.experiment);
    let theirs: Vec<_> = cell.repetitions.iter().map(recorded).collect();
    let first = number * 1_000_000;
    let in_turn = cell.repetitions.iter().cycle().zip(first..first + runs());
    let ours: Vec<_> = in_turn.map(|(run, index)| simulated(run, index)).collect();
    // A run may end before the last of what happens again and again.
    let common = theirs.iter().chain(&ours).map(Vec::len).min().unwrap();
    let column = |all: &[Vec<Quantity>], place: usize| -> Vec<Quantity> {
        all.iter().map(|run| run[place].clone()).collect()
    };
    let places = 0..common;
    let judged = places.map(|place| judge(&column(&theirs, place), &column(&ours, place)));
    judged.collect()
}

/// The parameters of a cell that tell it from others, on one line.
fn label(cell: &Cell) -> String {
    let text = cell.params.to_string();
    let plain = text.replace(['{', '}', '"'], "").replace(',', " ");
    format!("{} {plain}", cell.experiment)
}

#[test]
fn cells_come_out_as_recorded() {
    let cells = recording::cells();
    let judged: Vec<(String, Vec<Judged>)> = cells
        .par_iter()
        .zip(0..cells.len() as u32)
        .map(|(cell, number)| (label(cell), check(number, cell)))
        .collect();
    let (mut rows, mut beyond, mut worst) = (0, 0, 0f64);
    println!("  recorded  simulated      error      z");
    for (label, quantities) in &judged {
        for it in quantities {
            let mark = if it.z.abs() > 3.0 { " *" } else { "" };
            println!(
                "{:10.5} {:10.5} {:10.5} {:6.2}  {label}: {}{mark}",
                it.recorded, it.simulated, it.error, it.z, it.name
            );
            rows += 1;
            beyond += usize::from(it.z.abs() > 3.0);
            worst = worst.max(it.z.abs());
        }
    }
    println!(
        "{} cells, {rows} quantities, {beyond} beyond 3 standard errors, worst {worst:.2}",
        judged.len()
    );
    assert!(
        beyond * 20 <= rows,
        "{beyond} of {rows} beyond 3 standard errors"
    );
    assert!(worst <= 5.0, "{worst} standard errors");
}

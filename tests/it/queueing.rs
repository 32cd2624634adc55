//! One pod with c servers against queueing theory: rows M/M/c, M/M/c/K and M/G/1 with ρ ≤ 0.9 of
//! `tests/closed_form_reference.csv`, driven through the real carrier and ledger.
//!
//! Every row is judged: by z from 64 independent replications (|z| ≤ 4), and within 1 % (quantiles
//! 3 %) where the standard error is below 0.3 % of the value. Quantiles are tested by the share of
//! waits beyond the exact quantile, which has no bias, and their error from the density there.
//! Where theory says that the standard deviation exceeds a tenth of the value, replications are
//! far from normal: there the pooled count is held against its exact compound law (see `rare`).
//!
//! Short: about 0.5 M requests a cell. Long, 50 M requests a cell:
//! `ROLLCAST_QUEUEING_REQUESTS=50000000 cargo test --release --test it queueing -- --nocapture`

mod cells;
mod chain;
mod judge;
mod rare;
mod replication;

use std::collections::BTreeMap;

use rayon::prelude::*;

use cells::{Row, rows};
use judge::{Judged, judge};
use replication::{Seen, replicate};

const REPLICATIONS: u32 = 64;
/// Requests of a cell in the short run, all replications together.
const SHORT: u64 = 500_000;

fn judge_cell(rows: &[&Row], requests: u64) -> Vec<(String, Judged)> {
    let limit = |row: &&Row| match row.metric.as_str() {
        "Wq_quantile" => row.value,
        _ => 0.0,
    };
    let limits: Vec<f64> = rows.iter().map(limit).collect();
    let each = (requests / u64::from(REPLICATIONS)).max(1);
    let seen: Vec<Seen> = (0..REPLICATIONS)
        .map(|run| replicate(&rows[0].cell, run, each, &limits))
        .collect();
    let all = (each * u64::from(REPLICATIONS)) as f64;
    let judged = rows.iter().enumerate();
    judged
        .map(|(place, row)| (row.name.clone(), judge(row, &seen, all, place)))
        .collect()
}

fn line(name: &str, judged: Judged) -> String {
    let error = judged.error.map_or("exact law".to_owned(), |error| {
        format!("error {:>8.4} %", error * 100.0)
    });
    let mark = if judged.holds { "" } else { "  BEYOND" };
    format!("{name:<28} z {:>6.2}  {error}{mark}\n", judged.z)
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what the long run is for")]
fn one_pod_agrees_with_queueing_theory() {
    let wish = std::env::var("ROLLCAST_QUEUEING_REQUESTS").ok();
    let requests = wish.map_or(SHORT, |text| text.parse().expect("a number of requests"));
    let rows = rows();
    let mut cells: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        cells
            .entry(format!("{:?}", row.cell))
            .or_default()
            .push(row);
    }
    let cells: Vec<Vec<&Row>> = cells.into_values().collect();
    let judged: Vec<(String, Judged)> = cells
        .par_iter()
        .flat_map(|cell| judge_cell(cell, requests))
        .collect();
    let worst = judged.iter().map(|(_, it)| it.z.abs()).fold(0.0, f64::max);
    let exact = judged.iter().filter(|(_, it)| it.error.is_none()).count();
    let beyond = judged.iter().filter(|(_, it)| !it.holds);
    let beyond: Vec<String> = beyond.map(|(name, it)| line(name, *it)).collect();
    let table: String = judged.iter().map(|(name, it)| line(name, *it)).collect();
    println!(
        "{table}{} rows, {} cells, {requests} requests a cell: {} held ({exact} by an exact law), worst |z| {worst:.2}",
        judged.len(),
        cells.len(),
        judged.len() - beyond.len()
    );
    assert_eq!(judged.len(), rows.len(), "every row is judged");
    assert!(beyond.is_empty(), "{beyond:#?}");
}

//! One pod with c servers against queueing theory: rows M/M/c, M/M/c/K and M/G/1 with ρ ≤ 0.9 of
//! `tests/closed_form_reference.csv`, driven through the real carrier and ledger.
//!
//! Each row is judged by z from 64 independent replications (|z| ≤ 4), and within 1 % (quantiles
//! 3 %) where the standard error is below 0.3 % of the value. Quantiles are tested by the share of
//! waits beyond the exact quantile, which has no bias, and their error from the density there.
//! A row whose standard error exceeds a tenth of its value is an event too rare for the number of
//! requests: replications are then far from normal, and the row counts as not judged.
//!
//! Short: about 0.5 M requests a cell. Long, 50 M requests a cell:
//! `ROLLCAST_QUEUEING_REQUESTS=50000000 cargo test --release --test it queueing -- --nocapture`

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rollcast::engine::Key;
use rollcast::facts::{Ledger, LedgerSpec};
use rollcast::ids::{NodeId, PodId, RunIndex, ServiceId};
use rollcast::images::Memory;
use rollcast::laws::{Law, Unit};
use rollcast::traffic::{
    Activity, Arrivals, Carrier, CarrierSetup, Clients, Population, Retries, ServerSpec,
    TrafficSpec, Users, Version,
};
use rollcast::units::{Rate, Ratio, SimDuration, SimTime};

const REPLICATIONS: u32 = 64;
/// Requests of a cell in the short run, all replications together.
const SHORT: u64 = 500_000;

/// A queue: everything that decides its numbers. Mean service time 1 s.
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    servers: u32,
    queue: Option<u32>,
    load: f64,
    scv: f64,
}

#[derive(Debug)]
struct Row {
    cell: Cell,
    metric: String,
    quantile: f64,
    value: f64,
    name: String,
}

fn rows() -> Vec<Row> {
    let text = include_str!("../closed_form_reference.csv");
    text.lines().skip(1).filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let parts: Vec<&str> = line.split(',').collect();
    let number = |index: usize| parts[index].parse::<f64>().unwrap_or(0.0);
    let metric = parts[4];
    let (servers, queue, load, scv) = match parts[0] {
        "MMc" if metric == "erlangB" => (number(1), Some(0), number(2), 1.0),
        "MMc" => (number(1), None, number(2), 1.0),
        "MMcK" => (
            number(1),
            Some((number(2) - number(1)) as u32),
            number(3),
            1.0,
        ),
        "MG1" => (1.0, None, number(1), number(2)),
        _ => return None,
    };
    let cell = Cell {
        servers: servers as u32,
        queue,
        load,
        scv,
    };
    (load <= 0.9).then(|| Row {
        cell,
        metric: metric.to_owned(),
        quantile: number(3),
        value: number(5),
        name: parts[..5].join(","),
    })
}

fn law(scv: f64) -> Law {
    let text = match scv {
        0.0 => "1s".to_owned(),
        scv if scv < 1.0 => format!("erlang(k = {}, mean = 1s)", (1.0 / scv).round()),
        1.0 => "exponential(mean = 1s)".to_owned(),
        scv => format!("hyperexponential(mean = 1s, scv = {scv})"),
    };
    Law::parse(&text, Unit::Seconds).expect("a law of the parser's own list")
}

/// What one replication saw: the means of each quantity.
struct Seen {
    loss: f64,
    waiting_share: f64,
    wait: f64,
    sojourn: f64,
    length: f64,
    throughput: f64,
    beyond: Vec<f64>,
}

fn traffic(rate: f64) -> TrafficSpec {
    TrafficSpec {
        name: "load".to_owned(),
        arrivals: Arrivals::Poisson {
            rate: Rate::per_second(rate).unwrap(),
        },
        users: Users {
            count: 1,
            activity: Activity::Uniform,
        },
        clients: Clients::NewConnection,
        timeout: SimDuration::from_secs(1_000_000),
        retries: Retries::default(),
    }
}

fn server(cell: &Cell) -> ServerSpec {
    ServerSpec {
        service_time: law(cell.scv),
        warm_up: None,
        concurrency: cell.servers,
        queue: cell.queue,
        cpu_share: Ratio::ZERO,
        cpu_limit: None,
        memory: Memory::default(),
        memory_limit: None,
        error_rate: Ratio::ZERO,
        users: Ratio::ONE,
        crash_per_request: Ratio::ZERO,
        version: Version::Sound,
        started_at: SimTime::ZERO,
    }
}

/// Settling time from empty: the slowest mode of M/M/c decays at c (1 - sqrt ρ)^2; service times
/// of scv above 1 settle slower by (1 + scv) / 2. Twelve time constants leave 6e-6 of the bias.
fn settling_secs(cell: &Cell) -> f64 {
    let gap = 1.0 - cell.load.sqrt();
    (12.0 * (1.0 + cell.scv).max(2.0) / 2.0 / (gap * gap * f64::from(cell.servers))).max(20.0)
}

fn replicate(cell: &Cell, run: u32, requests: u64, beyond: &[f64]) -> Seen {
    let rate = cell.load * f64::from(cell.servers);
    let settled = SimTime::ZERO + SimDuration::from_secs_f64(settling_secs(cell));
    let length = requests as f64 / rate;
    let horizon = settled + SimDuration::from_secs_f64(length);
    let source = traffic(rate);
    let mut carrier = Carrier::new(&CarrierSetup {
        key: Key::of_run(20, RunIndex::new(run)),
        populations: &[Arc::new(Population::new(&source.users))],
        sources: &[source],
        entries: &[ServiceId::new(0)],
        nodes: 1,
    });
    let mut ledger = Ledger::new(LedgerSpec::new(settled, horizon, vec![1]));
    let pod = PodId::new(0);
    carrier.start_server(SimTime::ZERO, pod, &server(cell));
    carrier.set_endpoints(SimTime::ZERO, NodeId::new(0), ServiceId::new(0), &[pod]);
    assert_eq!(carrier.advance(settled, &mut ledger), None);
    carrier.log_waits();
    assert_eq!(carrier.advance(horizon, &mut ledger), None);
    let waits = carrier.waits().expect("they are logged");
    let (queued, unqueued) = (waits.queued(), waits.unqueued());
    let accepted = (queued.len() + unqueued) as f64;
    let waited = queued.mean().map_or(0.0, SimDuration::as_secs_f64) * queued.len() as f64;
    let lost = ledger.failed() as f64;
    Seen {
        loss: lost / (lost + accepted),
        waiting_share: queued.len() as f64 / accepted,
        wait: waited / accepted,
        sojourn: ledger
            .latencies()
            .mean()
            .map_or(0.0, SimDuration::as_secs_f64),
        length: waited / length,
        throughput: accepted / length,
        beyond: beyond
            .iter()
            .map(|limit| {
                queued.share_above(SimDuration::from_secs_f64(*limit)) * queued.len() as f64
                    / accepted
            })
            .collect(),
    }
}

/// Mean over replications and its standard error.
fn estimate(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

enum Judged {
    Held { z: f64, error: f64 },
    Broken(String),
    TooRare,
}

/// Judges one row: the expected value of what is measured, and how large a relative error of the
/// row's quantity one of the measure means.
fn judge(row: &Row, seen: &[Seen], place: usize) -> Judged {
    let pick = |part: &dyn Fn(&Seen) -> f64| seen.iter().map(part).collect::<Vec<_>>();
    let (values, expected, gain, limit) = match row.metric.as_str() {
        "erlangB" | "loss" => (pick(&|s| s.loss), row.value, 1.0, 0.01),
        "erlangC" => (pick(&|s| s.waiting_share), row.value, 1.0, 0.01),
        "Wq" => (pick(&|s| s.wait), row.value, 1.0, 0.01),
        "W" => (pick(&|s| s.sojourn), row.value, 1.0, 0.01),
        "Lq" => (pick(&|s| s.length), row.value, 1.0, 0.01),
        "throughput" => (pick(&|s| s.throughput), row.value, 1.0, 0.01),
        "Wq_quantile" if row.value > 0.0 => {
            // The tail is exponential with rate c (1 - ρ): dx / x = dp / p / (rate x).
            let rate = f64::from(row.cell.servers) * (1.0 - row.cell.load);
            (
                pick(&|s| s.beyond[place]),
                1.0 - row.quantile,
                1.0 / (rate * row.value),
                0.03,
            )
        }
        "Wq_quantile" => {
            // The quantile is zero: at most this share waits at all.
            let (share, error) = estimate(&pick(&|s| s.waiting_share));
            let excess = share - (1.0 - row.quantile);
            return match excess <= 4.0 * error.max(1e-12) {
                true => Judged::Held { z: 0.0, error: 0.0 },
                false => Judged::Broken(format!("{}: {share} wait", row.name)),
            };
        }
        other => panic!("unknown metric {other}"),
    };
    let (mean, deviation) = estimate(&values);
    if expected == 0.0 {
        return match mean == 0.0 {
            true => Judged::Held { z: 0.0, error: 0.0 },
            false => Judged::Broken(format!("{}: {mean}, expected none", row.name)),
        };
    }
    if deviation > 0.1 * expected || deviation == 0.0 {
        return Judged::TooRare;
    }
    let (z, error) = (
        (mean - expected) / deviation,
        (mean / expected - 1.0) * gain,
    );
    let precise = deviation / expected * gain < 0.003;
    if z.abs() > 4.0 || (precise && error.abs() > limit) {
        return Judged::Broken(format!("{}: {mean} for {expected}, z {z:.2}", row.name));
    }
    Judged::Held { z, error }
}

fn judge_cell(rows: &[&Row], requests: u64) -> Vec<(String, Judged)> {
    let limits: Vec<f64> = rows
        .iter()
        .map(|row| {
            if row.metric == "Wq_quantile" {
                row.value
            } else {
                0.0
            }
        })
        .collect();
    let each = (requests / u64::from(REPLICATIONS)).max(1);
    let seen: Vec<Seen> = (0..REPLICATIONS)
        .map(|run| replicate(&rows[0].cell, run, each, &limits))
        .collect();
    let judged = rows.iter().enumerate();
    judged
        .map(|(place, row)| (row.name.clone(), judge(row, &seen, place)))
        .collect()
}

#[test]
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
    let judged: Vec<_> = cells
        .par_iter()
        .flat_map(|cell| judge_cell(cell, requests))
        .collect();
    let (mut held, mut rare, mut worst, mut broken) = (0, 0, 0.0f64, Vec::new());
    let mut table = String::new();
    for (name, verdict) in &judged {
        match verdict {
            Judged::Held { z, error } => {
                held += 1;
                worst = worst.max(z.abs());
                table += &format!("{name:<28} z {z:>6.2}  error {:>8.4} %\n", error * 100.0);
            }
            Judged::TooRare => rare += 1,
            Judged::Broken(why) => broken.push(why.clone()),
        }
    }
    println!(
        "{table}{} rows, {} cells, {requests} requests a cell: {held} held, {rare} too rare to judge, worst |z| {worst:.2}",
        judged.len(),
        cells.len()
    );
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(rare * 4 < judged.len(), "most rows are judged");
}

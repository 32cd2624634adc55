//! One replication of a cell: the real carrier and ledger, from an empty queue past its settling.

use std::sync::Arc;

use rollcast::engine::Key;
use rollcast::facts::{Ledger, LedgerSpec};
use rollcast::ids::{NodeId, PodId, RunIndex, ServiceId};
use rollcast::images::Memory;
use rollcast::traffic::{
    Activity, Arrivals, Carrier, CarrierSetup, Clients, Population, Retries, ServerSpec,
    TrafficSpec, Users, Version,
};
use rollcast::units::{Rate, Ratio, SimDuration, SimTime};

use super::cells::{Cell, law};

/// What one replication saw: the means of each quantity.
pub(super) struct Seen {
    pub(super) loss: f64,
    pub(super) waiting_share: f64,
    pub(super) wait: f64,
    pub(super) sojourn: f64,
    pub(super) length: f64,
    pub(super) throughput: f64,
    /// Share of waits beyond each limit asked about.
    pub(super) beyond: Vec<f64>,
    /// Requests refused, and requests served or to be served.
    pub(super) lost: f64,
    pub(super) accepted: f64,
}

fn traffic(rate: f64) -> TrafficSpec {
    TrafficSpec {
        heads: Vec::new(),
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

pub(super) fn replicate(cell: &Cell, run: u32, requests: u64, beyond: &[f64]) -> Seen {
    let rate = cell.load * f64::from(cell.servers);
    let settled = SimTime::ZERO + SimDuration::from_secs_f64(settling_secs(cell));
    let length = requests as f64 / rate;
    let horizon = settled + SimDuration::from_secs_f64(length);
    let source = traffic(rate);
    let mut carrier = Carrier::new(&CarrierSetup {
        fleets: &[],
        proxied: &[],
        key: Key::of_run(20, RunIndex::new(run)),
        populations: &[Arc::new(Population::new(&source.users))],
        sources: &[source],
        entries: &[ServiceId::new(0)],
        nodes: 1,
        metering: None,
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
        lost,
        accepted,
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

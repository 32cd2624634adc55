//! Retry storms: work whose client has given up is still done, so retries keep an overload alive.

use std::sync::Arc;

use rollcast::engine::Key;
use rollcast::facts::{Ledger, LedgerSpec};
use rollcast::ids::{NodeId, PodId, RunIndex, ServiceId};
use rollcast::images::Memory;
use rollcast::laws::Law;
use rollcast::traffic::{
    Activity, Arrivals, Carrier, CarrierSetup, Clients, Population, Retries, ServerSpec,
    TrafficSpec, Users, Version,
};
use rollcast::units::{Rate, Ratio, SimDuration, SimTime};

const SERVICE: ServiceId = ServiceId::new(0);
/// Ten at once, a tenth of a second each [1/s].
const CAPACITY: f64 = 100.0;
const TRIGGER_UNTIL: SimDuration = SimDuration::from_secs(5);
const HORIZON: SimTime = SimTime::from_secs(1500);
const LAST: SimTime = SimTime::from_secs(1400);

/// Twice the capacity for five seconds, then `rate` [1/s], to clients that wait a second and try
/// again at once, so often. Returns the share of the last 100 s' requests that failed.
fn failed_at_last(rate: f64, retries: u32) -> f64 {
    let per_second = |rate: f64| Rate::per_second(rate).expect("a rate");
    let source = TrafficSpec {
        heads: Vec::new(),
        name: "load".to_owned(),
        arrivals: Arrivals::Piecewise {
            points: vec![
                (SimDuration::ZERO, per_second(2.0 * CAPACITY)),
                (TRIGGER_UNTIL, per_second(rate)),
            ],
            period: None,
            step: true,
        },
        users: Users {
            count: 100,
            activity: Activity::Uniform,
        },
        clients: Clients::NewConnection,
        timeout: SimDuration::SECOND,
        retries: Retries {
            attempts: retries,
            backoff: SimDuration::ZERO,
            ..Retries::default()
        },
    };
    let mut carrier = Carrier::new(&CarrierSetup {
        fleets: &[],
        proxied: &[],
        key: Key::of_run(1, RunIndex::new(0)),
        sources: std::slice::from_ref(&source),
        populations: &[Arc::new(Population::new(&source.users))],
        entries: &[SERVICE],
        nodes: 1,
        metering: None,
    });
    let pod = PodId::new(0);
    carrier.start_server(
        SimTime::ZERO,
        pod,
        &ServerSpec {
            service_time: Law::Constant(0.1),
            warm_up: None,
            concurrency: 10,
            queue: None,
            cpu_share: Ratio::ZERO,
            cpu_limit: None,
            memory: Memory::default(),
            memory_limit: None,
            error_rate: Ratio::ZERO,
            users: Ratio::ONE,
            crash_per_request: Ratio::ZERO,
            version: Version::Sound,
            started_at: SimTime::ZERO,
        },
    );
    carrier.set_endpoints(SimTime::ZERO, NodeId::new(0), SERVICE, &[pod]);
    let mut ledger = Ledger::new(LedgerSpec::new(LAST, HORIZON, vec![100]));
    assert_eq!(carrier.advance(HORIZON, &mut ledger), None);
    carrier.finish(HORIZON, &mut ledger);
    ledger.failed() as f64 / (ledger.good() + ledger.failed()) as f64
}

/// With R immediate retries every request of an overloaded server is worked on R + 1 times: it recovers
/// by itself only below capacity / (R + 1), which is 50, 33 and 25 % for R = 1, 2 and 3 (OSDI 2022,
/// "Metastable Failures in the Wild", the hidden capacity).
#[test]
fn a_storm_dies_below_the_hidden_capacity_and_lives_above_it() {
    for retries in [1, 2, 3] {
        let hidden = CAPACITY / f64::from(retries + 1);
        assert_eq!(failed_at_last(0.9 * hidden, retries), 0.0, "{retries}");
        assert_eq!(failed_at_last(1.1 * hidden, retries), 1.0, "{retries}");
        // The same load clears the queue where nobody retries.
        assert_eq!(failed_at_last(1.1 * hidden, 0), 0.0, "{retries}");
    }
}

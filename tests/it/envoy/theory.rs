//! Closed forms of what the recordings show, with more requests than anybody recorded.

use rollcast::laws::Law;
use rollcast::routing::envoy::balancing::{Policy, SlowStart};
use rollcast::routing::envoy::breakers::BreakerLimits;
use rollcast::traffic::mesh::RouteSpec;
use rollcast::units::SimDuration;

use super::rig::{Deed, Plan, Rig, backend, upstream};

/// Loss of M/M/c with this many places to wait, offered `load` Erlangs, by the birth-death balance.
fn loss(servers: u32, places: u32, load: f64) -> f64 {
    let (mut term, mut total) = (1.0, 1.0);
    for busy in 1..=servers + places {
        term *= load / f64::from(busy.min(servers));
        total += term;
    }
    term / total
}

/// The share of 100,000 requests that overflow; services of 100 ms on average.
fn overflow(limits: BreakerLimits, load: f64) -> f64 {
    let mut plan = Plan {
        upstreams: vec![upstream(Policy::RoundRobin(None))],
        route: RouteSpec::to(0),
        rate: load * 10.0,
        duration: 10_000.0 / load,
        warm_up: 10.0,
        deeds: vec![
            (
                0.0,
                Deed::Serve(0, backend(Law::Exponential { mean: 0.1 }, 0.0)),
            ),
            (0.0, Deed::Hosts(0, vec![0])),
        ],
    };
    plan.upstreams[0].limits = limits;
    let mut rig = Rig::new(plan, 0);
    rig.finish();
    rig.ledger.failed() as f64 / rig.ledger.total() as f64
}

/// A breaker in front of one host is M/M/10 with as many places to wait as requests may be pending,
/// and none (Erlang B) where requests are limited.
#[test]
fn overflow_is_the_loss_of_theory() {
    // The formula itself, by published values of Erlang B.
    for (load, published) in [(5.0, 0.018385), (8.0, 0.121661), (10.0, 0.214582)] {
        assert!((loss(10, 0, load) - published).abs() < 1e-6);
    }
    for load in [5.0, 8.0, 10.0, 20.0] {
        let by_requests = BreakerLimits {
            requests: 10,
            ..BreakerLimits::ISTIO
        };
        let waits = |pending: u32| BreakerLimits {
            connections: 10,
            pending,
            ..BreakerLimits::ISTIO
        };
        for (limits, places) in [(by_requests, 0), (waits(1), 1), (waits(10), 10)] {
            let expected = loss(10, places, load);
            let got = overflow(limits, load);
            // Losses cluster: the variance is up to twenty times the binomial one with ten places
            // to wait; four such standard errors.
            let error = 4.0 * (20.0 * expected * (1.0 - expected) / 100_000.0).sqrt();
            assert!(
                (got - expected).abs() < error,
                "{load} {places}: {got} {expected}"
            );
        }
    }
}

#[test]
fn a_new_host_gets_its_share_of_a_rotation() {
    // f / (4 + f) with f = max(0.1, age / 15 s), in the middle of each second. Of the tolerance
    // 0.003 are the curve within a second, and a share of 250 requests is known to 0.004.
    let ramp = SlowStart::over(SimDuration::from_secs(15));
    let serve = |pod| (0.0, Deed::Serve(pod, backend(Law::Constant(0.021), 0.0)));
    let mut deeds: Vec<(f64, Deed)> = (0..5).map(serve).collect();
    deeds.push((0.0, Deed::Hosts(0, vec![0, 1, 2, 3])));
    deeds.push((20.0, Deed::Hosts(0, vec![0, 1, 2, 3, 4])));
    let mut rig = Rig::new(
        Plan {
            upstreams: vec![upstream(Policy::RoundRobin(Some(ramp)))],
            route: RouteSpec::to(0),
            rate: 250.0,
            duration: 40.0,
            warm_up: 0.0,
            deeds,
        },
        0,
    );
    let mut before = (0.0, 0.0);
    for second in 0..=16 {
        let now = 20.0 + f64::from(second);
        rig.run(now);
        let after = (rig.received(now, 4), rig.carrier.arrived() as f64);
        let got = (after.0 - before.0) / (after.1 - before.1);
        let factor = ((f64::from(second) - 0.5) / 15.0).clamp(0.1, 1.0);
        let expected = if second == 0 {
            0.0
        } else {
            factor / (4.0 + factor)
        };
        assert!((got - expected).abs() < 0.007, "{second}: {got} {expected}");
        before = after;
    }
}

//! Envoy's decisions put together in front of simple hosts, against recordings of Envoy 1.40 and
//! closed forms. Recorded numbers are pooled over three repetitions unless said otherwise.

mod breakers;
mod outliers;
mod proxy;
mod shares;

use std::net::{Ipv4Addr, SocketAddrV4};

use rollcast::engine::{Key, Purpose};
use rollcast::ids::RunIndex;
use rollcast::routing::envoy::attempt::AttemptEnd;
use rollcast::routing::envoy::balancing::{Cluster, ClusterSettings, Host, Policy, Request, View};
use rollcast::routing::envoy::breakers::{BreakerLimits, Breakers};
use rollcast::routing::envoy::retries::{
    HostSelection, RetryDecision, RetryOn, RetryPolicy, RetryState,
};
use rollcast::units::SimTime;

/// Hosts 10.0.0.1 and on.
fn hosts(count: u8) -> Vec<Host> {
    let address = |last: u8| SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, last), 80);
    (1..=count).map(|last| Host::new(address(last))).collect()
}

/// Share of failed requests and attempts per request with host 0 of six always failing.
fn one_of_six_fails(retries: u32, host_selection: HostSelection) -> (f64, f64) {
    const REQUESTS: u64 = 60_000;
    let hosts = hosts(6);
    let view = View {
        hosts: &hosts,
        now: SimTime::ZERO,
    };
    let policy = RetryPolicy {
        retries,
        on: RetryOn::SERVER_ERROR,
        host_selection,
        ..RetryPolicy::none()
    };
    let mut cluster = Cluster::new(ClusterSettings::of(Policy::Random), 0);
    cluster.refresh(view);
    let mut breakers = Breakers::new(BreakerLimits::ISTIO);
    let luck = Key::of_run(4, RunIndex::new(0)).purpose(Purpose::Attempt);
    let (mut failed, mut attempts) = (0u32, 0u32);
    for request in 0..REQUESTS {
        let (mut state, mut tried) = (RetryState::new(), Vec::new());
        loop {
            let wanted = Request {
                tried: &tried,
                reselections: policy.reselections(),
                ..Request::default()
            };
            let mut draw = luck.entity(request).at(tried.len() as u64);
            let host = cluster.pick(view, &wanted, &mut draw).expect("healthy");
            tried.push(host);
            attempts += 1;
            let end = AttemptEnd::Answer(if host == 0 { 500 } else { 200 });
            match state.decide(&policy, end, &mut breakers) {
                RetryDecision::Retry(_) => {}
                RetryDecision::Done => break,
                decision => {
                    assert_eq!(decision, RetryDecision::LimitExceeded);
                    failed += 1;
                    break;
                }
            }
        }
    }
    let share = |count: u32| f64::from(count) / REQUESTS as f64;
    (share(failed), share(attempts))
}

#[test]
fn retries_past_a_dead_host_fail_as_often_as_they_hit_it_again() {
    // By chance: (1/6)^(n + 1); recorded 0.1687, 0.0297, 0.0064. Five standard errors of a share p:
    // 5 sqrt(p (1 - p) / 60000).
    for retries in 0..3u32 {
        let expected = (1.0f64 / 6.0).powi(retries.cast_signed() + 1);
        let (failed, attempts) = one_of_six_fails(retries, HostSelection::Any);
        let error = 5.0 * (expected * (1.0 - expected) / 60_000.0).sqrt();
        assert!((failed - expected).abs() < error, "{retries}: {failed}");
        // Attempts per request: the sum of (1/6)^k to n.
        let work = (1.0 - expected) / (1.0 - 1.0 / 6.0);
        assert!((attempts - work).abs() < 0.01, "{retries}: {attempts}");
    }
    // Away from hosts tried before: recorded none of 11,987 failed, 1.167 attempts per request. It
    // takes six picks of the same host in a row, once in 6^6 retries, to hit it again, and both
    // retries have to.
    let away = HostSelection::AvoidTried { reselections: 5 };
    let (failed, attempts) = one_of_six_fails(2, away);
    assert_eq!(failed, 0.0);
    assert!((attempts - (1.0 + 1.0 / 6.0)).abs() < 0.01, "{attempts}");
}

//! Who gets how much, as recorded: a new host in slow start, and a slow one among fast ones.

use rollcast::engine::{Key, Purpose};
use rollcast::ids::RunIndex;
use rollcast::routing::envoy::balancing::{
    ClusterSettings, LeastRequestSettings, Policy, Replacement, Sampling, SlowStart,
};
use rollcast::units::{SimDuration, SimTime};

use super::hosts;
use super::proxy::{Proxy, gap};

/// Seconds of a recording.
const SECONDS: usize = 16;

/// Requests of the new host and of all, by second since it was added: four old hosts and a new one,
/// 250 requests a second, service 21 ms, window 15 s.
fn ramp(policy: Policy, runs: u32) -> [[u32; 2]; SECONDS] {
    let mut counts = [[0; 2]; SECONDS];
    let added = SimTime::from_secs(100);
    for run in 0..runs {
        let luck = Key::of_run(8, RunIndex::new(run)).purpose(Purpose::Request);
        let mut hosts = hosts(5);
        hosts[4].healthy_since = added;
        let start = luck.at(0).bits();
        let mut proxy = Proxy::new(hosts, ClusterSettings::of(policy), start);
        proxy.refresh(added);
        let mut now = added;
        for request in 1.. {
            let mut draw = luck.at(request);
            now += gap(250.0, &mut draw);
            let second = usize::try_from((now - added).as_secs()).expect("few");
            let Some(count) = counts.get_mut(second) else {
                break;
            };
            while proxy.next_landing().is_some_and(|at| at <= now) {
                proxy.land();
            }
            let host = proxy.send(now, |_| SimDuration::from_millis(21), &mut draw);
            count[0] += u32::from(host == 4);
            count[1] += 1;
        }
    }
    counts
}

/// Four standard errors between a recorded share and one of `counts`, as if both were binomial.
fn check(policy: Policy, recorded: [[u32; 2]; SECONDS]) {
    let counts = ramp(policy, 20);
    let share = |[part, all]: [u32; 2]| f64::from(part) / f64::from(all);
    for (second, (got, recorded)) in counts.into_iter().zip(recorded).enumerate() {
        let (mine, theirs) = (share(got), share(recorded));
        let rounds = 1.0 / f64::from(got[1]) + 1.0 / f64::from(recorded[1]);
        let error = 4.0 * (theirs * (1.0 - theirs) * rounds).sqrt();
        assert!(
            (mine - theirs).abs() < error,
            "{second}: {mine} {theirs} ± {error}"
        );
    }
}

#[test]
fn a_new_host_gets_its_share_of_a_rotation() {
    let window = SlowStart::over(SimDuration::from_secs(15));
    let policy = Policy::RoundRobin(Some(window));
    // f / (4 + f) with f = max(0.1, age / 15 s), in the middle of each second; within 0.005, as the
    // recording is, of which 0.003 are the curve within a second.
    for (second, [part, all]) in ramp(policy, 20).into_iter().enumerate().take(15) {
        let factor = ((second as f64 + 0.5) / 15.0).max(0.1);
        let share = f64::from(part) / f64::from(all);
        assert!(
            (share - factor / (4.0 + factor)).abs() < 0.005,
            "{second}: {share}"
        );
    }
    let recorded = [
        [17, 740],
        [21, 766],
        [28, 723],
        [41, 748],
        [52, 753],
        [61, 730],
        [72, 748],
        [83, 733],
        [84, 688],
        [100, 728],
        [107, 728],
        [125, 763],
        [122, 714],
        [141, 763],
        [140, 724],
        [155, 777],
    ];
    check(policy, recorded);
}

#[test]
fn a_new_host_ramps_faster_where_its_idleness_counts() {
    let settings = LeastRequestSettings {
        slow_start: Some(SlowStart {
            aggression: 2.0,
            ..SlowStart::over(SimDuration::from_secs(15))
        }),
        ..LeastRequestSettings::default()
    };
    let recorded = [
        [55, 757],
        [78, 728],
        [92, 753],
        [103, 762],
        [107, 740],
        [118, 771],
        [122, 760],
        [119, 720],
        [129, 731],
        [139, 780],
        [120, 687],
        [136, 729],
        [133, 711],
        [140, 726],
        [145, 723],
        [148, 740],
    ];
    check(Policy::LeastRequest(settings), recorded);
}

/// The share of a host that takes 200 ms among five that take 40 ms, at 300 requests a second.
fn share_of_the_slow(policy: Policy) -> f64 {
    const REQUESTS: u64 = 60_000;
    let luck = Key::of_run(1, RunIndex::new(0)).purpose(Purpose::Request);
    let mut proxy = Proxy::new(hosts(6), ClusterSettings::of(policy), 0);
    let mut now = SimTime::ZERO;
    proxy.refresh(now);
    let mut slow = 0u32;
    for request in 0..REQUESTS {
        let mut draw = luck.at(request);
        now += gap(300.0, &mut draw);
        while proxy.next_landing().is_some_and(|at| at <= now) {
            proxy.land();
        }
        let service = |host: u32| SimDuration::from_millis(if host == 0 { 200 } else { 40 });
        slow += u32::from(proxy.send(now, service, &mut draw) == 0);
    }
    f64::from(slow) / REQUESTS as f64
}

#[test]
fn a_slow_host_gets_less_only_where_requests_in_flight_count() {
    let least = |choices: u32| {
        Policy::LeastRequest(LeastRequestSettings {
            sampling: Sampling::Choices(choices, Replacement::With),
            ..LeastRequestSettings::default()
        })
    };
    // Recorded: round robin 1/6 exactly, random 0.167, two choices 0.067 of 21,000 requests, so
    // its standard error is 0.0017; ours is 0.001: four of them together.
    assert!((share_of_the_slow(Policy::RoundRobin(None)) - 1.0 / 6.0).abs() < 1e-4);
    assert!((share_of_the_slow(Policy::Random) - 1.0 / 6.0).abs() < 0.008);
    let two = share_of_the_slow(least(2));
    assert!((two - 0.067).abs() < 0.008, "{two}");
    let four = share_of_the_slow(least(4));
    assert!(four < two, "{four} {two}");
}

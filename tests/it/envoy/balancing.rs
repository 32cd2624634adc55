//! Shares of hosts: e1 policies, e2 weights, e7 panic, e8 slow start and mirrors.

use rollcast::laws::Law;
use rollcast::routing::envoy::balancing::{
    LeastRequestSettings, Policy, Replacement, Sampling, SlowStart,
};
use rollcast::routing::envoy::health_check::HealthCheckSettings;
use rollcast::traffic::mesh::{RouteSpec, Target};
use rollcast::units::{Ratio, SimDuration};

use super::judge::Quantity;
use super::recording::Repetition;
use super::rig::{Deed, Plan, Rig, backend, share, upstream};

fn policy(name: &str, slow_start: Option<SlowStart>) -> Policy {
    let least = |choices| {
        Policy::LeastRequest(LeastRequestSettings {
            sampling: Sampling::Choices(choices, Replacement::With),
            slow_start,
            ..LeastRequestSettings::default()
        })
    };
    match name {
        "ROUND_ROBIN" => Policy::RoundRobin(slow_start),
        "RANDOM" => Policy::Random,
        "LEAST_REQUEST" => least(2),
        "LEAST_REQUEST_choice4" => least(4),
        other => panic!("unknown policy {other}"),
    }
}

/// One upstream; its backends are there from the start.
pub(super) fn plan(run: &Repetition, policy: Policy, backends: Vec<(Law, f64)>) -> Plan {
    let count = backends.len() as u32;
    let served = (0..).zip(backends);
    let served = served.map(|(pod, (law, fails))| (0.0, Deed::Serve(pod, backend(law, fails))));
    let mut deeds: Vec<(f64, Deed)> = served.collect();
    deeds.push((0.0, Deed::Hosts(0, (0..count).collect())));
    Plan {
        upstreams: vec![upstream(policy)],
        route: RouteSpec::to(0),
        rate: run.rate(),
        duration: run.duration,
        warm_up: run.warm_up,
        deeds,
    }
}

fn ok_by(run: &Repetition, backend: &str) -> f64 {
    run.result["ok_by_backend"][backend].as_f64().unwrap_or(0.0)
}

fn received(run: &Repetition, backend: usize) -> f64 {
    run.backends()[backend]["recv"].as_f64().unwrap()
}

/// The slow backend's share.
pub(super) mod slow_backend {
    use super::*;

    pub(in super::super) fn recorded(run: &Repetition) -> Vec<Quantity> {
        let slow = ok_by(run, run.text("slow_backend"));
        vec![Quantity::share("share", slow, run.requests())]
    }

    pub(in super::super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
        let exponential = run.text("service") == "exp";
        let law = |backend| match exponential {
            true => Law::Exponential {
                mean: run.service(backend),
            },
            false => Law::Constant(run.service(backend)),
        };
        let count = run.number("backends") as usize;
        let backends = (0..count).map(|backend| (law(backend), 0.0)).collect();
        let mut plan = plan(run, policy(run.text("lb"), None), backends);
        if let Some(concurrency) = run.params["conc_per_backend"].as_u64() {
            for (_, deed) in &mut plan.deeds {
                if let Deed::Serve(_, spec) = deed {
                    spec.concurrency = concurrency as u32;
                }
            }
        }
        let (from, to) = (plan.warm_up, plan.duration);
        let mut rig = Rig::new(plan, index);
        let all = |rig: &mut Rig, now: f64| -> Vec<f64> {
            rig.run(now);
            (0..count as u32)
                .map(|pod| rig.received(now, pod))
                .collect()
        };
        let (before, after) = (all(&mut rig, from), all(&mut rig, to));
        let got: Vec<f64> = after.iter().zip(&before).map(|(a, b)| a - b).collect();
        vec![Quantity::share("share", got[0], got.iter().sum())]
    }
}

/// The last cluster's share.
pub(super) mod weights {
    use super::*;

    pub(in super::super) fn recorded(run: &Repetition) -> Vec<Quantity> {
        let last = run.backends().last().unwrap()["name"].as_str().unwrap();
        vec![Quantity::share("share", ok_by(run, last), run.requests())]
    }

    pub(in super::super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
        let weights = run.params["weights"].as_array().unwrap().iter();
        let weights: Vec<u32> = weights.map(|it| it.as_u64().unwrap() as u32).collect();
        let law = |backend| (Law::Constant(run.service(backend)), 0.0);
        let mut plan = plan(
            run,
            Policy::RoundRobin(None),
            (0..weights.len()).map(law).collect(),
        );
        plan.deeds
            .retain(|(_, deed)| !matches!(deed, Deed::Hosts(..)));
        plan.upstreams = vec![upstream(Policy::RoundRobin(None)); weights.len()];
        let one = |pod: u32| (0.0, Deed::Hosts(pod as usize, vec![pod]));
        plan.deeds.extend((0..weights.len() as u32).map(one));
        let to = (0..).map(Target::Upstream).zip(weights.iter().copied());
        plan.route = RouteSpec::split(&to.collect::<Vec<_>>());
        let end = plan.duration;
        let mut rig = Rig::new(plan, index);
        rig.run(end);
        let last = rig.received(end, weights.len() as u32 - 1);
        vec![Quantity::share("share", last, rig.carrier.arrived() as f64)]
    }
}

/// What the first backend and the unhealthy ones get, and what fails.
pub(super) mod panic_threshold {
    use super::*;

    fn quantities(got: &[f64], unhealthy: usize, (failed, all): (f64, f64)) -> Vec<Quantity> {
        vec![
            Quantity::share("share of b0", got[0], all),
            Quantity::share("share of b5", got[5], all),
            Quantity::share("share of unhealthy", got[..unhealthy].iter().sum(), all),
            Quantity::share("failed", failed, all),
        ]
    }

    pub(in super::super) fn recorded(run: &Repetition) -> Vec<Quantity> {
        let got: Vec<f64> = (0..6).map(|backend| received(run, backend)).collect();
        let unhealthy = run.number("unhealthy") as usize;
        quantities(&got, unhealthy, (run.failed(), run.requests()))
    }

    pub(in super::super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
        let unhealthy = run.number("unhealthy") as usize;
        let law = |backend| {
            let fails = f64::from(u8::from(backend < unhealthy));
            (Law::Constant(run.service(backend)), fails)
        };
        let mut plan = plan(run, Policy::RoundRobin(None), (0..6).map(law).collect());
        let ill = (0..unhealthy as u32).map(|pod| (0.0, Deed::SayUnhealthy(pod)));
        plan.deeds.extend(ill);
        let (interval, timeout) = (SimDuration::SECOND, SimDuration::from_millis(500));
        plan.upstreams[0].health_check = Some(HealthCheckSettings {
            unhealthy_threshold: 1,
            healthy_threshold: 1,
            ..HealthCheckSettings::every(interval, timeout)
        });
        if let Some(threshold) = run.params["healthy_panic_threshold"].as_u64() {
            plan.upstreams[0].balancing.priorities.panic_threshold = threshold as u32;
        }
        // Load began three seconds after the proxy; here it is the first seconds that are left out.
        (plan.warm_up, plan.duration) = (3.0, run.duration + 3.0);
        let (from, to) = (plan.warm_up, plan.duration);
        let mut rig = Rig::new(plan, index);
        rig.run(from);
        let before: Vec<f64> = (0..6).map(|pod| rig.received(from, pod)).collect();
        rig.run(to);
        let got = (0..6).zip(&before);
        let got: Vec<f64> = got
            .map(|(pod, before)| rig.received(to, pod) - before)
            .collect();
        rig.finish();
        let ledger = &rig.ledger;
        let counts = (ledger.failed() as f64, ledger.total() as f64);
        quantities(&got, unhealthy, counts)
    }
}

/// A new host's share, by its age.
pub(super) mod slow_start {
    use super::*;

    const AGES: [(f64, f64); 4] = [(0.0, 5.0), (5.0, 10.0), (10.0, 15.0), (15.0, 20.0)];

    pub(in super::super) fn recorded(run: &Repetition) -> Vec<Quantity> {
        let (new, all) = (
            run.by_second("new_host_requests_per_second_since_add_by_rep"),
            run.by_second("total_requests_per_second_since_add_by_rep"),
        );
        let within = |rows: &[(f64, f64)], (from, to): (f64, f64)| -> f64 {
            let rows = rows.iter().filter(|(at, _)| (from..to).contains(at));
            rows.map(|(_, count)| count).sum()
        };
        let ages = AGES.iter().map(|age| {
            let name = format!("share at {}..{} s", age.0, age.1);
            Quantity::share(name, within(&new, *age), within(&all, *age))
        });
        ages.collect()
    }

    pub(in super::super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
        let hosts = run.number("hosts_before") as u32;
        let added = run.number("added_at_s");
        let ramp = SlowStart {
            aggression: run.number("aggression"),
            ..SlowStart::over(SimDuration::from_secs_f64(run.number("window_s")))
        };
        let law = |backend| (Law::Constant(run.service(backend)), 0.0);
        let backends = (0..=hosts as usize).map(law).collect();
        let mut plan = plan(run, policy(run.text("lb"), Some(ramp)), backends);
        plan.deeds.pop();
        plan.deeds.push((0.0, Deed::Hosts(0, (0..hosts).collect())));
        let all = (0..=hosts).collect();
        plan.deeds.push((added, Deed::Hosts(0, all)));
        let mut rig = Rig::new(plan, index);
        let seen = |rig: &mut Rig, now: f64| {
            rig.run(now);
            (rig.received(now, hosts), rig.carrier.arrived() as f64)
        };
        let ages = AGES.iter().map(|age| {
            let before = seen(&mut rig, added + age.0);
            let after = seen(&mut rig, added + age.1);
            let name = format!("share at {}..{} s", age.0, age.1);
            Quantity::share(name, after.0 - before.0, after.1 - before.1)
        });
        ages.collect()
    }
}

/// Copies a request, and failures of the originals.
pub(super) mod mirror {
    use super::*;

    pub(in super::super) fn recorded(run: &Repetition) -> Vec<Quantity> {
        let (sent, copied) = (received(run, 0), received(run, 1));
        vec![
            Quantity::share("copies", copied, sent),
            Quantity::share("failed", run.failed(), run.requests()),
        ]
    }

    pub(in super::super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
        let backends = vec![
            (Law::Constant(run.service(0)), 0.0),
            (Law::Constant(run.service(1)), 0.5),
        ];
        let mut plan = plan(run, Policy::RoundRobin(None), backends);
        plan.deeds.pop();
        plan.upstreams.push(upstream(Policy::RoundRobin(None)));
        plan.deeds.push((0.0, Deed::Hosts(0, vec![0])));
        plan.deeds.push((0.0, Deed::Hosts(1, vec![1])));
        let part: Ratio = share(run.number("mirror_percent") / 100.0);
        plan.route.mirrors = vec![(1, part)];
        let end = plan.duration;
        let mut rig = Rig::new(plan, index);
        rig.run(end);
        let (sent, copied) = (rig.received(end, 0), rig.received(end, 1));
        rig.finish();
        let ledger = &rig.ledger;
        vec![
            Quantity::share("copies", copied, sent),
            Quantity::share("failed", ledger.failed() as f64, ledger.total() as f64),
        ]
    }
}

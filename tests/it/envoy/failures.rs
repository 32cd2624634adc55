//! What fails: e3 circuit breakers, e4 retries and their limits, e5 outliers.

use rollcast::laws::Law;
use rollcast::routing::envoy::balancing::Policy;
use rollcast::routing::envoy::breakers::{BreakerLimits, RetryLimit};
use rollcast::routing::envoy::outlier::OutlierSettings;
use rollcast::routing::envoy::retries::{HostSelection, RetryOn, RetryPolicy};
use rollcast::units::SimDuration;

use super::balancing::plan;
use super::judge::Quantity;
use super::recording::Repetition;
use super::rig::{Deed, Rig, backend, share};

/// The share that overflows.
pub(super) mod breakers {
    use super::*;

    pub(in super::super) fn recorded(run: &Repetition) -> Vec<Quantity> {
        vec![Quantity::share("UO", run.failed(), run.requests())]
    }

    pub(in super::super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
        let law = Law::Exponential {
            mean: run.service(0),
        };
        let mut plan = plan(run, Policy::RoundRobin(None), vec![(law, 0.0)]);
        let (connections, pending, requests) = match run.text("kind") {
            "h1_conn10_pend1" => (10, 1, u32::MAX),
            "h1_conn10_pend10" => (10, 10, u32::MAX),
            "h1_maxreq10" | "h2_maxreq10" => (u32::MAX, u32::MAX, 10),
            other => panic!("unknown breaker {other}"),
        };
        plan.upstreams[0].limits = BreakerLimits {
            connections,
            pending,
            requests,
            ..BreakerLimits::ISTIO
        };
        let mut rig = Rig::new(plan, index);
        rig.finish();
        let ledger = &rig.ledger;
        let (failed, all) = (ledger.failed() as f64, ledger.total() as f64);
        vec![Quantity::share("UO", failed, all)]
    }
}

/// Failed requests, and tries a request.
pub(super) mod retries {
    use super::*;

    fn quantities(failed: f64, tries: f64, all: f64) -> Vec<Quantity> {
        vec![
            Quantity::share("failed", failed, all),
            Quantity::scaled("amplification", (tries, all), 1.0 / all),
        ]
    }

    pub(in super::super) fn recorded(run: &Repetition) -> Vec<Quantity> {
        let tries = run.result["attempts_total"].as_f64().unwrap();
        quantities(run.failed(), tries, run.requests())
    }

    /// Of the services with a slow tail only whether they take longer than the time-out of a try
    /// matters: one in five does.
    fn service(run: &Repetition, backend: usize) -> Law {
        let limit = run.params["per_try_timeout_ms"].as_f64();
        limit.map_or(Law::Constant(run.service(backend)), |limit| {
            const SCALE: f64 = 2.0;
            const QUANTILE_80: f64 = 0.841_621_2;
            Law::LogNormal {
                location: (limit / 1e3).ln() - SCALE * QUANTILE_80,
                scale: SCALE,
            }
        })
    }

    pub(in super::super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
        let fails = run.params["fail_p"].as_f64().unwrap_or(0.0);
        let only = run.text("failing") == "one";
        let backends = (0..6).map(|backend| match only && backend > 0 {
            true => (service(run, backend), 0.0),
            false => (service(run, backend), fails),
        });
        let mut plan = plan(run, Policy::Random, backends.collect());
        let previous_hosts = run.params["previous_hosts_predicate"].as_bool();
        let per_try = run.params["per_try_timeout_ms"].as_u64();
        plan.route.retries = Some(RetryPolicy {
            retries: run.number("num_retries") as u32,
            on: RetryOn::SERVER_ERROR,
            per_try_timeout: per_try.map(SimDuration::from_millis),
            host_selection: match previous_hosts {
                Some(true) => HostSelection::AvoidTried { reselections: 5 },
                _ => HostSelection::Any,
            },
            ..RetryPolicy::none()
        });
        plan.upstreams[0].limits.retries = match run.text("limit") {
            "" | "unlimited" => RetryLimit::AtOnce(u32::MAX),
            "default_max_retries_3" => RetryLimit::AtOnce(3),
            "budget20_min3" => RetryLimit::Budget {
                share: share(0.2),
                at_least: 3,
            },
            other => panic!("unknown limit {other}"),
        };
        let mut rig = Rig::new(plan, index);
        rig.finish();
        let ledger = &rig.ledger;
        let tries = ledger.attempts() as f64;
        quantities(ledger.failed() as f64, tries, ledger.total() as f64)
    }
}

/// Errors, and how long the first backend stays away each time.
pub(super) mod outliers {
    use super::*;

    /// In milliseconds.
    fn gaps(events: &[(f64, bool)]) -> Vec<f64> {
        let pairs = events.windows(2).filter(|pair| pair[0].1 && !pair[1].1);
        pairs.map(|pair| (pair[1].0 - pair[0].0) * 1e3).collect()
    }

    fn quantities((failed, all): (f64, f64), events: &[(f64, bool)]) -> Vec<Quantity> {
        let mut quantities = vec![Quantity::scaled("errors", (failed, all), 1.0)];
        let numbered = (1..).zip(gaps(events));
        quantities.extend(numbered.map(|(number, gap)| {
            Quantity::scaled(format!("gap {number} [s]"), (gap, f64::INFINITY), 1e-3)
        }));
        quantities
    }

    pub(in super::super) fn recorded(run: &Repetition) -> Vec<Quantity> {
        quantities((run.failed(), run.requests()), &run.outlier_events())
    }

    fn seconds(run: &Repetition, name: &str, default: u64) -> SimDuration {
        let written = run.params["od"][name].as_str();
        written.map_or(SimDuration::from_secs(default), |it| it.parse().unwrap())
    }

    fn settings(run: &Repetition) -> OutlierSettings {
        let number = |name: &str| run.params["od"][name].as_u64().unwrap() as u32;
        OutlierSettings {
            consecutive_5xx: number("consecutive_5xx"),
            interval: seconds(run, "interval", 10),
            base_ejection_time: seconds(run, "base_ejection_time", 30),
            max_ejection_time: seconds(run, "max_ejection_time", 300),
            max_ejection_percent: number("max_ejection_percent"),
            ..OutlierSettings::default()
        }
    }

    pub(in super::super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
        let backends = (0..6).map(|backend| (Law::Constant(run.service(backend)), 0.0));
        let mut plan = plan(run, Policy::RoundRobin(None), backends.collect());
        let failing = run.text("fail").split(',').count();
        let from = run.params["t_fail"][0].as_f64().unwrap();
        let to = run.params["t_fail"][1].as_f64();
        for pod in 0..failing {
            let serve = |fails| {
                let law = Law::Constant(run.service(pod));
                Deed::Serve(pod as u32, backend(law, fails))
            };
            plan.deeds.push((from, serve(1.0)));
            plan.deeds.extend(to.map(|to| (to, serve(0.0))));
        }
        let upstream = &mut plan.upstreams[0];
        upstream.outliers = Some(settings(run));
        upstream.balancing.priorities.panic_threshold = 0;
        // Ticks count from the proxy's start; the recorded returns show where they fell.
        let events = run.outlier_events();
        let tick = events.iter().find(|(_, ejects)| !ejects);
        upstream.first_tick = tick.map(|(at, _)| SimDuration::from_secs_f64(at.fract()));
        if let Some(window) = run.params["update_merge_window"].as_str() {
            upstream.merge_window = window.parse().unwrap();
        }
        let end = plan.duration;
        let mut rig = Rig::new(plan, index);
        let (mut events, mut was_out) = (Vec::new(), false);
        // The recorded times are whole milliseconds.
        for now in (1..=(end * 1e3) as u64).map(|millis| millis as f64 / 1e3) {
            rig.run(now);
            let pod = rollcast::ids::PodId::new(0);
            let is_out = rig.carrier.is_ejected((0, 0, 0), pod);
            if is_out != was_out {
                events.push((now, is_out));
                was_out = is_out;
            }
        }
        rig.finish();
        let ledger = &rig.ledger;
        let counts = (ledger.failed() as f64, ledger.total() as f64);
        quantities(counts, &events)
    }
}

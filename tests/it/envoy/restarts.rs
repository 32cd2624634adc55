//! e6: failures while pods are replaced one by one, behind Envoy, HAProxy and nginx.

use rollcast::laws::Law;
use rollcast::routing::envoy::balancing::Policy;
use rollcast::routing::envoy::health_check::HealthCheckSettings;
use rollcast::routing::envoy::outlier::OutlierSettings;
use rollcast::routing::envoy::retries::{
    BackOff, BackOffRule, HostSelection, RetryOn, RetryPolicy,
};
use rollcast::traffic::mesh::UpstreamSpec;
use rollcast::units::SimDuration;

use super::balancing::plan;
use super::judge::Quantity;
use super::recording::Repetition;
use super::rig::{Deed, Plan, Rig, backend};

const PODS: u32 = 6;

/// When the pod of a step is told to end.
fn step_at(run: &Repetition, step: u32) -> f64 {
    3.0 + f64::from(step) * run.number("step_gap_s")
}

/// Failures of the steps. What nginx's reload does to idle connections of clients is no failure of a
/// pod (oracle README: `client_error`).
pub(super) fn recorded(run: &Repetition) -> Vec<Quantity> {
    let nginx = run.text("lb") == "nginx";
    let steps = run.result["fails_per_restart"].as_array().unwrap().iter();
    let counts = steps.flat_map(|step| step.as_object().unwrap());
    let counted = counts.filter(|(code, _)| !(nginx && *code == "client_error"));
    let failed: f64 = counted.map(|(_, count)| count.as_f64().unwrap()).sum();
    vec![quantity(failed, run.requests())]
}

fn quantity(failed: f64, all: f64) -> Quantity {
    Quantity::scaled("failed a restart", (failed, all), 1.0 / f64::from(PODS))
}

pub(super) fn simulated(run: &Repetition, index: u32) -> Vec<Quantity> {
    let backends = (0..PODS as usize).map(|backend| (Law::Constant(run.service(backend)), 0.0));
    let mut plan = plan(run, Policy::RoundRobin(None), backends.collect());
    match run.params["endpoint_removal_delay_s"].as_f64() {
        Some(delay) => replaced(run, delay, &mut plan),
        None => in_place(run, &mut plan),
    }
    balancer(run, &mut plan);
    let mut rig = Rig::new(plan, index);
    rig.finish();
    let ledger = &rig.ledger;
    vec![quantity(ledger.failed() as f64, ledger.total() as f64)]
}

fn ends(run: &Repetition, pod: u32) -> (f64, Deed) {
    match run.text("mode") {
        "kill" => (0.0, Deed::Kill(pod)),
        "drain" => (0.0, Deed::Drain(pod)),
        "prestop" => (run.number("prestop_s"), Deed::Drain(pod)),
        "stop_listen" => (0.0, Deed::StopListening(pod)),
        other => panic!("unknown mode {other}"),
    }
}

/// A new pod listens 0.3 s before the step and is listed 0.1 s later; the old one is taken off the
/// list so long after the step.
fn replaced(run: &Repetition, delay: f64, plan: &mut Plan) {
    // A reload of nginx takes effect 0.08 to 0.15 s later (oracle README).
    let lag = match run.text("lb") {
        "nginx" => 0.115,
        _ => 0.0,
    };
    let mut listed: Vec<u32> = (0..PODS).collect();
    for step in 0..PODS {
        let (at, old, new) = (step_at(run, step), step, PODS + step);
        let law = Law::Constant(run.service(new as usize));
        plan.deeds
            .push((at - 0.3, Deed::Serve(new, backend(law, 0.0))));
        listed.push(new);
        plan.deeds
            .push((at - 0.2 + lag, Deed::Hosts(0, listed.clone())));
        let (after, deed) = ends(run, old);
        plan.deeds.push((at + after, deed));
        listed.retain(|pod| *pod != old);
        plan.deeds
            .push((at + delay + lag, Deed::Hosts(0, listed.clone())));
    }
}

/// The same pod comes back; only checks know of it.
fn in_place(run: &Repetition, plan: &mut Plan) {
    for pod in 0..PODS {
        let at = step_at(run, pod);
        let (after, deed) = ends(run, pod);
        plan.deeds.push((at + after, deed));
        let law = Law::Constant(run.service(pod as usize));
        let back = Deed::Serve(pod, backend(law, 0.0));
        plan.deeds.push((at + run.number("down_s"), back));
    }
    let (interval, timeout) = (SimDuration::SECOND, SimDuration::from_millis(500));
    plan.upstreams[0].health_check = Some(HealthCheckSettings::every(interval, timeout));
    plan.upstreams[0].second_check = phase(run).map(SimDuration::from_secs_f64);
}

/// Where in the second the checks fell: the last failure comes up to a rotation, on average half of
/// one, before the check that takes the host out. The mean is taken around the circle.
fn phase(run: &Repetition) -> Option<f64> {
    let last = run.result["last_fail_after_kill_s"].as_array()?;
    let numbered = (0..).zip(last);
    let checks = numbered.filter_map(|(step, after)| Some(step_at(run, step) + after.as_f64()?));
    let turns = checks.map(|at| (at * std::f64::consts::TAU).sin_cos());
    let (sine, cosine) = turns.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let mean = sine.atan2(cosine) / std::f64::consts::TAU;
    let rotation = f64::from(PODS) / run.rate();
    ((sine, cosine) != (0.0, 0.0)).then(|| (mean + rotation / 2.0).rem_euclid(1.0))
}

fn retried(retries: u32, on: RetryOn, host_selection: HostSelection) -> RetryPolicy {
    RetryPolicy {
        retries,
        on,
        host_selection,
        ..RetryPolicy::none()
    }
}

/// The balancer's own ways of going around dead pods.
fn balancer(run: &Repetition, plan: &mut Plan) {
    let immediate = BackOff::new(SimDuration::from_millis(1), None).unwrap();
    match (run.text("lb"), run.text("variant")) {
        (_, "") if run.text("retry") == "cf_reset" => {
            let on = RetryOn::CONNECT_FAILURE | RetryOn::REFUSED_STREAM | RetryOn::RESET;
            plan.route.retries = Some(retried(2, on, HostSelection::Any));
        }
        (_, "") | ("haproxy", "retries0") => {}
        // The same server again, a second later (haproxy src/backend.c, back_handle_st_cer).
        ("haproxy", "default") => {
            let mut second = BackOff::new(SimDuration::SECOND, None).unwrap();
            second.rule = BackOffRule::Constant;
            plan.route.retries = Some(RetryPolicy {
                back_off: second,
                ..retried(3, RetryOn::CONNECT_FAILURE, HostSelection::Same)
            });
        }
        // With round robin another server, at once.
        ("haproxy", "redispatch") => {
            plan.route.retries = Some(RetryPolicy {
                back_off: immediate,
                ..retried(3, RetryOn::CONNECT_FAILURE, HostSelection::Any)
            });
        }
        ("nginx", variant) => {
            nginx(variant, &mut plan.upstreams[0]);
            if variant == "default" {
                let on = RetryOn::CONNECT_FAILURE | RetryOn::RESET;
                let reselections = PODS;
                plan.route.retries = Some(RetryPolicy {
                    back_off: immediate,
                    ..retried(PODS, on, HostSelection::AvoidTried { reselections })
                });
            }
        }
        other => panic!("unknown balancer {other:?}"),
    }
}

/// A connection for each request; `max_fails` 1 leaves a server out for `fail_timeout` 10 s after one
/// failed connection (nginx src/http/ngx_http_upstream_round_robin.c).
fn nginx(variant: &str, upstream: &mut UpstreamSpec) {
    upstream.requests_per_connection = Some(1);
    upstream.merge_window = SimDuration::ZERO;
    upstream.balancing.priorities.panic_threshold = 0;
    if variant != "off_maxfails0" {
        upstream.outliers = Some(OutlierSettings {
            consecutive_5xx: 0,
            consecutive_local_errors: Some(1),
            interval: SimDuration::SECOND,
            base_ejection_time: SimDuration::from_secs(10),
            max_ejection_percent: 100,
            ..OutlierSettings::default()
        });
    }
}

//! How pods end (reference kubernetes.md §3.5, §4).

use super::finding::{Finding, in_container, in_workload};
use super::list::Served;
use crate::images::OnSigterm;
use crate::manifest::PreStop;
use crate::scenario::Variant;
use crate::units::SimDuration;

/// kube-proxy merges changes that come within this time of its last sync (minSyncPeriod, §4).
const MIN_SYNC: SimDuration = SimDuration::SECOND;

fn pre_stop(served: &Served<'_>) -> SimDuration {
    match served.container.pre_stop {
        Some(PreStop::Sleep(length)) => length,
        Some(PreStop::Unknown) | None => SimDuration::ZERO,
    }
}

/// The process always gets this long, even after a hook that used up everything (§3.5).
const LEAST: SimDuration = SimDuration::from_secs(2);

/// What the hook and the process want together is more than the grace period.
pub(super) fn grace_ends_first(served: &Served<'_>) -> Option<Finding> {
    let grace = served.workload.template.grace;
    let hook = pre_stop(served);
    let process = wind_down(served);
    if hook + process <= grace {
        return None;
    }
    let path = in_workload(
        &served.workload,
        "spec.template.spec.terminationGracePeriodSeconds",
    );
    let (left, needed) = ((grace.max(hook) - hook).max(LEAST), hook + process);
    let message = format!("`preStop` takes {hook} of the grace period of {grace}");
    Some(
        Finding::at(path, message)
            .because(format!(
                "{left} are left after SIGTERM, and the process may need {process}: then it is killed"
            ))
            .cure(format!("allow at least {needed}")),
    )
}

/// How long a process may need after SIGTERM: one request in a thousand is slower than that.
fn wind_down(served: &Served<'_>) -> SimDuration {
    let slow = SimDuration::from_secs_f64(served.image.service_time.quantile(0.999));
    match served.image.on_sigterm {
        OnSigterm::KeepServing(length) => length,
        OnSigterm::StopAccepting => served
            .image
            .drain_limit
            .map_or(slow, |limit| limit.min(slow)),
        OnSigterm::Exit => SimDuration::ZERO,
    }
}

/// A hook that uses up everything leaves the process the kubelet's two seconds.
pub(super) fn hook_uses_up_grace(served: &Served<'_>) -> Option<Finding> {
    let grace = served.workload.template.grace;
    let hook = pre_stop(served);
    if hook.is_zero() || hook < grace || hook + wind_down(served) > grace {
        return None;
    }
    let path = in_workload(
        &served.workload,
        "spec.template.spec.terminationGracePeriodSeconds",
    );
    Some(
        Finding::at(
            path,
            format!("`preStop` takes the whole grace period of {grace}"),
        )
        .because(format!("only {LEAST} are left after SIGTERM"))
        .cure(format!("allow more than {hook}")),
    )
}

/// How long a node may send new connections to a pod that is no endpoint any more.
pub(super) fn endpoint_lag(variant: &Variant) -> SimDuration {
    let latencies = &variant.cluster.latencies;
    let hops = [
        &latencies.watch,
        &latencies.controller,
        &latencies.endpoint_propagation,
    ];
    let slow: f64 = hops.iter().map(|law| law.quantile(0.999)).sum();
    // To the tenth of a second, rounded up: an estimate needs no more digits.
    SimDuration::from_millis((slow * 10.0).ceil() as u64 * 100) + MIN_SYNC
}

/// SIGTERM comes before every node knows that the pod is gone.
pub(super) fn endpoints_lag_behind(served: &Served<'_>) -> Option<Finding> {
    let serves_on = match served.image.on_sigterm {
        OnSigterm::KeepServing(length) => pre_stop(served) + length,
        OnSigterm::StopAccepting | OnSigterm::Exit => pre_stop(served),
    };
    if served.container.pre_stop == Some(PreStop::Unknown) {
        return None;
    }
    let lag = endpoint_lag(served.variant);
    if serves_on >= lag {
        return None;
    }
    let enough = SimDuration::from_secs(lag.as_secs_f64().ceil() as u64);
    let path = in_container(&served.workload, served.container, "lifecycle");
    let message = format!("a pod stops listening {serves_on} after it is deleted");
    Some(
        Finding::at(path, message)
            .because(format!("nodes send new connections there for up to {lag}"))
            .cure(format!("let `preStop` sleep at least {enough}")),
    )
}

//! How pods end (reference kubernetes.md §3.5, §4).

use super::finding::{Finding, in_container, in_deployment};
use super::list::Served;
use crate::images::OnSigterm;
use crate::manifest::PreStop;
use crate::units::SimDuration;

/// kube-proxy merges changes that come within this time of its last sync (minSyncPeriod, §4).
const MIN_SYNC: SimDuration = SimDuration::SECOND;

fn pre_stop(served: &Served<'_>) -> SimDuration {
    match served.container.pre_stop {
        Some(PreStop::Sleep(length)) => length,
        Some(PreStop::Unknown) | None => SimDuration::ZERO,
    }
}

/// What the hook and the process want together is more than the grace period.
pub(super) fn grace_ends_first(served: &Served<'_>) -> Option<Finding> {
    let grace = served.deployment.template.grace;
    let hook = pre_stop(served);
    let process = match served.image.on_sigterm {
        OnSigterm::KeepServing(length) => length,
        OnSigterm::StopAccepting => served.image.drain_limit.unwrap_or(SimDuration::ZERO),
        OnSigterm::Exit => SimDuration::ZERO,
    };
    // The process always gets 2 s, even after a hook that used up everything.
    if hook + process <= grace && hook < grace {
        return None;
    }
    let path = in_deployment(
        served.deployment,
        "spec.template.spec.terminationGracePeriodSeconds",
    );
    let message = format!(
        "the grace period of {grace} ends before a pod does: preStop {hook}, then up to {process}"
    );
    Some(
        Finding::at(path, message)
            .because("what is still running then is killed with its requests")
            .cure(format!("allow more than {}", hook + process)),
    )
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
    let latencies = &served.variant.cluster.latencies;
    let hops = [
        &latencies.watch,
        &latencies.controller,
        &latencies.endpoint_propagation,
    ];
    let slow: f64 = hops.iter().map(|law| law.quantile(0.999)).sum();
    let lag = SimDuration::from_secs(slow.ceil() as u64) + MIN_SYNC;
    if serves_on >= lag {
        return None;
    }
    let path = in_container(served.deployment, served.container, "lifecycle");
    let message = format!("a pod stops listening {serves_on} after it is deleted");
    Some(
        Finding::at(path, message)
            .because(format!("nodes send new connections there for up to {lag}"))
            .cure(format!("let `preStop` sleep at least {lag}")),
    )
}

/// A hook whose length cannot be read from the manifest.
pub(super) fn pre_stop_of_unknown_length(served: &Served<'_>) -> Option<Finding> {
    if served.container.pre_stop != Some(PreStop::Unknown) {
        return None;
    }
    let path = in_container(served.deployment, served.container, "lifecycle.preStop");
    let message = "how long this preStop hook takes cannot be told from the manifest".to_owned();
    Some(
        Finding::at(path, message)
            .because("it is taken to end at once")
            .cure("if it is a wait, write it as `sleep: { seconds: … }`"),
    )
}

//! Whether and how the rollout itself can go (reference kubernetes.md §1.2, §1.5, §6).

use super::finding::{Finding, in_deployment};
use super::list::{Served, Stage, served};
use crate::images::OnSigterm;
use crate::manifest::{Deployment, PodDisruptionBudget, PreStop, Strategy};
use crate::scenario::entry::selects_pods;
use crate::traffic::Clients;
use crate::units::{IntOrPercent, SimDuration, SimTime};

/// Surge and unavailable pods, resolved: percentages round up and down; both 0 means 1 unavailable.
pub(super) fn fenceposts(deployment: &Deployment) -> (u32, u32) {
    let Strategy::RollingUpdate {
        max_surge,
        max_unavailable,
    } = deployment.strategy
    else {
        return (0, deployment.replicas);
    };
    let total = i32::try_from(deployment.replicas).unwrap_or(i32::MAX);
    let surge = max_surge.scaled_up(total).max(0).unsigned_abs();
    let unavailable = max_unavailable.scaled_down(total).max(0).unsigned_abs();
    match (surge, unavailable) {
        (0, 0) => (0, 1.min(deployment.replicas)),
        (surge, unavailable) => (surge, unavailable.min(deployment.replicas)),
    }
}

/// A percentage of surge that comes to something else than one might think.
pub(super) fn surge_resolved(served: &Served<'_>) -> Option<Finding> {
    let deployment = served.deployment;
    let Strategy::RollingUpdate {
        max_surge: IntOrPercent::Percent(percent),
        ..
    } = deployment.strategy
    else {
        return None;
    };
    let exact = f64::from(percent) * f64::from(deployment.replicas) / 100.0;
    let (surge, _) = fenceposts(deployment);
    if percent == 0 || exact >= 1.0 {
        return None;
    }
    let message = format!(
        "`maxSurge` of {percent}% of {} pods is {surge}",
        deployment.replicas
    );
    let path = in_deployment(deployment, "spec.strategy.rollingUpdate.maxSurge");
    Some(
        Finding::at(path, message)
            .because(format!("{exact:.2} is rounded up"))
            .cure("write the number of pods that is meant"),
    )
}

/// A percentage of unavailable pods that comes to none.
pub(super) fn unavailable_resolved(served: &Served<'_>) -> Option<Finding> {
    let deployment = served.deployment;
    let Strategy::RollingUpdate {
        max_unavailable: IntOrPercent::Percent(percent),
        ..
    } = deployment.strategy
    else {
        return None;
    };
    let exact = f64::from(percent) * f64::from(deployment.replicas) / 100.0;
    let (surge, unavailable) = fenceposts(deployment);
    if percent == 0 || exact >= 1.0 {
        return None;
    }
    let replicas = deployment.replicas;
    let message = format!(
        "`maxUnavailable` of {percent}% of {replicas} pods is {unavailable}, with a surge of {surge}"
    );
    let path = in_deployment(deployment, "spec.strategy.rollingUpdate.maxUnavailable");
    Some(
        Finding::at(path, message)
            .because(format!("{exact:.2} is rounded down"))
            .cure("write the number of pods that is meant"),
    )
}

/// From pod creation to available, at quantile `u` of each hop: container start, start-up, the
/// passes of the readiness probe, minReadySeconds.
fn available_after(served: &Served<'_>, u: f64) -> SimDuration {
    let latencies = &served.variant.cluster.latencies;
    let start_up = served.image.start_up.quantile(u);
    let created = [
        latencies.scheduler.quantile(u),
        latencies.sandbox.quantile(u),
        latencies.container_start.quantile(u),
    ];
    let ready = served
        .container
        .readiness
        .as_ref()
        .map_or(start_up, |probe| {
            let passes = probe.period * u64::from(probe.success_threshold.saturating_sub(1));
            start_up.max(probe.initial_delay.as_secs_f64()) + passes.as_secs_f64()
        });
    SimDuration::from_secs_f64(created.iter().sum::<f64>() + ready) + served.deployment.min_ready
}

/// A deadline that passes while a good pod is still on its way.
pub(super) fn deadline_before_available(served: &Served<'_>) -> Option<Finding> {
    let deadline = served.deployment.progress_deadline?;
    let needed = available_after(served, 0.99);
    if deadline >= needed {
        return None;
    }
    let path = in_deployment(served.deployment, "spec.progressDeadlineSeconds");
    let message = format!(
        "the progress deadline is {deadline}, a slow pod needs {}",
        rounded(needed)
    );
    Some(
        Finding::at(path, message)
            .because("a rollout without any fault is then called stuck")
            .cure("allow more than start-up, readiness and minReadySeconds together"),
    )
}

/// An exit on SIGTERM resets what kept connections carry, however long preStop sleeps.
pub(super) fn exits_unsafely_with_kept_connections(served: &Served<'_>) -> Option<Finding> {
    let kept = |clients: &Clients| matches!(clients, Clients::KeepAlive(_));
    let any = served
        .variant
        .traffic
        .iter()
        .any(|source| kept(&source.clients));
    let slept = matches!(served.container.pre_stop, Some(PreStop::Sleep(_)));
    if !any || !slept || served.image.on_sigterm != OnSigterm::Exit {
        return None;
    }
    let path = in_deployment(served.deployment, "spec.template.spec.containers");
    let message = "clients keep connections to a process that just exits on SIGTERM".to_owned();
    Some(
        Finding::at(path, message)
            .because("kept connections carry requests through preStop until the exit resets them")
            .cure("a server that closes its connections first: `on-sigterm = \"stop-accepting\"`"),
    )
}

/// A budget that refuses every eviction, for ever.
pub(super) fn budget_allows_nothing(stage: &Stage<'_>) -> Vec<Finding> {
    let budgets = stage.objects.budgets.iter();
    budgets
        .filter_map(|budget| {
            let pods = pods_of(budget, &stage.objects.deployments);
            if pods == 0 || allowed(budget, pods) > 0 {
                return None;
            }
            let (namespace, name) = (&budget.namespace, &budget.name);
            let path = format!("PodDisruptionBudget/{namespace}/{name}:spec");
            let message = format!("budget `{name}` never allows an eviction of its {pods} pods");
            Some(
                Finding::at(path, message)
                    .because("node drains and autoscalers wait for ever")
                    .cure("allow at least one pod to be missing"),
            )
        })
        .collect()
}

fn pods_of(budget: &PodDisruptionBudget, deployments: &[Deployment]) -> i32 {
    let meant = deployments.iter().filter(|deployment| {
        deployment.namespace == budget.namespace
            && budget.selector.matches(&deployment.template.labels)
    });
    let pods: u32 = meant.map(|deployment| deployment.replicas).sum();
    i32::try_from(pods).unwrap_or(i32::MAX)
}

/// With all pods healthy; both percentages round up (§6).
fn allowed(budget: &PodDisruptionBudget, pods: i32) -> i32 {
    let desired = match (budget.min_available, budget.max_unavailable) {
        (Some(least), _) => least.scaled_up(pods),
        (None, Some(most)) => (pods - most.scaled_up(pods)).max(0),
        (None, None) => 0,
    };
    pods - desired
}

/// A Service in front of nothing.
pub(super) fn service_selects_nothing(stage: &Stage<'_>) -> Vec<Finding> {
    let services = stage.objects.services.iter();
    services
        .filter(|service| !service.selector.is_empty() && !selects_pods(service, stage.objects))
        .map(|service| {
            let path = format!(
                "Service/{}/{}:spec.selector",
                service.namespace, service.name
            );
            let message = format!("Service `{}` selects no pods", service.name);
            Finding::at(path, message)
                .because("no pod template in its namespace has these labels")
                .cure("let the selector name labels of the pod template")
        })
        .collect()
}

/// An estimate from means: pods come in waves of surge + unavailable.
pub(super) fn horizon_too_short(stage: &Stage<'_>) -> Vec<Finding> {
    let Some(release) = &stage.variant.release else {
        return Vec::new();
    };
    let views = stage.objects.deployments.iter();
    let views = views.filter_map(|one| served(stage.variant, one, &stage.variant.images));
    views
        .filter_map(|one| {
            let needed = rollout_length(&one);
            let ends = release.at + needed;
            (ends > stage.scenario.horizon).then(|| too_late(&one, needed, stage.scenario.horizon))
        })
        .collect()
}

fn too_late(served: &Served<'_>, needed: SimDuration, horizon: SimTime) -> Finding {
    let message = format!(
        "the rollout takes about {} and does not fit before the `horizon`, {}",
        rounded(needed),
        horizon.since_start()
    );
    Finding::at(in_deployment(served.deployment, "spec.strategy"), message)
        .because("what is not reached is absent from the results")
        .cure("raise `horizon`")
}

fn rollout_length(served: &Served<'_>) -> SimDuration {
    let wave = available_after(served, 0.5);
    let (surge, unavailable) = fenceposts(served.deployment);
    let replicas = served.deployment.replicas;
    match served.deployment.strategy {
        Strategy::Recreate => served.deployment.template.grace + wave,
        Strategy::RollingUpdate { .. } => {
            let waves = replicas.div_ceil((surge + unavailable).max(1));
            wave * u64::from(waves)
        }
    }
}

/// To the second, as an estimate is told.
fn rounded(length: SimDuration) -> SimDuration {
    SimDuration::from_secs(length.as_secs_f64().round() as u64)
}

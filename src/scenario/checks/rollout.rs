//! Whether and how the rollout itself can go (reference kubernetes.md §1.2, §1.5, §6).

use super::finding::{Finding, in_workload};
use super::list::{Served, Stage, served};
use crate::images::OnSigterm;
use crate::manifest::{PodDisruptionBudget, PreStop, Strategy};
use crate::scenario::entry::selects_pods;
use crate::scenario::{Objects, Operation, Variant, Workload};
use crate::traffic::Clients;
use crate::units::{IntOrPercent, SimDuration, SimTime};

/// Surge and unavailable pods of so many, resolved: percentages round up and down; both 0 means 1
/// unavailable.
pub(super) fn fenceposts(strategy: Strategy, replicas: u32) -> (u32, u32) {
    let Strategy::RollingUpdate {
        max_surge,
        max_unavailable,
    } = strategy
    else {
        return (0, replicas);
    };
    let total = i32::try_from(replicas).unwrap_or(i32::MAX);
    let surge = max_surge.scaled_up(total).max(0).unsigned_abs();
    let unavailable = max_unavailable.scaled_down(total).max(0).unsigned_abs();
    match (surge, unavailable) {
        (0, 0) => (0, 1.min(replicas)),
        (surge, unavailable) => (surge, unavailable.min(replicas)),
    }
}

/// What Kubernetes takes for both where nothing is written.
const QUARTER: IntOrPercent = IntOrPercent::Percent(25);

/// Percentages that are no whole numbers of pods. Kubernetes' own default is nobody's slip.
pub(super) fn fenceposts_rounded(served: &Served<'_>) -> Option<Finding> {
    let workload = &served.workload;
    let strategy = workload.strategy?;
    let Strategy::RollingUpdate {
        max_surge,
        max_unavailable,
    } = strategy
    else {
        return None;
    };
    let replicas = workload.replicas;
    let rounded = |post| match post {
        IntOrPercent::Percent(percent) => i64::from(percent) * i64::from(replicas) % 100 != 0,
        IntOrPercent::Int(_) => false,
    };
    let default = (max_surge, max_unavailable) == (QUARTER, QUARTER);
    if replicas == 0 || default || !rounded(max_surge) && !rounded(max_unavailable) {
        return None;
    }
    let (surge, unavailable) = fenceposts(strategy, replicas);
    let message = format!(
        "of {replicas} pods, `maxSurge: {max_surge}` is {surge} and `maxUnavailable: {max_unavailable}` is {unavailable}"
    );
    let path = match rounded(max_unavailable) {
        true => "spec.strategy.rollingUpdate.maxUnavailable",
        false => "spec.strategy.rollingUpdate.maxSurge",
    };
    let floor = max_unavailable.scaled_down(i32::try_from(replicas).unwrap_or(i32::MAX));
    let reason = match (surge, floor) {
        (0, 0) => "both round to 0, and then one pod may be missing",
        _ => "a share of pods is rounded up for the surge, down for those unavailable",
    };
    Some(
        Finding::at(in_workload(workload, path), message)
            .because(reason)
            .cure("write the numbers of pods that are meant"),
    )
}

/// A rollout that cannot begin.
pub(super) fn paused_for_ever(served: &Served<'_>) -> Option<Finding> {
    let resumed = served
        .variant
        .operators
        .iter()
        .any(|operator| matches!(operator.operation, Operation::Resume | Operation::Apply(_)));
    if !served.workload.paused || served.variant.release.is_none() || resumed {
        return None;
    }
    let path = in_workload(&served.workload, "spec.paused");
    let message = format!(
        "{} `{}` is paused",
        served.workload.kind.name(),
        served.workload.name
    );
    Some(
        Finding::at(path, message)
            .because("nothing of a release is rolled out until somebody resumes it")
            .cure("set it to false, or add an `[[operator]]` with `action = \"resume\"`"),
    )
}

/// A release after which every pod template is as before.
pub(super) fn release_changes_nothing(stage: &Stage<'_>) -> Vec<Finding> {
    let Some(release) = &stage.variant.release else {
        return Vec::new();
    };
    let as_before = |new: Workload<'_>| {
        let mut before = stage.variant.before.workloads();
        let old = before.find(|old| old.is_same_as(&new));
        old.is_some_and(|old| old.template.hash == new.template.hash)
    };
    if !release.after.workloads().all(as_before) {
        return Vec::new();
    }
    let message = "the release changes no pod template".to_owned();
    vec![
        Finding::at("scenario:release".to_owned(), message)
            .because("only a changed pod template starts a rollout: nothing is rolled out")
            .cure("ship another image with `to`, or name the old one in `from`"),
    ]
}

/// From pod creation to ready, at quantile `u` of each hop: container start, start-up, the first
/// look of the startup probe, the passes of the readiness probe.
fn ready_after(served: &Served<'_>, u: f64) -> SimDuration {
    let latencies = &served.variant.cluster.latencies;
    let startup = served.container.startup.as_ref();
    let first_look = startup.map_or(0.0, |probe| probe.initial_delay.as_secs_f64());
    let start_up = served.image.start_up.quantile(u).max(first_look);
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
    SimDuration::from_secs_f64(created.iter().sum::<f64>() + ready)
}

/// After how many seconds all pods of a workload are ready: each by its median where there is one.
pub(in crate::scenario) fn typically_ready(
    variant: &Variant,
    workload: Workload<'_>,
) -> Option<f64> {
    let served = served(variant, workload, &variant.images)?;
    // The slowest of n.
    let slowest = 1.0 - 0.5 / f64::from(workload.replicas.max(1));
    Some(available_after(&served, slowest).as_secs_f64())
}

/// From pod creation to available.
fn available_after(served: &Served<'_>, u: f64) -> SimDuration {
    ready_after(served, u) + served.workload.min_ready
}

/// A deadline that passes while a good pod is still on its way. A pod that gets ready counts as
/// progress, so that the clock starts anew for `minReadySeconds` (§1.5).
pub(super) fn deadline_before_ready(served: &Served<'_>) -> Option<Finding> {
    let deadline = served.workload.progress_deadline?;
    let needed = ready_after(served, 0.99);
    if deadline >= needed {
        return None;
    }
    let path = in_workload(&served.workload, "spec.progressDeadlineSeconds");
    let message = format!(
        "the progress deadline is {deadline}, a slow pod is ready after {}",
        rounded(needed)
    );
    Some(
        Finding::at(path, message)
            .because("a rollout without any fault is then called stuck")
            .cure("allow more than the start-up and the readiness probe take together"),
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
    let path = in_workload(&served.workload, "spec.template.spec.containers");
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
            let pods = pods_of(budget, stage.objects);
            if pods == 0 || allowed(budget, pods) > 0 {
                return None;
            }
            let (namespace, name) = (&budget.namespace, &budget.name);
            let bound = match budget.min_available {
                Some(_) => "minAvailable",
                None => "maxUnavailable",
            };
            let path = format!("PodDisruptionBudget/{namespace}/{name}:spec.{bound}");
            let message = format!("budget `{name}` never allows an eviction of its {pods} pods");
            Some(
                Finding::at(path, message)
                    .because("node drains and autoscalers wait for ever")
                    .cure("allow at least one pod to be missing"),
            )
        })
        .collect()
}

fn pods_of(budget: &PodDisruptionBudget, objects: &Objects) -> i32 {
    let meant = objects.workloads().filter(|one| guards(budget, one));
    let pods: u32 = meant.map(|workload| workload.replicas).sum();
    i32::try_from(pods).unwrap_or(i32::MAX)
}

fn guards(budget: &PodDisruptionBudget, workload: &Workload<'_>) -> bool {
    workload.namespace == budget.namespace && budget.selector.matches(&workload.template.labels)
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

/// A budget that guards nothing.
pub(super) fn budget_selects_nothing(stage: &Stage<'_>) -> Vec<Finding> {
    let none = |budget: &&PodDisruptionBudget| {
        let mut workloads = stage.objects.workloads();
        !workloads.any(|one| guards(budget, &one))
    };
    let budgets = stage.objects.budgets.iter().filter(none);
    budgets
        .map(|budget| {
            let (namespace, name) = (&budget.namespace, &budget.name);
            let path = format!("PodDisruptionBudget/{namespace}/{name}:spec.selector");
            Finding::at(path, format!("budget `{name}` guards no pods"))
                .because("no pod template in its namespace has these labels")
                .cure("let the selector name labels of the pod template")
        })
        .collect()
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

/// An estimate from means: pods come in waves of surge + unavailable. What has steps has none.
pub(super) fn horizon_too_short(stage: &Stage<'_>) -> Vec<Finding> {
    let Some(release) = &stage.variant.release else {
        return Vec::new();
    };
    let views = stage.objects.workloads();
    let views = views.filter_map(|one| served(stage.variant, one, &stage.variant.images));
    views
        .filter_map(|one| {
            let needed = rollout_length(&one)?;
            let ends = release.at + needed;
            (ends > stage.scenario.horizon)
                .then(|| too_late(&one, release.at, (needed, stage.scenario.horizon)))
        })
        .collect()
}

fn too_late(
    served: &Served<'_>,
    at: SimTime,
    (needed, horizon): (SimDuration, SimTime),
) -> Finding {
    let message = format!(
        "released at {}, the rollout takes about {} and does not end before the `horizon`, {}",
        at.since_start(),
        rounded(needed),
        horizon.since_start()
    );
    Finding::at(in_workload(&served.workload, "spec.strategy"), message)
        .because("what is not reached is absent from the results")
        .cure("raise `horizon`")
}

fn rollout_length(served: &Served<'_>) -> Option<SimDuration> {
    let wave = available_after(served, 0.5);
    let (strategy, replicas) = (served.workload.strategy?, served.workload.replicas);
    let (surge, unavailable) = fenceposts(strategy, replicas);
    Some(match strategy {
        Strategy::Recreate => served.workload.template.grace + wave,
        Strategy::RollingUpdate { .. } => {
            let waves = replicas.div_ceil((surge + unavailable).max(1));
            wave * u64::from(waves)
        }
    })
}

/// To the second, as an estimate is told.
fn rounded(length: SimDuration) -> SimDuration {
    SimDuration::from_secs(length.as_secs_f64().round() as u64)
}

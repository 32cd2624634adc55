//! Whether the pods can carry what comes.

use super::finding::{Finding, in_container, in_workload};
use super::list::{Served, Stage, served};
use crate::manifest::Strategy;
use crate::scenario::{Objects, Operation, Variant, Workload};
use crate::traffic::Arrivals;

/// Above this part of the capacity queues grow long and time-outs begin.
const FULL: f64 = 0.9;

/// An idle process already needs more than it may have.
pub(super) fn memory_above_limit(served: &Served<'_>) -> Option<Finding> {
    let limit = served.container.resources.memory_limit?;
    let base = served.image.memory.base;
    if base <= limit {
        return None;
    }
    let path = in_container(
        &served.workload,
        served.container,
        "resources.limits.memory",
    );
    let message = format!("the memory limit is {limit}, and an idle process takes {base}");
    Some(
        Finding::at(path, message)
            .because("every start ends in an out-of-memory kill")
            .cure("raise the limit, or the image's `memory.base` is wrong"),
    )
}

/// Pods that are there at the lowest point of a rollout.
fn pods_least(workload: &Workload<'_>) -> u32 {
    let replicas = workload.replicas;
    match workload.strategy {
        None | Some(Strategy::Recreate) => replicas,
        Some(rolling @ Strategy::RollingUpdate { .. }) => {
            let (_, unavailable) = super::rollout::fenceposts(rolling, replicas);
            replicas.saturating_sub(unavailable)
        }
    }
}

/// The highest rate that a source comes to.
pub(super) fn rate_most(arrivals: &Arrivals) -> f64 {
    match arrivals {
        Arrivals::Poisson { rate } | Arrivals::Constant { rate } => rate.as_per_second(),
        Arrivals::Bursts { quiet, busy, .. } => quiet.max(busy).as_per_second(),
        Arrivals::Piecewise { points, .. } => {
            let rates = points.iter().map(|(_, rate)| rate.as_per_second());
            rates.fold(0.0, f64::max)
        }
    }
}

/// Requests that want to be served at once against requests that can be.
pub(super) fn load_above_capacity(stage: &Stage<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, service) in stage.objects.services.iter().enumerate() {
        let sources = stage.variant.traffic.iter().zip(&stage.variant.entries);
        let knocking = sources.filter(|(_, entry)| entry.service() == Some(at));
        let rate: f64 = knocking
            .map(|(source, _)| rate_most(&source.arrivals))
            .sum();
        let behind = stage.objects.workloads().filter(|workload| {
            workload.namespace == service.namespace
                && service.selector.matches(&workload.template.labels)
        });
        let behind: Vec<Served<'_>> = behind
            .filter_map(|one| served(stage.variant, one, &stage.variant.images))
            .collect();
        findings.extend(overload(rate, &behind));
    }
    findings
}

fn overload(rate: f64, behind: &[Served<'_>]) -> Option<Finding> {
    let per_second = |pods: fn(&Workload<'_>) -> u32| -> f64 {
        behind
            .iter()
            .map(|one| {
                let each = f64::from(one.image.concurrency) / one.image.service_time.mean();
                f64::from(pods(&one.workload)) * each
            })
            .sum()
    };
    let first = behind.first()?;
    let (always, least) = (
        per_second(|workload| workload.replicas),
        per_second(pods_least),
    );
    let (when, capacity) = if rate > FULL * always {
        ("", always)
    } else if rate > FULL * least {
        (" while a rollout has the fewest pods", least)
    } else {
        return None;
    };
    let message = format!("up to {rate:.0} requests/s meet a capacity of {capacity:.0}/s{when}");
    Some(
        Finding::at(in_workload(&first.workload, "spec.replicas"), message)
            .because("capacity = replicas × concurrency / mean service time, from the scenario")
            .cure("more replicas, a smaller `maxUnavailable`, or less traffic"),
    )
}

/// Images that are described and that no pod runs: probably another name was meant.
pub(super) fn images_unused(stage: &Stage<'_>) -> Vec<Finding> {
    let variants = stage.scenario.variants.iter();
    let used: Vec<&str> = variants.flat_map(images_run).collect();
    let likes: Vec<&str> = stage.likes.iter().map(String::as_str).collect();
    let images = stage.variant.images.keys().map(String::as_str);
    images
        .filter(|name| !used.contains(name) && !likes.contains(name))
        .map(|name| {
            let path = format!("scenario:image.\"{name}\"");
            Finding::at(path, format!("no pod ever runs the image `{name}`"))
                .because("neither the manifests nor the release nor an operator names it")
                .cure("remove it, or correct the name")
        })
        .collect()
}

fn images_run(variant: &Variant) -> Vec<&str> {
    let after = variant.release.iter().map(|release| &release.after);
    let objects = std::iter::once(&variant.before).chain(after);
    let applied = variant
        .operators
        .iter()
        .filter_map(|operator| match &operator.operation {
            Operation::Apply(object) => Some(object.view()),
            _ => None,
        });
    let workloads = objects.flat_map(Objects::workloads).chain(applied);
    let containers = workloads.flat_map(|workload| &workload.template.containers);
    containers
        .map(|container| container.image.as_str())
        .collect()
}

/// Counting from an empty system flatters it.
pub(super) fn warm_up_too_short(stage: &Stage<'_>) -> Vec<Finding> {
    let slowest = stage
        .variant
        .images
        .values()
        .map(|image| image.service_time.quantile(0.999))
        .fold(0.0, f64::max);
    let warm_up = stage.scenario.warm_up;
    if stage.variant.traffic.is_empty() || warm_up.as_secs_f64() >= slowest {
        return Vec::new();
    }
    let message =
        format!("the `warm-up` of {warm_up} is shorter than a slow request ({slowest:.1} s)");
    vec![
        Finding::at("scenario:warm-up".to_owned(), message)
            .because("queues are still filling when counting begins")
            .cure("give it at least several times that long"),
    ]
}

//! Weights of a canary against the pods that carry them (reference progressive-delivery.md §2.3, §2.4).

use super::finding::Finding;
use super::list::served;
use super::update::Update;
use crate::control::argo_rollouts::{CanarySpec, RolloutSpec, RolloutStrategy};
use crate::manifest::argo::{CanaryScale, CanaryStep};
use crate::scenario::Workload;
use crate::scenario::outlook::{Scene, Version, true_share};

/// A share that misses its weight by less than this (points) is what people expect of whole pods.
const MISSED: f64 = 4.0;

/// The spec that decisions see, of a canary.
fn spec_of(update: &Update<'_>) -> Option<CanarySpec> {
    match RolloutSpec::from(update.rollout).strategy {
        RolloutStrategy::Canary(canary) => Some(canary),
        RolloutStrategy::BlueGreen(_) => None,
    }
}

/// Weights of a canary without a router that come to other shares.
pub(super) fn weights_are_whole_pods(update: &Update<'_>) -> Vec<Finding> {
    let Some(spec) = spec_of(update).filter(|spec| !spec.is_weighted()) else {
        return Vec::new();
    };
    let replicas = update.rollout.replicas;
    let weights = update
        .canary()
        .into_iter()
        .flat_map(|canary| canary.steps.iter().enumerate());
    let mut told: Vec<String> = Vec::new();
    let mut first = None;
    for (index, step) in weights {
        let CanaryStep::SetWeight(weight) = step else {
            continue;
        };
        let sizes = true_share(&spec, replicas, *weight);
        let all = sizes.canary + sizes.stable;
        let share = 100.0 * f64::from(sizes.canary) / f64::from(all.max(1));
        if replicas == 0 || (share - f64::from(*weight)).abs() < MISSED {
            continue;
        }
        first.get_or_insert(index);
        told.push(format!(
            "`setWeight: {weight}` is {} of {all} pods, {share:.0} %",
            sizes.canary
        ));
    }
    let Some(first) = first else {
        return Vec::new();
    };
    let finding = update.finding(
        &format!("spec.strategy.canary.steps[{first}].setWeight"),
        told.join("; "),
    );
    vec![
        finding
            .because("without `trafficRouting` the share of the traffic is the share of whole pods")
            .cure("name a router in `trafficRouting`, or count on these shares"),
    ]
}

/// A least size that a canary without a router does not take.
pub(super) fn min_pods_without_router(update: &Update<'_>) -> Vec<Finding> {
    let Some(canary) = update
        .canary()
        .filter(|canary| canary.traffic_routing.is_none())
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if canary.min_pods_per_replica_set.is_some() {
        let path = "spec.strategy.canary.minPodsPerReplicaSet";
        let message = "`minPodsPerReplicaSet` has no say without `trafficRouting`".to_owned();
        findings.push(
            update
                .finding(path, message)
                .because("whole pods are the traffic")
                .cure("remove it, or name a router in `trafficRouting`"),
        );
    }
    findings
}

/// More pods per set than there are in all.
pub(super) fn min_pods_above_replicas(update: &Update<'_>) -> Vec<Finding> {
    let least = update
        .canary()
        .and_then(|canary| canary.min_pods_per_replica_set);
    let replicas = update.rollout.replicas;
    let Some(least) = least.filter(|least| *least > replicas) else {
        return Vec::new();
    };
    let message = format!("`minPodsPerReplicaSet` is {least}, and there are {replicas} replicas");
    let finding = update.finding("spec.strategy.canary.minPodsPerReplicaSet", message);
    vec![
        finding
            .because(format!(
                "a canary has all {replicas} pods from its first weight on"
            ))
            .cure("keep it at or below `replicas`"),
    ]
}

/// A canary whose size is held while its weight grows.
pub(super) fn held_scale_is_too_small(update: &Update<'_>) -> Vec<Finding> {
    let scales = update.canary().is_some_and(|canary| {
        let holds = |step: &CanaryStep| {
            matches!(
                step,
                CanaryStep::SetCanaryScale(CanaryScale::Replicas(_) | CanaryScale::Weight(_))
            )
        };
        canary.traffic_routing.is_some() && canary.steps.iter().any(holds)
    });
    let workload = Workload::from(update.rollout);
    let Some(one) = served(update.variant, workload, &update.variant.images).filter(|_| scales)
    else {
        return Vec::new();
    };
    let each = f64::from(one.image.concurrency) / one.image.service_time.mean();
    let scene = Scene::of(
        update.variant,
        update.rollout,
        &update.course,
        super::capacity::rate_most,
    );
    let services = 0..update.variant.before.services.len();
    let tight = update.course.stretches.iter().find_map(|stretch| {
        let rates = services
            .clone()
            .map(|at| scene.rate(at, Version::New, stretch.from));
        let rate: f64 = rates.sum();
        // What no pod answers is asked of one all the same: the router sends it.
        let asked = match stretch.pods_new {
            0 => stretch.share * 100.0,
            _ => rate,
        };
        let capacity = f64::from(stretch.pods_new) * each;
        (asked > 0.9 * capacity && stretch.share > 0.0).then_some((stretch, rate, capacity))
    });
    let Some((stretch, rate, capacity)) = tight else {
        return Vec::new();
    };
    let message = match stretch.pods_new {
        0 => format!(
            "at weight {:.0} % the canary has no pods",
            100.0 * stretch.share
        ),
        pods => format!(
            "at weight {:.0} % {rate:.0} requests/s meet {pods} canary pods of {capacity:.0}/s",
            100.0 * stretch.share
        ),
    };
    vec![
        update
            .finding("spec.strategy.canary.steps", message)
            .because("`setCanaryScale` holds the size of the canary, whatever its weight")
            .cure("end it with `setCanaryScale: { matchTrafficWeight: true }` before the weight grows"),
    ]
}

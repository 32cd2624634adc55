//! `spec.strategy.canary`.

use super::affinity::read_anti_affinity;
use super::analysis::read_analysis;
use super::blue_green::service;
use super::rollout::Whole;
use super::routing::{Routes, read_traffic_routing};
use super::scale_down::read_scale_down;
use super::step::read_steps;
use super::{AntiAffinity, BackgroundAnalysis, CanaryStep, ScaleDown, TrafficRouting};
use crate::document::{Diagnostic, FromNode, MapReader};
use crate::manifest::probe::SECONDS_MAX;
use crate::manifest::{IntOrString, REPLICAS_MAX};
use crate::units::IntOrPercent;

/// Bit by bit, in steps (reference progressive-delivery.md §2).
#[derive(Debug, Clone, PartialEq)]
pub struct Canary {
    /// `canaryService`: meets only new pods.
    pub canary_service: Option<String>,
    /// `stableService`: meets only stable pods.
    pub stable_service: Option<String>,
    /// `steps`, in order.
    pub steps: Vec<CanaryStep>,
    /// `maxSurge`; default 25 %, rounded up.
    pub max_surge: IntOrPercent,
    /// `maxUnavailable`; default 25 %, rounded down.
    pub max_unavailable: IntOrPercent,
    /// `trafficRouting`; default none: the share of traffic is the share of pods.
    pub traffic_routing: Option<TrafficRouting>,
    /// `analysis`, in the background of the steps.
    pub analysis: Option<BackgroundAnalysis>,
    /// `dynamicStableScale`, with traffic routing only; default false.
    pub dynamic_stable_scale: bool,
    /// `minPodsPerReplicaSet` (pods), with traffic routing only.
    pub min_pods_per_replica_set: Option<u32>,
    /// `replicaProgressThreshold`; default none: all pods.
    pub replica_progress_threshold: Option<ProgressThreshold>,
    /// Delays before sets that are no longer needed go, with traffic routing only.
    pub scale_down: ScaleDown,
    /// `antiAffinity`.
    pub anti_affinity: Option<AntiAffinity>,
}

/// `replicaProgressThreshold`: how many of the wanted pods have to be available before a step goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressThreshold {
    /// This many percent of them; negative: all.
    Percent(i32),
    /// This many; negative: all.
    Pods(i32),
}

const QUARTER: IntOrPercent = IntOrPercent::Percent(25);

/// Reads it.
pub(super) fn read_canary(mut map: MapReader<'_, '_>, whole: &Whole<'_>) -> Canary {
    let traffic_routing = read_traffic_routing(&mut map);
    let routes = match &traffic_routing {
        Some(routing) => Routes::By(routing),
        None if map.has("trafficRouting") => Routes::Unreadable,
        None => Routes::None,
    };
    let steps = read_steps(&mut map, routes, whole);
    let canary = Canary {
        canary_service: service(&mut map, "canaryService"),
        stable_service: service(&mut map, "stableService"),
        steps,
        max_surge: fencepost(&mut map, "maxSurge"),
        max_unavailable: fencepost(&mut map, "maxUnavailable"),
        traffic_routing,
        analysis: read_background(&mut map, whole),
        dynamic_stable_scale: map.optional("dynamicStableScale").unwrap_or(false),
        min_pods_per_replica_set: map
            .number_within("minPodsPerReplicaSet", 0..=REPLICAS_MAX)
            .map(|pods| pods as u32),
        replica_progress_threshold: read_threshold(&mut map),
        scale_down: read_scale_down(&mut map),
        anti_affinity: read_anti_affinity(&mut map),
    };
    refuse_ping_pong(&mut map);
    check_fenceposts(&canary, &mut map);
    check_services(&canary, &mut map);
    check_scaling(&canary, &mut map);
    canary
}

/// A fencepost of a Rollout; default 25 %, never negative.
pub(super) fn fencepost<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> IntOrPercent {
    let Some(node) = map.node(key) else {
        return QUARTER;
    };
    let read = IntOrString::from_node(node).and_then(|written| {
        let wrong = |message: String| Diagnostic::error(message).at(node.span);
        let value = written.as_count_or_percentage().map_err(|error| {
            let rule = "expected a whole number or a whole percentage such as `25%`";
            wrong(format!(
                "`{}` cannot be read",
                error.value.trim_end_matches('%')
            ))
            .label(rule)
        })?;
        match value {
            IntOrPercent::Int(number) | IntOrPercent::Percent(number) if number < 0 => {
                Err(wrong(format!("`{value}` is out of range")).label("expected 0 or more"))
            }
            value => Ok(value),
        }
    });
    read.unwrap_or_else(|mut problem| {
        problem.message = format!("`{key}`: {}", problem.message);
        map.problems().push(problem);
        QUARTER
    })
}

fn read_background(map: &mut MapReader<'_, '_>, whole: &Whole<'_>) -> Option<BackgroundAnalysis> {
    let mut background = map.map("analysis")?;
    let step = background.number_within("startingStep", 0..=SECONDS_MAX);
    Some(BackgroundAnalysis {
        analysis: read_analysis("analysis", background, whole),
        starting_step: step.map(|step| step as u32),
    })
}

fn read_threshold(map: &mut MapReader<'_, '_>) -> Option<ProgressThreshold> {
    let mut threshold = map.map("replicaProgressThreshold")?;
    threshold.required_node("type");
    type Kind = fn(i32) -> ProgressThreshold;
    let kinds = [
        ("Percent", ProgressThreshold::Percent as Kind),
        ("Pods", ProgressThreshold::Pods),
    ];
    let kind = threshold.word("type", &kinds);
    let value = threshold.required("value");
    Some(kind?(value?))
}

fn refuse_ping_pong(map: &mut MapReader<'_, '_>) {
    if map.node("pingPong").is_some() {
        let finding = Diagnostic::error("`pingPong` is not modelled")
            .at(map.key_span("pingPong"))
            .label("here the stable and the canary Service keep their names")
            .hint("name its two Services `stableService` and `canaryService`");
        map.problems().push(finding);
    }
}

fn check_fenceposts(canary: &Canary, map: &mut MapReader<'_, '_>) {
    let zero = |post| matches!(post, IntOrPercent::Int(0) | IntOrPercent::Percent(0));
    if zero(canary.max_surge) && zero(canary.max_unavailable) {
        let finding = Diagnostic::error("`maxSurge` and `maxUnavailable` are both 0")
            .at(map.value_span("maxUnavailable"))
            .label("no pod could ever be replaced")
            .hint("allow at least one of them, such as `maxSurge: 1`");
        map.problems().push(finding);
    }
}

fn check_services(canary: &Canary, map: &mut MapReader<'_, '_>) {
    if canary.canary_service.is_some() && canary.canary_service == canary.stable_service {
        let finding = Diagnostic::error("`canaryService` and `stableService` are the same")
            .at(map.value_span("stableService"))
            .label("expected two different Services");
        map.problems().push(finding);
    }
    let Some(routing) = &canary.traffic_routing else {
        return;
    };
    if !routing.router.needs_services() || map.has("pingPong") {
        return;
    }
    let both = [
        ("canaryService", &canary.canary_service),
        ("stableService", &canary.stable_service),
    ];
    for (key, _) in both.iter().filter(|(_, name)| name.is_none()) {
        let router = routing.router.key();
        let finding = Diagnostic::error(format!("`trafficRouting` lacks a `{key}`"))
            .at(map.key_span("trafficRouting"))
            .label(format!(
                "`{router}` splits the traffic between two Services"
            ))
            .hint(format!("name a Service as `{key}`"));
        map.problems().push(finding);
    }
}

/// Fields that have a say with traffic routing only, and two that contradict each other.
fn check_scaling(canary: &Canary, map: &mut MapReader<'_, '_>) {
    let delayed = canary.scale_down.delay.is_some();
    let dynamic = canary.dynamic_stable_scale;
    if canary.traffic_routing.is_none() && !map.has("trafficRouting") {
        let without = [
            ("scaleDownDelaySeconds", delayed),
            ("dynamicStableScale", dynamic),
        ];
        for (key, _) in without.iter().filter(|(_, written)| *written) {
            let finding = Diagnostic::error(format!("`{key}` without `trafficRouting`"))
                .at(map.key_span(key))
                .label("it can only be used with traffic routing")
                .hint("remove it, or name a router in `trafficRouting`");
            map.problems().push(finding);
        }
    } else if delayed && dynamic {
        let finding = Diagnostic::error("`dynamicStableScale` with `scaleDownDelaySeconds`")
            .at(map.key_span("dynamicStableScale"))
            .label("a stable set that shrinks with its traffic has nothing left to delay")
            .hint("remove one of them");
        map.problems().push(finding);
    }
}

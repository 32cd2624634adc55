//! The steps of a canary.

use super::analysis::read_analysis;
use super::experiment::read_experiment;
use super::rollout::Whole;
use super::route::{read_header_route, read_mirror_route};
use super::routing::Routes;
use super::{AnalysisRef, Experiment, GoDuration, HeaderRoute, MirrorRoute};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::manifest::probe::{SECONDS_MAX, seconds};
use crate::manifest::{IntOrString, REPLICAS_MAX};
use crate::units::SimDuration;

/// One step (reference progressive-delivery.md §2.6).
#[derive(Debug, Clone, PartialEq)]
pub enum CanaryStep {
    /// `setWeight` (parts of the maximum weight).
    SetWeight(u32),
    /// `pause`, in whole seconds; `None`: until a human promotes.
    Pause(Option<SimDuration>),
    /// `analysis`: waits for its run.
    Analysis(AnalysisRef),
    /// `setCanaryScale`.
    SetCanaryScale(CanaryScale),
    /// `setHeaderRoute`.
    SetHeaderRoute(HeaderRoute),
    /// `setMirrorRoute`.
    SetMirrorRoute(MirrorRoute),
    /// `experiment`: waits for it.
    Experiment(Experiment),
    /// `plugin`, by its name.
    Plugin(String),
}

/// `setCanaryScale`: the canary's size, apart from its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanaryScale {
    /// This many pods.
    Replicas(u32),
    /// As many pods as this weight would need; may exceed the maximum weight.
    Weight(u32),
    /// `matchTrafficWeight: true`: what the last `setWeight` needs, as without the step.
    MatchTrafficWeight,
}

impl CanaryStep {
    /// Analyses that the step asks for.
    pub fn analyses(&self) -> Vec<&AnalysisRef> {
        match self {
            Self::Analysis(analysis) => vec![analysis],
            Self::Experiment(experiment) => {
                let all = experiment.analyses.iter();
                all.map(|one| &one.analysis).collect()
            }
            _ => Vec::new(),
        }
    }
}

const KINDS: [&str; 8] = [
    "setWeight",
    "pause",
    "analysis",
    "setCanaryScale",
    "setHeaderRoute",
    "setMirrorRoute",
    "experiment",
    "plugin",
];

/// Reads `steps`; wrong ones are reported and left out.
pub(super) fn read_steps(
    canary: &mut MapReader<'_, '_>,
    routes: Routes<'_>,
    whole: &Whole<'_>,
) -> Vec<CanaryStep> {
    let nodes = canary.list("steps").unwrap_or_default();
    let read = |node| read_step(node, (routes, whole), canary.problems());
    nodes.iter().filter_map(read).collect()
}

fn read_step(
    node: &Node,
    (routes, whole): (Routes<'_>, &Whole<'_>),
    problems: &mut Diagnostics,
) -> Option<CanaryStep> {
    let mut map = MapReader::open(node, "a step", problems)?;
    match only_kind(node, &mut map)? {
        "setWeight" => {
            let weight = map.number_within("setWeight", 0..=i64::from(routes.max_weight()))?;
            Some(CanaryStep::SetWeight(weight as u32))
        }
        "pause" => read_pause(map.map("pause")?).map(CanaryStep::Pause),
        "analysis" => {
            let analysis = read_analysis("analysis", map.map("analysis")?, whole);
            Some(CanaryStep::Analysis(analysis))
        }
        "setCanaryScale" => read_scale(map.map("setCanaryScale")?, routes),
        "setHeaderRoute" => {
            let route = read_header_route(map.map("setHeaderRoute")?, routes);
            route.map(CanaryStep::SetHeaderRoute)
        }
        "setMirrorRoute" => {
            let route = read_mirror_route(map.map("setMirrorRoute")?, routes);
            route.map(CanaryStep::SetMirrorRoute)
        }
        "experiment" => {
            let experiment = read_experiment(map.map("experiment")?, routes, whole);
            Some(CanaryStep::Experiment(experiment))
        }
        _ => map.map("plugin")?.required("name").map(CanaryStep::Plugin),
    }
}

/// The one thing a step says. The controller takes some pairs too; here they are two steps.
fn only_kind(node: &Node, map: &mut MapReader<'_, '_>) -> Option<&'static str> {
    let written: Vec<&str> = KINDS.into_iter().filter(|kind| map.has(kind)).collect();
    let finding = match written[..] {
        [kind] => return Some(kind),
        [] => {
            let kinds = KINDS.map(|kind| format!("`{kind}`")).join(", ");
            let pause = node.child("pause").is_some();
            Diagnostic::error("a step says nothing")
                .at(map.span())
                .label(format!("expected one of {kinds}"))
                .maybe_hint(pause.then(|| "to wait for a human write `pause: {}`".to_owned()))
        }
        [first, second, ..] => Diagnostic::error(format!("a step is `{first}` and `{second}`"))
            .at(map.key_span(second))
            .label("expected one thing a step")
            .hint("make two steps of it"),
    };
    map.problems().push(finding);
    None
}

/// `duration`: whole seconds, as text also with a unit; what is finer is cut off.
fn read_pause(mut map: MapReader<'_, '_>) -> Option<Option<SimDuration>> {
    if !map.has("duration") {
        map.skip(["duration"]);
        return Some(None);
    }
    let length = match map.optional::<IntOrString>("duration")? {
        IntOrString::Int(number) => Ok(i64::from(number)),
        IntOrString::Text(text) => match text.parse::<i32>() {
            Ok(number) => Ok(i64::from(number)),
            Err(_) => text
                .parse::<GoDuration>()
                .map(|duration| duration.length().as_secs() as i64),
        },
    };
    let place = map.value_span("duration");
    let finding = match length {
        Ok(length) if (0..=SECONDS_MAX).contains(&length) => return Some(Some(seconds(length))),
        Ok(length) => Diagnostic::error(format!("`duration` is {length} s, out of range"))
            .label(format!("expected 0 to {SECONDS_MAX} seconds")),
        Err(error) => Diagnostic::error(format!("`duration`: `{}` cannot be read", error.value))
            .label("expected seconds, or a duration such as `30s`, `10m` or `1h`"),
    };
    map.problems().push(finding.at(place));
    None
}

fn read_scale(mut map: MapReader<'_, '_>, routes: Routes<'_>) -> Option<CanaryStep> {
    if routes.can(|_| true) == Some(false) {
        let finding = Diagnostic::error("`setCanaryScale` without `trafficRouting`")
            .at(map.span())
            .label("it can only be used with traffic routing")
            .hint("remove the step, or name a router in `trafficRouting`");
        map.problems().push(finding);
    }
    let replicas = map.number_within("replicas", 0..=REPLICAS_MAX);
    let weight = map.number_within("weight", 0..=i64::from(i32::MAX));
    let matches = map.optional("matchTrafficWeight") == Some(true);
    let said = [map.has("replicas"), map.has("weight"), matches];
    match said.iter().filter(|said| **said).count() {
        1 => {}
        0 => warn(
            &mut map,
            "`setCanaryScale` says no size",
            "it is as `matchTrafficWeight: true`",
        ),
        _ => warn(
            &mut map,
            "`setCanaryScale` says more than one size",
            "`matchTrafficWeight` goes before `replicas`, and that before `weight`",
        ),
    }
    let scale = match (replicas, weight) {
        _ if matches => CanaryScale::MatchTrafficWeight,
        (Some(replicas), _) => CanaryScale::Replicas(replicas as u32),
        (None, Some(weight)) => CanaryScale::Weight(weight as u32),
        (None, None) => CanaryScale::MatchTrafficWeight,
    };
    Some(CanaryStep::SetCanaryScale(scale))
}

fn warn(map: &mut MapReader<'_, '_>, message: &str, rule: &str) {
    let finding = Diagnostic::warning(message).at(map.span()).label(rule);
    map.problems().push(finding);
}

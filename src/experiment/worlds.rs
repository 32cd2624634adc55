//! The worlds of an experiment: every variant, and every distinct release-free twin.

use crate::ids::RunIndex;
use crate::manifest::{Deployment, Strategy};
use crate::scenario::{Operation, Scenario, Variant};
use crate::units::{IntOrPercent, SimTime};

/// Whether a world meets the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// The variant as it is.
    Released,
    /// Its twin that stands still; several variants may share it.
    Standing,
}

/// One run of one world.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// What to simulate; a twin has no `release`.
    pub variant: &'a Variant,
    /// Which of the two it is.
    pub world: World,
    /// Counted from here to the horizon: the release, but not before the end of the warm-up. The
    /// same for a variant and its twin.
    pub count_from: SimTime,
    /// Which luck it meets.
    pub run: RunIndex,
}

/// A world and what its jobs need to know.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) variant: Variant,
    pub(super) world: World,
    pub(super) count_from: SimTime,
}

/// All worlds: variants first, in their order, then twins.
#[derive(Debug)]
pub(super) struct Cases {
    pub(super) all: Vec<Case>,
    /// By variant, the index of its twin; absent without a release.
    pub(super) twin_of: Vec<Option<usize>>,
}

impl Cases {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let warm = SimTime::ZERO + scenario.warm_up;
        let from = |variant: &Variant| variant.release.as_ref().map_or(warm, |it| it.at.max(warm));
        let released = |variant: &Variant| Case {
            variant: variant.clone(),
            world: World::Released,
            count_from: from(variant),
        };
        let mut all: Vec<Case> = scenario.variants.iter().map(released).collect();
        let mut twin_of = Vec::new();
        for variant in &scenario.variants {
            let place = variant.release.is_some().then(|| {
                let twin = Case {
                    variant: standing(variant),
                    world: World::Standing,
                    count_from: from(variant),
                };
                place_of(twin, &mut all)
            });
            twin_of.push(place);
        }
        Self { all, twin_of }
    }
}

fn place_of(twin: Case, all: &mut Vec<Case>) -> usize {
    let equal = |case: &Case| {
        case.world == World::Standing
            && case.count_from == twin.count_from
            && case.variant == twin.variant
    };
    all.iter().position(equal).unwrap_or_else(|| {
        all.push(twin);
        all.len() - 1
    })
}

/// The variant without its release, and without what cannot matter then, so that equal twins are
/// seen to be equal: its name, and (unless people apply other templates) how a Deployment would
/// roll out, and images that no pod has.
fn standing(variant: &Variant) -> Variant {
    let mut twin = variant.clone();
    twin.name = String::new();
    twin.release = None;
    let applies = |operator: &crate::scenario::Operator| {
        matches!(operator.operation, Operation::Apply(_) | Operation::Undo)
    };
    if twin.operators.iter().any(applies) {
        return twin;
    }
    twin.before.deployments.iter_mut().for_each(forget_rollout);
    let deployments = &twin.before.deployments;
    let containers = deployments.iter().flat_map(|it| &it.template.containers);
    let used: Vec<&String> = containers.map(|container| &container.image).collect();
    twin.images.retain(|image, _| used.contains(&image));
    twin
}

fn forget_rollout(deployment: &mut Deployment) {
    deployment.strategy = Strategy::RollingUpdate {
        max_surge: IntOrPercent::Percent(25),
        max_unavailable: IntOrPercent::Percent(25),
    };
    deployment.progress_deadline = None;
    deployment.revision_history_limit = 10;
}

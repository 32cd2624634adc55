//! The worlds of an experiment: every variant, and every distinct release-free twin.

use crate::ids::RunIndex;
use crate::manifest::argo::RolloutStrategy;
use crate::manifest::{Deployment, Rollout, Strategy};
use crate::scenario::{Moment, Operation, Operator, Scenario, Variant};
use crate::telemetry::TelemetrySpec;
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
/// seen to be equal: its name, people who have nothing to do, and (unless others apply templates or
/// wait for the course of a rollout) how a Deployment would roll out, and images that no pod has.
fn standing(variant: &Variant) -> Variant {
    let mut twin = variant.clone();
    twin.name = String::new();
    twin.release = None;
    twin.operators.retain(|operator| matters(operator, variant));
    // Without an update there is nothing to take back, and nothing to judge.
    if !twin.operators.iter().any(applies) {
        (twin.on_call, twin.telemetry) = (None, TelemetrySpec::default());
        twin.before.analysis_templates.clear();
        twin.before.rollouts.iter_mut().for_each(forget_steps);
    }
    if twin.operators.iter().any(|it| applies(it) || waits(it)) {
        return twin;
    }
    twin.before.deployments.iter_mut().for_each(forget_rollout);
    let workloads = twin.before.workloads();
    let containers = workloads.flat_map(|it| &it.template.containers);
    let used: Vec<&String> = containers.map(|container| &container.image).collect();
    twin.images.retain(|image, _| used.contains(&image));
    twin
}

/// Whether an operator can change anything in a world without a release.
///
/// An undo has nothing to go back to unless somebody applies another template. Nobody hears of a
/// pause that nobody makes. A Deployment may be stuck all the same (pods that fit nowhere), so
/// those who wait for that stay.
fn matters(operator: &Operator, variant: &Variant) -> bool {
    if variant.operators.iter().any(applies) {
        return true;
    }
    let pauses = |it: &Operator| it.operation == Operation::Pause;
    let paused = variant.before.workloads().any(|it| it.paused);
    let pause = paused || variant.operators.iter().any(pauses);
    match (&operator.operation, &operator.when) {
        (Operation::Undo, _) => false,
        (_, Moment::WhenPaused(_)) => pause,
        _ => true,
    }
}

fn applies(operator: &Operator) -> bool {
    matches!(operator.operation, Operation::Apply(_))
}

fn waits(operator: &Operator) -> bool {
    !matches!(operator.when, Moment::At(_))
}

/// What a Rollout would do in an update; its Services stay.
fn forget_steps(rollout: &mut Rollout) {
    match &mut rollout.strategy {
        RolloutStrategy::BlueGreen(strategy) => {
            (strategy.pre_promotion, strategy.post_promotion) = (None, None);
            strategy.anti_affinity = None;
        }
        RolloutStrategy::Canary(canary) => {
            canary.steps.clear();
            canary.analysis = None;
            canary.anti_affinity = None;
        }
    }
}

fn forget_rollout(deployment: &mut Deployment) {
    deployment.strategy = Strategy::RollingUpdate {
        max_surge: IntOrPercent::Percent(25),
        max_unavailable: IntOrPercent::Percent(25),
    };
    deployment.progress_deadline = None;
    deployment.revision_history_limit = 10;
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::laws::Law;
    use crate::manifest::argo::AntiAffinity;
    use crate::scenario::load;

    fn guide() -> Scenario {
        let path = Path::new("scenarios/guide/rolling.toml");
        load(path).expect("it is shipped without errors").scenario
    }

    fn operator(when: Moment, operation: Operation) -> Operator {
        Operator {
            when,
            target: 0,
            operation,
        }
    }

    /// Twins of the guide's seven variants if these people are there.
    fn twins(operators: &[Operator]) -> usize {
        let mut scenario = guide();
        for variant in &mut scenario.variants {
            variant.operators = operators.to_vec();
        }
        Cases::of(&scenario).all.len() - scenario.variants.len()
    }

    const SOON: Moment = Moment::WhenStuck(Law::Constant(30.0));
    const LATER: Moment = Moment::WhenPaused(Law::Constant(30.0));

    fn noon() -> Moment {
        Moment::At(SimTime::from_secs(300))
    }

    fn apply() -> Operator {
        let deployment = guide().variants[0].before.deployments[0].clone();
        operator(noon(), Operation::Apply(deployment.into()))
    }

    #[test]
    fn ways_to_roll_out_share_a_twin_and_other_pods_have_their_own() {
        // Four strategies together; without preStop, another handler, other health checks.
        let cases = Cases::of(&guide());
        let all = cases.twin_of.iter().map(|twin| twin.map(|it| it - 7));
        let all: Vec<usize> = all.map(|twin| twin.expect("there is a release")).collect();
        assert_eq!(all, [0, 0, 0, 0, 1, 2, 3]);
    }

    #[test]
    fn where_new_pods_may_go_matters_to_no_twin() {
        let path = Path::new("scenarios/guide/blue-green.toml");
        let mut scenario = load(path).expect("it is shipped without errors").scenario;
        let as_is = scenario.variants[0].clone();
        let mut apart = as_is.clone();
        let RolloutStrategy::BlueGreen(strategy) = &mut apart.before.rollouts[0].strategy else {
            panic!("the scenario is about blue-green");
        };
        strategy.anti_affinity = Some(AntiAffinity::Required);
        scenario.variants = vec![as_is, apart];
        assert_eq!(Cases::of(&scenario).twin_of, [Some(2), Some(2)]);
    }

    #[test]
    fn an_undo_without_another_revision_does_nothing() {
        assert_eq!(twins(&[operator(SOON, Operation::Undo)]), 4);
        assert_eq!(twins(&[operator(noon(), Operation::Undo)]), 4);
        assert_eq!(twins(&[operator(noon(), Operation::Undo), apply()]), 7);
    }

    #[test]
    fn nobody_hears_of_a_pause_that_nobody_makes() {
        let resume = operator(LATER, Operation::Resume);
        assert_eq!(twins(std::slice::from_ref(&resume)), 4);
        let pause = operator(noon(), Operation::Pause);
        assert_eq!(twins(&[resume, pause]), 7);
    }

    #[test]
    fn who_waits_for_a_stuck_deployment_needs_its_deadline() {
        assert_eq!(twins(&[operator(SOON, Operation::Scale(9))]), 7);
        assert_eq!(twins(&[operator(noon(), Operation::Scale(9))]), 4);
    }
}

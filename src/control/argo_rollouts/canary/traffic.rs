//! What the router is told in one pass.

use super::super::analysis::Phase as RunPhase;
use super::super::written_weight::{stable_carries_rest, wanted_weight, weight_on_abort};
use super::super::{SetView, Step, TemplateHash, TrafficWeights};
use super::services::back_to_stable;
use super::{Action, CanaryView, RoutedWeights};

impl CanaryView<'_> {
    /// The former canary, if an update was interrupted to go back to a stable set that is scaled
    /// dynamically and not large enough yet (upstream's `IsDynamicallyRollingBackToStable`).
    pub(super) fn former_canary(&self) -> Option<TemplateHash> {
        let (new, routed) = (self.sets.new?, self.status.weights?);
        let back = self.is_fully_promoted() && self.spec.is_dynamic();
        let short = new.available < self.rollout.replicas;
        (back && short && routed.canary != new.hash).then_some(routed.canary)
    }

    /// The canary's weight that is wanted now (reference §2.5), whether stable can carry the rest or
    /// not. While it rolls back dynamically the canary keeps its weight until stable is whole.
    pub(super) fn wanted_weight(&self) -> u32 {
        let (spec, replicas) = (self.spec, self.rollout.replicas);
        let status = &self.canary_status();
        match self.former_canary() {
            Some(_) => weight_on_abort(spec, replicas, status, &self.sets),
            None => wanted_weight(spec, replicas, status, &self.sets),
        }
    }

    /// Traffic of the experiment's templates (parts), where the step may have any.
    fn experiment_weight(&self) -> u32 {
        let begun = |(index, _): (u32, Step)| {
            let so_far = self.spec.steps.get(..=index as usize);
            so_far.is_some_and(|steps| steps.contains(&Step::Experiment))
        };
        let full = self.status.promote_full || self.is_aborted() || self.is_fully_promoted();
        match self.experiment.filter(|ex| ex.phase == RunPhase::Running) {
            Some(experiment) if !full && self.step().is_some_and(begun) => experiment.weight,
            _ => 0,
        }
    }
}

/// The writes to the router and the weights after them (upstream's `reconcileTrafficRouting`): the
/// managed routes go where nothing may be left of them, then the step's route, then sets and weights.
/// Nothing but the first is written while stable could not carry its share.
pub(super) fn traffic(
    seen: &CanaryView<'_>,
    new: &SetView,
) -> (Vec<Action>, Option<TrafficWeights>) {
    if !seen.spec.is_weighted() {
        return (Vec::new(), None);
    }
    let mut actions: Vec<Action> = back_to_stable(seen).into_iter().collect();
    actions.extend(routes_to_remove(seen, new).then_some(Action::RemoveRoutes));
    let weight = seen.wanted_weight();
    let before = seen.status.weights;
    let carries = stable_carries_rest(seen.spec, seen.rollout.replicas, weight, &seen.sets);
    let Some(stable) = seen.sets.stable.filter(|_| carries) else {
        return (actions, before.map(|routed| routed.weights));
    };
    actions.extend(route_to_set(seen, new));
    let after = RoutedWeights {
        weights: weights(seen, weight),
        canary: seen.former_canary().unwrap_or(new.hash),
        stable: stable.hash,
    };
    actions.extend(writes(before, after, new));
    (actions, Some(after.weights))
}

fn routes_to_remove(seen: &CanaryView<'_>, new: &SetView) -> bool {
    let over = seen.is_fully_promoted()
        || seen.is_aborted()
        || new.available == 0
        || seen.status.promote_full;
    seen.status.routes_set && over && seen.former_canary().is_none()
}

/// The route of the present step, from the second revision on.
fn route_to_set(seen: &CanaryView<'_>, new: &SetView) -> Option<Action> {
    match seen.step().filter(|_| new.revision > 1)? {
        (index, Step::SetHeaderRoute) => Some(Action::SetHeaderRoute(index)),
        (index, Step::SetMirrorRoute) => Some(Action::SetMirrorRoute(index)),
        _ => None,
    }
}

/// The weights to write; a router whose weights are verified has to show the new ones first.
fn weights(seen: &CanaryView<'_>, canary: u32) -> TrafficWeights {
    let rest = seen.spec.max_weight().saturating_sub(canary);
    let stable = rest.saturating_sub(seen.experiment_weight());
    let before = seen.status.weights.map(|routed| routed.weights);
    let same = before.filter(|weights| (weights.canary, weights.stable) == (canary, stable));
    let verified = before.and_then(|weights| weights.verified);
    same.unwrap_or(TrafficWeights {
        canary,
        stable,
        verified: verified.map(|_| false),
    })
}

/// What is written of what has changed: first the sets, then the weights, but an empty canary loses
/// its weight before the router is pointed at it.
fn writes(before: Option<RoutedWeights>, after: RoutedWeights, new: &SetView) -> Vec<Action> {
    let sets = |routed: RoutedWeights| (routed.canary, routed.stable);
    let parts = |routed: RoutedWeights| (routed.weights.canary, routed.weights.stable);
    let pointed = before.map(sets) == Some(sets(after));
    let weighted = before.map(parts) == Some(parts(after));
    let point = (!pointed).then_some(Action::PointRoutes {
        canary: after.canary,
        stable: after.stable,
    });
    let weigh = (!weighted).then_some(Action::SetWeight {
        canary: after.weights.canary,
        stable: after.weights.stable,
    });
    let empties = new.available == 0 && before.is_some_and(|routed| routed.weights.canary > 0);
    match empties {
        true => weigh.into_iter().chain(point).collect(),
        false => point.into_iter().chain(weigh).collect(),
    }
}

//! Weights, and the pods that they need.

use super::{CanaryScale, CanarySpec, CanaryStatus, Sets, Stage, Step, after_abort};

/// A weight out of the weight that means all (parts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// The part.
    pub parts: u32,
    /// All of it; at least 1.
    pub whole: u32,
}

impl Weight {
    /// The rest of the whole; nothing where the part exceeds it.
    pub const fn rest(self) -> Self {
        Self {
            parts: self.whole.saturating_sub(self.parts),
            whole: self.whole,
        }
    }
    /// ⌈pods × weight⌉ (reference progressive-delivery.md §2.4, upstream's `trafficWeightToReplicas`).
    pub const fn replicas(self, pods: u32) -> u32 {
        let parts = self.parts as u64 * pods as u64;
        parts.div_ceil(self.whole as u64) as u32
    }
    /// ⌊pods × weight⌋.
    pub const fn replicas_at_least(self, pods: u32) -> u32 {
        (self.parts as u64 * pods as u64 / self.whole as u64) as u32
    }
}

/// What sizes the canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanaryTarget {
    /// A number of pods, by `setCanaryScale`.
    Replicas(u32),
    /// A weight (parts of the maximum).
    Weight(u32),
}

/// What sizes the canary now: all of it unless an update is under way, else `setCanaryScale`, else the
/// weight (§2.4, upstream's `GetCanaryReplicasOrWeight`).
pub fn canary_target(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> CanaryTarget {
    if status.promote_full || status.stage != Stage::Updating {
        return CanaryTarget::Weight(spec.max_weight());
    }
    match canary_scale(spec, status) {
        Some(CanaryScale::Replicas(count)) => CanaryTarget::Replicas(count),
        Some(CanaryScale::Weight(weight)) => CanaryTarget::Weight(weight),
        None | Some(CanaryScale::MatchTrafficWeight) => {
            CanaryTarget::Weight(desired_canary_weight(spec, replicas, status, sets))
        }
    }
}

/// The `setCanaryScale` in force: the last one up to the present step. It needs traffic routing, and an
/// abort ends it unless the user wants the canary kept for ever (§2.4).
fn canary_scale(spec: &CanarySpec, status: &CanaryStatus) -> Option<CanaryScale> {
    let ended = status.abort
        && after_abort(spec.is_weighted(), &spec.delays)
            .delay
            .is_some();
    if !spec.is_weighted() || ended {
        return None;
    }
    steps_back(spec, status)?.find_map(|step| match step {
        Step::SetCanaryScale(scale) => Some(*scale),
        _ => None,
    })
}

/// The present step and those before it, backwards; `None` past the last step.
fn steps_back<'a>(
    spec: &'a CanarySpec,
    status: &CanaryStatus,
) -> Option<impl Iterator<Item = &'a Step>> {
    let index = status.step_index.unwrap_or(0) as usize;
    let done = spec.steps.get(..=index)?;
    Some(done.iter().rev())
}

/// The weight of the last `setWeight` up to the present step: 0 before the first or on abort, all past
/// the last step (§2.4, upstream's `GetCurrentSetWeight`).
pub fn current_set_weight(spec: &CanarySpec, status: &CanaryStatus) -> u32 {
    if status.abort {
        return 0;
    }
    let Some(mut steps) = steps_back(spec, status) else {
        return spec.max_weight();
    };
    steps.find_map(set_weight).unwrap_or(0)
}

/// The weight that a step sets, if it does.
pub(super) fn set_weight(step: &Step) -> Option<u32> {
    match step {
        Step::SetWeight(weight) => Some(*weight),
        _ => None,
    }
}

/// The weight that the canary should have: [`current_set_weight`], but a dynamically scaled stable set
/// takes an aborted canary's traffic back step by step (§2.4, upstream's `GetDesiredCanaryWeight`).
pub fn desired_canary_weight(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> u32 {
    match (sets.new, sets.stable) {
        (Some(new), Some(stable)) if status.abort && spec.is_dynamic() => {
            let missing = replicas.saturating_sub(stable.available);
            // A canary that is kept until its deadline must not hold the weight up: stable could
            // then never grow to the size at which the deadline is set.
            let carried = match after_abort(true, &spec.delays).is_explicit_delay() {
                true => missing,
                false => missing.max(new.available),
            };
            let pods = |parts| weight_of(spec, parts).replicas(replicas);
            let mut weights = spec.steps.iter().rev().filter_map(set_weight);
            weights.find(|parts| pods(*parts) < carried).unwrap_or(0)
        }
        _ => current_set_weight(spec, status),
    }
}

/// `parts` of the canary's maximum weight.
pub(super) const fn weight_of(spec: &CanarySpec, parts: u32) -> Weight {
    Weight {
        parts,
        whole: spec.max_weight(),
    }
}

//! The weight that the router is told, which lags behind the one that is wanted.

use super::weights::set_weight;
use super::{
    CanarySpec, CanaryStatus, Sets, Stage, at_desired_sizes, current_set_weight,
    desired_canary_weight, threshold_met, weight_of,
};

/// The canary's weight to write now (reference §2.5, upstream's `reconcileTrafficRouting`); `None`:
/// nothing is written, as the stable set could not carry the rest. Experiments' shares, and a rollback
/// to stable in mid-update (whose canary is the *former* new set), are the caller's.
pub fn weight_to_write(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> Option<u32> {
    let weight = wanted_weight(spec, replicas, status, sets);
    stable_carries_rest(spec, replicas, weight, sets).then_some(weight)
}

/// Whether the stable set can carry what the canary's weight leaves (§2.5, upstream's
/// `checkReplicasAvailable`).
pub(super) fn stable_carries_rest(
    spec: &CanarySpec,
    replicas: u32,
    weight: u32,
    sets: &Sets<'_>,
) -> bool {
    let needed = weight_of(spec, weight).rest().replicas_at_least(replicas);
    sets.stable.is_some_and(|stable| {
        stable.available >= needed || threshold_met(spec.progress_threshold, Some(stable), needed)
    })
}

/// The canary's weight that is wanted now, whether stable can carry the rest or not.
pub(super) fn wanted_weight(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> u32 {
    let available = sets.new.map_or(0, |new| new.available);
    let written = status.weights.map_or(0, |weights| weights.canary);
    match () {
        () if status.stage == Stage::Stable => 0,
        () if status.abort => weight_on_abort(spec, replicas, status, sets),
        () if available == 0 => 0,
        () if status.promote_full && spec.is_dynamic() => carried(spec, replicas, available),
        () if status.promote_full => written,
        () if spec.steps.is_empty() => 0,
        // The sizes of this test leave the written weights out.
        () if !at_desired_sizes(spec, replicas, &unweighted(status), sets) => {
            previous_set_weight(spec, status)
        }
        () => current_set_weight(spec, status),
    }
}

fn unweighted(status: &CanaryStatus) -> CanaryStatus {
    CanaryStatus {
        weights: None,
        ..*status
    }
}

/// ⌊maximum weight × available / replicas⌋: what so many pods carry; nothing where none are wanted.
fn carried(spec: &CanarySpec, replicas: u32, available: u32) -> u32 {
    let parts = u64::from(spec.max_weight()) * u64::from(available);
    parts.checked_div(u64::from(replicas)).unwrap_or(0) as u32
}

/// The last `setWeight` before the present step; 0 if there is none.
fn previous_set_weight(spec: &CanarySpec, status: &CanaryStatus) -> u32 {
    let index = status.step_index.unwrap_or(0) as usize;
    let before = spec.steps.iter().take(index);
    before.rev().find_map(set_weight).unwrap_or(0)
}

/// After an abort: 0 at once, or, with a dynamically scaled stable set, only what stable cannot carry
/// yet, never more than before (reference §2.5).
pub(super) fn weight_on_abort(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> u32 {
    let (Some(_), Some(stable), true) = (sets.new, sets.stable, spec.is_dynamic()) else {
        return 0;
    };
    if replicas == 0 {
        return 0;
    }
    let wanted = desired_canary_weight(spec, replicas, status, sets);
    let stable_carries = carried(spec, replicas, stable.available);
    let left = spec.max_weight().saturating_sub(stable_carries);
    match status.weights.map(|weights| weights.canary) {
        None => left.max(wanted),
        Some(written) if wanted == 0 => left.min(written),
        Some(written) if left > wanted => written,
        Some(written) => wanted.min(written),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Routing, SetView, StableScale, Step, TemplateHash, TrafficWeights};
    use super::*;
    use crate::units::SimTime;

    fn set(hash: u64, pods: u32) -> SetView {
        SetView {
            hash: TemplateHash::new(hash),
            revision: 1,
            created: SimTime::ZERO,
            spec: pods,
            replicas: pods,
            available: pods,
            desired: Some(10),
            scale_down_deadline: None,
        }
    }

    /// Ten pods, steps 10 % and 50 %, at the second step with 10 % written.
    fn check(abort: bool, (canary, stable): (u32, u32), scale: StableScale, expected: Option<u32>) {
        let spec = CanarySpec {
            steps: vec![Step::SetWeight(10), Step::SetWeight(50)],
            routing: Routing::Weighted {
                max_weight: 100,
                stable: scale,
            },
            ..CanarySpec::default()
        };
        let status = CanaryStatus {
            stage: Stage::Updating,
            step_index: Some(1),
            abort,
            promote_full: false,
            weights: Some(TrafficWeights {
                canary: 10,
                stable: 90,
                verified: None,
            }),
        };
        let (new, stable) = (set(1, canary), set(2, stable));
        let sets = Sets {
            new: Some(&new),
            stable: Some(&stable),
            older: &[],
        };
        assert_eq!(weight_to_write(&spec, 10, &status, &sets), expected);
    }

    #[test]
    fn the_weight_waits_for_the_canarys_pods() {
        check(false, (1, 10), StableScale::Full, Some(10));
        check(false, (5, 10), StableScale::Full, Some(50));
        check(false, (0, 10), StableScale::Full, Some(0));
    }

    #[test]
    fn an_abort_takes_all_at_once_where_stable_is_whole() {
        check(true, (5, 10), StableScale::Full, Some(0));
        check(true, (5, 9), StableScale::Full, None);
        check(true, (1, 9), StableScale::Dynamic, Some(10));
    }
}

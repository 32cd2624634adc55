//! A canary without traffic routing: the share of traffic is the share of pods.
//!
//! ```text
//! N 10, setWeight 20, surge 2, unavailable 0
//! canary  0 ─ 2 ── 2        first up, within N + surge …
//! stable 10 ─10 ── 8        … then down, never below N − unavailable available pods
//! ```
//!
//! Invariant: sizes that grow keep the sum of all sizes within N + surge.

use super::{
    CanarySizes, CanarySpec, CanaryStatus, CanaryTarget, SetView, Sets, approximate_sizes,
    canary_target, weight_of,
};

/// The sizes that the sets are to have now, on their way to the step's weight within the fenceposts
/// (reference §2.3, upstream's `CalculateReplicaCountsForBasicCanary`).
pub fn basic_sizes(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> CanarySizes {
    let posts = spec.fenceposts(replicas);
    let limits = Limits {
        most: i64::from(replicas) + i64::from(posts.surge),
        least_available: i64::from(replicas) - i64::from(posts.unavailable),
    };
    let wanted = wanted_sizes(spec, replicas, status, sets);
    let now = grow(wanted, limits, sets);
    let older: u32 = sets.older.iter().map(|set| set.spec).sum();
    let after = match older {
        0 => shrink(wanted, now, limits, sets),
        // Older sets are drained before either of the two shrinks.
        _ => now,
    };
    let size = |size: i64| u32::try_from(size.max(0)).expect("sizes are 32-bit numbers");
    CanarySizes {
        canary: size(after.canary),
        stable: size(after.stable),
    }
}

/// How many pods there may be, and have to be.
#[derive(Clone, Copy)]
struct Limits {
    most: i64,
    least_available: i64,
}

/// Sizes in mid-calculation, which may pass below 0.
#[derive(Clone, Copy)]
struct Sizes {
    canary: i64,
    stable: i64,
}

/// Where the sets are heading; without another stable set the new one takes all.
fn wanted_sizes(spec: &CanarySpec, replicas: u32, status: &CanaryStatus, sets: &Sets<'_>) -> Sizes {
    if sets.distinct_stable().is_none() {
        return Sizes {
            canary: i64::from(replicas),
            stable: 0,
        };
    }
    let parts = match canary_target(spec, replicas, status, sets) {
        CanaryTarget::Weight(parts) => parts,
        CanaryTarget::Replicas(_) => 0,
    };
    let surge = spec.fenceposts(replicas).surge;
    let wanted = approximate_sizes(replicas, weight_of(spec, parts), surge);
    Sizes {
        canary: i64::from(wanted.canary),
        stable: i64::from(wanted.stable),
    }
}

/// Raises first stable, then the canary, with what is left up to the most.
fn grow(wanted: Sizes, limits: Limits, sets: &Sets<'_>) -> Sizes {
    let stable = sets.distinct_stable();
    let in_all: i64 = sets.all().map(|set| i64::from(set.spec)).sum();
    let mut room = (limits.most - in_all).max(0);
    let mut raise = |set: Option<&SetView>, wanted: i64| {
        let spec = set.map_or(0, |set| i64::from(set.spec));
        let missing = if set.is_some() { wanted - spec } else { 0 };
        let raised = missing.clamp(0, room);
        room -= raised;
        spec + raised
    };
    let stable = raise(stable, wanted.stable);
    let canary = raise(sets.new, wanted.canary);
    Sizes { canary, stable }
}

/// Lowers the one that has too many, as far as availability allows. The side that is drained counts by
/// its wanted pods, so that pods that never become available do not block their own removal.
fn shrink(wanted: Sizes, now: Sizes, limits: Limits, sets: &Sets<'_>) -> Sizes {
    let rising = sets
        .new
        .is_none_or(|new| wanted.canary >= i64::from(new.spec));
    let (of_canary, of_stable) = match rising {
        true => (Counting::Available, Counting::Wanted),
        false => (Counting::Wanted, Counting::Available),
    };
    let countable = i64::from(replicas_for_scale_down(sets.new, of_canary))
        + i64::from(replicas_for_scale_down(sets.stable, of_stable));
    let spare = countable - limits.least_available;
    if spare <= 0 {
        return now;
    }
    let drained = |set: Option<&SetView>, wanted: i64, now: i64| match set {
        Some(set) if i64::from(set.spec) > wanted => wanted.max(i64::from(set.spec) - spare),
        _ => now,
    };
    match (rising, sets.distinct_stable()) {
        (false, _) => {
            let canary = drained(sets.new, wanted.canary, now.canary);
            let (canary, stable) =
                keep_within((sets.new, canary), (sets.stable, now.stable), limits);
            Sizes { canary, stable }
        }
        (true, Some(distinct)) => {
            let stable = drained(Some(distinct), wanted.stable, now.stable);
            let (stable, canary) =
                keep_within((Some(distinct), stable), (sets.new, now.canary), limits);
            Sizes { canary, stable }
        }
        (true, None) => now,
    }
}

/// What a set counts for when pods are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Its available pods, at most those it wants.
    Available,
    /// All pods it wants, available or not.
    Wanted,
}

/// What a set counts for: never more than it wants, as the rest is on its way out (§2.3 step 4,
/// upstream's `GetReplicasForScaleDown`).
pub fn replicas_for_scale_down(set: Option<&SetView>, counting: Counting) -> u32 {
    match (set, counting) {
        (None, _) => 0,
        (Some(set), Counting::Wanted) => set.spec,
        (Some(set), Counting::Available) => set.available.min(set.spec),
    }
}

/// A set, if it exists, and its size so far.
type Sized<'a> = (Option<&'a SetView>, i64);

/// Brings both sizes within the most: the kept side gives first, gets back what availability needs of
/// what it gave, and the drained side gives the rest (§2.3 step 5, upstream's
/// `adjustReplicaWithinLimits`). Returns (drained, kept).
fn keep_within(drained: Sized<'_>, kept: Sized<'_>, limits: Limits) -> (i64, i64) {
    let over = |kept: i64| (kept + drained.1 - limits.most).max(0);
    let (Some(set), size) = kept else {
        return (drained.1, kept.1);
    };
    let available = |set: &SetView, size: i64| i64::from(set.available).min(size);
    let lowered = size - over(size);
    let serving = drained.0.map_or(0, |set| available(set, drained.1)) + available(set, lowered);
    let lost = (i64::from(set.available) - lowered).max(0);
    let needed = (limits.least_available - serving).max(0);
    let kept = lowered + lost.min(needed);
    (drained.1 - over(kept), kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Stage, Step, TemplateHash, Weight};
    use super::*;
    use crate::units::{IntOrPercent, SimTime};

    fn set(hash: u64, spec: u32, available: u32) -> SetView {
        SetView {
            hash: TemplateHash::new(hash),
            revision: 1,
            created: SimTime::ZERO,
            spec,
            replicas: spec,
            available,
            desired: Some(spec),
            scale_down_deadline: None,
        }
    }

    fn canary(weight: u32, surge: i32, unavailable: i32) -> CanarySpec {
        CanarySpec {
            steps: vec![Step::SetWeight(weight)],
            max_surge: IntOrPercent::Int(surge),
            max_unavailable: IntOrPercent::Int(unavailable),
            ..CanarySpec::default()
        }
    }

    fn sizes(spec: &CanarySpec, replicas: u32, new: &SetView, stable: &SetView) -> CanarySizes {
        let status = CanaryStatus {
            stage: Stage::Updating,
            step_index: Some(0),
            abort: false,
            promote_full: false,
            weights: None,
        };
        let sets = Sets {
            new: Some(new),
            stable: Some(stable),
            older: &[],
        };
        basic_sizes(spec, replicas, &status, &sets)
    }

    proptest! {
        #[test]
        fn healthy_sets_move_to_the_weight_within_both_fenceposts(
            replicas in 1u32..40, weight in 0u32..=100, surge in 0i32..8, unavailable in 0i32..8,
        ) {
            let spec = canary(weight, surge, unavailable);
            let posts = spec.fenceposts(replicas);
            let (mut new, mut stable) = (set(1, 0, 0), set(2, replicas, replicas));
            for _ in 0..200 {
                let next = sizes(&spec, replicas, &new, &stable);
                prop_assert!(next.canary + next.stable <= replicas + posts.surge);
                let serving = next.canary.min(new.available) + next.stable.min(stable.available);
                prop_assert!(serving >= replicas - posts.unavailable);
                new = set(1, next.canary, next.canary);
                stable = set(2, next.stable, next.stable);
            }
            let weight = Weight { parts: weight, whole: 100 };
            let wanted = approximate_sizes(replicas, weight, posts.surge);
            prop_assert_eq!((new.spec, stable.spec), (wanted.canary, wanted.stable));
        }

        #[test]
        fn sick_sets_never_grow_past_the_surge(
            replicas in 1u32..40, weight in 0u32..=100, surge in 0i32..8, unavailable in 0i32..8,
            new in (0u32..20, 0u32..20), stable in (0u32..20, 0u32..20),
        ) {
            let spec = canary(weight, surge, unavailable);
            let most = replicas + spec.fenceposts(replicas).surge;
            let new = set(1, new.0, new.1.min(new.0));
            let stable = set(2, stable.0, stable.1.min(stable.0));
            let next = sizes(&spec, replicas, &new, &stable);
            prop_assert!(next.canary + next.stable <= most.max(new.spec + stable.spec));
        }
    }
}

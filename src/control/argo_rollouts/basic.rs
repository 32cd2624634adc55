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
    CanarySpec, CanaryStatus, CanaryTarget, SetView, Sets, Weight, canary_target, weight_of,
};

/// Sizes that a canary's two sets are to have now \[pods\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanarySizes {
    /// Of the new set.
    pub canary: u32,
    /// Of the stable set.
    pub stable: u32,
}

/// The sizes that come closest to `weight` out of `replicas`, or of one more if `surge` allows: ties
/// go to the earlier of (up, N), (down, N), (up, N + 1), (down, N + 1). From 2 pods on, surge included,
/// a weight between none and all leaves neither side empty (reference §2.3).
pub fn approximate_sizes(replicas: u32, weight: Weight, surge: u32) -> CanarySizes {
    if replicas == 0 {
        return CanarySizes {
            canary: 0,
            stable: 0,
        };
    }
    let up = weight.replicas(replicas);
    let down = weight.replicas_at_least(replicas);
    let none_or_all = weight.parts == 0 || weight.parts == weight.whole;
    let empty_allowed = none_or_all || (replicas == 1 && surge == 0);
    let mut options = Vec::with_capacity(4);
    if up < replicas || empty_allowed {
        options.push((up, replicas));
    }
    for total in [replicas, replicas + 1] {
        if total > replicas && surge == 0 {
            break;
        }
        if total > replicas {
            options.push((up, total));
        }
        if !is_tied(weight, total) && (down != 0 || empty_allowed) {
            options.push((down, total));
        }
    }
    closest(&options, weight).unwrap_or(CanarySizes {
        canary: 0,
        stable: replicas,
    })
}

/// Whether rounding up and down miss the weight by as much: the upward one is then preferred. The
/// product is upstream's in order and in floating point, whose last bit may decide.
fn is_tied(weight: Weight, total: u32) -> bool {
    let share = f64::from(weight.parts) / f64::from(weight.whole);
    (f64::from(total) * share).fract() == 0.5
}

/// The first of the options (canary, total) that misses the weight least.
fn closest(options: &[(u32, u32)], weight: Weight) -> Option<CanarySizes> {
    let miss = |(canary, total): (u32, u32)| {
        let parts = f64::from(canary) * f64::from(weight.whole) / f64::from(total);
        (parts - f64::from(weight.parts)).abs()
    };
    let better = |best: (u32, u32), next: &(u32, u32)| {
        if miss(*next) < miss(best) {
            *next
        } else {
            best
        }
    };
    let (first, rest) = options.split_first()?;
    let (canary, total) = rest.iter().fold(*first, better);
    Some(CanarySizes {
        canary,
        stable: total - canary,
    })
}

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

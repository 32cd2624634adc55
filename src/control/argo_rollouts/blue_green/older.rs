//! What becomes of older sets.

use std::cmp::Reverse;

use super::super::analysis::Phase as RunPhase;
use super::super::{Analysis, SetChange, SetView, Sizing};
use super::{BlueGreenView, Gate, post_promotion_gate};
use crate::units::SimTime;

/// What a pass does to the older sets, newest revision first (reference §1.7): the first so many keep
/// their pods until a deadline, the rest goes at once.
pub fn scale_down_older(
    seen: &BlueGreenView<'_>,
    sizing: Sizing<'_>,
    now: SimTime,
) -> Vec<SetChange> {
    if seen.status.inconclusive || waits_for_verdict(seen) {
        return Vec::new();
    }
    let mut sets: Vec<&SetView> = seen.sets.older.iter().filter(|set| set.spec > 0).collect();
    sets.sort_by_key(|set| Reverse((set.revision, set.created)));
    let mut kept = 0;
    let free = sets.into_iter().filter(|set| !is_referenced(seen, set));
    free.flat_map(|set| sizing.delayed((set, seen.rollout.replicas), &mut kept, now))
        .collect()
}

/// With post-promotion analysis and no written delay, older sets wait for its success.
fn waits_for_verdict(seen: &BlueGreenView<'_>) -> bool {
    let unwritten = seen.spec.delays.after_promotion.is_none();
    seen.spec.post_promotion == Analysis::Configured
        && unwritten
        && post_promotion_gate(seen) == Gate::Open
        && seen.analysis.post != Some(RunPhase::Successful)
}

/// Whether a Service or the status still points at the set. The preview Service points at the new set
/// in every pass that comes here, unless a human holds the Rollout.
fn is_referenced(seen: &BlueGreenView<'_>, set: &SetView) -> bool {
    let status = &seen.status;
    let hash = Some(set.hash);
    hash == status.stable || hash == Some(status.current) || hash == status.active
}

//! What becomes of older sets.

use std::cmp::Reverse;

use super::super::analysis::Phase as RunPhase;
use super::super::{Analysis, SetView, TemplateHash};
use super::{BlueGreenView, Gate, post_promotion_gate};
use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// What a pass does to one older set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldSet {
    /// It gets a deadline (a whole second) and keeps its size.
    Deadline(TemplateHash, SimTime),
    /// It is resized: to nothing, or back to all.
    Resize(TemplateHash, u32),
}

/// What a pass does to the older sets, newest revision first (reference §1.7): the first so many keep
/// their pods until a deadline, the rest goes at once.
///
/// A delay of 0 writes no deadline and keeps the size, in every pass: such sets never go (upstream's
/// open bug 1992).
pub fn scale_down_older(seen: &BlueGreenView<'_>, now: SimTime) -> Vec<OldSet> {
    if seen.status.inconclusive || waits_for_verdict(seen) {
        return Vec::new();
    }
    let mut sets: Vec<&SetView> = seen.sets.older.iter().filter(|set| set.spec > 0).collect();
    sets.sort_by_key(|set| Reverse((set.revision, set.created)));
    let mut kept = 0;
    let free = sets.into_iter().filter(|set| !is_referenced(seen, set));
    free.filter_map(|set| old_set(seen, set, &mut kept, now))
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

/// Whether a Service or the status still points at the set.
fn is_referenced(seen: &BlueGreenView<'_>, set: &SetView) -> bool {
    let status = &seen.status;
    let hash = Some(set.hash);
    hash == status.stable || hash == Some(status.current) || hash == status.active
}

fn old_set(
    seen: &BlueGreenView<'_>,
    set: &SetView,
    kept: &mut u32,
    now: SimTime,
) -> Option<OldSet> {
    let limit = seen.rollout.scale_down_revision_limit();
    let resized = |size: u32| (size != set.spec).then_some(OldSet::Resize(set.hash, size));
    match set.scale_down_deadline {
        None if *kept < limit => {
            *kept += 1;
            let delay = seen.rollout.scale_down_delay();
            (!delay.is_zero()).then(|| OldSet::Deadline(set.hash, stamp(now + delay)))
        }
        None => resized(0),
        Some(deadline) => {
            *kept += 1;
            let stays = *kept <= limit && deadline > now;
            resized(if stays { seen.rollout.replicas } else { 0 })
        }
    }
}

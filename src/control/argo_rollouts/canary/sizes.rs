//! The sizes of a canary's sets in one pass.

use std::cmp::Reverse;

use super::super::sizing::moves_size;
use super::super::{CanaryStatus, SetChange, SetView, Sizing, canary_sizes};
use super::CanaryView;
use crate::units::SimTime;

/// Writes to sets, and whether they end the pass.
#[derive(Debug, Default)]
pub(super) struct Sized {
    /// The writes.
    pub(super) changes: Vec<SetChange>,
    /// Whether a size has changed: pause and the rest wait for the next pass.
    pub(super) scaled: bool,
}

/// Sizes stable, new and older sets, up to the first that changes (reference §2.1, upstream's
/// `reconcileCanaryReplicaSets`). Stable looks at the weights before this pass, so that it shrinks one
/// pass after its traffic has left; the new set at those `after` it.
pub(super) fn sizes(
    seen: &CanaryView<'_>,
    sizing: Sizing<'_>,
    after: &CanaryStatus,
    now: SimTime,
) -> Sized {
    if seen.is_halted() {
        return Sized::default();
    }
    let wanted =
        |status: &CanaryStatus| canary_sizes(seen.spec, seen.rollout.replicas, status, &seen.sets);
    let mut changes = sizing.clear_deadlines(&seen.sets);
    if let Some(stable) = seen.sets.distinct_stable() {
        changes.extend(sizing.resize(stable, wanted(&seen.canary_status()).stable));
    }
    if !moves_size(&changes, &seen.sets) {
        changes.extend(sizing.size_new(&seen.sets, wanted(after).canary, now));
    }
    if moves_size(&changes, &seen.sets) {
        let scaled = true;
        return Sized { changes, scaled };
    }
    let older = older(seen, sizing, now);
    changes.extend(older.changes);
    Sized {
        changes,
        scaled: older.scaled,
    }
}

/// Sizes the older sets (reference §2.3, §2.8, upstream's `scaleDownOldReplicaSetsForCanary`): pods
/// that are not available go first and always, then what availability can spare, newest revision
/// first.
fn older(seen: &CanaryView<'_>, sizing: Sizing<'_>, now: SimTime) -> Sized {
    let mut sized = Sized::default();
    let mut sets: Vec<SetView> = seen
        .sets
        .older
        .iter()
        .filter(|s| s.spec > 0)
        .copied()
        .collect();
    if sets.is_empty() || !clean_up(&mut sets, sizing, &mut sized) {
        return sized;
    }
    let cleaned = moves_size(&sized.changes, &seen.sets);
    let available: u32 = seen.sets.all().map(|set| set.available).sum();
    let least = seen.rollout.replicas - seen.rollout.may_be_missing();
    let mut spare = available.saturating_sub(least);
    if spare == 0 {
        // Upstream forgets here that it has cleaned up, and goes on with the pass.
        return sized;
    }
    sets.sort_by_key(|set| Reverse((set.revision, set.created)));
    let mut kept = 0;
    for set in sets.iter().filter(|set| !is_referenced(seen, set)) {
        if spare == 0 {
            break;
        }
        if set.spec == 0 {
            continue;
        }
        let changes = shrink(seen, sizing, (set, spare, &mut kept), now);
        if let Some(SetChange::Resize(_, size)) = changes.first() {
            spare = spare.saturating_sub(set.spec.saturating_sub(*size));
            sized.scaled = true;
        }
        sized.changes.extend(changes);
    }
    sized.scaled |= cleaned;
    sized
}

/// Takes the pods that are not available, oldest set first (upstream's `cleanupUnhealthyReplicas`).
/// A set with more available pods than it wants, which is on its way down, stops everything.
fn clean_up(sets: &mut [SetView], sizing: Sizing<'_>, sized: &mut Sized) -> bool {
    sets.sort_by_key(|set| (set.created, set.hash));
    for set in sets {
        if set.available > set.spec {
            return false;
        }
        sized
            .changes
            .extend(sizing.resize_older(set, set.available));
        set.spec = set.available;
    }
    true
}

/// What one older set comes to, while `spare` pods may go: without traffic routing, where its pods
/// serve, as few as possible; else the former stable set waits for its deadline, or goes at once if
/// stable is scaled dynamically, and so does a set in between two updates.
fn shrink(
    seen: &CanaryView<'_>,
    sizing: Sizing<'_>,
    (set, spare, kept): (&SetView, u32, &mut u32),
    now: SimTime,
) -> Vec<SetChange> {
    let former_stable = seen.is_fully_promoted() || set.scale_down_deadline.is_some();
    match () {
        () if !seen.spec.is_weighted() => sizing.resize_older(set, set.spec.saturating_sub(spare)),
        () if former_stable && !seen.spec.is_dynamic() => {
            sizing.delayed((set, set.spec), kept, now)
        }
        () => sizing.resize_older(set, 0),
    }
}

/// Whether traffic may still reach an older set of a routed canary: by the status, the router or a
/// Service (upstream's `isReplicaSetReferenced`).
fn is_referenced(seen: &CanaryView<'_>, set: &SetView) -> bool {
    let status = &seen.status;
    let routed = status.weights.map(|routed| [routed.canary, routed.stable]);
    let services = [status.canary_service, status.stable_service];
    let selected = services
        .into_iter()
        .flatten()
        .filter_map(|seen| seen.selector);
    let mut named = routed.into_iter().flatten().chain(selected);
    let is = |hash| hash == set.hash;
    seen.spec.is_weighted()
        && (status.stable.is_some_and(is) || is(status.current) || named.any(is))
}

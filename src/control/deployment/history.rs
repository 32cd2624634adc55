//! Old ReplicaSets that are kept, and those that are not.

use std::cmp::Ordering;

use super::ReplicaSetView;
use crate::ids::ReplicaSetId;

/// A `revisionHistoryLimit` of 2147483647 keeps every ReplicaSet.
pub const UNLIMITED_HISTORY: u32 = i32::MAX as u32;

/// The old ReplicaSets above `limit` to delete, lowest revision first; one that still has or wants
/// pods, or is not yet observed, is skipped without another taking its place (reference
/// kubernetes.md §1.9).
pub fn surplus_replica_sets(limit: u32, old: &[ReplicaSetView]) -> Vec<ReplicaSetId> {
    if limit == UNLIMITED_HISTORY {
        return Vec::new();
    }
    let mut kept: Vec<&ReplicaSetView> = old.iter().filter(|set| !set.deleting).collect();
    kept.sort_by_key(|set| set.age_order());
    insertion_sort(&mut kept);
    let surplus = kept.len().saturating_sub(limit as usize);
    let idle = |set: &&&ReplicaSetView| set.status.replicas == 0 && set.spec == 0 && set.observed;
    let first = kept.iter().take(surplus).filter(idle);
    first.map(|set| set.id).collect()
}

/// By revision, a missing one reading as 0; by age where one is unreadable or both are equal.
fn revision_order(a: &ReplicaSetView, b: &ReplicaSetView) -> Ordering {
    match (a.revision.number(), b.revision.number()) {
        (Some(a), Some(b)) if a != b => a.cmp(&b),
        _ => a.age_order().cmp(&b.age_order()),
    }
}

/// Unreadable revisions make the order intransitive, which the standard sorts may refuse; an
/// insertion sort has one answer for any comparison.
fn insertion_sort(sets: &mut [&ReplicaSetView]) {
    for end in 1..sets.len() {
        let mut at = end;
        while at > 0 && revision_order(sets[at], sets[at - 1]) == Ordering::Less {
            sets.swap(at, at - 1);
            at -= 1;
        }
    }
}

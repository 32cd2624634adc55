//! The two steps of a rolling update: grow the new ReplicaSet, shrink the old ones.

use super::{DeploymentSpec, ReplicaSetView, Resize, max_surge, max_unavailable};
use crate::manifest::Strategy;

/// How many replicas the new ReplicaSet may have now. Never lifts the sum of all ReplicaSets' sizes
/// above desired + surge; a Recreate takes the whole number.
pub fn new_replica_set_size(spec: &DeploymentSpec, all_spec: u32, new_spec: u32) -> u32 {
    if spec.strategy == Strategy::Recreate {
        return spec.replicas;
    }
    let cap = i64::from(spec.replicas) + i64::from(max_surge(spec));
    let room = cap - i64::from(all_spec);
    if room <= 0 {
        return new_spec;
    }
    let missing = i64::from(spec.replicas) - i64::from(new_spec);
    u32::try_from(i64::from(new_spec) + room.min(missing)).expect("missing is at least -new_spec")
}

/// The size that the new ReplicaSet is resized to, if it is.
pub fn reconcile_new(spec: &DeploymentSpec, all_spec: u32, new_spec: u32) -> Option<u32> {
    let size = match new_spec.cmp(&spec.replicas) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => spec.replicas,
        std::cmp::Ordering::Less => new_replica_set_size(spec, all_spec, new_spec),
    };
    (size != new_spec).then_some(size)
}

/// What a step over old ReplicaSets did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OldStep {
    /// Resizes that took unavailable pods, in order.
    pub unhealthy: Vec<Resize>,
    /// Resizes that spent availability, after those; a ReplicaSet may stand in both.
    pub healthy: Vec<Resize>,
    /// A ReplicaSet reported more available pods than it wants (its status is late): the controller
    /// takes that for an invalid request and leaves the rest of the step for the next sync.
    pub refused: bool,
}

impl OldStep {
    /// All resizes in order.
    pub fn resizes(&self) -> impl Iterator<Item = &Resize> {
        self.unhealthy.iter().chain(&self.healthy)
    }
    /// Whether the sync counts as having scaled down.
    pub fn scaled(&self) -> bool {
        !self.refused && self.resizes().next().is_some()
    }
}

/// Shrinks the old ReplicaSets: unhealthy pods first, then as many as availability allows
/// (reference kubernetes.md §1.3).
pub fn reconcile_old(
    spec: &DeploymentSpec,
    old: &[ReplicaSetView],
    new: &ReplicaSetView,
) -> OldStep {
    let old_spec: i64 = old.iter().map(|set| i64::from(set.spec)).sum();
    let kept = i64::from(spec.replicas - max_unavailable(spec));
    let waiting = i64::from(new.spec) - i64::from(new.status.available);
    let most = old_spec + i64::from(new.spec) - kept - waiting;
    if old_spec == 0 || most <= 0 {
        return OldStep::default();
    }
    let mut working: Vec<ReplicaSetView> = old.iter().copied().filter(|s| s.is_active()).collect();
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let mut step = cleanup_unhealthy(&mut working, most);
    if !step.refused {
        step.healthy = scale_down_old(spec, &mut working, new.status.available);
    }
    step
}

/// Step A: takes up to `most` unavailable replicas from the old ReplicaSets, oldest first; they did
/// not serve, so no budget is needed. `old` is sorted and resized in place.
pub fn cleanup_unhealthy(old: &mut [ReplicaSetView], most: u32) -> OldStep {
    old.sort_by_key(ReplicaSetView::age_order);
    let mut step = OldStep::default();
    let mut left = most;
    for set in old {
        if left == 0 {
            break;
        }
        if set.spec == 0 || set.spec == set.status.available {
            continue;
        }
        if set.status.available > set.spec {
            step.refused = true;
            break;
        }
        let taken = left.min(set.spec - set.status.available);
        left -= taken;
        step.unhealthy.push(shrink(set, taken));
    }
    step
}

/// Step B: takes as many replicas from the old ReplicaSets, oldest first, as there are available pods
/// (of the old ones and `new_available`) above the minimum. `old` is sorted and resized in place.
pub fn scale_down_old(
    spec: &DeploymentSpec,
    old: &mut [ReplicaSetView],
    new_available: u32,
) -> Vec<Resize> {
    old.sort_by_key(ReplicaSetView::age_order);
    let available = old.iter().map(|set| set.status.available).sum::<u32>() + new_available;
    let kept = spec.replicas - max_unavailable(spec);
    let mut left = available.saturating_sub(kept);
    let mut resizes = Vec::new();
    for set in old {
        let taken = left.min(set.spec);
        if taken > 0 {
            left -= taken;
            resizes.push(shrink(set, taken));
        }
    }
    resizes
}

fn shrink(set: &mut ReplicaSetView, taken: u32) -> Resize {
    let from = set.spec;
    set.spec -= taken;
    Resize {
        id: set.id,
        from,
        to: set.spec,
    }
}

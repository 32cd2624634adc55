//! Scaling a Deployment whose size changed, also while paused or in mid-rollout.

use std::cmp::Reverse;

use super::{DeploymentSpec, ReplicaSetView, max_surge};
use crate::ids::ReplicaSetId;
use crate::manifest::Strategy;

/// A new size for a ReplicaSet; with equal sizes only its annotations are rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resize {
    /// Which one.
    pub id: ReplicaSetId,
    /// Its size so far.
    pub from: u32,
    /// Its size from now on.
    pub to: u32,
}

/// Whether the Deployment was scaled since an active ReplicaSet last heard of its size.
pub fn is_scaling_event(spec: &DeploymentSpec, sets: &[ReplicaSetView]) -> bool {
    let heard = |set: &ReplicaSetView| set.desired.is_none_or(|desired| desired == spec.replicas);
    sets.iter().any(|set| set.is_active() && !heard(set))
}

/// Whether the new ReplicaSet alone is what the Deployment wants, and available.
pub fn is_saturated(spec: &DeploymentSpec, new: Option<&ReplicaSetView>) -> bool {
    new.is_some_and(|set| {
        set.spec == spec.replicas
            && set.desired == Some(spec.replicas)
            && set.status.available == spec.replicas
    })
}

/// The resizes of a paused Deployment or a scaling event (reference kubernetes.md §1.6).
///
/// A single active ReplicaSet (or else the newest) takes the whole size; beside a saturated new one
/// the old go to 0; otherwise a rolling update spreads the change in proportion to sizes.
/// `status_replicas` is the Deployment's own count, for ReplicaSets whose annotation is missing.
pub fn scale(
    spec: &DeploymentSpec,
    status_replicas: u32,
    new: Option<&ReplicaSetView>,
    old: &[ReplicaSetView],
) -> Vec<Resize> {
    let all = || old.iter().chain(new).filter(|set| set.is_active());
    if all().count() <= 1 {
        let newest_old = || old.iter().max_by_key(|set| set.age_order());
        let only = all().next().or(new).or_else(newest_old);
        let resize = only.map(|set| resize(set, spec.replicas));
        return resize.into_iter().filter(|r| r.from != r.to).collect();
    }
    if is_saturated(spec, new) {
        let active_old = old.iter().filter(|set| set.is_active());
        return active_old.map(|set| resize(set, 0)).collect();
    }
    match spec.strategy {
        Strategy::Recreate => Vec::new(),
        Strategy::RollingUpdate { .. } => {
            proportional(spec, status_replicas, all().copied().collect())
        }
    }
}

fn resize(set: &ReplicaSetView, to: u32) -> Resize {
    Resize {
        id: set.id,
        from: set.spec,
        to,
    }
}

fn proportional(
    spec: &DeploymentSpec,
    status_replicas: u32,
    mut active: Vec<ReplicaSetView>,
) -> Vec<Resize> {
    let total: i64 = active.iter().map(|set| i64::from(set.spec)).sum();
    let allowed = match spec.replicas {
        0 => 0,
        desired => i64::from(desired) + i64::from(max_surge(spec)),
    };
    let to_add = allowed - total;
    match to_add.signum() {
        1 => active.sort_by_key(|set| Reverse((set.spec, set.age_order()))),
        -1 => active.sort_by_key(|set| (Reverse(set.spec), set.age_order())),
        _ => {}
    }
    let mut left = to_add;
    let mut sizes: Vec<i64> = Vec::with_capacity(active.len());
    for set in &active {
        let share = share(fraction(spec, status_replicas, set), left, to_add);
        left -= share;
        sizes.push(i64::from(set.spec) + share);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + left).max(0);
    }
    let size = |size: i64| u32::try_from(size).expect("a share never exceeds the size it is of");
    let resized = active.iter().zip(sizes);
    resized.map(|(set, to)| resize(set, size(to))).collect()
}

/// One ReplicaSet's part of the change: never more than is left of it, in its direction.
fn share(fraction: i64, left: i64, to_add: i64) -> i64 {
    match to_add.signum() {
        _ if left == 0 => 0,
        1 => fraction.min(left),
        -1 => fraction.max(left),
        _ => 0,
    }
}

/// By how much the ReplicaSet would change if it kept its part of the whole: its size times new over
/// old maximum, rounded half away from zero, less its size; all of it (negative) on the way to 0.
pub fn fraction(spec: &DeploymentSpec, status_replicas: u32, set: &ReplicaSetView) -> i64 {
    let size = i128::from(set.spec);
    if spec.replicas == 0 {
        return -i64::from(set.spec);
    }
    let known = set.max.filter(|max| *max > 0);
    let before = i128::from(known.unwrap_or(status_replicas));
    if before == 0 {
        return 0;
    }
    let now = i128::from(spec.replicas) + i128::from(max_surge(spec));
    let rounded = (2 * size * now + before) / (2 * before);
    i64::try_from(rounded - size).expect("sizes are 32-bit numbers")
}

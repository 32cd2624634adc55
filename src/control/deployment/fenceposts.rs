//! maxSurge and maxUnavailable as counts.

use super::DeploymentSpec;
use crate::manifest::Strategy;
use crate::units::IntOrPercent;

/// How far a rolling update may stray from the wanted number, in pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fenceposts {
    /// Above it.
    pub surge: u32,
    /// Below it.
    pub unavailable: u32,
}

/// Resolves both for `desired` pods: surge rounds up, unavailable rounds down, absent is 0, and if
/// both come to 0 one pod may be unavailable (reference kubernetes.md §1.2).
pub fn resolve_fenceposts(
    max_surge: Option<IntOrPercent>,
    max_unavailable: Option<IntOrPercent>,
    desired: u32,
) -> Fenceposts {
    let total = i32::try_from(desired).unwrap_or(i32::MAX);
    let count = |scaled: Option<i32>| u32::try_from(scaled.unwrap_or(0)).unwrap_or(0);
    let surge = count(max_surge.map(|surge| surge.scaled_up(total)));
    let unavailable = count(max_unavailable.map(|missing| missing.scaled_down(total)));
    let stuck = surge == 0 && unavailable == 0;
    Fenceposts {
        surge,
        unavailable: if stuck { 1 } else { unavailable },
    }
}

fn fenceposts(spec: &DeploymentSpec) -> Option<Fenceposts> {
    match spec.strategy {
        Strategy::Recreate => None,
        Strategy::RollingUpdate {
            max_surge,
            max_unavailable,
        } => Some(resolve_fenceposts(
            Some(max_surge),
            Some(max_unavailable),
            spec.replicas,
        )),
    }
}

/// Pods allowed above the wanted number; 0 for Recreate.
pub fn max_surge(spec: &DeploymentSpec) -> u32 {
    fenceposts(spec).map_or(0, |posts| posts.surge)
}

/// Pods that may be missing, at most all of them; 0 for Recreate.
pub fn max_unavailable(spec: &DeploymentSpec) -> u32 {
    fenceposts(spec).map_or(0, |posts| posts.unavailable.min(spec.replicas))
}

/// Pods that a rolling update keeps available; 0 for Recreate.
pub fn min_available(spec: &DeploymentSpec) -> u32 {
    match spec.strategy {
        Strategy::Recreate => 0,
        Strategy::RollingUpdate { .. } => spec.replicas - max_unavailable(spec),
    }
}

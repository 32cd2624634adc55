//! A canary with traffic routing: the router splits, the sets only have to be large enough.

use super::{CanarySizes, CanarySpec, CanaryStatus, CanaryTarget, Sets, canary_target, weight_of};

/// The sizes that the sets are to have now (reference §2.4, upstream's
/// `CalculateReplicaCountsForTrafficRoutedCanary`). Fenceposts do not limit them.
///
/// A dynamically scaled stable set keeps what the higher of its wanted and its actual weight needs; so
/// does an aborted canary, until its traffic has moved back.
pub fn routed_sizes(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> CanarySizes {
    let pods = |parts: u32| weight_of(spec, parts).replicas(replicas);
    let at_least = |count| at_least_min_pods(spec, replicas, count);
    let (canary, weight) = match canary_target(spec, replicas, status, sets) {
        CanaryTarget::Replicas(count) => (count, 0),
        CanaryTarget::Weight(parts) => (at_least(pods(parts)), parts),
    };
    if !spec.is_dynamic() {
        return CanarySizes {
            canary,
            stable: replicas,
        };
    }
    let (serving_canary, serving_stable) = match status.weights {
        None => (0, 0),
        Some(weights) => (pods(weights.canary), pods(weights.stable)),
    };
    let canary = match status.abort {
        true => canary.max(serving_canary),
        false => canary,
    };
    let stable = weight_of(spec, weight).rest().replicas(replicas);
    CanarySizes {
        canary: at_least(canary),
        stable: at_least(stable.max(serving_stable)),
    }
}

/// `minPodsPerReplicaSet`: a set that is not empty has at least so many pods, at most all (§2.4).
fn at_least_min_pods(spec: &CanarySpec, replicas: u32, count: u32) -> u32 {
    match spec.min_pods.filter(|_| spec.is_weighted()) {
        Some(least) if count > 0 => count.max(least.min(replicas)),
        _ => count,
    }
}

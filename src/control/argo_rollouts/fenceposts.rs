//! maxSurge and maxUnavailable of a Rollout.

use super::{BlueGreenSpec, CanarySpec, RolloutSpec, RolloutStrategy};
use crate::manifest::IntOrString;
use crate::units::{IntOrPercent, UnitError};

/// How far an update may stray from the wanted number (pods).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fenceposts {
    /// Above it.
    pub surge: u32,
    /// Below it; at most the wanted number.
    pub unavailable: u32,
}

/// A fencepost as written: unlike a Deployment's, *any* text is a percentage, with its sign or without
/// (reference progressive-delivery.md §2.2).
///
/// # Errors
/// Text that is no whole number once its signs are gone, such as `oops`.
pub fn fencepost(written: &IntOrString) -> Result<IntOrPercent, UnitError> {
    written.as_count_or_percentage()
}

/// Both fenceposts of `replicas` pods: surge rounds up, unavailable down, absent is 0; if both come to
/// 0, one pod may be unavailable (§2.2, upstream's `resolveFenceposts`).
pub fn resolve_fenceposts(
    max_surge: Option<IntOrPercent>,
    max_unavailable: Option<IntOrPercent>,
    replicas: u32,
) -> Fenceposts {
    let total = i32::try_from(replicas).unwrap_or(i32::MAX);
    let count = |scaled: i32| u32::try_from(scaled).unwrap_or(0);
    let surge = count(max_surge.map_or(0, |post| post.scaled_up(total)));
    let unavailable = count(max_unavailable.map_or(0, |post| post.scaled_down(total)));
    let stuck = surge == 0 && unavailable == 0;
    Fenceposts {
        surge,
        unavailable: if stuck { 1 } else { unavailable },
    }
}

impl CanarySpec {
    /// The fenceposts of a canary of `replicas` pods; unavailable is at most all of them.
    pub fn fenceposts(&self, replicas: u32) -> Fenceposts {
        let posts = resolve_fenceposts(Some(self.max_surge), Some(self.max_unavailable), replicas);
        Fenceposts {
            unavailable: posts.unavailable.min(replicas),
            ..posts
        }
    }
}

impl BlueGreenSpec {
    /// Pods that a restart may take at once; unlike a canary's, it may come to 0.
    pub fn max_unavailable(&self, replicas: u32) -> u32 {
        let total = i32::try_from(replicas).unwrap_or(i32::MAX);
        let count = u32::try_from(self.max_unavailable.scaled_down(total));
        count.unwrap_or(0).min(replicas)
    }
}

impl RolloutSpec {
    /// The fenceposts of either strategy; blue-green never surges by them.
    pub fn fenceposts(&self) -> Fenceposts {
        match &self.strategy {
            RolloutStrategy::Canary(canary) => canary.fenceposts(self.replicas),
            RolloutStrategy::BlueGreen(blue_green) => Fenceposts {
                surge: 0,
                unavailable: blue_green.max_unavailable(self.replicas),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_its_sign_is_a_percentage_all_the_same() {
        let read = |text: &str| fencepost(&IntOrString::Text(text.to_owned()));
        assert_eq!(read("30").unwrap(), IntOrPercent::Percent(30));
        assert_eq!(read("30%").unwrap(), IntOrPercent::Percent(30));
        assert!(read("oops").is_err());
    }

    #[test]
    fn no_pod_to_spare_still_lets_one_go() {
        let posts = resolve_fenceposts(Some(IntOrPercent::Int(0)), None, 4);
        assert_eq!((posts.surge, posts.unavailable), (0, 1));
    }
}

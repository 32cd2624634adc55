//! The pods that come closest to a weight.

use super::Weight;

/// Sizes that a canary's two sets are to have now (pods).
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference field.md D.9, row 2 (argo-rollouts pull request 1759): since 1.2 a basic canary is as
    /// many whole pods as come closest to its weight, and no pod more where there is no surge.
    #[test]
    fn few_replicas_get_the_nearest_whole_pods() {
        for (replicas, surge, parts, canary, stable) in [
            (1, 0, 10, 0, 1),
            (1, 0, 50, 1, 0),
            (3, 1, 33, 1, 2),
            (3, 0, 50, 2, 1),
        ] {
            let weight = Weight { parts, whole: 100 };
            let sizes = approximate_sizes(replicas, weight, surge);
            assert_eq!(sizes, CanarySizes { canary, stable }, "{replicas} {parts}");
        }
    }
}

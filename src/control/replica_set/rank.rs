//! Which pods a scale-down takes first.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::{PodView, Readiness, stamp};
use crate::ids::{NodeId, PodId};
use crate::units::SimTime;

/// A pod up for deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The pod.
    pub pod: &'a PodView,
    /// Active pods of the whole Deployment on its node, itself included.
    pub siblings: u32,
}

/// How two times are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recency {
    /// By ⌊log2(age in ns)⌋ as of this instant; equal buckets go by uid (gate LogarithmicScaleDown).
    Buckets(SimTime),
    /// By the times themselves, the later one first.
    Exact,
}

/// Which of two pods goes first: `Less` means `a` (reference kubernetes.md §2, ranks 1–8).
///
/// 1 unassigned · 2 Pending, Unknown, Running · 3 not ready · 4 lower deletion cost · 5 more siblings
/// on the node · 6 more recently ready · 7 more restarts, then of sidecars · 8 more recently created.
///
/// A tie of buckets in 6 or 8 is settled by uid at once: the later ranks are then not asked.
pub fn delete_first(a: Candidate<'_>, b: Candidate<'_>, recency: Recency) -> Ordering {
    let state = |c: &Candidate<'_>| {
        let pod = c.pod;
        let known = (pod.node.is_some(), pod.phase, pod.is_ready());
        (known, pod.deletion_cost, Reverse(c.siblings))
    };
    let restarts = |c: &Candidate<'_>| Reverse((c.pod.restarts, c.pod.sidecar_restarts));
    let uids = || a.pod.uid.cmp(&b.pod.uid);
    let readiness = || match (a.pod.readiness, b.pod.readiness) {
        (Readiness::Ready(a), Readiness::Ready(b)) => by_time(a, b, recency),
        _ => Decided::No,
    };
    match state(&a).cmp(&state(&b)) {
        Ordering::Equal => readiness()
            .or_else(|| Decided::of(restarts(&a).cmp(&restarts(&b))))
            .or_else(|| by_time(a.pod.created, b.pod.created, recency))
            .settle(uids),
        decided => decided,
    }
}

/// How far one rank got.
enum Decided {
    /// The rank sees no difference: ask the next.
    No,
    /// The rank sees a difference too small for its buckets: the uid decides.
    ByUid,
    /// The rank decides.
    Yes(Ordering),
}

impl Decided {
    fn of(order: Ordering) -> Self {
        match order {
            Ordering::Equal => Self::No,
            other => Self::Yes(other),
        }
    }
    fn or_else(self, next: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => next(),
            decided => decided,
        }
    }
    fn settle(self, uids: impl FnOnce() -> Ordering) -> Ordering {
        match self {
            Self::No => Ordering::Equal,
            Self::ByUid => uids(),
            Self::Yes(order) => order,
        }
    }
}

/// The more recent time first; no time at all counts as most recent.
fn by_time(a: Option<SimTime>, b: Option<SimTime>, recency: Recency) -> Decided {
    let (a, b) = (a.map(stamp), b.map(stamp));
    match (a, b, recency) {
        (None, None, _) => Decided::No,
        (None, Some(_), _) => Decided::Yes(Ordering::Less),
        (Some(_), None, _) => Decided::Yes(Ordering::Greater),
        (Some(a), Some(b), _) if a == b => Decided::No,
        (Some(a), Some(b), Recency::Exact) => Decided::Yes(b.cmp(&a)),
        (Some(a), Some(b), Recency::Buckets(now)) => match bucket(a, now).cmp(&bucket(b, now)) {
            Ordering::Equal => Decided::ByUid,
            order => Decided::Yes(order),
        },
    }
}

/// ⌊log2(age in ns)⌋ plus one; 0 for a time that is now or still to come.
fn bucket(time: SimTime, now: SimTime) -> u32 {
    u64::BITS - now.saturating_since(time).as_nanos().leading_zeros()
}

/// For each of `pods`, how many active pods among `related` share its node (pods without a node
/// share the lack of one).
pub fn sibling_counts(pods: &[PodView], related: &[PodView]) -> Vec<u32> {
    let mut on_node: BTreeMap<Option<NodeId>, u32> = BTreeMap::new();
    for pod in related.iter().filter(|pod| pod.is_active()) {
        *on_node.entry(pod.node).or_default() += 1;
    }
    let count = |pod: &PodView| on_node.get(&pod.node).copied().unwrap_or(0);
    pods.iter().map(count).collect()
}

/// The first `count` of a ReplicaSet's active `pods` to delete; `related` are all pods of the same
/// Deployment. If all must go, they go in the order given, unranked.
pub fn pods_to_delete(
    pods: &[PodView],
    related: &[PodView],
    count: u32,
    recency: Recency,
) -> Vec<PodId> {
    let siblings = sibling_counts(pods, related);
    let candidates = pods.iter().zip(siblings);
    let mut ranked: Vec<Candidate<'_>> = candidates
        .map(|(pod, siblings)| Candidate { pod, siblings })
        .collect();
    if (count as usize) < ranked.len() {
        insertion_sort(&mut ranked, recency);
    }
    let first = ranked.iter().take(count as usize);
    first.map(|candidate| candidate.pod.id).collect()
}

/// A tie of buckets goes by uid, equal stamps go by later ranks: together that is no total order, which
/// the standard sorts refuse with a panic. An insertion sort has one answer for any comparison.
fn insertion_sort(ranked: &mut [Candidate<'_>], recency: Recency) {
    for end in 1..ranked.len() {
        let mut at = end;
        while at > 0 && delete_first(ranked[at], ranked[at - 1], recency) == Ordering::Less {
            ranked.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::PodPhase;
    use super::*;
    use crate::units::SimDuration;

    const NOW: SimTime = SimTime::from_secs(1_000);

    fn pod(id: u32, ready_age_s: u64) -> PodView {
        let since = NOW - SimTime::from_secs(ready_age_s);
        PodView {
            id: PodId::new(id),
            uid: u64::from(id),
            node: Some(NodeId::new(id)),
            phase: PodPhase::Running,
            readiness: Readiness::Ready(Some(SimTime::ZERO + since)),
            created: Some(SimTime::ZERO),
            terminating: false,
            restarts: 0,
            sidecar_restarts: 0,
            deletion_cost: 0,
        }
    }

    fn check(pods: &[PodView], expected: &[u32]) {
        let order = pods_to_delete(pods, pods, pods.len() as u32 - 1, Recency::Buckets(NOW));
        let expected: Vec<PodId> = expected.iter().map(|id| PodId::new(*id)).collect();
        assert_eq!(order, expected);
    }

    #[test]
    fn the_youngest_bucket_goes_first_and_uids_settle_a_bucket() {
        check(&[pod(1, 900), pod(2, 5), pod(3, 600)], &[2, 1]);
    }

    #[test]
    fn readiness_within_one_second_is_the_same_readiness() {
        let mut late = pod(1, 5);
        let mut early = pod(2, 5);
        late.readiness = Readiness::Ready(Some(
            SimTime::from_secs(990) + SimDuration::from_millis(900),
        ));
        early.readiness = Readiness::Ready(Some(SimTime::from_secs(990)));
        early.restarts = 1;
        check(&[late, early], &[2]);
    }

    #[test]
    fn siblings_of_the_whole_deployment_crowd_a_node() {
        let (mine, lonely) = (pod(1, 600), pod(2, 5));
        let mut stranger = pod(9, 600);
        stranger.node = mine.node;
        let pods = [mine, lonely];
        let related = [mine, lonely, stranger];
        let first = pods_to_delete(&pods, &related, 1, Recency::Buckets(NOW));
        assert_eq!(first, [mine.id]);
    }

    #[test]
    fn a_cheap_pod_goes_before_a_crowded_one() {
        let (mut cheap, crowded) = (pod(1, 900), pod(2, 1));
        cheap.deletion_cost = -1;
        check(&[crowded, cheap], &[1]);
    }
}

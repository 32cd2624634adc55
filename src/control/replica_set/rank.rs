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
    by_readiness(a, b, recency)
        .or_else(|| by_age(a, b, recency))
        .settle(|| a.pod.uid.cmp(&b.pod.uid))
}

/// Ranks 1 to 6.
fn by_readiness(a: Candidate<'_>, b: Candidate<'_>, recency: Recency) -> Decided {
    let state = |c: &Candidate<'_>| {
        let pod = c.pod;
        let known = (pod.node.is_some(), pod.phase, pod.is_ready());
        (known, pod.deletion_cost, Reverse(c.siblings))
    };
    Decided::of(state(&a).cmp(&state(&b))).or_else(|| match (a.pod.readiness, b.pod.readiness) {
        (Readiness::Ready(a), Readiness::Ready(b)) => by_time(a, b, recency),
        _ => Decided::No,
    })
}

/// Ranks 7 and 8.
fn by_age(a: Candidate<'_>, b: Candidate<'_>, recency: Recency) -> Decided {
    let restarts = |c: &Candidate<'_>| Reverse((c.pod.restarts, c.pod.sidecar_restarts));
    Decided::of(restarts(&a).cmp(&restarts(&b)))
        .or_else(|| by_time(a.pod.created, b.pod.created, recency))
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
    fn is_undecided(&self) -> bool {
        matches!(self, Self::No)
    }
    /// The order of groups: what a uid decides is one group.
    fn coarse(&self) -> Ordering {
        match self {
            Self::Yes(order) => *order,
            Self::No | Self::ByUid => Ordering::Equal,
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
        rank(&mut ranked, recency);
    }
    let first = ranked.iter().take(count as usize);
    first.map(|candidate| candidate.pod.id).collect()
}

/// Sorts by [`delete_first`] as an insertion sort does.
///
/// A tie of buckets goes by uid, equal stamps go by later ranks: together that is no total order, which
/// the standard sorts refuse with a panic. An insertion sort has one answer for any comparison, but it
/// is slow on thousands of pods in disorder. What ranks and buckets decide is an order of groups, though:
/// a stable sort by group leaves the insertion sort one group at a time, with the same answer, for a pod
/// that is put in place passes later groups whole and never enters an earlier one.
///
/// Gives the number of moves within groups: close to none where pods come in the order of their uids.
fn rank(ranked: &mut [Candidate<'_>], recency: Recency) -> u64 {
    let mut moves = 0;
    let ready = |a: &Candidate<'_>, b: &Candidate<'_>| by_readiness(*a, *b, recency);
    ranked.sort_by(|a, b| ready(a, b).coarse());
    for group in ranked.chunk_by_mut(|a, b| ready(a, b).coarse().is_eq()) {
        let (first, others) = group.split_first().expect("no group is empty");
        if !others
            .iter()
            .all(|other| ready(first, other).is_undecided())
        {
            moves += insertion_sort(group, recency);
            continue;
        }
        // One stamp for all: the last ranks order them in groups again.
        let aged = |a: &Candidate<'_>, b: &Candidate<'_>| by_age(*a, *b, recency).coarse();
        group.sort_by(aged);
        for group in group.chunk_by_mut(|a, b| aged(a, b).is_eq()) {
            moves += insertion_sort(group, recency);
        }
    }
    moves
}

/// Gives the number of moves.
fn insertion_sort(ranked: &mut [Candidate<'_>], recency: Recency) -> u64 {
    let mut moves = 0;
    for end in 1..ranked.len() {
        let mut at = end;
        while at > 0 && delete_first(ranked[at], ranked[at - 1], recency) == Ordering::Less {
            ranked.swap(at, at - 1);
            (at, moves) = (at - 1, moves + 1);
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::super::PodPhase;
    use super::*;
    use crate::units::SimDuration;
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::SplitMix64;

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

    /// Pods of which any rank may differ, or none.
    fn any_pod(draw: &mut impl FnMut(u64) -> u64, id: u32) -> PodView {
        let mut any = pod(id, 0);
        any.uid = draw(1_000);
        any.node = (draw(8) > 0).then(|| NodeId::new(draw(3) as u32));
        any.phase = [PodPhase::Pending, PodPhase::Running][draw(2) as usize];
        any.readiness = match draw(4) {
            0 => Readiness::NotReady,
            1 => Readiness::Ready(None),
            _ => Readiness::Ready(Some(SimTime::from_secs(900 + draw(100)))),
        };
        any.created = (draw(8) > 0).then(|| SimTime::from_secs(800 + draw(100)));
        any.restarts = draw(3) as u32;
        any.deletion_cost = draw(2) as i32;
        any
    }

    fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut throws = SplitMix64::seed_from_u64(seed);
        move |below| throws.next_u64() % below
    }

    #[test]
    fn groups_first_gives_the_order_of_an_insertion_sort_over_all() {
        for seed in 0..300 {
            let mut draw = dice(seed);
            let count = 2 + draw(60) as u32;
            let pods: Vec<PodView> = (0..count).map(|id| any_pod(&mut draw, id)).collect();
            let candidates = pods.iter().map(|pod| Candidate { pod, siblings: 1 });
            for recency in [Recency::Buckets(NOW), Recency::Exact] {
                let mut ranked: Vec<Candidate<'_>> = candidates.clone().collect();
                let mut yardstick = ranked.clone();
                rank(&mut ranked, recency);
                insertion_sort(&mut yardstick, recency);
                assert_eq!(ranked, yardstick, "seed {seed}");
            }
        }
    }

    #[test]
    fn five_thousand_pods_in_disorder_take_no_move_within_their_groups() {
        // Every other pod is not ready: an insertion sort over all would move each past half the
        // others before it, 2,500 · 2,500 / 2 moves and more. By group, uids are in order already.
        let mut pods: Vec<PodView> = (0..5_000)
            .map(|id| pod(id, 5 + u64::from(id) % 3))
            .collect();
        let unready = pods.iter_mut().step_by(2);
        unready.for_each(|pod| pod.readiness = Readiness::NotReady);
        let candidates = pods.iter().map(|pod| Candidate { pod, siblings: 1 });
        let mut ranked: Vec<Candidate<'_>> = candidates.collect();
        assert_eq!(rank(&mut ranked, Recency::Buckets(NOW)), 0);
        assert!(ranked[..2_500].iter().all(|first| !first.pod.is_ready()));
    }
}

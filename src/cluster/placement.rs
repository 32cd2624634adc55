//! Where a pod goes: nodes as slots; among those that have room and no required term against the pod
//! the one with the best score, LeastAllocated + 2 × InterPodAffinity (reference kubernetes.md §5).
//! Node affinity, affinity that pods write themselves, taints, spreading and balance are not modelled.

use crate::engine::Draw;
use crate::ids::NodeId;
use crate::manifest::PodTemplate;
use crate::units::SimDuration;

use super::ClusterSpec;
use super::affinity::{PodGroup, Tenants};

const MEBIBYTE: u64 = 1 << 20;
/// What a container without a request counts as when nodes are scored (not when it must fit).
const UNSET_CPU_MILLIS: u64 = 100;
const UNSET_MEMORY_BYTES: u64 = 200 * MEBIBYTE;
const BACKOFF_MAX_SECONDS: u64 = 10;
/// Score of the best node; each plug-in's worst is 0.
const NODE_SCORE_MAX: u64 = 100;
/// Weight of InterPodAffinity; LeastAllocated (NodeResourcesFit) has 1.
const AFFINITY_WEIGHT: u64 = 2;

/// What a pod takes from a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PodRequest {
    fit: Amount,
    scored: Amount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Amount {
    cpu_millis: u64,
    memory_bytes: u64,
}

impl Amount {
    fn plus(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis + other.cpu_millis,
            memory_bytes: self.memory_bytes + other.memory_bytes,
        }
    }
    fn minus(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis - other.cpu_millis,
            memory_bytes: self.memory_bytes - other.memory_bytes,
        }
    }
    fn is_within(self, whole: Self) -> bool {
        self.cpu_millis <= whole.cpu_millis && self.memory_bytes <= whole.memory_bytes
    }
}

impl PodRequest {
    /// The sum over the pod's containers.
    pub fn of(template: &PodTemplate) -> Self {
        let mut sum = Self::default();
        for container in &template.containers {
            let cpu = container.resources.cpu_request.map(|cpu| cpu.as_millis());
            let memory = container
                .resources
                .memory_request
                .map(|bytes| bytes.as_u64());
            sum.fit = sum.fit.plus(Amount {
                cpu_millis: cpu.unwrap_or(0),
                memory_bytes: memory.unwrap_or(0),
            });
            sum.scored = sum.scored.plus(Amount {
                cpu_millis: cpu.unwrap_or(UNSET_CPU_MILLIS),
                memory_bytes: memory.unwrap_or(UNSET_MEMORY_BYTES),
            });
        }
        sum
    }
}

#[derive(Debug, Clone, Default)]
struct Room {
    fit: Amount,
    scored: Amount,
    pods: u32,
    tenants: Tenants,
}

/// A node that can take a pod.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    node: u32,
    least_allocated: u64,
    affinity: i64,
}

/// The nodes and what is taken of each. All nodes are alike.
///
/// Invariant: what is taken never exceeds what a node has.
#[derive(Debug, Clone)]
pub struct Nodes {
    whole: Amount,
    pods_max: u32,
    rooms: Vec<Room>,
}

impl Nodes {
    /// Empty nodes as the scenario says.
    pub fn new(spec: &ClusterSpec) -> Self {
        Self {
            whole: Amount {
                cpu_millis: spec.node_cpu.as_millis(),
                memory_bytes: spec.node_memory.as_u64(),
            },
            pods_max: spec.node_pods,
            rooms: vec![Room::default(); spec.nodes as usize],
        }
    }

    /// Chooses a node and takes the room there; `None` if no node has room and lets the pod in. Among
    /// equal scores the draw decides, as the real scheduler draws.
    pub fn place(
        &mut self,
        request: &PodRequest,
        group: PodGroup,
        mut luck: Draw,
    ) -> Option<NodeId> {
        let candidates = self.candidates(request, group);
        let (least, most) = range(&candidates)?;
        let score = |it: &Candidate| {
            it.least_allocated + AFFINITY_WEIGHT * normal(it.affinity, least, most)
        };
        let best = candidates.iter().map(score).max()?;
        let ties: Vec<u32> = candidates
            .iter()
            .filter(|it| score(it) == best)
            .map(|it| it.node)
            .collect();
        let pick = luck.below(u32::try_from(ties.len()).expect("nodes are numbered in u32"));
        let node = NodeId::new(ties[pick as usize]);
        self.take(node, request, group);
        Some(node)
    }

    fn take(&mut self, node: NodeId, request: &PodRequest, group: PodGroup) {
        let room = &mut self.rooms[node.index()];
        room.fit = room.fit.plus(request.fit);
        room.scored = room.scored.plus(request.scored);
        room.pods += 1;
        room.tenants.add(group);
    }

    /// The nodes with room for the pod that no required term closes to it, with their scores.
    fn candidates(&self, request: &PodRequest, group: PodGroup) -> Vec<Candidate> {
        let takes = |room: &Room| {
            room.pods < self.pods_max
                && room.fit.plus(request.fit).is_within(self.whole)
                && room.tenants.admit(group)
        };
        let rooms = (0u32..).zip(&self.rooms);
        rooms
            .filter(|(_, room)| takes(room))
            .map(|(node, room)| Candidate {
                node,
                least_allocated: self.least_allocated(room.scored.plus(request.scored)),
                affinity: room.tenants.affinity(group),
            })
            .collect()
    }

    /// LeastAllocated over cpu and memory, both weight 1, in whole numbers.
    fn least_allocated(&self, taken: Amount) -> u64 {
        let part = |capacity: u64, used: u64| match capacity {
            0 => 0,
            _ => capacity.saturating_sub(used) * NODE_SCORE_MAX / capacity,
        };
        u64::midpoint(
            part(self.whole.cpu_millis, taken.cpu_millis),
            part(self.whole.memory_bytes, taken.memory_bytes),
        )
    }

    /// Gives the room back when the pod is gone; a terminating pod still holds it, and still
    /// keeps others away.
    ///
    /// # Panics
    /// If no such pod was placed there.
    pub fn release(&mut self, node: NodeId, request: &PodRequest, group: PodGroup) {
        let room = &mut self.rooms[node.index()];
        room.fit = room.fit.minus(request.fit);
        room.scored = room.scored.minus(request.scored);
        room.pods -= 1;
        room.tenants.remove(group);
    }
}

/// The least and the greatest affinity; `None` if there is no candidate.
fn range(candidates: &[Candidate]) -> Option<(i64, i64)> {
    let all = || candidates.iter().map(|it| it.affinity);
    Some((all().min()?, all().max()?))
}

/// 100 · (x − min) / (max − min), cut to a whole number after floating point as upstream does; 0
/// where all nodes are equal.
fn normal(affinity: i64, least: i64, most: i64) -> u64 {
    if most == least {
        return 0;
    }
    let part = (affinity - least) as f64 / (most - least) as f64;
    (NODE_SCORE_MAX as f64 * part) as u64
}

/// How long an unschedulable pod waits after its `attempts`-th failed attempt (from 1), if room
/// appeared meanwhile: 1 s × 2^(n−1), at most 10 s.
pub fn placement_retry_after(attempts: u32) -> SimDuration {
    let seconds = 1u64 << attempts.saturating_sub(1).min(4);
    SimDuration::from_secs(seconds.min(BACKOFF_MAX_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::AntiAffinityTerm;
    use crate::engine::{Key, Purpose};
    use crate::ids::{ReplicaSetId, RunIndex};
    use crate::manifest::argo::AntiAffinity::{self, Preferred, Required};

    /// A tenth of a node, whichever way one counts.
    const TENTH: PodRequest = PodRequest {
        fit: Amount {
            cpu_millis: 100,
            memory_bytes: 100,
        },
        scored: Amount {
            cpu_millis: 100,
            memory_bytes: 100,
        },
    };
    const STABLE: PodGroup = group(0, None);
    const OTHER: PodGroup = group(9, None);

    const fn group(set: u32, anti_affinity: Option<AntiAffinityTerm>) -> PodGroup {
        let set = ReplicaSetId::new(set);
        PodGroup { set, anti_affinity }
    }

    /// New pods, which avoid the stable ones.
    const fn new(strictness: AntiAffinity) -> PodGroup {
        let avoids = ReplicaSetId::new(0);
        let term = AntiAffinityTerm { avoids, strictness };
        group(1, Some(term))
    }

    /// Nodes with so many pods of these groups.
    fn nodes(tenants: &[&[(PodGroup, u32)]]) -> Nodes {
        let mut nodes = Nodes {
            whole: Amount {
                cpu_millis: 1000,
                memory_bytes: 1000,
            },
            pods_max: 110,
            rooms: vec![Room::default(); tenants.len()],
        };
        for (node, groups) in (0u32..).zip(tenants) {
            for (group, count) in *groups {
                (0..*count).for_each(|_| nodes.take(NodeId::new(node), &TENTH, *group));
            }
        }
        nodes
    }

    /// Where a pod goes whatever its luck; with a tie, more than one place.
    fn places(nodes: &Nodes, group: PodGroup) -> Vec<Option<usize>> {
        let key = Key::of_run(1, RunIndex::new(0)).purpose(Purpose::Pod);
        let place = |luck: u64| nodes.clone().place(&TENTH, group, key.at(luck));
        let mut all: Vec<_> = (0..64).map(|luck| Some(place(luck)?.index())).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn without_a_rule_the_least_allocated_node_is_taken_and_luck_settles_ties() {
        let nodes = nodes(&[&[(STABLE, 2)], &[(OTHER, 1)], &[(STABLE, 1)], &[(OTHER, 3)]]);
        assert_eq!(places(&nodes, STABLE), [Some(1), Some(2)]);
    }

    #[test]
    fn a_required_term_closes_every_node_with_a_pod_that_it_avoids() {
        let crowded = nodes(&[&[(STABLE, 1)], &[(OTHER, 8)]]);
        assert_eq!(places(&crowded, new(Required)), [Some(1)]);
        let everywhere = nodes(&[&[(STABLE, 1)], &[(STABLE, 1), (OTHER, 1)]]);
        assert_eq!(places(&everywhere, new(Required)), [None]);
        assert_eq!(places(&everywhere, STABLE), [Some(0)]);
    }

    #[test]
    fn pods_without_a_rule_keep_off_nodes_whose_pods_require_it() {
        let nodes = nodes(&[&[(STABLE, 4)], &[(new(Required), 1)]]);
        assert_eq!(places(&nodes, STABLE), [Some(0)]);
        assert_eq!(places(&nodes, OTHER), [Some(1)]);
    }

    #[test]
    fn a_node_opens_with_the_last_pod_that_closes_it() {
        let mut nodes = nodes(&[&[(STABLE, 2)]]);
        for left in [[None], [Some(0)]] {
            nodes.release(NodeId::new(0), &TENTH, STABLE);
            assert_eq!(places(&nodes, new(Required)), left);
        }
    }

    #[test]
    fn affinity_counts_twice_as_much_as_room() {
        // −Σ weight: −20, −10, 0, normalised 0, 50, 100; room left with the pod: 70, 80, 20 %.
        // Totals 70 + 2·0, 80 + 2·50, 20 + 2·100; counted once, the second node would win.
        let spread = nodes(&[&[(STABLE, 2)], &[(STABLE, 1)], &[(OTHER, 7)]]);
        assert_eq!(places(&spread, new(Preferred(10))), [Some(2)]);
        // −2, −1, 0 of another weight: the same, for what counts is the difference.
        assert_eq!(places(&spread, new(Preferred(1))), [Some(2)]);
        // −50, −40, −20, normalised 0, 33, 100, but no room on the third: 40 + 2·0, 0 + 2·33.
        let full = nodes(&[
            &[(STABLE, 5)],
            &[(STABLE, 4), (OTHER, 5)],
            &[(STABLE, 2), (OTHER, 8)],
        ]);
        assert_eq!(places(&full, new(Preferred(10))), [Some(1)]);
    }

    #[test]
    fn a_preference_never_keeps_a_pod_from_a_node() {
        let everywhere = nodes(&[&[(STABLE, 3)], &[(STABLE, 9)]]);
        assert_eq!(places(&everywhere, new(Preferred(100))), [Some(0)]);
        let one_left = nodes(&[&[(STABLE, 1)], &[(OTHER, 10)]]);
        assert_eq!(places(&one_left, new(Preferred(100))), [Some(0)]);
    }

    #[test]
    fn pods_that_are_there_are_preferred_at_a_distance_by_both_sides() {
        // "symmetry of anti affinity" in upstream's `scoring_test.go`: the pod that comes has no rule.
        let nodes = nodes(&[&[(new(Preferred(5)), 1)], &[(OTHER, 5)]]);
        assert_eq!(places(&nodes, STABLE), [Some(1)]);
        assert_eq!(places(&nodes, OTHER), [Some(0)]);
    }

    #[test]
    fn scores_are_cut_after_floating_point() {
        // Go's `int64(100 * (float64(29) / float64(100)))` is 28, as in any IEEE 754 arithmetic.
        assert_eq!(normal(-71, -100, 0), 28);
        assert_eq!((normal(-100, -100, 0), normal(0, -100, 0)), (0, 100));
        assert_eq!(normal(-7, -7, -7), 0);
    }
}

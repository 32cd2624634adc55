//! Where a pod goes: nodes as slots, the least allocated one that has room (reference
//! kubernetes.md §5). Affinity, taints, spreading and balance are not modelled.

use crate::engine::Draw;
use crate::ids::NodeId;
use crate::manifest::PodTemplate;
use crate::units::SimDuration;

use super::ClusterSpec;

const MEBIBYTE: u64 = 1 << 20;
/// What a container without a request counts as when nodes are scored (not when it must fit).
const UNSET_CPU_MILLIS: u64 = 100;
const UNSET_MEMORY_BYTES: u64 = 200 * MEBIBYTE;
const BACKOFF_MAX_SECONDS: u64 = 10;

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

    /// Chooses a node and takes the room there; `None` if the pod fits nowhere. Among equal scores
    /// the draw decides, as the real scheduler draws.
    pub fn place(&mut self, request: &PodRequest, mut luck: Draw) -> Option<NodeId> {
        let fits = |room: &Room| {
            room.pods < self.pods_max && room.fit.plus(request.fit).is_within(self.whole)
        };
        let scores: Vec<_> = (0u32..)
            .zip(&self.rooms)
            .filter(|(_, room)| fits(room))
            .map(|(node, room)| (node, self.score(room.scored.plus(request.scored))))
            .collect();
        let best = scores.iter().map(|(_, score)| *score).max()?;
        let ties: Vec<u32> = scores
            .iter()
            .filter(|(_, score)| *score == best)
            .map(|(node, _)| *node)
            .collect();
        let pick = luck.below(u32::try_from(ties.len()).expect("nodes are numbered in u32"));
        let node = NodeId::new(ties[pick as usize]);
        let room = &mut self.rooms[node.index()];
        room.fit = room.fit.plus(request.fit);
        room.scored = room.scored.plus(request.scored);
        room.pods += 1;
        Some(node)
    }

    /// LeastAllocated over cpu and memory, both weight 1, in whole numbers.
    fn score(&self, taken: Amount) -> u64 {
        let part = |capacity: u64, used: u64| match capacity {
            0 => 0,
            _ => capacity.saturating_sub(used) * 100 / capacity,
        };
        u64::midpoint(
            part(self.whole.cpu_millis, taken.cpu_millis),
            part(self.whole.memory_bytes, taken.memory_bytes),
        )
    }

    /// Gives the room back when the pod is gone; a terminating pod still holds it.
    pub fn release(&mut self, node: NodeId, request: &PodRequest) {
        let room = &mut self.rooms[node.index()];
        room.fit = room.fit.minus(request.fit);
        room.scored = room.scored.minus(request.scored);
        room.pods -= 1;
    }
}

/// How long an unschedulable pod waits after its `attempts`-th failed attempt (from 1), if room
/// appeared meanwhile: 1 s × 2^(n−1), at most 10 s.
pub fn placement_retry_after(attempts: u32) -> SimDuration {
    let seconds = 1u64 << attempts.saturating_sub(1).min(4);
    SimDuration::from_secs(seconds.min(BACKOFF_MAX_SECONDS))
}

//! Nodes as slots: who fits where, and which images are there.
//!
//! Placement is filter by fit and score by least allocated, ties by node number; until a real
//! scheduler comes that is all (reference kubernetes.md §5).

use super::ClusterSpec;
use crate::ids::NodeId;
use crate::units::{Bytes, CpuMillis, SimDuration, SimTime};

/// What one pod asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Processor.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
}

#[derive(Debug, Clone, Default)]
struct Node {
    cpu: u64,
    memory: u64,
    pods: u32,
    pulls_until: SimTime,
    images: Vec<(String, SimTime)>,
}

/// All nodes.
#[derive(Debug, Clone)]
pub struct Nodes {
    cpu: u64,
    memory: u64,
    pods: u32,
    pull_bytes_per_second: f64,
    nodes: Vec<Node>,
}

impl Nodes {
    /// Empty nodes of this cluster.
    pub fn new(spec: &ClusterSpec) -> Self {
        Self {
            cpu: spec.node_cpu.as_millis(),
            memory: spec.node_memory.as_u64(),
            pods: spec.node_pods,
            pull_bytes_per_second: spec.pull_bytes_per_second,
            nodes: vec![Node::default(); spec.nodes as usize],
        }
    }

    /// Takes a place for a pod; `None` if it fits nowhere now.
    pub fn place(&mut self, request: &Request) -> Option<NodeId> {
        let (cpu, memory) = (request.cpu.as_millis(), request.memory.as_u64());
        let fits = |node: &Node| {
            node.pods < self.pods
                && node.cpu + cpu <= self.cpu
                && node.memory + memory <= self.memory
        };
        let score = |node: &Node| {
            least_allocated(self.cpu, node.cpu + cpu)
                + least_allocated(self.memory, node.memory + memory)
        };
        let candidates = self.nodes.iter().enumerate().filter(|(_, node)| fits(node));
        // `max_by_key` keeps the last of equals; the order is turned so that it is the first.
        let best = candidates.rev().max_by_key(|(_, node)| score(node))?.0;
        let node = &mut self.nodes[best];
        node.cpu += cpu;
        node.memory += memory;
        node.pods += 1;
        Some(NodeId::new(
            u32::try_from(best).expect("nodes are numbered in 32 bits"),
        ))
    }

    /// A pod left its place.
    pub fn leave(&mut self, node: NodeId, request: &Request) {
        let node = &mut self.nodes[node.index()];
        node.cpu -= request.cpu.as_millis();
        node.memory -= request.memory.as_u64();
        node.pods -= 1;
    }

    /// Puts an image on every node, as in a settled world.
    pub fn preload(&mut self, image: &str) {
        for node in &mut self.nodes {
            node.images.push((image.to_owned(), SimTime::ZERO));
        }
    }

    /// When the image is on the node: pulls are serial per node, and one pull serves all who wait.
    pub fn pull(&mut self, now: SimTime, node: NodeId, image: &str, size: Bytes) -> SimTime {
        let node = &mut self.nodes[node.index()];
        if let Some((_, there)) = node.images.iter().find(|(name, _)| name == image) {
            return now.max(*there);
        }
        let seconds = size.as_u64() as f64 / self.pull_bytes_per_second;
        let done = now.max(node.pulls_until) + SimDuration::from_secs_f64(seconds);
        node.pulls_until = done;
        node.images.push((image.to_owned(), done));
        done
    }

    /// Nodes with at least one pod.
    pub fn occupied(&self) -> u32 {
        self.nodes.iter().map(|node| u32::from(node.pods > 0)).sum()
    }
}

/// Free share after placing, 0 to 100, in whole numbers as upstream counts it.
fn least_allocated(capacity: u64, requested: u64) -> u64 {
    (capacity.saturating_sub(requested) * 100)
        .checked_div(capacity)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Latencies;
    use crate::laws::Law;

    fn nodes(count: u32) -> Nodes {
        let law = Law::Constant(0.0);
        Nodes::new(&ClusterSpec {
            nodes: count,
            node_cpu: CpuMillis::new(1000),
            node_memory: Bytes::new(1 << 30),
            node_pods: 110,
            pull_bytes_per_second: 1e8,
            latencies: Latencies {
                watch: law,
                controller: law,
                scheduler: law,
                sandbox: law,
                container_start: law,
                endpoint_propagation: law,
            },
        })
    }

    const HALF: Request = Request {
        cpu: CpuMillis::new(500),
        memory: Bytes::new(1 << 20),
    };

    #[test]
    fn pods_spread_to_the_emptiest_node_and_wait_when_none_fits() {
        let mut nodes = nodes(2);
        let places: Vec<_> = (0..5)
            .map(|_| nodes.place(&HALF).map(NodeId::index))
            .collect();
        assert_eq!(places, [Some(0), Some(1), Some(0), Some(1), None]);
        nodes.leave(NodeId::new(1), &HALF);
        assert_eq!(nodes.place(&HALF), Some(NodeId::new(1)));
        assert_eq!(nodes.occupied(), 2);
    }

    #[test]
    fn an_image_is_pulled_once_per_node_and_pulls_queue() {
        let mut nodes = nodes(1);
        let (node, now) = (NodeId::new(0), SimTime::from_secs(10));
        let size = Bytes::new(200_000_000);
        assert_eq!(
            nodes.pull(now, node, "a", size),
            SimTime::from_secs(12),
            "200 MB at 100 MB/s"
        );
        assert_eq!(
            nodes.pull(now, node, "b", size),
            SimTime::from_secs(14),
            "after the first"
        );
        assert_eq!(
            nodes.pull(now, node, "a", size),
            SimTime::from_secs(12),
            "shared"
        );
        let later = SimTime::from_secs(60);
        assert_eq!(nodes.pull(later, node, "a", size), later, "already there");
    }
}

//! Pods and readiness over time, integrated exactly.
//!
//! Levels are whole numbers that hold for whole nanoseconds, so sums are exact in integers. Only
//! the counted window matters; what was before it sets the levels that it starts with.
//!
//! Nodes are those that the pods need: at every instant ⌈Σ pods / pods per node⌉ over the sizes
//! of pods, with pods per node = min(⌊cpu / request⌋, ⌊memory / request⌋, pod limit) (reference
//! delivery-flags-migrations.md §7.3). That is a lower bound: it packs pods by fit alone, also those that
//! a Rollout's `antiAffinity` keeps off each other's nodes, whose nodes are at least as many as both
//! sides need apart. Where placement obeys the rule, it is on the nodes that the scenario gives it.

use crate::units::{Bytes, CpuMillis, SimTime};

const NANOS_PER_HOUR: f64 = 3.6e12;

/// What one pod asks of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PodSize {
    /// Sum of the containers' `requests.cpu`.
    pub cpu: CpuMillis,
    /// Sum of the containers' `requests.memory`.
    pub memory: Bytes,
}

/// What one node takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeSize {
    /// Processor.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
    /// Pods at most.
    pub pods: u32,
}

impl NodeSize {
    /// How many pods of this size one node takes; one that fits nowhere counts a node of its own.
    fn takes(self, pod: PodSize) -> u128 {
        let cpu = self.cpu.as_millis().checked_div(pod.cpu.as_millis());
        let memory = self.memory.as_u64().checked_div(pod.memory.as_u64());
        let limit = u64::from(self.pods);
        let least = limit.min(cpu.unwrap_or(limit)).min(memory.unwrap_or(limit));
        u128::from(least.max(1))
    }
}

/// The counted part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub from: SimTime,
    /// Its end: the horizon.
    pub until: SimTime,
}

/// Counts pods as they come, turn ready, turn unready and go.
///
/// Invariant: calls come in the order of time.
/// Invariant: a level counts for minimum and maximum only if it held for some time.
#[derive(Debug, Clone)]
pub struct Headcount {
    window: Window,
    node: NodeSize,
    since: SimTime,
    sizes: Vec<(PodSize, u32)>,
    ready: u32,
    pods: u32,
    pods_max: Option<u32>,
    ready_min: Option<u32>,
    pod_nanos: u128,
    cpu_milli_nanos: u128,
    memory_byte_nanos: u128,
    node_nanos: u128,
}

impl Headcount {
    /// No pods yet.
    pub fn new(window: Window, node: NodeSize) -> Self {
        Self {
            window,
            node,
            since: window.from,
            sizes: Vec::new(),
            ready: 0,
            pods: 0,
            pods_max: None,
            ready_min: None,
            pod_nanos: 0,
            cpu_milli_nanos: 0,
            memory_byte_nanos: 0,
            node_nanos: 0,
        }
    }

    /// A pod object exists from now on.
    pub fn pod_created(&mut self, at: SimTime, size: PodSize) {
        self.advance(at);
        self.pods += 1;
        match self.sizes.iter_mut().find(|(known, _)| *known == size) {
            Some((_, count)) => *count += 1,
            None => self.sizes.push((size, 1)),
        }
    }

    /// A pod of this size exists no longer.
    ///
    /// # Panics
    /// If no such pod exists.
    pub fn pod_gone(&mut self, at: SimTime, size: PodSize) {
        self.advance(at);
        let known = self.sizes.iter_mut().find(|(known, _)| *known == size);
        let (_, count) = known.expect("a pod goes with the size it came with");
        *count = count.checked_sub(1).expect("a pod goes once");
        self.pods -= 1;
    }

    /// One more pod is ready.
    pub fn ready(&mut self, at: SimTime) {
        self.advance(at);
        self.ready += 1;
    }

    /// One pod less is ready; a pod that goes while ready turns unready first.
    ///
    /// # Panics
    /// If none was ready.
    pub fn unready(&mut self, at: SimTime) {
        self.advance(at);
        self.ready = self.ready.checked_sub(1).expect("it was ready");
    }

    /// Counts up to the end of the window.
    pub fn close(&mut self) {
        self.advance(self.window.until);
    }

    fn advance(&mut self, at: SimTime) {
        let upto = at.min(self.window.until);
        if upto <= self.since {
            return;
        }
        let nanos = u128::from((upto - self.since).as_nanos());
        self.since = upto;
        self.pod_nanos += nanos * u128::from(self.pods);
        for (size, count) in &self.sizes {
            let pods = nanos * u128::from(*count);
            self.cpu_milli_nanos += pods * u128::from(size.cpu.as_millis());
            self.memory_byte_nanos += pods * u128::from(size.memory.as_u64());
        }
        self.node_nanos += nanos * self.nodes();
        self.pods_max = self.pods_max.max(Some(self.pods));
        self.ready_min = Some(self.ready_min.map_or(self.ready, |min| min.min(self.ready)));
    }

    /// ⌈Σ count / pods per node⌉ as one fraction, so that rounding cannot add a node.
    fn nodes(&self) -> u128 {
        let add = |(whole, over): (u128, u128), (size, count): &(PodSize, u32)| {
            let takes = self.node.takes(*size);
            let sum = whole * takes + u128::from(*count) * over;
            let divisor = gcd(over * takes, sum);
            (sum / divisor, over * takes / divisor)
        };
        let (sum, over) = self.sizes.iter().fold((0, 1), add);
        sum.div_ceil(over)
    }

    /// Hours of pods in the window.
    pub fn pod_hours(&self) -> f64 {
        self.pod_nanos as f64 / NANOS_PER_HOUR
    }
    /// Requested milli-cores × nanoseconds.
    pub fn cpu_milli_nanos(&self) -> u128 {
        self.cpu_milli_nanos
    }
    /// Requested bytes × nanoseconds.
    pub fn memory_byte_nanos(&self) -> u128 {
        self.memory_byte_nanos
    }
    /// Hours of nodes needed in the window.
    pub fn node_hours(&self) -> f64 {
        self.node_nanos as f64 / NANOS_PER_HOUR
    }
    /// Fewest ready pods; absent before any time has passed.
    pub fn ready_min(&self) -> Option<u32> {
        self.ready_min
    }
    /// Most pods; absent before any time has passed.
    pub fn pods_max(&self) -> Option<u32> {
        self.pods_max
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(cpu: u64, mebibytes: u64) -> PodSize {
        PodSize {
            cpu: CpuMillis::new(cpu),
            memory: Bytes::new(mebibytes << 20),
        }
    }

    fn headcount() -> Headcount {
        let window = Window {
            from: SimTime::from_secs(3600),
            until: SimTime::from_secs(7200),
        };
        // The node of the cost cases: 1930m and 6900 Mi allocatable, 29 pods.
        let node = NodeSize {
            cpu: CpuMillis::new(1930),
            memory: Bytes::new(6900 << 20),
            pods: 29,
        };
        Headcount::new(window, node)
    }

    #[test]
    fn pod_time_before_the_window_is_not_counted() {
        let mut count = headcount();
        count.pod_created(SimTime::ZERO, size(200, 256));
        count.ready(SimTime::ZERO);
        count.pod_created(SimTime::from_secs(5400), size(200, 256));
        count.unready(SimTime::from_secs(5400));
        count.ready(SimTime::from_secs(5400));
        count.pod_gone(SimTime::from_secs(6300), size(200, 256));
        count.pod_gone(SimTime::from_secs(9000), size(200, 256));
        // One hour of one pod and 15 minutes of another.
        assert_eq!(count.pod_hours(), 1.25);
        assert_eq!(count.cpu_milli_nanos(), 4500 * 1_000_000_000 * 200);
        assert_eq!(count.node_hours(), 1.0);
        assert_eq!((count.ready_min(), count.pods_max()), (Some(1), Some(2)));
    }

    #[test]
    fn nodes_are_as_many_as_the_rule_of_the_reference_gives() {
        // cases/slo-cost.json, binpack: pods, cpu, memory → nodes.
        for (pods, cpu, memory, nodes) in [
            (8, 500, 1024, 3),
            (16, 500, 1024, 6),
            (6, 200, 256, 1),
            (100, 100, 128, 6),
        ] {
            let mut count = headcount();
            (0..pods).for_each(|_| count.pod_created(SimTime::ZERO, size(cpu, memory)));
            count.close();
            assert_eq!(count.node_hours(), f64::from(nodes), "{pods} x {cpu}m");
        }
        // Two sizes share a node: 1 of 3 places and 6 of 9 places fill it exactly.
        let mut count = headcount();
        count.pod_created(SimTime::ZERO, size(500, 1024));
        (0..6).for_each(|_| count.pod_created(SimTime::ZERO, size(200, 256)));
        count.close();
        assert_eq!(count.node_hours(), 1.0);
    }
}

//! kube-proxy, one per node: each learns of a change with a lag of its own and programs it no more
//! often than its minimum sync period allows.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::{Key, Purpose};
use crate::ids::{NodeId, PodId, ServiceId};
use crate::laws::Law;
use crate::units::{SimDuration, SimTime};

/// `minSyncPeriod`: the next sync comes no sooner after the end of the last one.
const MIN_SYNC_PERIOD: SimDuration = SimDuration::SECOND;

/// A new generation of a Service's slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Whose.
    pub service: ServiceId,
    /// Which.
    pub generation: u64,
    /// Where connections may go, by [`super::backends`].
    pub backends: Arc<[PodId]>,
}

/// From now on connections from this node go to these backends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programmed {
    /// Where.
    pub node: NodeId,
    /// What.
    pub publication: Publication,
}

#[derive(Debug, Clone, Default)]
struct KubeProxy {
    /// On their way, in order of arrival.
    coming: VecDeque<(SimTime, Publication)>,
    /// Seen but not programmed, at most one a Service.
    seen: Vec<Publication>,
    last_sync: Option<SimTime>,
}

impl KubeProxy {
    fn next_sync(&self) -> Option<SimTime> {
        let first = self.coming.front().map(|(at, _)| *at);
        let due = self
            .last_sync
            .map_or(SimTime::ZERO, |at| at + MIN_SYNC_PERIOD);
        match self.seen.is_empty() {
            true => first.map(|at| at.max(due)),
            false => Some(due),
        }
    }
    /// Everything that has arrived by now, in one sync.
    fn sync(&mut self, now: SimTime) -> Vec<Publication> {
        while self.coming.front().is_some_and(|(at, _)| *at <= now) {
            let (_, publication) = self.coming.pop_front().expect("just seen");
            self.seen
                .retain(|older| older.service != publication.service);
            self.seen.push(publication);
        }
        self.last_sync = Some(now);
        std::mem::take(&mut self.seen)
    }
}

/// All kube-proxies. A sync itself takes no time.
#[derive(Debug, Clone)]
pub struct KubeProxies {
    nodes: Vec<KubeProxy>,
    propagation: Law,
    luck: Key,
    /// By Service: newest generation published, and the one each node has programmed.
    services: Vec<(u64, Vec<u64>)>,
}

impl KubeProxies {
    /// For this many nodes and Services; changes travel for `propagation` (s).
    pub fn new(nodes: u32, services: usize, propagation: Law, run: Key) -> Self {
        let nodes = vec![KubeProxy::default(); nodes as usize];
        Self {
            services: vec![(0, vec![0; nodes.len()]); services],
            nodes,
            propagation,
            luck: run.purpose(Purpose::Proxy),
        }
    }

    /// Sends a slice to all nodes. A watch keeps its order: a later change never arrives before an
    /// earlier one.
    pub fn publish(&mut self, now: SimTime, publication: &Publication) {
        self.services[publication.service.index()].0 = publication.generation;
        for (index, node) in self.nodes.iter_mut().enumerate() {
            let entity = self.luck.entity(index as u64);
            let mut draw = entity
                .entity(publication.service.index() as u64)
                .at(publication.generation);
            let lag = SimDuration::from_secs_f64(self.propagation.quantile(draw.uniform()));
            let last = node.coming.back().map_or(SimTime::ZERO, |(at, _)| *at);
            node.coming
                .push_back(((now + lag).max(last), publication.clone()));
        }
    }

    /// All nodes know this from the start.
    pub fn settle(&mut self, publication: &Publication) -> Vec<Programmed> {
        let service = &mut self.services[publication.service.index()];
        service.0 = publication.generation;
        service.1.fill(publication.generation);
        let nodes = 0..u32::try_from(self.nodes.len()).expect("nodes are numbered in u32");
        nodes
            .map(|node| Programmed {
                node: NodeId::new(node),
                publication: publication.clone(),
            })
            .collect()
    }

    /// When some node programs next.
    pub fn next_wake(&self) -> Option<SimTime> {
        self.nodes.iter().filter_map(KubeProxy::next_sync).min()
    }

    /// Programs what is due, in the order of nodes.
    pub fn wake(&mut self, now: SimTime) -> Vec<Programmed> {
        let mut programmed = Vec::new();
        for (index, node) in (0u32..).zip(&mut self.nodes) {
            if node.next_sync().is_none_or(|at| at > now) {
                continue;
            }
            for publication in node.sync(now) {
                let known = &mut self.services[publication.service.index()].1;
                known[index as usize] = publication.generation;
                programmed.push(Programmed {
                    node: NodeId::new(index),
                    publication,
                });
            }
        }
        programmed
    }

    /// Whether every node has programmed the newest slice of the Service.
    pub fn is_settled(&self, service: ServiceId) -> bool {
        let (newest, known) = &self.services[service.index()];
        known.iter().all(|generation| generation == newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RunIndex;

    fn publication(generation: u64) -> Publication {
        Publication {
            service: ServiceId::new(0),
            generation,
            backends: Arc::from([]),
        }
    }

    #[test]
    fn changes_within_a_second_of_the_last_sync_are_merged_into_one() {
        let run = Key::of_run(1, RunIndex::new(0));
        let mut proxies = KubeProxies::new(1, 1, Law::Constant(0.1), run);
        let millis = |ms: u64| SimTime::from_nanos(ms * 1_000_000);
        let mut story = Vec::new();
        for (generation, at) in [(1, 5000), (2, 5200), (3, 5700), (4, 9000)] {
            proxies.publish(millis(at), &publication(generation));
        }
        while let Some(at) = proxies.next_wake() {
            for programmed in proxies.wake(at) {
                story.push((at.to_string(), programmed.publication.generation));
            }
        }
        // 5.0 + 0.1 at once; 5.3 and 5.8 wait together until 5.1 + 1; 9.1 is alone.
        let expected = [("00:05.100", 1), ("00:06.100", 3), ("00:09.100", 4)];
        assert_eq!(story, expected.map(|(at, g)| (at.to_owned(), g)));
        assert!(proxies.is_settled(ServiceId::new(0)));
    }
}

//! The proxies of a fleet, each with what it knows.

use std::sync::Arc;

use super::{FleetSpec, Routing, Upstream};
use crate::engine::Key;

/// One proxy.
#[derive(Debug)]
pub(in crate::traffic) struct Proxy {
    /// Which generation of routes it follows.
    pub(in crate::traffic) generation: u32,
    pub(in crate::traffic) upstreams: Vec<Upstream>,
}

/// All proxies of a fleet.
#[derive(Debug)]
pub(in crate::traffic) struct Fleet {
    /// Every generation of routes that some request may still be under.
    pub(in crate::traffic) generations: Vec<Arc<Routing>>,
    pub(in crate::traffic) proxies: Vec<Proxy>,
}

impl Fleet {
    /// Proxies without routes and hosts; each begins its rotations and ticks at a place of its own.
    pub(in crate::traffic) fn new(spec: &FleetSpec, luck: Key) -> Self {
        let proxies = (0..u64::from(spec.proxies.max(1))).map(|proxy| {
            let upstreams = (0u64..).zip(&spec.upstreams);
            let upstreams = upstreams.map(|(index, upstream)| {
                let mut draw = luck.entity(proxy).at(index);
                Upstream::new(upstream, draw.bits(), draw.uniform())
            });
            Proxy {
                generation: 0,
                upstreams: upstreams.collect(),
            }
        });
        Self {
            proxies: proxies.collect(),
            generations: vec![Arc::default()],
        }
    }

    /// A proxy follows these routes from now on.
    pub(in crate::traffic) fn follow(&mut self, proxy: usize, routing: &Arc<Routing>) {
        let known = self
            .generations
            .iter()
            .rposition(|one| Arc::ptr_eq(one, routing));
        let generation = known.unwrap_or_else(|| {
            self.generations.push(Arc::clone(routing));
            self.generations.len() - 1
        });
        self.proxies[proxy].generation =
            u32::try_from(generation).expect("generations fit 32 bits");
    }
}

//! The control plane of the mesh: gathers changes, sends them to every proxy, each of which follows
//! with a lag of its own (reference progressive-delivery.md §5.8).

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Change, Debounce, DebounceSpec, Push};
use crate::engine::{Key, Purpose};
use crate::laws::Law;
use crate::units::{SimDuration, SimTime};

/// `[mesh]`: the parts of a mesh that no manifest describes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeshSpec {
    /// Proxies behind every Gateway. Default 2.
    pub gateway_proxies: u32,
    /// Clients with a sidecar for each source that enters at a Service. Default 3.
    pub sidecars: u32,
    /// How long changes are gathered.
    pub debounce: DebounceSpec,
    /// From a push until a proxy follows it (s). The default, lognormal(p50 = 300 ms, p99 = 1.5 s),
    /// is an assumption: no source gives a figure.
    pub push: Law,
    /// Whether outlier detection may always eject one host, as Envoy did before the limit counted
    /// the first. Default no.
    pub always_eject_one: bool,
}

impl Default for MeshSpec {
    fn default() -> Self {
        Self {
            gateway_proxies: 2,
            sidecars: 3,
            debounce: DebounceSpec::default(),
            // ln 0.3, and ln(1.5 / 0.3) over the 99 % quantile of the normal.
            push: Law::LogNormal {
                location: -1.203_972_804_325_936,
                scale: 0.691_831_068_7,
            },
            always_eject_one: false,
        }
    }
}

/// The control plane, and what is on its way to the proxies; `S` is what a push carries.
#[derive(Debug, Clone)]
pub struct Pilot<S> {
    debounce: Debounce,
    push: Law,
    luck: Key,
    pushes: u64,
    /// By proxy, in order of arrival.
    coming: Vec<VecDeque<(SimTime, Arc<S>)>>,
}

impl<S> Pilot<S> {
    /// For this many proxies, which know everything there is.
    pub fn new(spec: &MeshSpec, proxies: usize, run: Key) -> Self {
        Self {
            debounce: Debounce::new(spec.debounce),
            push: spec.push,
            luck: run.purpose(Purpose::Mesh).entity(u64::MAX - 1),
            pushes: 0,
            coming: (0..proxies).map(|_| VecDeque::new()).collect(),
        }
    }

    /// Whether such a change is sent without waiting for others.
    pub fn sends_at_once(&self, change: Change) -> bool {
        self.debounce.sends_at_once(change)
    }
    /// Something changed; `snapshot` is what is sent where that happens at once.
    pub fn change(&mut self, now: SimTime, change: Change, snapshot: &Arc<S>) {
        if self.debounce.change(now, change).is_some() {
            self.send(now, snapshot);
        }
    }

    /// When to [`wake`](Self::wake) it next.
    pub fn next_wake(&self) -> Option<SimTime> {
        let fronts = self.coming.iter().filter_map(|queue| queue.front());
        let fronts = fronts.map(|(at, _)| *at);
        fronts.chain(self.debounce.next_wake()).min()
    }

    /// Pushes what is due (`snapshot` is what there is now) and gives every proxy what has reached
    /// it, in the order of proxies. A push itself takes no time beyond the lag of each proxy.
    pub fn wake(
        &mut self,
        now: SimTime,
        snapshot: impl FnOnce() -> Arc<S>,
    ) -> Vec<(usize, Arc<S>)> {
        if self.debounce.wake(now).is_some() {
            self.send(now, &snapshot());
            let more: Option<Push> = self.debounce.pushed(now);
            debug_assert!(
                more.is_none(),
                "nothing came during a push that takes no time"
            );
        }
        let mut reached = Vec::new();
        for (proxy, queue) in self.coming.iter_mut().enumerate() {
            let mut newest = None;
            while queue.front().is_some_and(|(at, _)| *at <= now) {
                newest = queue.pop_front().map(|(_, snapshot)| snapshot);
            }
            reached.extend(newest.map(|snapshot| (proxy, snapshot)));
        }
        reached
    }

    /// A stream keeps its order: a later push never arrives before an earlier one.
    fn send(&mut self, now: SimTime, snapshot: &Arc<S>) {
        self.pushes += 1;
        for (proxy, queue) in (0u64..).zip(&mut self.coming) {
            let luck = self.luck.entity(proxy).at(self.pushes).uniform();
            let lag = SimDuration::from_secs_f64(self.push.quantile(luck));
            let last = queue.back().map_or(SimTime::ZERO, |(at, _)| *at);
            queue.push_back(((now + lag).max(last), Arc::clone(snapshot)));
        }
    }

    /// Whether every proxy follows the newest push and none is due.
    pub fn is_settled(&self) -> bool {
        self.next_wake().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RunIndex;

    #[test]
    fn changes_go_out_together_and_reach_each_proxy_in_order() {
        let spec = MeshSpec {
            push: Law::Uniform {
                low: 0.1,
                high: 2.0,
            },
            ..MeshSpec::default()
        };
        let run = Key::of_run(3, RunIndex::new(0));
        let millis = |ms: u64| SimTime::ZERO + SimDuration::from_millis(ms);
        let mut pilot: Pilot<u64> = Pilot::new(&spec, 2, run);
        let mut newest = 0;
        let mut seen = [Vec::new(), Vec::new()];
        let mut changes = [1000, 1040, 1500, 1900].map(millis).into_iter().peekable();
        loop {
            let wake = pilot.next_wake();
            match (changes.peek().copied(), wake) {
                (Some(at), wake) if wake.is_none_or(|wake| at < wake) => {
                    newest += 1;
                    changes.next();
                    pilot.change(at, Change::Endpoints, &Arc::new(newest));
                }
                (_, Some(at)) => {
                    for (proxy, snapshot) in pilot.wake(at, || Arc::new(newest)) {
                        seen[proxy].push(*snapshot);
                    }
                }
                (_, None) => break,
            }
        }
        // The first two are 40 ms apart and one push; whoever gets several at once keeps the last.
        for known in &seen {
            assert!(known.is_sorted(), "{known:?}");
            assert!(known.iter().all(|one| [2, 3, 4].contains(one)), "{known:?}");
            assert_eq!(known.last(), Some(&4));
        }
        assert!(pilot.is_settled());
    }
}

//! Connections to the hosts of an upstream, and who waits for one.

use super::{Connected, Upstream, find};
use crate::routing::envoy::breakers::Admission;

impl Upstream {
    /// A try at a host: over a free connection, or a new one where somebody `listens`.
    #[inline]
    pub(in crate::traffic) fn connect(
        &mut self,
        slot: u32,
        crossing: u32,
        listens: bool,
    ) -> Connected {
        let link = &mut self.links[slot as usize];
        match self.breakers.admit(link.pool()) {
            Admission::Send => {
                link.free -= 1;
                link.busy += 1;
                link.sent = link.sent.wrapping_add(1);
                self.hosts[slot as usize].active += 1;
                Connected::Sent
            }
            Admission::Connect if !listens => {
                self.breakers.abandon();
                self.breakers.disconnect();
                Connected::Refused
            }
            Admission::Connect => match self.breakers.attach() {
                Admission::Send => {
                    link.busy += 1;
                    link.sent = link.sent.wrapping_add(1);
                    self.hosts[slot as usize].active += 1;
                    Connected::Sent
                }
                _ => {
                    link.free += 1;
                    Connected::Overflow
                }
            },
            Admission::Wait => {
                link.waiting.push_back(crossing);
                Connected::Waits
            }
            Admission::Overflow => Connected::Overflow,
        }
    }

    /// A sent try is over; whether its connection `stays` open. Returns whether others wait at
    /// the pod, for [`resume`](Self::resume).
    #[inline]
    pub(in crate::traffic) fn release(&mut self, pod: u32, hint: u32, stays: bool) -> bool {
        self.breakers.finish();
        let bound = self.requests_per_connection;
        let found = find(&mut self.links, &mut self.leaving, pod, hint);
        let Some((link, place)) = found else {
            self.breakers.disconnect();
            return false;
        };
        link.busy = link.busy.saturating_sub(1);
        let stays = stays && place.is_some() && !link.sent.is_multiple_of(bound);
        link.free += u32::from(stays);
        let waits = !link.waiting.is_empty();
        let done = place.is_none() && link.is_idle();
        if let Some(place) = place {
            let active = &mut self.hosts[place].active;
            *active = active.saturating_sub(1);
        }
        if !stays {
            self.breakers.disconnect();
        }
        if done {
            self.leaving.retain(|link| link.pod != pod);
        }
        waits
    }

    /// The first crossing that waits at a pod tries its connections again.
    pub(in crate::traffic) fn resume(&mut self, pod: u32, hint: u32, listens: bool) -> Connected {
        let found = find(&mut self.links, &mut self.leaving, pod, hint);
        let Some((link, place)) = found else {
            return Connected::Refused;
        };
        if link.free == 0 {
            if !self.breakers.connect(link.pool()) {
                return Connected::Waits;
            }
            if !listens {
                link.waiting.pop_front();
                self.breakers.disconnect();
                self.breakers.abandon();
                return Connected::Refused;
            }
            link.free += 1;
        }
        link.waiting.pop_front();
        if self.breakers.attach() != Admission::Send {
            return Connected::Overflow;
        }
        link.free -= 1;
        link.busy += 1;
        link.sent = link.sent.wrapping_add(1);
        if let Some(place) = place {
            self.hosts[place].active += 1;
        }
        Connected::Sent
    }

    /// Takes whoever waits first at a pod that cannot be connected to.
    pub(in crate::traffic) fn next_refused(&mut self, pod: u32, hint: u32) -> Option<u32> {
        let (link, place) = find(&mut self.links, &mut self.leaving, pod, hint)?;
        let first = link.waiting.pop_front();
        let gone = place.is_none() && link.is_idle();
        if first.is_some() {
            self.breakers.abandon();
        }
        if gone {
            self.leaving.retain(|link| link.pod != pod);
        }
        first
    }

    /// Who waits first at a pod.
    pub(in crate::traffic) fn first_waiting(&mut self, pod: u32, hint: u32) -> Option<u32> {
        let (link, _) = find(&mut self.links, &mut self.leaving, pod, hint)?;
        link.waiting.front().copied()
    }

    /// A waiting crossing gives up.
    pub(in crate::traffic) fn abandon(&mut self, pod: u32, hint: u32, crossing: u32) {
        let found = find(&mut self.links, &mut self.leaving, pod, hint);
        if let Some((link, _)) = found {
            let before = link.waiting.len();
            link.waiting.retain(|one| *one != crossing);
            if link.waiting.len() < before {
                self.breakers.abandon();
            }
            self.leaving.retain(|link| !link.is_idle());
        }
    }

    /// The pod has closed its idle connections.
    pub(in crate::traffic) fn close_idle(&mut self, pod: u32) {
        let found = find(&mut self.links, &mut self.leaving, pod, u32::MAX);
        let closed = found.map_or(0, |(link, _)| std::mem::take(&mut link.free));
        (0..closed).for_each(|_| self.breakers.disconnect());
    }

    /// Open connections that may bring a pod further requests: none where it is no host any more.
    pub(in crate::traffic) fn connections_to(&self, pod: u32) -> u32 {
        let found = self.links.iter().find(|link| link.pod == pod);
        found.map_or(0, |link| link.free + link.busy)
    }
}

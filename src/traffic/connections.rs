//! Keep-alive connections of one client group, as counts per pod.
//!
//! A pool that is short opens a connection for the request at hand; a full one draws among its
//! connections, each as likely. Connections stay with their pod whatever the endpoints say
//! (conntrack pins established flows, reference kubernetes.md §4). They end
//! * when the process exits: the kernel closes its sockets, the clients see it and open new ones.
//!   Measured so: after a kill, proxies with idle connections to the dead server lost the requests
//!   in flight and no more (recorded `e6` runs of Envoy; HAProxy with redispatch lost
//!   1.22 ± 0.13 per kill where rate × service time / servers is 1.07 to 1.25);
//! * when a draining server closes them;
//! * at the end of their lifetime;
//! * when unused for the idle time. Use is known per pod, not per connection: a pod whose group of
//!   connections was unused that long has lost them all.
//!
//! Not modelled: a request sent in the instant in which the server closes its connection (the
//! same runs show about 0.1 a restart on loopback).

use std::collections::VecDeque;

use super::KeepAlive;

/// Connections opened at one instant to one pod.
#[derive(Debug, Clone, Copy)]
struct Cohort {
    opened: u64,
    pod: u32,
    count: u32,
}

/// Connections to one pod.
#[derive(Debug, Clone, Copy)]
struct Held {
    pod: u32,
    count: u32,
    used: u64,
}

/// The connections of one client group.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    size: u32,
    lifetime: Option<u64>,
    idle: u64,
    open: u32,
    held: Vec<Held>,
    cohorts: VecDeque<Cohort>,
}

impl Pool {
    /// An empty pool for `size` connections.
    pub(super) fn new(size: u32, keep_alive: KeepAlive) -> Self {
        Self {
            size,
            lifetime: keep_alive.lifetime.map(|length| length.as_nanos()),
            idle: keep_alive.idle.map_or(u64::MAX, |length| length.as_nanos()),
            open: 0,
            held: Vec::new(),
            cohorts: VecDeque::new(),
        }
    }

    /// A pool of the same kind without connections.
    pub(super) fn emptied(&self) -> Self {
        Self {
            open: 0,
            held: Vec::new(),
            cohorts: VecDeque::new(),
            ..*self
        }
    }

    /// The pod of the connection that a request with this luck uses; `None` if it must open one.
    pub(super) fn draw(&mut self, now: u64, luck: u64) -> Option<u32> {
        self.expire(now);
        if self.open < self.size {
            return None;
        }
        let mut left = ((u128::from(luck) * u128::from(self.open)) >> 64) as u32;
        for held in &mut self.held {
            if left < held.count {
                if now - held.used >= self.idle {
                    let pod = held.pod;
                    self.close_pod(pod);
                    return None;
                }
                held.used = now;
                return Some(held.pod);
            }
            left -= held.count;
        }
        unreachable!("the counts of all pods sum to the open connections")
    }

    /// Notes a new connection.
    pub(super) fn opened(&mut self, now: u64, pod: u32) {
        self.open += 1;
        match self.held.iter_mut().find(|held| held.pod == pod) {
            Some(held) => {
                held.count += 1;
                held.used = now;
            }
            None => self.held.push(Held {
                pod,
                count: 1,
                used: now,
            }),
        }
        if self.lifetime.is_some() {
            self.cohorts.push_back(Cohort {
                opened: now,
                pod,
                count: 1,
            });
        }
    }

    /// Forgets all connections to a pod.
    pub(super) fn close_pod(&mut self, pod: u32) {
        self.close(pod, u32::MAX);
        self.cohorts.retain(|cohort| cohort.pod != pod);
    }

    fn close(&mut self, pod: u32, count: u32) {
        let Some(index) = self.held.iter().position(|held| held.pod == pod) else {
            return;
        };
        let closed = count.min(self.held[index].count);
        self.open -= closed;
        self.held[index].count -= closed;
        if self.held[index].count == 0 {
            self.held.remove(index);
        }
    }

    fn expire(&mut self, now: u64) {
        let Some(lifetime) = self.lifetime else {
            return;
        };
        while let Some(oldest) = self.cohorts.front().copied()
            && oldest.opened.saturating_add(lifetime) <= now
        {
            self.cohorts.pop_front();
            self.close(oldest.pod, oldest.count);
        }
    }

    /// Open connections to a pod.
    pub(super) fn count_at(&mut self, now: u64, pod: u32) -> u32 {
        self.expire(now);
        let held = self.held.iter().find(|held| held.pod == pod);
        held.filter(|held| now - held.used < self.idle)
            .map_or(0, |held| held.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimDuration;

    const SECOND: u64 = SimDuration::SECOND.as_nanos();

    fn pool(lifetime: Option<u64>, idle: Option<u64>) -> Pool {
        let keep_alive = KeepAlive {
            connections: 4,
            lifetime: lifetime.map(SimDuration::from_secs),
            idle: idle.map(SimDuration::from_secs),
        };
        Pool::new(4, keep_alive)
    }

    #[test]
    fn a_short_pool_opens_and_a_full_one_draws_by_count() {
        let mut pool = pool(None, None);
        for pod in [7, 7, 7, 9] {
            assert_eq!(pool.draw(0, 0), None);
            pool.opened(0, pod);
        }
        let drawn: Vec<_> = (0..4).map(|k| pool.draw(0, k << 62)).collect();
        assert_eq!(drawn, [Some(7), Some(7), Some(7), Some(9)]);
        pool.close_pod(7);
        assert_eq!((pool.draw(0, 0), pool.count_at(0, 9)), (None, 1));
    }

    #[test]
    fn connections_end_with_their_lifetime() {
        let mut pool = pool(Some(10), None);
        for (second, pod) in [(0, 1), (1, 2), (2, 1), (3, 2)] {
            pool.opened(second * SECOND, pod);
        }
        let left = |pool: &mut Pool, at: u64| [pool.count_at(at, 1), pool.count_at(at, 2)];
        assert_eq!(left(&mut pool, 9 * SECOND), [2, 2]);
        assert_eq!(left(&mut pool, 10 * SECOND), [1, 2]);
        assert_eq!(left(&mut pool, 12 * SECOND), [0, 1]);
    }

    #[test]
    fn unused_connections_are_gone() {
        let mut pool = pool(None, Some(60));
        (0..4).for_each(|_| pool.opened(0, 1));
        assert_eq!(pool.draw(59 * SECOND, 0), Some(1));
        assert_eq!(pool.draw(119 * SECOND, 0), None);
        assert_eq!(pool.count_at(119 * SECOND, 1), 0);
    }
}

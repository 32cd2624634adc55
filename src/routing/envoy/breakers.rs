//! Circuit breakers: limits of one client proxy on one cluster (`resource_manager_impl.h`,
//! `conn_pool_base.cc`).
//!
//! Not per host and not per mesh: every client proxy counts only what it sends itself.
//!
//! ```text
//!   a connection is free ──▶ requests < limit ? Send : UO
//!   none is free ──▶ pending < limit ? waits (and a connection is made if
//!                    connections < limit, or the host has none at all) : UO
//! ```
//!
//! The rule of one connection for a host without any means that `connections` may be exceeded by
//! one for each host.

use crate::units::Ratio;

/// How many retries may be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryLimit {
    /// `max_retries`: this many at once.
    AtOnce(u32),
    /// `retry_budget`: a share of the active and pending requests, but at least some.
    Budget {
        /// Envoy's default 20 %.
        share: Ratio,
        /// `min_retry_concurrency`; Envoy's default 3.
        at_least: u32,
    },
}

/// The limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerLimits {
    /// `max_connections`: connections to all hosts of the cluster.
    pub connections: u32,
    /// `max_pending_requests`: requests that wait for a connection.
    pub pending: u32,
    /// `max_requests`: requests at the hosts, whatever the protocol.
    pub requests: u32,
    /// Retries that wait out their back-off or are at the hosts.
    pub retries: RetryLimit,
}

impl BreakerLimits {
    /// Envoy's own defaults.
    pub const ENVOY: Self = Self {
        connections: 1024,
        pending: 1024,
        requests: 1024,
        retries: RetryLimit::AtOnce(3),
    };
    /// What Istio writes unless a DestinationRule says otherwise: no limits.
    pub const ISTIO: Self = Self {
        connections: u32::MAX,
        pending: u32::MAX,
        requests: u32::MAX,
        retries: RetryLimit::AtOnce(u32::MAX),
    };
}

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is sent.
    Send,
    /// It waits, and a new connection is being made.
    Connect,
    /// It waits for a connection.
    Wait,
    /// Refused: 503 `UO`.
    Overflow,
}

/// The connections of this proxy to one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostPool {
    /// Connections with room for a request.
    pub free: u32,
    /// Connections without.
    pub busy: u32,
    /// Connections being made.
    pub connecting: u32,
    /// Attempts waiting for one.
    pub waiting: u32,
}

/// What is under way from one client proxy to one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breakers {
    limits: BreakerLimits,
    connections: u32,
    pending: u32,
    requests: u32,
    retries: u32,
}

impl Breakers {
    /// Nothing under way.
    pub const fn new(limits: BreakerLimits) -> Self {
        Self {
            limits,
            connections: 0,
            pending: 0,
            requests: 0,
            retries: 0,
        }
    }

    /// Whether an attempt at a host with these connections is sent, waits or overflows. What is
    /// sent must be [`finish`](Self::finish)ed; what waits, [`attach`](Self::attach)ed or
    /// [`abandon`](Self::abandon)ed.
    pub fn admit(&mut self, pool: HostPool) -> Admission {
        if pool.free > 0 {
            return self.send();
        }
        if self.pending >= self.limits.pending {
            return Admission::Overflow;
        }
        self.pending += 1;
        let waiting = pool.waiting + 1;
        match self.connect(HostPool { waiting, ..pool }) {
            true => Admission::Connect,
            false => Admission::Wait,
        }
    }

    /// Begins a connection to a host if more attempts wait there than connections are being made,
    /// and the limit (or the host's lack of any connection) allows it.
    pub fn connect(&mut self, pool: HostPool) -> bool {
        let wanted = pool.waiting > pool.connecting;
        let first = pool.free + pool.busy + pool.connecting == 0;
        let begun = wanted && (first || self.connections < self.limits.connections);
        self.connections += u32::from(begun);
        begun
    }

    /// A waiting attempt gets a connection: it is sent or, at the limit of requests, overflows.
    pub fn attach(&mut self) -> Admission {
        self.pending -= 1;
        self.send()
    }
    /// A waiting attempt gives up.
    pub fn abandon(&mut self) {
        self.pending -= 1;
    }
    /// A sent attempt has ended.
    pub fn finish(&mut self) {
        self.requests -= 1;
    }
    /// A connection is closed, or was never made. Draining ones count until then.
    pub fn disconnect(&mut self) {
        self.connections -= 1;
    }

    fn send(&mut self) -> Admission {
        if self.requests >= self.limits.requests {
            return Admission::Overflow;
        }
        self.requests += 1;
        Admission::Send
    }

    /// Takes a slot for a retry; refused at the limit. The failed attempt still counts as active
    /// if it is not finished yet, as upstream has it.
    pub fn begin_retry(&mut self) -> bool {
        let begun = self.retries < self.retries_allowed();
        self.retries += u32::from(begun);
        begun
    }
    /// Gives the slot back: the retry has ended, or the request has.
    pub fn end_retry(&mut self) {
        self.retries -= 1;
    }

    /// How many retries may be under way now.
    pub fn retries_allowed(&self) -> u32 {
        match self.limits.retries {
            RetryLimit::AtOnce(limit) => limit,
            RetryLimit::Budget { share, at_least } => {
                let active = u64::from(self.requests) + u64::from(self.pending);
                let parts = u64::from(share.as_parts_per_billion());
                let allowed = active.saturating_mul(parts) / 1_000_000_000;
                u32::try_from(allowed).unwrap_or(u32::MAX).max(at_least)
            }
        }
    }

    /// Attempts at the hosts.
    pub const fn requests(&self) -> u32 {
        self.requests
    }
    /// Attempts waiting for a connection.
    pub const fn pending(&self) -> u32 {
        self.pending
    }
    /// Connections open or being made.
    pub const fn connections(&self) -> u32 {
        self.connections
    }
    /// Retries under way.
    pub const fn retries(&self) -> u32 {
        self.retries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: HostPool = HostPool {
        free: 0,
        busy: 0,
        connecting: 0,
        waiting: 0,
    };

    fn breakers(connections: u32, pending: u32, requests: u32) -> Breakers {
        Breakers::new(BreakerLimits {
            connections,
            pending,
            requests,
            retries: RetryLimit::AtOnce(3),
        })
    }

    #[test]
    fn a_host_without_connections_gets_one_beyond_the_limit() {
        let mut breakers = breakers(1, 10, 10);
        assert_eq!(breakers.admit(EMPTY), Admission::Connect);
        assert_eq!(breakers.admit(EMPTY), Admission::Connect, "another host");
        let busy = HostPool { busy: 1, ..EMPTY };
        assert_eq!(breakers.admit(busy), Admission::Wait);
        assert_eq!((breakers.connections(), breakers.pending()), (2, 3));
        breakers.disconnect();
        breakers.disconnect();
        let one_waits = HostPool { waiting: 1, ..busy };
        assert!(breakers.connect(one_waits), "room again");
        assert!(!breakers.connect(busy), "nobody waits");
    }

    #[test]
    fn pending_and_requests_overflow_at_their_limits() {
        let mut breakers = breakers(10, 1, 1);
        assert_eq!(breakers.admit(EMPTY), Admission::Connect);
        let connecting = HostPool {
            connecting: 1,
            waiting: 1,
            ..EMPTY
        };
        assert_eq!(breakers.admit(connecting), Admission::Overflow);
        assert_eq!(breakers.attach(), Admission::Send);
        let free = HostPool { free: 1, ..EMPTY };
        assert_eq!(breakers.admit(free), Admission::Overflow);
        breakers.finish();
        assert_eq!(breakers.admit(free), Admission::Send);
        assert_eq!((breakers.requests(), breakers.pending()), (1, 0));
    }

    #[test]
    fn a_budget_follows_the_load_but_never_falls_below_its_least() {
        let limits = BreakerLimits {
            retries: RetryLimit::Budget {
                share: "20%".parse().unwrap(),
                at_least: 3,
            },
            ..BreakerLimits::ENVOY
        };
        let mut breakers = Breakers::new(limits);
        let free = HostPool { free: 1, ..EMPTY };
        assert_eq!(breakers.retries_allowed(), 3);
        (0..24).for_each(|_| assert_eq!(breakers.admit(free), Admission::Send));
        // 20 % of 24 is 4.8, cut to 4.
        assert_eq!(breakers.retries_allowed(), 4);
        let begun = (0..6).filter(|_| breakers.begin_retry()).count();
        assert_eq!((begun, breakers.retries()), (4, 4));
        breakers.end_retry();
        assert!(breakers.begin_retry());
    }
}

//! A proxy's connections to one pod.

use std::collections::VecDeque;

use crate::routing::envoy::balancing::Health;
use crate::routing::envoy::breakers::HostPool;
use crate::routing::envoy::health_check::{CheckResult, HealthCheck};

/// A proxy's connections to one pod, as counts.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) pod: u32,
    /// Its health by the control plane's word.
    pub(super) listed: Health,
    /// Its health by this proxy's checks.
    pub(super) checked: Health,
    pub(super) check: HealthCheck,
    /// A check under way has this result.
    pub(super) result: Option<CheckResult>,
    /// Whoever waits for a check waits for this number.
    pub(super) awaited: u32,
    pub(super) free: u32,
    pub(super) busy: u32,
    /// Requests sent, for the bound on requests per connection.
    pub(super) sent: u32,
    /// Crossings that wait for a connection, in order.
    pub(super) waiting: VecDeque<u32>,
}

impl Link {
    pub(super) fn new(pod: u32) -> Self {
        Self {
            pod,
            listed: Health::Healthy,
            checked: Health::Healthy,
            check: HealthCheck::new(),
            result: None,
            awaited: 0,
            free: 0,
            busy: 0,
            sent: 0,
            waiting: VecDeque::new(),
        }
    }
    pub(super) fn pool(&self) -> HostPool {
        HostPool {
            free: self.free,
            busy: self.busy,
            connecting: 0,
            waiting: u32::try_from(self.waiting.len()).unwrap_or(u32::MAX),
        }
    }
    /// Its health but for outlier detection.
    pub(super) fn health(&self) -> Health {
        match (self.listed, self.checked) {
            (listed @ (Health::Unhealthy | Health::Excluded), _) => listed,
            (listed, Health::Healthy) => listed,
            (_, checked) => checked,
        }
    }
    pub(super) fn is_idle(&self) -> bool {
        self.busy == 0 && self.waiting.is_empty()
    }
}

/// Where the connections to a pod are: among the hosts (at best at `hint`), or those that leave.
#[inline]
pub(super) fn find<'a>(
    links: &'a mut [Link],
    leaving: &'a mut [Link],
    pod: u32,
    hint: u32,
) -> Option<(&'a mut Link, Option<usize>)> {
    let place = match links.get(hint as usize) {
        Some(link) if link.pod == pod => Some(hint as usize),
        _ => links.iter().position(|link| link.pod == pod),
    };
    match place {
        Some(place) => Some((&mut links[place], Some(place))),
        None => {
            let link = leaving.iter_mut().find(|link| link.pod == pod)?;
            Some((link, None))
        }
    }
}

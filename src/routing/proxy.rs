//! kube-proxy of one node: when it follows a change.
//!
//! Rule (reference kubernetes.md §4, pkg/proxy/runner/bounded_frequency_runner.go): a change syncs
//! at once if the minimum sync period has passed since the previous sync ended; changes in between
//! are merged into one sync at that moment.

use crate::units::{SimDuration, SimTime};

/// `minSyncPeriod` of kube-proxy.
const MIN_SYNC_PERIOD: SimDuration = SimDuration::SECOND;

/// When one kube-proxy syncs. What it programs is the slice as its watch shows it at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proxy {
    last_sync: Option<SimTime>,
    pending: Option<SimTime>,
}

/// What a change that reached the node leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncAt {
    /// A sync is to be scheduled then.
    Time(SimTime),
    /// A sync that is already scheduled takes it along.
    Merged,
}

impl Proxy {
    /// A change reached the node.
    pub fn changed(&mut self, now: SimTime) -> SyncAt {
        if self.pending.is_some() {
            return SyncAt::Merged;
        }
        let at = self
            .last_sync
            .map_or(now, |last| now.max(last + MIN_SYNC_PERIOD));
        self.pending = Some(at);
        SyncAt::Time(at)
    }

    /// The scheduled sync ran (and ended: programming itself is part of the propagation latency).
    pub fn synced(&mut self, now: SimTime) {
        self.pending = None;
        self.last_sync = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_millis(millis)
    }

    #[test]
    fn the_first_change_syncs_at_once_and_those_within_the_period_merge_into_one() {
        let mut proxy = Proxy::default();
        assert_eq!(proxy.changed(at(5000)), SyncAt::Time(at(5000)));
        proxy.synced(at(5000));
        assert_eq!(
            proxy.changed(at(5200)),
            SyncAt::Time(at(6000)),
            "1 s after the last sync"
        );
        assert_eq!(proxy.changed(at(5900)), SyncAt::Merged);
        proxy.synced(at(6000));
        assert_eq!(
            proxy.changed(at(7000)),
            SyncAt::Time(at(7000)),
            "the period has passed"
        );
    }
}

//! A controller's API client: its calls wait in one line for tokens, and so do its Events.
//!
//! Events (`SuccessfulCreate`, `ScalingReplicaSet` …) change nothing, but each is a call: they are sent
//! one after the other beside the work, at most 25 per object and then one in five minutes (client-go
//! `tools/record/events_cache.go`). Measured: oracles/k8s README, fact 11.

use super::ControlPlane;
use super::outbox::{ControlEvent, Controller, Outbox};
use crate::cluster::ClientLimit;
use crate::units::{SimDuration, SimTime};

/// A token bucket, as the instant at which it would be full again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bucket {
    full_at: SimTime,
}

impl Bucket {
    /// When a call asked for now may go out; those asked for earlier go first.
    fn take(&mut self, limit: ClientLimit, now: SimTime) -> SimTime {
        let token = SimDuration::SECOND / u64::from(limit.per_second);
        self.full_at = self.full_at.max(now) + token;
        let ahead = self.full_at - now;
        now + ahead.saturating_sub(token * u64::from(limit.burst))
    }
}

/// How many Events of one object are sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EventAllowance {
    full_at: SimTime,
}

impl EventAllowance {
    const BURST: u64 = 25;
    const REFILL: SimDuration = SimDuration::from_secs(300);

    /// Whether one more is sent.
    pub(super) fn take(&mut self, wall: SimTime) -> bool {
        let full_at = self.full_at.max(wall) + Self::REFILL;
        let allowed = full_at - wall <= Self::REFILL * Self::BURST;
        if allowed {
            self.full_at = full_at;
        }
        allowed
    }
}

/// The client of one controller.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Client {
    bucket: Bucket,
    /// Events not sent yet, the one under way included.
    events: u32,
}

impl ControlPlane {
    fn client(&mut self, controller: Controller) -> &mut Client {
        match controller {
            Controller::Deployment => &mut self.deployment_client,
            Controller::ReplicaSet => &mut self.replica_set_client,
            // One process with one client (upstream `cmd/rollouts-controller/main.go`).
            Controller::Rollout | Controller::Analysis => &mut self.rollout_client,
        }
    }

    /// When a call that the controller makes now lands.
    pub(super) fn landing(&mut self, now: SimTime, controller: Controller) -> SimTime {
        let limit = match controller {
            Controller::Deployment | Controller::ReplicaSet => self.config.client_limit,
            Controller::Rollout | Controller::Analysis => self.config.rollout_client_limit,
        };
        let granted = self.client(controller).bucket.take(limit, now);
        granted + self.draw(|config| config.write)
    }

    /// Has an Event sent when the line allows.
    pub(super) fn record_event(&mut self, now: SimTime, by: Controller, out: &mut Outbox) {
        self.client(by).events += 1;
        if self.client(by).events == 1 {
            let at = self.landing(now, by);
            out.schedule(at, ControlEvent::EventSent(by));
        }
    }

    pub(super) fn event_sent(&mut self, now: SimTime, by: Controller, out: &mut Outbox) {
        self.client(by).events -= 1;
        if self.client(by).events > 0 {
            let at = self.landing(now, by);
            out.schedule(at, ControlEvent::EventSent(by));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let limit = ClientLimit::default();
        let mut bucket = Bucket::default();
        let times: Vec<_> = (0..50).map(|_| bucket.take(limit, SimTime::ZERO)).collect();
        assert_eq!(times[29], SimTime::ZERO);
        assert_eq!(times[49], SimTime::from_secs(1));
    }

    #[test]
    fn an_object_has_twenty_five_events_and_then_one_in_five_minutes() {
        let mut allowance = EventAllowance::default();
        let start = SimTime::from_secs(1_000);
        let sent = (0..100).filter(|_| allowance.take(start)).count();
        assert_eq!(sent, 25);
        let later = start + SimDuration::from_secs(300);
        assert!(allowance.take(later));
        assert!(!allowance.take(later));
    }
}

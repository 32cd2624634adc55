//! What proxies do without requests: checks, ticks, refreshes.

use std::cmp::Reverse;

use crate::routing::envoy::health_check::CheckResult;
use crate::traffic::HealthPath;
use crate::traffic::carrier::{Alarm, Carrier};
use crate::traffic::mesh::{Outlook, Place};
use crate::units::SimTime;

impl Carrier {
    /// Sets the alarms at which an upstream is looked at again.
    pub(super) fn look_again(&mut self, place: Place, looks: [Option<Outlook>; 2]) {
        for look in looks.into_iter().flatten() {
            let alarm = match look {
                Outlook::Refresh(at) => (at, Alarm::Refresh(place)),
                Outlook::Tick(at) => (at, Alarm::Tick(place)),
                Outlook::Check { at, pod, awaited } => (
                    at,
                    Alarm::Check {
                        place,
                        pod,
                        awaited,
                    },
                ),
            };
            self.alarms.push(Reverse(alarm));
        }
    }

    pub(in crate::traffic::carrier) fn refresh_upstream(&mut self, place: Place) {
        let now = SimTime::from_nanos(self.now);
        let upstream = self.upstream(place);
        if upstream.is_due(now) {
            upstream.refresh(now);
        }
    }

    pub(in crate::traffic::carrier) fn tick_upstream(&mut self, place: Place) {
        let now = SimTime::from_nanos(self.now);
        let looks = self.upstream(place).tick(now);
        self.look_again(place, looks);
    }

    /// A check of a host, or its result, is due.
    pub(in crate::traffic::carrier) fn check_host(&mut self, place: Place, pod: u32, awaited: u32) {
        let Some((settings, known)) = self.upstream(place).check_due(pod, awaited) else {
            return;
        };
        let (result, takes) = match known {
            Some(result) => (result, 0),
            None => self.check_result(pod, settings.timeout.as_nanos()),
        };
        if takes > 0 {
            let at = self.now + takes;
            let later = self.upstream(place).check_later(pod, at, result);
            return self.look_again(place, [later, None]);
        }
        let now = SimTime::from_nanos(self.now);
        let mut draw = self.proxy_luck.entity(u64::from(pod)).at(self.now);
        let looks = self.upstream(place).check_done(now, pod, result, &mut draw);
        self.look_again(place, looks);
    }

    /// How a check of a pod that is sent now ends, and how long that takes: it waits for its turn
    /// like a request. Connections that a process keeps serve checks as well.
    fn check_result(&mut self, pod: u32, timeout: u64) -> (CheckResult, u64) {
        let now = self.now;
        self.catch_up(pod, now);
        let Some(server) = self.server_mut(pod) else {
            return (CheckResult::NetworkFailure, 0);
        };
        let takes = server.next_start(now) - now;
        match server.health_path {
            _ if server.closes_connections => (CheckResult::NetworkFailure, 0),
            _ if takes > timeout => (CheckResult::TimedOut, timeout),
            HealthPath::Passes => (CheckResult::Passed, takes),
            HealthPath::Fails => (CheckResult::BadAnswer, takes),
        }
    }
}

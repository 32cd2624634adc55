//! Active checks of the hosts of an upstream.

use super::{Outlook, Upstream};
use crate::engine::Draw;
use crate::routing::envoy::balancing::Health;
use crate::routing::envoy::health_check::{CheckResult, HealthCheck, HealthCheckSettings};
use crate::units::SimTime;

impl Upstream {
    pub(super) fn first_check(&mut self, now: SimTime, index: usize) -> Option<Outlook> {
        self.checks?;
        let link = &mut self.links[index];
        (link.check, link.result) = (HealthCheck::new(), None);
        link.checked = Health::Excluded;
        link.awaited = link.awaited.wrapping_add(1);
        Some(Outlook::Check {
            at: now.as_nanos(),
            pod: link.pod,
            awaited: link.awaited,
        })
    }

    /// Whether a check of a host is due, and what is known of it already; nothing where nobody waits
    /// for it any more.
    pub(in crate::traffic) fn check_due(
        &self,
        pod: u32,
        awaited: u32,
    ) -> Option<(HealthCheckSettings, Option<CheckResult>)> {
        let settings = self.checks?.settings;
        let link = self.links.iter().find(|link| link.pod == pod)?;
        (link.awaited == awaited).then_some((settings, link.result))
    }

    /// A check of a host will have this result then.
    pub(in crate::traffic) fn check_later(
        &mut self,
        pod: u32,
        at: u64,
        result: CheckResult,
    ) -> Option<Outlook> {
        let link = self.links.iter_mut().find(|link| link.pod == pod)?;
        link.result = Some(result);
        link.awaited = link.awaited.wrapping_add(1);
        Some(Outlook::Check {
            at,
            pod,
            awaited: link.awaited,
        })
    }

    /// A check of a host had this result: what to look at again, and for the next check.
    pub(in crate::traffic) fn check_done(
        &mut self,
        now: SimTime,
        pod: u32,
        result: CheckResult,
        draw: &mut Draw,
    ) -> [Option<Outlook>; 2] {
        let Some(checks) = self.checks else {
            return [None; 2];
        };
        let Some(index) = self.links.iter().position(|link| link.pod == pod) else {
            return [None; 2];
        };
        let link = &mut self.links[index];
        let from_start = link.check.is_first() && now == SimTime::ZERO;
        let transition = link.check.observe(result, &checks.settings);
        link.result = None;
        link.awaited = link.awaited.wrapping_add(1);
        let wait = HealthCheck::wait(&checks.settings, result, transition, draw);
        let next = Outlook::Check {
            at: match from_start {
                true => checks.second,
                false => (now + wait).as_nanos(),
            },
            pod,
            awaited: link.awaited,
        };
        let checked = match link.check.is_healthy() {
            true => Health::Healthy,
            false => Health::Unhealthy,
        };
        let changed = std::mem::replace(&mut link.checked, checked) != checked;
        let returns = result == CheckResult::Passed && self.readmit(index, now);
        if !changed && !returns {
            return [None, Some(next)];
        }
        self.take_health(index, now);
        [self.health_changed(now), Some(next)]
    }

    /// A passed check brings an outlier back (`successful_active_health_check_uneject_host`).
    pub(super) fn readmit(&mut self, index: usize, now: SimTime) -> bool {
        let outliers = self.outliers.as_mut();
        let ejected = outliers.filter(|it| it.detector.is_ejected(index as u32));
        let Some(outliers) = ejected else {
            return false;
        };
        outliers.detector.readmit(index as u32, now);
        true
    }
}

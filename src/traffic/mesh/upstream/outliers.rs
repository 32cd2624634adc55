//! Hosts of an upstream that fail too often.

use super::{Outliers, Outlook, Upstream};
use crate::engine::Draw;
use crate::routing::envoy::balancing::Health;
use crate::routing::envoy::outlier::{Ejection, Observation};
use crate::units::SimTime;

impl Upstream {
    /// What a try showed of its host.
    #[inline]
    pub(in crate::traffic) fn observe(
        &mut self,
        now: SimTime,
        pod: u32,
        seen: Observation,
        draw: impl FnOnce() -> Draw,
    ) -> [Option<Outlook>; 2] {
        let Some(outliers) = &mut self.outliers else {
            return [None; 2];
        };
        let Some(place) = self.links.iter().position(|link| link.pod == pod) else {
            return [None; 2];
        };
        let Some(trigger) = outliers.detector.observe(place as u32, seen) else {
            return [None; 2];
        };
        let ejection = outliers
            .detector
            .eject(place as u32, trigger, now, &mut draw());
        if ejection != Ejection::Ejected {
            return [None; 2];
        }
        let tick = outliers.next_tick(now);
        self.hosts[place].health = Health::Unhealthy;
        [self.health_changed(now), tick]
    }

    /// The tick of outlier detection.
    pub(in crate::traffic) fn tick(&mut self, now: SimTime) -> [Option<Outlook>; 2] {
        let Some(outliers) = &mut self.outliers else {
            return [None; 2];
        };
        outliers.ticking = false;
        let back = outliers.detector.tick(now);
        let again = outliers.detector.needs_ticks();
        let tick = again.then(|| outliers.next_tick(now)).flatten();
        for place in &back {
            self.hosts[*place as usize].health = self.links[*place as usize].health();
        }
        let refresh = (!back.is_empty())
            .then(|| self.health_changed(now))
            .flatten();
        [refresh, tick]
    }

    /// Whether outlier detection has a pod out of service.
    pub(in crate::traffic) fn is_ejected(&self, pod: u32) -> bool {
        let place = self.place_of(pod);
        let outliers = self.outliers.as_ref().zip(place);
        outliers.is_some_and(|(it, place)| it.detector.is_ejected(place))
    }
}

impl Outliers {
    /// The next tick, unless it is awaited already.
    fn next_tick(&mut self, now: SimTime) -> Option<Outlook> {
        if std::mem::replace(&mut self.ticking, true) {
            return None;
        }
        let interval = self.interval.as_nanos().max(1);
        let since = now.as_nanos().saturating_sub(self.phase);
        let passed = match now.as_nanos() < self.phase {
            true => 0,
            false => since / interval + 1,
        };
        Some(Outlook::Tick(self.phase + passed * interval))
    }
}

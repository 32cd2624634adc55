//! LEAST_REQUEST: the least loaded of a few (`least_request_lb.cc`).
//!
//! With equal weights a few hosts are drawn and the one with the fewest requests in flight wins,
//! on a tie the one drawn first. Envoy draws with replacement: with n hosts, both of two draws are
//! the same host once in n. Unequal weights, or a host in slow start, turn it into a weighted
//! rotation by weight / (active + 1)^bias.

use crate::engine::Draw;

use super::sampling::Sampler;
use super::slow_start::{needs_schedule, started_weight};
use super::{Edf, Replacement, Sampling, SlowStart, View};

/// The policy's knobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeastRequestSettings {
    /// How candidates are found; default two draws with replacement.
    pub sampling: Sampling,
    /// `active_request_bias`: the power of (active + 1) that divides unequal weights; default 1.
    pub bias: f64,
    /// Slow start of new hosts; default none.
    pub slow_start: Option<SlowStart>,
}

impl Default for LeastRequestSettings {
    fn default() -> Self {
        Self {
            sampling: Sampling::Choices(2, Replacement::With),
            bias: 1.0,
            slow_start: None,
        }
    }
}

impl LeastRequestSettings {
    /// The weight of a host in the schedule of unequal weights.
    pub fn weight(&self, view: View<'_>, index: u32) -> f64 {
        let weight = started_weight(view, self.slow_start.as_ref(), index);
        let active = f64::from(view.host(index).active) + 1.0;
        match self.bias {
            1.0 => weight / active,
            0.0 => weight,
            bias => weight / libm::pow(active, bias),
        }
    }
}

/// The policy over the eligible hosts.
#[derive(Debug, Clone)]
pub struct LeastRequest {
    settings: LeastRequestSettings,
    start: u64,
    schedule: Option<Edf>,
    sampler: Sampler,
}

impl LeastRequest {
    /// The policy; a schedule of unequal weights begins at `start`.
    pub const fn new(settings: LeastRequestSettings, start: u64) -> Self {
        Self {
            settings,
            start,
            schedule: None,
            sampler: Sampler::new(settings.sampling),
        }
    }

    /// Takes in a change of hosts, health or weights.
    pub fn refresh(&mut self, view: View<'_>, eligible: &[u32]) {
        let settings = &self.settings;
        self.schedule = needs_schedule(view, settings.slow_start.as_ref(), eligible)
            .then(|| Edf::after(self.start, eligible, |index| settings.weight(view, index)));
    }

    /// The host for the next request. Takes one output of `draw` for every two choices.
    #[inline]
    pub fn pick(&mut self, view: View<'_>, eligible: &[u32], draw: &mut Draw) -> Option<u32> {
        if let Some(schedule) = &mut self.schedule {
            return schedule.pick(|index| self.settings.weight(view, index));
        }
        self.sampler.pick(view, eligible, draw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Key;
    use crate::ids::RunIndex;
    use crate::routing::envoy::balancing::Host;
    use crate::units::SimTime;
    use std::net::{Ipv4Addr, SocketAddrV4};

    #[test]
    fn unequal_weights_are_divided_by_the_requests_in_flight() {
        // Weights 2 and 1, one request at the first: 2 / (1 + 1) = 1 against 1 / 1: even shares.
        let mut hosts = [Host::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80)); 2];
        (hosts[0].active, hosts[0].weight) = (1, 2);
        let view = View {
            hosts: &hosts,
            now: SimTime::ZERO,
        };
        let settings = LeastRequestSettings::default();
        assert_eq!(
            [settings.weight(view, 0), settings.weight(view, 1)],
            [1.0, 1.0]
        );
        let biased = LeastRequestSettings {
            bias: 2.0,
            ..settings
        };
        assert_eq!([biased.weight(view, 0), biased.weight(view, 1)], [0.5, 1.0]);
        let mut policy = LeastRequest::new(settings, 0);
        policy.refresh(view, &[0, 1]);
        let mut draw = Key::of_run(1, RunIndex::new(0)).at(0);
        let picks: Vec<_> = (0..4)
            .map(|_| policy.pick(view, &[0, 1], &mut draw))
            .collect();
        assert_eq!(picks, [Some(0), Some(1), Some(0), Some(1)]);
    }
}

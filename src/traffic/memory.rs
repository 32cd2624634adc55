//! When a process exceeds its memory limit.

use super::ServerSpec;

const HOUR: f64 = 3.6e12;

/// `base + per request × in flight + growth × age` against the limit [bytes, ns].
///
/// Requests in flight only become more at an arrival, so the instant at which the limit would be
/// reached moves closer only then; a look at that instant, and again later if some have gone
/// since, finds the exact time.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemoryLimit {
    started_at: u64,
    room: f64,
    per_request: f64,
    growth_per_nano: f64,
    /// In flight beyond this, a look is worthwhile; below, only growth matters.
    harmless: usize,
}

impl MemoryLimit {
    /// Absent if the process cannot exceed it.
    pub(super) fn new(spec: &ServerSpec) -> Option<Self> {
        let room = spec.memory_limit?.as_u64() as f64 - spec.memory.base.as_u64() as f64;
        let per_request = spec.memory.per_request.as_u64() as f64;
        let growth_per_nano = spec.memory.growth_per_hour.as_u64() as f64 / HOUR;
        let most = spec
            .queue
            .map(|queue| f64::from(queue) + f64::from(spec.concurrency));
        let bounded = per_request == 0.0 || most.is_some_and(|most| most * per_request <= room);
        if room >= 0.0 && growth_per_nano == 0.0 && bounded {
            return None;
        }
        let harmless = match growth_per_nano > 0.0 || room < 0.0 {
            true => 0,
            false => (room / per_request) as usize,
        };
        Some(Self {
            started_at: spec.started_at.as_nanos(),
            room,
            per_request,
            growth_per_nano,
            harmless,
        })
    }

    /// Whether this many in flight can never exceed it.
    pub(super) fn is_harmless(&self, in_flight_at_most: usize) -> bool {
        in_flight_at_most <= self.harmless && self.growth_per_nano == 0.0 && self.room >= 0.0
    }

    /// When this many in flight exceed it; `u64::MAX` for never.
    pub(super) fn exceeded_at(&self, in_flight: usize) -> u64 {
        let room = self.room - in_flight as f64 * self.per_request;
        if room < 0.0 {
            return self.started_at;
        }
        let age = room / self.growth_per_nano;
        if age < 1e19 {
            self.started_at.saturating_add(age as u64 + 1)
        } else {
            u64::MAX
        }
    }
}

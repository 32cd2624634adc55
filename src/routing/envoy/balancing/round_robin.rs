//! ROUND_ROBIN: each client proxy rotates on its own (`round_robin_lb.h`).
//!
//! The rotation goes on where it was when the hosts change; a schedule of unequal weights begins
//! anew from the proxy's start.

use super::slow_start::{needs_schedule, started_weight};
use super::{Edf, SlowStart, View};

/// A rotation over the eligible hosts.
#[derive(Debug, Clone)]
pub struct RoundRobin {
    slow_start: Option<SlowStart>,
    start: u64,
    next: u64,
    schedule: Option<Edf>,
}

impl RoundRobin {
    /// A rotation that begins at `start`, which Envoy draws per worker.
    pub const fn new(slow_start: Option<SlowStart>, start: u64) -> Self {
        Self {
            slow_start,
            start,
            next: start,
            schedule: None,
        }
    }

    /// Takes in a change of hosts, health or weights.
    pub fn refresh(&mut self, view: View<'_>, eligible: &[u32]) {
        let slow_start = self.slow_start.as_ref();
        self.schedule = needs_schedule(view, slow_start, eligible).then(|| {
            Edf::after(self.start, eligible, |index| {
                started_weight(view, slow_start, index)
            })
        });
    }

    /// The next host.
    #[inline]
    pub fn pick(&mut self, view: View<'_>, eligible: &[u32]) -> Option<u32> {
        if let Some(schedule) = &mut self.schedule {
            let slow_start = self.slow_start.as_ref();
            return schedule.pick(|index| started_weight(view, slow_start, index));
        }
        let count = u64::try_from(eligible.len()).expect("lengths fit");
        let place = self.next.checked_rem(count)?;
        self.next = self.next.wrapping_add(1);
        Some(eligible[place as usize])
    }
}

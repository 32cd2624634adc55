//! The update merge window: why an ejected host may still get traffic (`cluster_manager_impl.cc`,
//! `scheduleUpdate`).
//!
//! A change of health reaches the balancer at once only if the last delivery lies more than a
//! window back. Otherwise it is delivered a window after itself, together with all that change in
//! the meantime. So a host that still fails when it returns is ejected again after five errors, as
//! the log shows, but goes on serving errors for a window: recorded with Envoy 1.40, a host failing
//! for 20 s cost 67 errors instead of 15. Hosts that join or leave are delivered at once, and
//! everything pending with them.

use crate::units::{SimDuration, SimTime};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Health, weight or metadata of hosts.
    Health,
    /// Hosts joined or left.
    Membership,
}

/// When the balancer learns of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// At once.
    Now,
    /// Then, by [`MergeWindow::deliver`].
    At(SimTime),
}

/// Deliveries to the balancer of one client proxy for one priority level of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeWindow {
    window: SimDuration,
    delivered: Option<SimTime>,
    due: Option<SimTime>,
}

impl MergeWindow {
    /// Envoy's default window.
    pub const DEFAULT: SimDuration = SimDuration::SECOND;

    /// Nothing delivered yet. A window of zero merges nothing.
    pub const fn new(window: SimDuration) -> Self {
        Self {
            window,
            delivered: None,
            due: None,
        }
    }

    /// Something changed.
    pub fn change(&mut self, change: Change, now: SimTime) -> Effect {
        let merges = change == Change::Health && !self.window.is_zero();
        // Upstream compares whole milliseconds.
        let recent = self.delivered.is_some_and(|at| {
            now.saturating_since(at).as_nanos() / 1_000_000 <= self.window.as_nanos() / 1_000_000
        });
        if merges && recent {
            return Effect::At(*self.due.get_or_insert(now + self.window));
        }
        self.deliver(now);
        Effect::Now
    }

    /// When something is due.
    pub const fn due(&self) -> Option<SimTime> {
        self.due
    }
    /// The balancer is refreshed now.
    pub fn deliver(&mut self, now: SimTime) {
        self.due = None;
        self.delivered = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_soon_after_a_delivery_waits_a_window_of_its_own() {
        let millis = |ms: u64| SimTime::from_nanos(ms * 1_000_000);
        let mut window = MergeWindow::new(MergeWindow::DEFAULT);
        assert_eq!(window.change(Change::Health, millis(15_615)), Effect::Now);
        let later = Effect::At(millis(16_845));
        assert_eq!(window.change(Change::Health, millis(15_845)), later);
        assert_eq!(
            window.change(Change::Health, millis(16_000)),
            later,
            "merged"
        );
        window.deliver(millis(16_845));
        // A window counts from the delivery; one that is just over no longer merges.
        assert_eq!(
            window.change(Change::Health, millis(17_845)),
            Effect::At(millis(18_845))
        );
        assert_eq!(
            window.change(Change::Membership, millis(18_000)),
            Effect::Now
        );
        assert_eq!(window.due(), None, "went along");
        assert_eq!(window.change(Change::Health, millis(19_001)), Effect::Now);
        let mut none = MergeWindow::new(SimDuration::ZERO);
        let effects = [0, 0, 5].map(|ms| none.change(Change::Health, millis(ms)));
        assert_eq!(effects, [Effect::Now; 3]);
    }
}

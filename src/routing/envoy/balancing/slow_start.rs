//! Slow start: a new host gets a growing share (`load_balancer_impl.cc`, `applySlowStartFactor`).
//!
//! A host's weight is multiplied by max(minimum, (age / window)^(1 / aggression)) while its age is
//! below the window. Where all hosts are equally new it changes nothing.

use crate::units::{Ratio, SimDuration};

use super::{Health, View};

/// Envoy's `slow_start_config`, Istio's `warmup`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlowStart {
    /// How long a host counts as new; whole milliseconds, above zero.
    pub window: SimDuration,
    /// Shape of the ramp, above zero: 1 (the default) is a straight line, more is steeper at first.
    pub aggression: f64,
    /// The least share of its weight that a new host gets; default 10 %.
    pub minimum: Ratio,
}

impl SlowStart {
    /// A straight ramp over this window, from the default minimum of 10 %.
    pub fn over(window: SimDuration) -> Self {
        let minimum = Ratio::from_fraction(0.1).expect("10 % is a share");
        Self {
            window,
            aggression: 1.0,
            minimum,
        }
    }

    /// The factor on the weight of a host that has been healthy for this long. Ages count in whole
    /// milliseconds, at least one.
    pub fn factor(&self, age: SimDuration) -> f64 {
        let (age, window) = (whole_millis(age), whole_millis(self.window));
        if age >= window {
            return 1.0;
        }
        let share = age.max(1) as f64 / window as f64;
        let grown = match self.aggression == 1.0 {
            true => share,
            false => libm::pow(share, 1.0 / self.aggression),
        };
        grown.max(self.minimum.as_fraction())
    }

    /// Whether any of these hosts is still new.
    pub(super) fn is_running(&self, view: View<'_>, eligible: &[u32]) -> bool {
        let mut hosts = eligible.iter().map(|index| view.host(*index));
        hosts.any(|host| {
            let age = whole_millis(host.age(view.now));
            host.health == Health::Healthy && age <= whole_millis(self.window)
        })
    }
}

/// The weight of a host, slow start included.
pub(super) fn started_weight(view: View<'_>, slow_start: Option<&SlowStart>, index: u32) -> f64 {
    let host = view.host(index);
    let weight = f64::from(host.weight);
    match slow_start {
        Some(ramp) if host.health == Health::Healthy => weight * ramp.factor(host.age(view.now)),
        _ => weight,
    }
}

/// Whether picks among these hosts need a schedule: their weights differ, or one of them is new.
pub(super) fn needs_schedule(
    view: View<'_>,
    slow_start: Option<&SlowStart>,
    eligible: &[u32],
) -> bool {
    let running = || slow_start.is_some_and(|ramp| ramp.is_running(view, eligible));
    eligible.len() > 1 && (!view.weights_are_equal(eligible) || running())
}

const fn whole_millis(length: SimDuration) -> u64 {
    length.as_nanos() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warm_up_measured_from_creation_begins_where_the_pod_became_ready() {
        // istio/istio #49384: warm-up 300 s, the pod ready after 60 s. Measured from its creation
        // the first request already meets 60 / 300 = 20 %; measured from readiness it would have
        // met the least share, there 1 %.
        let ramp = SlowStart {
            minimum: "1%".parse().unwrap(),
            ..SlowStart::over(SimDuration::from_secs(300))
        };
        assert_eq!(ramp.factor(SimDuration::from_secs(60)), 0.2);
        assert_eq!(ramp.factor(SimDuration::ZERO), 0.01);
    }

    #[test]
    fn ages_count_in_whole_milliseconds_and_end_with_the_window() {
        let ramp = SlowStart::over(SimDuration::from_millis(4));
        let factor = |nanos: u64| ramp.factor(SimDuration::from_nanos(nanos));
        assert_eq!(factor(0), 0.25);
        assert_eq!(factor(2_999_999), 0.5);
        assert_eq!(factor(3_999_999), 0.75);
        assert_eq!(factor(4_000_000), 1.0);
    }
}

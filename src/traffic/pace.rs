//! Slow first minutes of a process (scenario.md, `warm-up`).

use crate::images::WarmUp;
use crate::units::SimTime;

/// How fast a process serves at its age.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    warm_up: Option<WarmUp>,
    started_at: u64,
}

impl Pace {
    pub(super) fn new(warm_up: Option<WarmUp>, started_at: SimTime) -> Self {
        Self {
            warm_up,
            started_at: started_at.as_nanos(),
        }
    }

    /// A service time [ns], slowed by the factor at the process's age when the service starts.
    #[inline]
    pub(super) fn slowed(&self, start: u64, base: f64) -> u64 {
        let factor = match self.warm_up {
            None => return (base + 0.5) as u64,
            Some(warm_up) => {
                let age = start.saturating_sub(self.started_at) as f64;
                let done = (age / (warm_up.period.as_nanos() as f64).max(1.0)).min(1.0);
                warm_up.factor + (1.0 - warm_up.factor) * done
            }
        };
        (base * factor + 0.5) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimDuration;

    #[test]
    fn warm_up_falls_linearly_to_full_speed() {
        let warm_up = Some(WarmUp {
            factor: 3.0,
            period: SimDuration::from_nanos(100),
        });
        let pace = Pace::new(warm_up, SimTime::from_nanos(1000));
        let at = |start| pace.slowed(start, 10.0);
        assert_eq!([at(1000), at(1050), at(1100), at(9999)], [30, 20, 10, 10]);
        assert_eq!(Pace::new(None, SimTime::ZERO).slowed(5, 10.0), 10);
    }
}

//! An instant of simulated time.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use super::SimDuration;

/// An instant, in nanoseconds since the simulated world settled (`t = 0`).
///
/// Instants and lengths are different types: two instants cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(u64);

impl SimTime {
    /// The start of the world.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// From whole nanoseconds since the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }
    /// From whole seconds since the start.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }
    /// Whole nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
    /// Seconds since the start, with a fraction.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
    /// Time since the start of the world.
    pub const fn since_start(self) -> SimDuration {
        SimDuration::from_nanos(self.0)
    }
    /// Time since `earlier`, or zero where `earlier` is in fact later.
    pub const fn saturating_since(self, earlier: Self) -> SimDuration {
        SimDuration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, length: SimDuration) -> Self {
        Self(self.0.saturating_add(length.as_nanos()))
    }
}
impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, length: SimDuration) {
        *self = *self + length;
    }
}
impl Sub<SimTime> for SimTime {
    type Output = SimDuration;
    /// # Panics
    /// If `earlier` is later: time never goes back.
    fn sub(self, earlier: SimTime) -> SimDuration {
        SimDuration::from_nanos(self.0.checked_sub(earlier.0).expect("time never goes back"))
    }
}

impl fmt::Display for SimTime {
    /// `mm:ss.mmm`, minutes growing past 99 where needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0 / 1_000_000;
        let (minutes, seconds) = (millis / 60_000, millis / 1000 % 60);
        write!(f, "{minutes:02}:{seconds:02}.{:03}", millis % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_as_minutes_seconds_and_milliseconds() {
        let at = SimTime::from_secs(65) + SimDuration::from_millis(7);
        assert_eq!(at.to_string(), "01:05.007");
        assert_eq!(at - SimTime::from_secs(60), SimDuration::from_millis(5007));
    }
}

//! Time as Prometheus keeps it.

use crate::units::SimTime;

/// An instant in whole milliseconds since the start of the world, as a Prometheus stores it.
///
/// Unlike [`SimTime`] it may lie before the start: a window of five minutes can begin there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(i64);

impl Stamp {
    /// From whole milliseconds since the start.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// Whole milliseconds since the start.
    pub const fn as_millis(self) -> i64 {
        self.0
    }
    /// Seconds since the start, with a fraction.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
    /// The instant so many milliseconds earlier (later where negative).
    pub const fn earlier_by_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_sub(millis))
    }
    /// Seconds from `earlier` to here, negative where it is in fact later.
    pub fn secs_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1000.0
    }
}

impl From<SimTime> for Stamp {
    /// The millisecond it falls in; the fraction is cut off, as a scrape's is.
    fn from(time: SimTime) -> Self {
        Self((time.as_nanos() / 1_000_000) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimDuration;

    #[test]
    fn a_stamp_cuts_to_the_millisecond_and_may_lie_before_the_start() {
        let time = SimTime::from_secs(7) + SimDuration::from_nanos(1_999_999);
        assert_eq!(Stamp::from(time), Stamp::from_millis(7001));
        let before = Stamp::from(time).earlier_by_millis(10_000);
        assert_eq!(before.as_secs_f64(), -2.999);
        assert_eq!(Stamp::from(time).secs_since(before), 10.0);
    }
}

//! Where a quantity lies.

/// A confidence interval, ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Middle ± half.
    pub fn around(middle: f64, half: f64) -> Self {
        Self {
            low: middle - half,
            high: middle + half,
        }
    }

    /// The part of it within the values that are possible; the truth lies there anyway.
    #[must_use]
    pub fn within(self, possible: Interval) -> Self {
        Self {
            low: self.low.clamp(possible.low, possible.high),
            high: self.high.clamp(possible.low, possible.high),
        }
    }

    /// Whether it holds a value.
    pub fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// An interval one of whose ends the runs may not reach.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reach {
    /// Lower end; absent: the runs do not bound it.
    pub low: Option<f64>,
    /// Upper end; absent: the runs do not bound it.
    pub high: Option<f64>,
}

impl From<Interval> for Reach {
    fn from(interval: Interval) -> Self {
        Self {
            low: Some(interval.low),
            high: Some(interval.high),
        }
    }
}

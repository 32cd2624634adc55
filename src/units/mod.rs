//! Quantities with their units: integers inside, one parser and one `Display` each.
//!
//! A number that means something never travels as a bare `f64` or `u64`. Text without a unit is an
//! error (`"30"` is not a duration), and an error says what was read and what would have been right.

mod bytes;
mod cpu;
mod duration;
mod int_or_percent;
mod money;
mod rate;
mod ratio;
mod time;

pub use bytes::Bytes;
pub use cpu::CpuMillis;
pub use duration::SimDuration;
pub use int_or_percent::IntOrPercent;
pub use money::Money;
pub use rate::Rate;
pub use ratio::Ratio;
pub use time::SimTime;

/// Why a text is not the quantity it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitError {
    /// What was read.
    pub value: String,
    /// The rule it broke, lowercase, without a full stop; names a cure where there is one.
    pub rule: &'static str,
}

impl UnitError {
    pub(crate) fn new(value: &str, rule: &'static str) -> Self {
        Self {
            value: value.to_owned(),
            rule,
        }
    }
}

impl std::fmt::Display for UnitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.value, self.rule)
    }
}

impl std::error::Error for UnitError {}

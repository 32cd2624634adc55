//! Quantities with their units: integers inside, one parser and one `Display` each.
//!
//! A number that means something never travels as a bare `f64` or `u64`. Text without a unit is an
//! error (`"30"` is not a duration), and an error says what was read and what would have been right.

mod bytes;
mod cpu;
mod duration;
mod error;
mod int_or_percent;
mod money;
mod rate;
mod ratio;
mod time;

pub use bytes::Bytes;
pub use cpu::CpuMillis;
pub use duration::SimDuration;
pub use error::UnitError;
pub use int_or_percent::IntOrPercent;
pub use money::Money;
pub use rate::Rate;
pub use ratio::Ratio;
pub use time::SimTime;

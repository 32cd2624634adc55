//! A length of simulated time.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub};
use std::str::FromStr;

use super::UnitError;

/// A length of simulated time in whole nanoseconds, never negative.
///
/// # Examples
/// ```
/// use rollcast::units::SimDuration;
/// let drain: SimDuration = "1m30s".parse().unwrap();
/// assert_eq!(drain, SimDuration::from_secs(90));
/// assert_eq!(drain.to_string(), "1m30s");
/// assert!("30".parse::<SimDuration>().is_err(), "a unit is missing");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimDuration(u64);

const UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

const RULE: &str = "expected a duration such as `30s`, `250ms`, `1m30s` or `2d` \
                    (a unit is needed: ns us ms s m h d)";

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self(1_000_000_000);

    /// From whole nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }
    /// From whole milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }
    /// From whole seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }
    /// From seconds with a fraction, rounded to the nanosecond; negative and NaN become zero, and
    /// what does not fit becomes the longest duration.
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e9).round() as u64)
    }
    /// Whole nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
    /// Seconds with a fraction.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
    /// Whole seconds, the fraction cut off.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }
    /// Milliseconds with a fraction.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
    /// Whether it is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
    /// `self - other`, or zero where `other` is longer.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
    /// This length times a factor, rounded to the nanosecond.
    pub fn mul_f64(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor).round() as u64)
    }
}

impl FromStr for SimDuration {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fail = || UnitError::new(text, RULE);
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(fail());
        }
        let mut nanos: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_');
            let (number, tail) = rest.split_at(digits.ok_or_else(fail)?);
            let letters = tail
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(tail.len());
            let (unit, next) = tail.split_at(letters);
            let part = nanos_of(number, unit).ok_or_else(fail)?;
            nanos = nanos.checked_add(part).ok_or_else(fail)?;
            rest = next.trim_start();
        }
        Ok(Self(nanos))
    }
}

fn nanos_of(number: &str, unit: &str) -> Option<u64> {
    let scale = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    let number = number.replace('_', "");
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(scale);
    }
    let value = number.parse::<f64>().ok()? * scale as f64;
    (value.is_finite() && value < u64::MAX as f64).then_some(value.round() as u64)
}

impl fmt::Display for SimDuration {
    /// The largest units first, as the parser reads them: `1m30s`, `1.5s`, `250ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        if left < 1_000_000_000 {
            return match left {
                0 => write!(f, "0s"),
                n if n % 1_000_000 == 0 => write!(f, "{}ms", n / 1_000_000),
                n if n % 1_000 == 0 => write!(f, "{}us", n / 1_000),
                n => write!(f, "{n}ns"),
            };
        }
        for (name, scale) in UNITS[4..].iter().rev() {
            if left >= *scale {
                write!(f, "{}{name}", left / scale)?;
                left %= scale;
            }
        }
        if left > 0 {
            let text = format!("{:09}", left % 1_000_000_000);
            let fraction = text.trim_end_matches('0');
            let dot = if fraction.is_empty() { "" } else { "." };
            write!(f, "{}{dot}{fraction}s", left / 1_000_000_000)?;
        }
        Ok(())
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl AddAssign for SimDuration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl Sub for SimDuration {
    type Output = Self;
    /// # Panics
    /// If `other` is longer: a negative length is a bug.
    fn sub(self, other: Self) -> Self {
        Self(
            self.0
                .checked_sub(other.0)
                .expect("a duration is never negative"),
        )
    }
}
impl Mul<u64> for SimDuration {
    type Output = Self;
    fn mul(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}
impl Div<u64> for SimDuration {
    type Output = Self;
    fn div(self, divisor: u64) -> Self {
        Self(self.0 / divisor)
    }
}
impl Sum for SimDuration {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_comes_back_as_it_prints() {
        for text in [
            "0s", "7ns", "15us", "250ms", "1.5s", "30s", "1m30s", "1h0.25s", "2d3h",
        ] {
            let parsed: SimDuration = text.parse().unwrap();
            assert_eq!(parsed.to_string(), text);
        }
        assert_eq!(
            "1h 30m".parse::<SimDuration>().unwrap(),
            SimDuration::from_secs(5400)
        );
    }

    #[test]
    fn a_duration_without_unit_or_number_is_refused_with_the_cure() {
        for text in ["", "30", "s", "-5s", "5 parsecs", "1.2.3s", "999999999999d"] {
            let error = text.parse::<SimDuration>().unwrap_err();
            assert!(error.to_string().contains("ns us ms s m h d"), "{error}");
        }
    }
}

//! Amounts of money.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};
use std::str::FromStr;

use super::UnitError;

/// An amount of money in whole nano-dollars (10^-9 USD), so that pod-seconds add up exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

const RULE: &str = "expected an amount of US dollars such as `$0.04048`";

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From US dollars, rounded to 10^-9.
    pub fn from_usd(usd: f64) -> Self {
        Self((usd * 1e9).round() as i64)
    }
    /// From whole nano-dollars; what does not fit becomes the largest amount.
    pub fn from_nano_usd(nanos: i128) -> Self {
        Self(i64::try_from(nanos).unwrap_or(i64::MAX))
    }
    /// In whole nano-dollars.
    pub const fn as_nano_usd(self) -> i128 {
        self.0 as i128
    }
    /// In US dollars.
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl FromStr for Money {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fail = || UnitError::new(text, RULE);
        let number = text.trim().strip_prefix('$').ok_or_else(fail)?;
        let usd: f64 = number.trim().replace('_', "").parse().map_err(|_| fail())?;
        (0.0..=1e9)
            .contains(&usd)
            .then(|| Self::from_usd(usd))
            .ok_or_else(fail)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.as_usd())
    }
}
impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_dollars_and_add_up_exactly() {
        let price: Money = "$0.04048".parse().unwrap();
        assert_eq!(
            (0..1000).map(|_| price).sum::<Money>(),
            Money::from_usd(40.48)
        );
        for text in ["0.04", "$", "$-1", "€3"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }
}

//! A share of a whole.

use std::fmt;
use std::str::FromStr;

use super::UnitError;

/// A share from 0 % to 100 %, in whole parts per billion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ratio(u32);

const WHOLE: u32 = 1_000_000_000;
const RULE: &str = "expected a share from `0%` to `100%`, with its percent sign";

impl Ratio {
    /// None of it.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const ONE: Self = Self(WHOLE);

    /// From a fraction; `None` unless it lies in 0 ..= 1.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        (0.0..=1.0)
            .contains(&fraction)
            .then(|| Self((fraction * f64::from(WHOLE)).round() as u32))
    }
    /// As a fraction of one.
    pub fn as_fraction(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }
    /// In whole parts per billion.
    pub const fn as_parts_per_billion(self) -> u32 {
        self.0
    }
    /// The rest of the whole.
    pub const fn complement(self) -> Self {
        Self(WHOLE - self.0)
    }
}

impl FromStr for Ratio {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fail = || UnitError::new(text, RULE);
        let number = text.trim().strip_suffix('%').ok_or_else(fail)?.trim_end();
        let percent: f64 = number.parse().map_err(|_| fail())?;
        Self::from_fraction(percent / 100.0).ok_or_else(fail)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / 1e7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_carry_their_sign_and_stay_within_the_whole() {
        assert_eq!(
            "0.02%".parse::<Ratio>().unwrap().as_parts_per_billion(),
            200_000
        );
        assert_eq!("12.5%".parse::<Ratio>().unwrap().to_string(), "12.5%");
        for text in ["140%", "-1%", "5", "%", "five%"] {
            assert!(text.parse::<Ratio>().is_err(), "{text}");
        }
    }
}

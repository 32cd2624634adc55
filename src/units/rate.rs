//! How often something happens.

use std::fmt;
use std::str::FromStr;

use super::UnitError;

/// Events per time, in whole events per million seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(u64);

const RULE: &str = "expected a rate such as `400/s`, `90/m` or `5000/h`";

impl Rate {
    /// Never.
    pub const ZERO: Self = Self(0);

    /// From events per second; `None` if negative, not finite or above 10^12.
    pub fn per_second(rate: f64) -> Option<Self> {
        (0.0..=1e12)
            .contains(&rate)
            .then(|| Self((rate * 1e6).round() as u64))
    }
    /// Events per second.
    pub fn as_per_second(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fail = || UnitError::new(text, RULE);
        let (number, unit) = text.trim().split_once('/').ok_or_else(fail)?;
        let seconds = match unit.trim() {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return Err(fail()),
        };
        let number: f64 = number.trim().replace('_', "").parse().map_err(|_| fail())?;
        Self::per_second(number / seconds).ok_or_else(fail)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.as_per_second())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_names_its_time() {
        assert_eq!("400/s".parse::<Rate>().unwrap().as_per_second(), 400.0);
        assert_eq!("90/m".parse::<Rate>().unwrap().to_string(), "1.5/s");
        for text in ["400", "/s", "4/fortnight", "-1/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}

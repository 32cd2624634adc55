//! The `IntOrString` of fenceposts and budgets, as far as Kubernetes accepts it there.

use std::fmt;
use std::str::FromStr;

use super::UnitError;

/// A count, or a share of a count: `2` or `25%` (reference kubernetes.md §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntOrPercent {
    /// A plain number.
    Int(i32),
    /// A whole number of percent.
    Percent(i32),
}

const RULE: &str = "expected a whole number or a whole percentage such as `25%`";

impl IntOrPercent {
    /// The count it means out of `total`, percentages rounded up.
    pub fn scaled_up(self, total: i32) -> i32 {
        self.scaled(total, f64::ceil)
    }
    /// The count it means out of `total`, percentages rounded down.
    pub fn scaled_down(self, total: i32) -> i32 {
        self.scaled(total, f64::floor)
    }
    fn scaled(self, total: i32, round: fn(f64) -> f64) -> i32 {
        match self {
            Self::Int(count) => count,
            Self::Percent(percent) => round(f64::from(percent) * f64::from(total) / 100.0) as i32,
        }
    }
}

impl FromStr for IntOrPercent {
    type Err = UnitError;

    /// Reads the *percent* form; a quoted plain number is refused as the API refuses it.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let digits = text
            .strip_suffix('%')
            .ok_or_else(|| UnitError::new(text, RULE))?;
        digits
            .parse()
            .map(Self::Percent)
            .map_err(|_| UnitError::new(text, RULE))
    }
}

impl fmt::Display for IntOrPercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

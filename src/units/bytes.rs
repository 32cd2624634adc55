//! Amounts of memory.

use std::fmt;
use std::str::FromStr;

use super::UnitError;

/// An amount of memory or data in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(u64);

const UNITS: [(&str, u64); 8] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("B", 1),
];
const RULE: &str = "expected an amount such as `256Mi`, `1.5Gi`, `20M` or `512B`";

impl Bytes {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }
    /// In bytes.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
    /// In units of 2^30 bytes, with a fraction.
    pub fn as_gibibytes(self) -> f64 {
        self.0 as f64 / f64::from(1u32 << 30)
    }
}

impl FromStr for Bytes {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fail = || UnitError::new(text, RULE);
        let trimmed = text.trim();
        let (name, scale) = UNITS
            .iter()
            .find(|(name, _)| trimmed.ends_with(name))
            .ok_or_else(fail)?;
        let number = trimmed[..trimmed.len() - name.len()].trim_end();
        let value = number.parse::<f64>().map_err(|_| fail())? * *scale as f64;
        (0.0..=1e18)
            .contains(&value)
            .then(|| Self(value.round() as u64))
            .ok_or_else(fail)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS[..4]
            .iter()
            .rev()
            .find(|(_, scale)| self.0 > 0 && self.0.is_multiple_of(*scale));
        match unit {
            Some((name, scale)) => write!(f, "{}{name}", self.0 / scale),
            None => write!(f, "{}B", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_unit() {
        assert_eq!("1.5Gi".parse::<Bytes>().unwrap(), Bytes::new(1_610_612_736));
        assert_eq!("256Mi".parse::<Bytes>().unwrap().to_string(), "256Mi");
        assert_eq!("20M".parse::<Bytes>().unwrap(), Bytes::new(20_000_000));
        for text in ["256", "Mi", "-1Gi", "1Zi"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }
}

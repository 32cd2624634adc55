//! `resource.Quantity`: amounts of processor and memory as Kubernetes writes them.
//!
//! ```text
//! quantity = [+-] digits [ "." digits ] suffix      (also "1." and ".5")
//! suffix   = Ki Mi Gi Ti Pi Ei | n u m "" k M G T P E | ("e"|"E") [+-] digits
//! ```
//! (reference kubernetes.md §10.) Finer than 10^-9 rounds away from zero. Amounts with a binary suffix
//! are capped at 2^63 − 1, others are not; a binary amount below one counts as decimal.

use std::str::FromStr;

use crate::units::UnitError;

/// An exact amount in whole 10^-9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    nanos: i128,
    format: QuantityFormat,
}

/// The family of suffixes an amount was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantityFormat {
    /// `Ki` and its like.
    BinarySi,
    /// `m`, nothing, `k` and their like.
    DecimalSi,
    /// `e3`, `E-3`.
    DecimalExponent,
}

const NANO: i128 = 1_000_000_000;
const BINARY_MAX: i128 = i64::MAX as i128 * NANO;
const RULE: &str = "expected a quantity such as `200m`, `0.5`, `256Mi` or `1e3` \
                    (suffixes: n u m k M G T P E Ki Mi Gi Ti Pi Ei, or an exponent)";
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

impl Quantity {
    /// In whole 10^-9.
    pub const fn as_nanos(self) -> i128 {
        self.nanos
    }
    /// In whole thousandths, rounded up.
    pub const fn as_millis_up(self) -> i128 {
        div_up(self.nanos, 1_000_000)
    }
    /// In whole units, rounded up.
    pub const fn as_units_up(self) -> i128 {
        div_up(self.nanos, NANO)
    }
    /// The family of its suffix.
    pub const fn format(self) -> QuantityFormat {
        self.format
    }
}

const fn div_up(value: i128, by: i128) -> i128 {
    -(-value).div_euclid(by)
}

impl FromStr for Quantity {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        parse(text).ok_or_else(|| UnitError::new(text, RULE))
    }
}

fn parse(text: &str) -> Option<Quantity> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = Number::split(unsigned)?;
    let (nanos, format) = number.nanos()?;
    let nanos = if negative { -nanos } else { nanos };
    Some(Quantity { nanos, format })
}

/// The parts of a number: digits before and after the point, and the suffix.
struct Number<'a> {
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

impl<'a> Number<'a> {
    fn split(text: &'a str) -> Option<Self> {
        let (whole, rest) = digits(text);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
        let is_number = !whole.is_empty() || !fraction.is_empty();
        is_number.then_some(Self {
            whole: whole.trim_start_matches('0'),
            fraction,
            suffix,
        })
    }

    fn nanos(&self) -> Option<(i128, QuantityFormat)> {
        if let Some(at) = BINARY.iter().position(|name| *name == self.suffix) {
            return Some(self.binary(10 * (at as u32 + 1)));
        }
        if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == self.suffix) {
            return Some((self.decimal(*power)?, QuantityFormat::DecimalSi));
        }
        let exponent = self.suffix.strip_prefix(['e', 'E'])?;
        let power = exponent.parse::<i32>().ok()?;
        Some((self.decimal(power)?, QuantityFormat::DecimalExponent))
    }

    /// Times a power of ten, rounded up to whole 10^-9; `None` above some 10^29.
    fn decimal(&self, power: i32) -> Option<i128> {
        let all = format!("{}{}", self.whole, self.fraction);
        let all = all.trim_start_matches('0');
        let shift = i64::from(power) + 9 - self.fraction.len() as i64;
        if all.is_empty() {
            return Some(0);
        }
        if let Ok(zeros) = u32::try_from(shift) {
            let scale = 10_i128.checked_pow(zeros)?;
            return all.parse::<i128>().ok()?.checked_mul(scale);
        }
        let dropped = usize::try_from(-shift).ok()?.min(all.len());
        let (kept, lost) = all.split_at(all.len() - dropped);
        let kept = if kept.is_empty() {
            0
        } else {
            kept.parse::<i128>().ok()?
        };
        Some(kept + i128::from(lost.bytes().any(|digit| digit != b'0')))
    }

    /// Times 2^power, rounded up to whole 10^-9 and capped.
    fn binary(&self, power: u32) -> (i128, QuantityFormat) {
        let whole = match self.whole {
            "" => Some(0),
            digits => digits.parse::<i128>().ok(),
        };
        let nanos = whole
            .and_then(|whole| whole.checked_mul(1 << power)?.checked_mul(NANO))
            .map_or(BINARY_MAX, |whole| {
                (whole + self.binary_fraction(power)).min(BINARY_MAX)
            });
        match nanos > 0 && nanos < NANO {
            true => (nanos, QuantityFormat::DecimalSi),
            false => (nanos, QuantityFormat::BinarySi),
        }
    }

    /// The digits after the point times 2^power: exact up to 18 of them, the rest rounds up.
    fn binary_fraction(&self, power: u32) -> i128 {
        const KEPT: usize = 18;
        let (kept, lost) = self.fraction.split_at(self.fraction.len().min(KEPT));
        let padded = format!("{kept:0<KEPT$}");
        let kept: i128 = padded.parse().expect("eighteen digits are a number");
        let lost = i128::from(lost.bytes().any(|digit| digit != b'0'));
        div_up((kept << power) + lost, NANO)
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> i128 {
        text.parse::<Quantity>().unwrap().as_nanos()
    }

    #[test]
    fn amounts_round_up_and_binary_ones_are_capped() {
        for (text, expected) in [
            ("1.5Gi", 1_610_612_736 * NANO),
            ("0.5", NANO / 2),
            ("200m", NANO / 5),
            ("1e3", 1000 * NANO),
            ("12e-1", 1_200_000_000),
            ("3.001n", 4),
            ("-0.1n", -1),
            ("1e-400", 1),
            ("9Ei", BINARY_MAX),
            ("9223372036854775807Ki", BINARY_MAX),
            ("99999999999999999999999999999999999999999Ei", BINARY_MAX),
            ("12E", 12_000_000_000 * NANO * NANO),
            ("+1.G", NANO * NANO),
            (".5", NANO / 2),
            ("0000", 0),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
        let one = "1.0001".parse::<Quantity>().unwrap();
        assert_eq!((one.as_millis_up(), one.as_units_up()), (1001, 2));
        assert_eq!("-1.5".parse::<Quantity>().unwrap().as_units_up(), -1);
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in [
            "",
            "aoeu",
            "1.1.M",
            "1+1.0M",
            "0.1mi",
            "0.1am",
            ".5i",
            "1i",
            "-3.01i",
            "-3.01e-",
            " 1",
            "1 ",
            "1K",
            "1ki",
            "--1",
            ".",
            "m",
            "1e",
            "1MM",
            "1e99999999999",
            "1e40",
        ] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }
}

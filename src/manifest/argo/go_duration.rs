//! Durations as Go reads them (`time.ParseDuration`).

use std::str::FromStr;

use crate::units::{SimDuration, UnitError};

/// A duration such as `30s`, `5m` or `1h30m`: numbers, perhaps with a fraction, each with its unit and
/// no blank between; a bare `0` is no time. There are no days. A negative one, which Go takes and no
/// field means, is refused.
///
/// # Examples
/// ```
/// use rollcast::manifest::argo::GoDuration;
/// use rollcast::units::SimDuration;
/// let interval: GoDuration = "1h30m".parse().unwrap();
/// assert_eq!(interval.length(), SimDuration::from_secs(5400));
/// assert!("1d".parse::<GoDuration>().is_err(), "Go knows no days");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoDuration(SimDuration);

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

const RULE: &str = "expected a duration as Go reads it, such as `30s`, `5m` or `1h30m` \
                    (units: ns us ms s m h)";

impl GoDuration {
    /// How long it is.
    pub const fn length(self) -> SimDuration {
        self.0
    }
}

impl FromStr for GoDuration {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fail = || UnitError::new(text, RULE);
        let mut rest = text.strip_prefix('+').unwrap_or(text);
        if rest == "0" {
            return Ok(Self(SimDuration::ZERO));
        }
        if rest.is_empty() {
            return Err(fail());
        }
        let mut nanos: u64 = 0;
        while !rest.is_empty() {
            let (part, after) = leading_part(rest).ok_or_else(fail)?;
            nanos = nanos.checked_add(part).ok_or_else(fail)?;
            rest = after;
        }
        i64::try_from(nanos).map_err(|_| fail())?;
        Ok(Self(SimDuration::from_nanos(nanos)))
    }
}

/// The first number with its unit, in nanoseconds, and what follows it.
fn leading_part(rest: &str) -> Option<(u64, &str)> {
    let number = |c: char| c.is_ascii_digit() || c == '.';
    let (number, after) = rest.split_at(rest.find(|c| !number(c))?);
    let end = after.find(|c: char| c.is_ascii_digit() || c == '.');
    let (unit, after) = after.split_at(end.unwrap_or(after.len()));
    let scale = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    Some((nanos_of(number, scale)?, after))
}

/// The fraction is a double there too, and what is finer than a nanosecond is cut off.
fn nanos_of(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: u64 = match whole {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let (mut digits, mut unit) = (0_u64, 1.0_f64);
    for digit in fraction.bytes() {
        // Further digits no longer fit into 63 bits.
        if digits > i64::MAX as u64 / 10 {
            break;
        }
        digits = digits * 10 + u64::from(digit - b'0');
        unit *= 10.0;
    }
    let finer = (digits as f64 * (scale as f64 / unit)) as u64;
    whole.checked_mul(scale)?.checked_add(finer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as Go's own documentation and tests of `time.ParseDuration` have them, by meaning.
    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanos) in [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("+5s", 5_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("5.6s", 5_600_000_000),
            (".5m", 30_000_000_000),
            ("5.s", 5_000_000_000),
            ("10.5s4m", 250_500_000_000),
            ("1us2ms", 2_001_000),
            ("0.1ns", 0),
            ("0.3333333333333333333h", 1_200_000_000_000),
        ] {
            let read = text.parse::<GoDuration>().unwrap();
            assert_eq!(read.length().as_nanos(), nanos, "{text}");
        }
        for text in [
            "", "5", "1d", "-5s", ".s", "1 h", "1m 30s", "1.2.3s", "s", "3000000h",
        ] {
            assert!(text.parse::<GoDuration>().is_err(), "{text}");
        }
    }
}

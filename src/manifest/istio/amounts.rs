//! Durations, percentages and ports as Istio takes them.

use std::str::FromStr;

use crate::document::{Diagnostic, MapReader};
use crate::units::{Ratio, SimDuration, UnitError};

/// A duration in Go's units, whole milliseconds (`agent.ValidateDuration`; the API reads durations with
/// `time.ParseDuration`, which knows no days).
struct Length(SimDuration);

const RULE: &str = "expected a duration in whole milliseconds, such as `30s`, `250ms` or `1m30s` \
                    (units: ms s m h)";
const MILLISECOND: u64 = 1_000_000;

impl FromStr for Length {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fail = || UnitError::new(text, RULE);
        if text == "0" {
            return Ok(Self(SimDuration::ZERO));
        }
        if text.contains(|c: char| c == '_' || c == 'd' || c.is_whitespace()) {
            return Err(fail());
        }
        let length: SimDuration = text.parse().map_err(|_| fail())?;
        match length.as_nanos() % MILLISECOND {
            0 => Ok(Self(length)),
            _ => Err(fail()),
        }
    }
}

/// A duration of at least a millisecond.
pub(super) fn length<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<SimDuration> {
    let length = length_or_zero(map, key)?;
    if length.is_zero() {
        let finding = Diagnostic::error(format!("`{key}` is 0")).at(map.value_span(key));
        let finding = finding.label("expected at least `1ms`");
        map.problems()
            .push(finding.hint("leave it out for the default"));
        return None;
    }
    Some(length)
}

/// A duration that may be none.
pub(super) fn length_or_zero<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<SimDuration> {
    map.quantity::<Length>(key).map(|length| length.0)
}

/// A duration that has to be there.
pub(super) fn required_length<'a>(
    map: &mut MapReader<'a, '_>,
    key: &'a str,
) -> Option<SimDuration> {
    map.required_node(key)?;
    length(map, key)
}

/// A share as `{ value: 0.5 }`, in per cent: 0, or `least` to 100. The proxy counts in whole parts per
/// million and cuts off the rest (`translatePercentToFractionalPercent`).
pub(super) fn percentage<'a>(
    map: &mut MapReader<'a, '_>,
    key: &'a str,
    least: f64,
) -> Option<Ratio> {
    let mut inner = map.map(key)?;
    let value: f64 = inner.optional("value").unwrap_or(0.0);
    if value == 0.0 || (least..=100.0).contains(&value) {
        return parts_per_million(value * 1e4);
    }
    let finding = Diagnostic::error(format!("`{key}` is {value} %, out of range"));
    let rule = match least > 0.0 {
        true => format!("expected 0, or {least} to 100"),
        false => "expected 0 to 100".to_owned(),
    };
    let finding = finding.at(inner.value_span("value")).label(rule);
    inner.problems().push(finding);
    None
}

fn parts_per_million(parts: f64) -> Option<Ratio> {
    Ratio::from_fraction(parts.trunc() / 1e6)
}

/// A share in whole per cent.
pub(super) fn percent<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<Ratio> {
    let percent = map.number_within(key, 0..=100)?;
    Ratio::from_fraction(percent as f64 / 100.0)
}

/// A port.
pub(super) fn port<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<u16> {
    map.number_within(key, 1..=65_535).map(|port| port as u16)
}

/// A port as `{ number: 80 }`.
pub(super) fn port_number<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<u16> {
    let mut inner = map.map(key)?;
    inner.required_node("number")?;
    port(&mut inner, "number")
}

/// A count where 0 means, as in Istio, that nothing is written.
pub(super) fn count<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<u32> {
    let count = map.number_within(key, 0..=i64::from(i32::MAX))?;
    (count > 0).then_some(count as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_gos_units_and_whole_milliseconds() {
        for (text, millis) in [("30s", 30_000), ("1m30s", 90_000), ("0.25s", 250), ("0", 0)] {
            let length: Length = text.parse().ok().unwrap();
            assert_eq!(length.0, SimDuration::from_millis(millis), "{text}");
        }
        for text in ["30", "2d", "1_0s", "1m 30s", "1500us", "-1s", ""] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }

    /// The numerator there is `uint32(value * 10000)`: 0.00019 % is 1.9 parts and so 1.
    #[test]
    fn shares_are_cut_to_parts_per_million() {
        let parts = |value: f64| parts_per_million(value * 1e4).unwrap();
        assert_eq!(parts(0.000_19).as_parts_per_billion(), 1_000);
        assert_eq!(parts(12.5).as_parts_per_billion(), 125_000_000);
        assert_eq!(parts(100.0), Ratio::ONE);
    }
}

//! What a YAML scalar means: as Kubernetes' own reader takes it (sigs.k8s.io/yaml over go-yaml 2.4,
//! `resolve.go`; YAML 1.1 words, then JSON).
//!
//! Only plain scalars have a meaning beyond their text. Words: `y yes true on` and `n no false off`
//! (each also Capitalized and UPPER) are booleans; `~`, `null` and nothing are null. Whole numbers
//! may have a sign, `_` between digits and a base: `0x1f`, `0o17`, `017` (octal) and `0b11`. `08` is no
//! octal number and so the decimal number 8. A number with a fraction or an exponent that is whole
//! (`1e3`) is whole, since it travels as JSON. Dates stay text.

use super::Value;

const TRUE: [&str; 11] = [
    "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
];
const FALSE: [&str; 11] = [
    "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
];
const NULL: [&str; 5] = ["", "~", "null", "Null", "NULL"];
const INFINITY: [&str; 3] = [".inf", ".Inf", ".INF"];
const NOT_A_NUMBER: [&str; 3] = [".nan", ".NaN", ".NAN"];

/// The meaning of a plain scalar.
pub(super) fn resolve(text: &str) -> Value {
    if NULL.contains(&text) {
        Value::Null
    } else if TRUE.contains(&text) {
        Value::Bool(true)
    } else if FALSE.contains(&text) {
        Value::Bool(false)
    } else {
        number(text).unwrap_or_else(|| Value::Text(text.to_owned()))
    }
}

fn number(text: &str) -> Option<Value> {
    if NOT_A_NUMBER.contains(&text) {
        return Some(Value::Float(f64::NAN));
    }
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if INFINITY.contains(&unsigned) {
        return Some(Value::Float(sign * f64::INFINITY));
    }
    // A leading point is read by another branch there, which knows no `_`.
    let plain = match text.starts_with('.') {
        true => text.to_owned(),
        false => text.replace('_', ""),
    };
    whole(&plain)
        .map(Value::Int)
        .or_else(|| is_decimal(&plain).then(|| fraction(&plain))?)
}

/// A whole number with a sign and a base by its prefix; digits have to follow at once.
fn whole(plain: &str) -> Option<i64> {
    let (negative, unsigned) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(plain)),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    if !digits.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// `[-+]? ( .digits | digits [. digits*] ) ( [eE] [-+]? digits )?`, as there.
fn is_decimal(plain: &str) -> bool {
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (before, after) = match mantissa.split_once('.') {
        Some((before, after)) => (before, Some(after)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match (before.is_empty(), after) {
        (true, after) => after.is_some_and(|after| !after.is_empty() && digits(after)),
        (false, after) => digits(before) && after.is_none_or(digits),
    };
    mantissa_fits
        && exponent.is_none_or(|exponent| {
            let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !unsigned.is_empty() && digits(unsigned)
        })
}

/// A decimal number; whole where its value is.
fn fraction(plain: &str) -> Option<Value> {
    /// Above it a double no longer holds every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number: f64 = plain.parse().ok()?;
    if !number.is_finite() {
        return None;
    }
    match number.fract() == 0.0 && number.abs() <= EXACT {
        true => Some(Value::Int(number as i64)),
        false => Some(Value::Float(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn words_are_booleans_as_in_yaml_one_point_one() {
        for word in ["y", "yes", "On", "TRUE"] {
            assert_eq!(resolve(word), Value::Bool(true), "{word}");
        }
        for word in ["N", "no", "off", "False"] {
            assert_eq!(resolve(word), Value::Bool(false), "{word}");
        }
        for word in ["yEs", "tRUE", "nope"] {
            assert_eq!(resolve(word), text(word));
        }
    }

    #[test]
    fn numbers_have_bases_and_separators() {
        for (written, number) in [
            ("017", 15),
            ("0o17", 15),
            ("0x1F", 31),
            ("-0b11", -3),
            ("1_000", 1000),
            ("08", 8),
            ("1e3", 1000),
            ("5.0", 5),
            ("+7", 7),
            ("0", 0),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(resolve(written), Value::Int(number), "{written}");
        }
        assert_eq!(resolve("0.5"), Value::Float(0.5));
        assert_eq!(resolve(".5"), Value::Float(0.5));
        assert_eq!(resolve("1e400"), text("1e400"));
        for written in [
            "1.2.3",
            "--1",
            "+-1",
            "200m",
            "1e",
            "0x",
            ".",
            "-",
            "2024-01-02",
            "e3",
        ] {
            assert_eq!(resolve(written), text(written));
        }
    }
}

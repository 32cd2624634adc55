//! `asInt` and `asFloat` of conditions.

use super::{ConditionError, MetricValue};

/// `asInt`: the fraction is cut off, text has to be a whole decimal number (reference §3.2, upstream's
/// `utils/evaluate`).
///
/// # Errors
/// Anything else.
pub fn as_int(value: &MetricValue) -> Result<i64, ConditionError> {
    let fail = || ConditionError::Conversion(format!("asInt() of {value:?}"));
    match value {
        MetricValue::Number(number) => Ok(*number as i64),
        MetricValue::Integer(number) => Ok(*number),
        MetricValue::Text(text) => text.parse().map_err(|_| fail()),
        _ => Err(fail()),
    }
}

/// `asFloat`: text has to be a number.
///
/// # Errors
/// Anything else.
pub fn as_float(value: &MetricValue) -> Result<f64, ConditionError> {
    let fail = || ConditionError::Conversion(format!("asFloat() of {value:?}"));
    match value {
        MetricValue::Number(number) => Ok(*number),
        MetricValue::Integer(number) => Ok(*number as f64),
        MetricValue::Text(text) => text.parse().map_err(|_| fail()),
        _ => Err(fail()),
    }
}

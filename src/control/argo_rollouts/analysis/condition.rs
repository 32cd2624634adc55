//! Conditions, and what they say of a measured value.

use std::fmt;

use expr::{Context, Program, Value, compile};

use super::Phase;
use super::functions::{ENVIRONMENT, to_expr};
use super::names::checked;

/// A value that a provider returned. Prometheus returns a number (scalar) or a list of numbers
/// (vector, matrix), never nothing: an empty vector is an empty list.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricValue {
    /// Nothing.
    Nil,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number, NaN and the infinities among them.
    Number(f64),
    /// Text.
    Text(String),
    /// A list of numbers.
    Numbers(Vec<f64>),
}

/// Why a condition has no answer: the measurement is then an Error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionError {
    /// The text is no expression.
    Syntax(String),
    /// A name in it is not defined.
    UnknownName(String),
    /// It cannot be evaluated on this value, such as `result[0]` of an empty list.
    Evaluation(String),
    /// Its value is not true or false.
    NotABool(String),
    /// `asInt` or `asFloat` does not take this value.
    Conversion(String),
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(text) | Self::Evaluation(text) => f.write_str(text),
            Self::UnknownName(name) => write!(f, "unknown name `{name}`"),
            Self::NotABool(value) => write!(f, "expected true or false, found {value}"),
            Self::Conversion(what) => write!(f, "{what} is not possible"),
        }
    }
}

impl std::error::Error for ConditionError {}

/// A `successCondition` or `failureCondition`: an expression of expr-lang over `result`.
///
/// Upstream also checks types before it runs: `result == "1"` on a number is an error there and false
/// here.
#[derive(Debug, Clone)]
pub struct Condition(Program);

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// It is no expression, or names what nobody defines.
    pub fn new(text: &str) -> Result<Self, ConditionError> {
        let program = compile(&checked(text)?);
        program
            .map(Self)
            .map_err(|error| ConditionError::Syntax(error.to_string()))
    }

    /// Whether it holds for `value`.
    ///
    /// # Errors
    /// It cannot be evaluated, or is neither true nor false.
    pub fn holds(&self, value: &MetricValue) -> Result<bool, ConditionError> {
        let mut context = Context::default();
        context.insert("result", to_expr(value));
        match ENVIRONMENT.run(&self.0, &context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(ConditionError::NotABool(format!("{other}"))),
            Err(error) => Err(ConditionError::Evaluation(error.to_string())),
        }
    }
}

/// The phase of a measurement (reference §3.2): an error in either condition is an Error, failure wins
/// over success, and one condition alone decides both ways.
pub fn measurement_phase(
    value: &MetricValue,
    success: Option<&Condition>,
    failure: Option<&Condition>,
) -> Result<Phase, ConditionError> {
    let success = success
        .map(|condition| condition.holds(value))
        .transpose()?;
    let failure = failure
        .map(|condition| condition.holds(value))
        .transpose()?;
    Ok(verdict(success, failure))
}

/// What the truth of the conditions that are configured says.
pub const fn verdict(success: Option<bool>, failure: Option<bool>) -> Phase {
    match (success, failure) {
        (_, Some(true)) | (Some(false), None) => Phase::Failed,
        (None, _) | (Some(true), _) => Phase::Successful,
        (Some(false), Some(false)) => Phase::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &MetricValue, condition: &str, expected: Option<bool>) {
        let holds = Condition::new(condition).and_then(|condition| condition.holds(value));
        assert_eq!(holds.ok(), expected, "{condition}");
    }

    #[test]
    fn an_empty_vector_is_an_error_unless_it_is_guarded() {
        let empty = MetricValue::Numbers(Vec::new());
        check(&empty, "result[0] >= 0.95", None);
        check(&empty, "result[0] != 1", None);
        check(&empty, "result[0] >= 0.95 && len(result) > 0", None);
        check(&empty, "len(result) == 0 || result[0] >= 0.95", Some(true));
        check(&empty, "isNil(result)", Some(false));
        check(&empty, "all(result, # >= 0.95)", Some(true));
    }

    #[test]
    fn nan_holds_no_comparison() {
        let vector = MetricValue::Numbers(vec![f64::NAN, 0.99]);
        check(&vector, "result[0] >= 0.95", Some(false));
        check(&vector, "result[0] < 0.95", Some(false));
        check(&vector, "isNaN(result[0]) && result[-1] > 0.9", Some(true));
        check(
            &vector,
            "len(filter(result, {not isNaN(#)})) == 1",
            Some(true),
        );
    }

    #[test]
    fn nothing_has_a_default() {
        check(&MetricValue::Nil, "default(result, 0) < 5", Some(true));
        check(
            &MetricValue::Number(7.0),
            "default(result, 0) < 5",
            Some(false),
        );
        check(&MetricValue::Nil, "isNil(result)", Some(true));
        check(&MetricValue::Nil, "result < 5", None);
    }

    #[test]
    fn a_number_is_no_verdict() {
        check(&MetricValue::Number(1.0), "result", None);
        check(
            &MetricValue::Text("1.5".to_owned()),
            "asFloat(result) > 1",
            Some(true),
        );
        check(
            &MetricValue::Text("no".to_owned()),
            "asInt(result) > 1",
            None,
        );
    }

    #[test]
    fn upstreams_own_examples_are_answered() {
        let vector = MetricValue::Numbers(vec![10.0, 11.0]);
        check(&vector, "10 in result", Some(true));
        check(&vector, "len(result) != 2", Some(false));
        check(&vector, "max(result) < 12", Some(true));
        check(
            &vector,
            "result[0] >= 10 and all(result, # < 1000)",
            Some(true),
        );
        check(
            &MetricValue::Text("It worked!".to_owned()),
            "result == 'It worked!'",
            Some(true),
        );
    }
}

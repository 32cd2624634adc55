//! Values and functions of the expression engine.

use std::sync::LazyLock;

use expr::{Environment, Value};

use super::{ConditionError, MetricValue, as_float, as_int};

/// The value as the engine's own.
pub(super) fn to_expr(value: &MetricValue) -> Value {
    match value {
        MetricValue::Nil => Value::Nil,
        MetricValue::Bool(flag) => Value::Bool(*flag),
        MetricValue::Integer(number) => Value::Integer(*number),
        MetricValue::Number(number) => Value::Float(*number),
        MetricValue::Text(text) => Value::String(text.clone()),
        MetricValue::Numbers(list) => {
            Value::Array(list.iter().map(|number| Value::Float(*number)).collect())
        }
    }
}

fn from_expr(value: Option<&Value>) -> MetricValue {
    match value {
        Some(Value::Bool(flag)) => MetricValue::Bool(*flag),
        Some(Value::Integer(number)) => MetricValue::Integer(*number),
        Some(Value::Float(number)) => MetricValue::Number(*number),
        Some(Value::String(text)) => MetricValue::Text(text.clone()),
        _ => MetricValue::Nil,
    }
}

/// The functions that upstream adds to the language; `isNil` and `default` look at the result whatever
/// they are given, as upstream's do.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    let fail = |error: ConditionError| expr::Error::ExprError(error.to_string());
    environment.add_function("asInt", move |call| {
        as_int(&from_expr(call.args.first()))
            .map(Value::Integer)
            .map_err(fail)
    });
    environment.add_function("asFloat", move |call| {
        as_float(&from_expr(call.args.first()))
            .map(Value::Float)
            .map_err(fail)
    });
    environment.add_function("isNaN", |call| {
        float(call.args.first()).map(|number| Value::Bool(number.is_nan()))
    });
    environment.add_function("isInf", |call| {
        float(call.args.first()).map(|number| Value::Bool(number.is_infinite()))
    });
    environment.add_function("isNil", |call| {
        Ok(Value::Bool(is_nil(call.ctx.get("result"))))
    });
    environment.add_function("default", |call| {
        let result = call.ctx.get("result");
        let given = if is_nil(result) {
            call.args.get(1)
        } else {
            result
        };
        Ok(given.cloned().unwrap_or(Value::Nil))
    });
    environment.add_function("itemOf", |call| {
        item_of(call.args.first(), call.args.get(1))
    });
    environment
});

fn is_nil(value: Option<&Value>) -> bool {
    matches!(value, None | Some(Value::Nil))
}

fn float(value: Option<&Value>) -> expr::Result<f64> {
    match value {
        Some(Value::Float(number)) => Ok(*number),
        Some(Value::Integer(number)) => Ok(*number as f64),
        other => Err(expr::Error::ExprError(format!(
            "expected a number, found {other:?}"
        ))),
    }
}

/// `list[index]`, counted from the end where negative; past either end is an error.
fn item_of(list: Option<&Value>, index: Option<&Value>) -> expr::Result<Value> {
    let (Some(Value::Array(list)), Some(Value::Integer(index))) = (list, index) else {
        let message = format!("cannot take item {index:?} of {list:?}");
        return Err(expr::Error::ExprError(message));
    };
    let length = list.len() as i64;
    let place = if *index < 0 { length + index } else { *index };
    let item = usize::try_from(place)
        .ok()
        .and_then(|place| list.get(place));
    let missing = || expr::Error::ExprError(format!("index {index} of a list of {length}"));
    item.cloned().ok_or_else(missing)
}

//! One value out of one node.

use std::str::FromStr;

use super::{Diagnostic, Node, Value};
use crate::units::UnitError;

/// What can be read from a single node: numbers and booleans from themselves, never from text.
/// Quantities of `units` are read from text with their unit, by [`MapReader::quantity`](super::MapReader::quantity).
pub trait FromNode: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// A diagnostic at the node with value, rule and cure.
    fn from_node(node: &Node) -> Result<Self, Diagnostic>;
}

/// "expected …" at a node of another kind.
pub(super) fn expected(node: &Node, what: &str) -> Diagnostic {
    Diagnostic::error(format!("expected {what}, found {}", node.kind()))
        .at(node.span)
        .label(format!("expected {what}"))
}

/// Reads a quantity of `units`, or another type that says [`UnitError`], from text.
///
/// # Errors
/// A diagnostic at the node with value, rule and cure.
pub(super) fn quantity<T: FromStr<Err = UnitError>>(node: &Node) -> Result<T, Diagnostic> {
    match &node.value {
        Value::Text(text) => text.parse().map_err(|error: UnitError| {
            Diagnostic::error(format!("`{}` cannot be read", error.value))
                .at(node.span)
                .label(error.rule)
        }),
        Value::Int(number) => Err(needs_unit::<T>(node, &number.to_string())),
        Value::Float(number) => Err(needs_unit::<T>(node, &number.to_string())),
        _ => Err(expected(node, "text")),
    }
}

/// A bare number where a quantity with a unit belongs: the quantity's own rule is the cure.
fn needs_unit<T: FromStr<Err = UnitError>>(node: &Node, number: &str) -> Diagnostic {
    let rule = T::from_str(number).err().map_or("", |error| error.rule);
    Diagnostic::error(format!("`{number}` lacks its unit"))
        .at(node.span)
        .label(rule)
}

impl FromNode for String {
    fn from_node(node: &Node) -> Result<Self, Diagnostic> {
        node.as_text()
            .map(str::to_owned)
            .ok_or_else(|| expected(node, "text"))
    }
}

impl FromNode for bool {
    fn from_node(node: &Node) -> Result<Self, Diagnostic> {
        match node.value {
            Value::Bool(flag) => Ok(flag),
            _ => Err(expected(node, "`true` or `false`")),
        }
    }
}

impl FromNode for f64 {
    fn from_node(node: &Node) -> Result<Self, Diagnostic> {
        match node.value {
            Value::Float(number) if number.is_finite() => Ok(number),
            Value::Int(number) => Ok(number as f64),
            _ => Err(expected(node, "a number")),
        }
    }
}

fn whole<T: TryFrom<i64>>(node: &Node, low: &str, high: &str) -> Result<T, Diagnostic> {
    let Value::Int(number) = node.value else {
        return Err(expected(node, "a whole number"));
    };
    T::try_from(number).map_err(|_| {
        Diagnostic::error(format!("`{number}` is out of range"))
            .at(node.span)
            .label(format!("expected a whole number from {low} to {high}"))
    })
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl FromNode for $number {
            fn from_node(node: &Node) -> Result<Self, Diagnostic> {
                whole(node, &<$number>::MIN.to_string(), &<$number>::MAX.to_string())
            }
        }
    )*};
}
whole_numbers!(i64, u64, i32, u32, usize);

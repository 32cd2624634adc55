//! `IntOrString`: a field that takes a number or text.

use crate::document::{Diagnostic, FromNode, Node, Value};
use crate::units::{IntOrPercent, UnitError};

/// A number or text (reference kubernetes.md §10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntOrString {
    /// An unquoted number.
    Int(i32),
    /// Text.
    Text(String),
}

impl IntOrString {
    /// Reads what was typed without quotes: a 32-bit number where it is one, else text.
    pub fn typed(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Text(text.to_owned()), Self::Int)
    }

    /// As a count or a share; text has to be a whole percentage.
    ///
    /// # Errors
    /// Text that is no whole percentage, such as `"2"` or `"25%%"`.
    pub fn as_count_or_share(&self) -> Result<IntOrPercent, UnitError> {
        match self {
            Self::Int(count) => Ok(IntOrPercent::Int(*count)),
            Self::Text(text) => text.parse(),
        }
    }

    /// As a Rollout reads its fenceposts: *any* text is a percentage, with its sign or without
    /// (reference progressive-delivery.md §2.2).
    ///
    /// # Errors
    /// Text that is no whole number once its signs are gone, such as `oops`.
    pub fn as_count_or_percentage(&self) -> Result<IntOrPercent, UnitError> {
        match self {
            Self::Int(count) => Ok(IntOrPercent::Int(*count)),
            Self::Text(text) => format!("{}%", text.replace('%', "")).parse(),
        }
    }
}

impl FromNode for IntOrString {
    fn from_node(node: &Node) -> Result<Self, Diagnostic> {
        let rule = "expected a whole number that fits in 32 bits, or text";
        match &node.value {
            Value::Text(text) => Ok(Self::Text(text.clone())),
            Value::Int(number) => i32::try_from(*number).map(Self::Int).map_err(|_| {
                let message = format!("`{number}` does not fit");
                Diagnostic::error(message).at(node.span).label(rule)
            }),
            _ => {
                let message = format!("found {}", node.kind());
                Err(Diagnostic::error(message).at(node.span).label(rule))
            }
        }
    }
}

/// How far a count or a share may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shares {
    /// Shares above the whole are allowed (`maxSurge`).
    AnyShare,
    /// At most 100 % (`maxUnavailable`, budgets).
    WithinWhole,
}

/// A fencepost or a budget: never negative.
pub(super) fn count_or_share(node: &Node, shares: Shares) -> Result<IntOrPercent, Diagnostic> {
    let read = IntOrString::from_node(node)?;
    let value = read.as_count_or_share().map_err(|error| {
        let near = near_miss(&error.value).map(|text| format!("write `{text}`"));
        Diagnostic::error(format!("`{}` cannot be read", error.value))
            .at(node.span)
            .label(error.rule)
            .maybe_hint(near)
    })?;
    let number = match value {
        IntOrPercent::Int(number) | IntOrPercent::Percent(number) => number,
    };
    let problem = |label: &str| {
        Err(Diagnostic::error(format!("`{value}` is out of range"))
            .at(node.span)
            .label(label))
    };
    match (number < 0, value, shares) {
        (true, _, _) => problem("expected 0 or more"),
        (_, IntOrPercent::Percent(101..), Shares::WithinWhole) => problem("expected at most 100%"),
        _ => Ok(value),
    }
}

/// What was probably meant: `25` for `"25"`, `25%` for `25%%` or `25 %`.
fn near_miss(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(['%', ' ']);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let share = if text.contains('%') { "%" } else { "" };
    is_number.then(|| format!("{digits}{share}"))
}

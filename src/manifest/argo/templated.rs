//! Text that a run fills in.

use crate::document::{Diagnostic, FromNode, Node, Value};

/// Text that may name arguments: `{{args.service-name}}` (upstream's `utils/template`). A number
/// is taken as the text it prints as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Templated(String);

impl Templated {
    /// A text as written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it names no argument.
    pub fn is_plain(&self) -> bool {
        tags(&self.0).is_empty()
    }

    /// The text with every tag replaced by its value.
    ///
    /// # Errors
    /// The first tag that has none.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Result<String, String> {
        let mut filled = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some((before, tag, after)) = first_tag(rest) {
            filled.push_str(before);
            filled.push_str(value(tag).ok_or_else(|| tag.to_owned())?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

impl FromNode for Templated {
    fn from_node(node: &Node) -> Result<Self, Diagnostic> {
        match &node.value {
            Value::Text(text) => Ok(Self(text.clone())),
            Value::Int(number) => Ok(Self(number.to_string())),
            _ => {
                let rule = "expected a whole number or text";
                let message = format!("{rule}, found {}", node.kind());
                Err(Diagnostic::error(message).at(node.span).label(rule))
            }
        }
    }
}

/// What stands between `{{` and `}}` in a text, blanks around it dropped, in order.
pub(super) fn tags(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, tag, after)) = first_tag(rest) {
        found.push(tag);
        rest = after;
    }
    found
}

/// Whether some `{{` is never closed.
pub(super) fn is_open(text: &str) -> bool {
    tags(text).iter().any(|tag| tag.starts_with(OPEN))
}

const OPEN: &str = "{{";

/// What is before the first tag, the tag, and what is after it. One that is never closed takes the
/// rest with its braces, so that it names nothing.
fn first_tag(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find(OPEN)?;
    let (before, rest) = text.split_at(start);
    match rest[OPEN.len()..].split_once("}}") {
        Some((tag, after)) => Some((before, tag.trim(), after)),
        None => Some((before, rest, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let value = |tag: &str| (tag == "args.a").then_some("1");
        let filled = Templated::new(text).fill(value);
        assert_eq!(
            filled.as_deref(),
            expected.map_err(str::to_owned).as_deref(),
            "{text}"
        );
    }

    /// Upstream's `utils/template`: blanks inside braces do not count, every tag needs a value.
    #[test]
    fn every_tag_is_filled_or_named() {
        check("sum(x{a=\"{{args.a}}\"})", Ok("sum(x{a=\"1\"})"));
        check("{{ args.a }}{{args.a}}", Ok("11"));
        check("rate(x[5m])", Ok("rate(x[5m])"));
        check("{{args.b}}", Err("args.b"));
        check("{{a}}", Err("a"));
        check("{{}}", Err(""));
        check("{{args.a", Err("{{args.a"));
        check("x}} {{args.a}}", Ok("x}} 1"));
    }
}

//! What a field may be.

use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Value};

/// One type of the API: its fields, grouped by what they hold.
pub(super) struct Type {
    /// As told to people: "a container".
    pub(super) called: &'static str,
    /// Who says that a value is no such map.
    pub(super) told_by: ToldBy,
    /// Names by what they hold, in words separated by blanks.
    pub(super) fields: &'static [(Shape, &'static str)],
    /// Fields that would matter to a rollout and have no model yet.
    pub(super) unmodelled: &'static [Unmodelled],
    /// Names beside those of the table that are fine: `example.com/gpu` among resources.
    pub(super) also: fn(&str) -> bool,
}

/// A known field without a model.
pub(super) struct Unmodelled {
    /// Its name.
    pub(super) name: &'static str,
    /// The scalar that changes nothing anyway; empty where every value would matter.
    pub(super) quiet: &'static str,
    /// What happens here instead.
    pub(super) instead: &'static str,
}

/// Who reports a wrong type, so that it is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToldBy {
    /// The typed view, which opens this map.
    View,
    /// The tables.
    Tables,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Whatever; its typed view says what is wrong with it, or nobody looks into it.
    Anything,
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole,
    /// A whole number or text (a port by number or name).
    WholeOrText,
    /// A list of text.
    Texts,
    /// A map of text to text (labels, annotations).
    TextMap,
    /// A list of whatever.
    List,
    /// A map of whatever.
    Map,
    /// A map of this type.
    One(&'static Type),
    /// A list of maps of this type.
    Many(&'static Type),
    /// A list with a look of its own at each field that would matter.
    Looked(fn(&Node, &mut Diagnostics)),
}

impl Shape {
    /// Reports a value of another type under this key; those of nested maps are told there.
    pub(super) fn check_scalar(self, key: &str, node: &Node, problems: &mut Diagnostics) {
        let (expected, right) = match self {
            Self::Anything | Self::One(_) | Self::Looked(_) => return,
            Self::Text => ("text", is_text(node)),
            Self::Flag => ("`true` or `false`", matches!(node.value, Value::Bool(_))),
            Self::Whole => ("a whole number", is_whole(node)),
            Self::WholeOrText => ("a whole number or text", is_whole(node) || is_text(node)),
            Self::Many(one) if one.told_by == ToldBy::View => return,
            Self::List | Self::Many(_) => ("a list", node.as_list().is_some()),
            Self::Map => ("a map", node.as_map().is_some()),
            Self::Texts => return check_texts(key, node, problems),
            Self::TextMap => return check_text_map(key, node, problems),
        };
        if !right {
            problems.push(wrong_type(key, node, expected));
        }
    }
}

impl Type {
    /// The names of all its fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        let known = self.fields.iter().flat_map(|(_, names)| names.split(' '));
        known.chain(self.unmodelled.iter().map(|field| field.name))
    }
}

/// A short way to write a field without a model.
pub(super) const fn not(
    name: &'static str,
    quiet: &'static str,
    instead: &'static str,
) -> Unmodelled {
    Unmodelled {
        name,
        quiet,
        instead,
    }
}

/// A type without more to say than its fields.
pub(super) const fn plain(
    called: &'static str,
    told_by: ToldBy,
    fields: &'static [(Shape, &'static str)],
) -> Type {
    Type {
        called,
        told_by,
        fields,
        unmodelled: &[],
        also: none,
    }
}

/// No other names.
pub(super) fn none(_: &str) -> bool {
    false
}

fn is_text(node: &Node) -> bool {
    matches!(node.value, Value::Text(_))
}

fn is_whole(node: &Node) -> bool {
    matches!(node.value, Value::Int(_))
}

fn wrong_type(key: &str, node: &Node, expected: &str) -> Diagnostic {
    let quoted = expected == "text" && matches!(node.value, Value::Int(_) | Value::Bool(_));
    let hint = quoted.then(|| "write it in quotes".to_owned());
    Diagnostic::error(format!(
        "`{key}`: expected {expected}, found {}",
        node.kind()
    ))
    .at(node.span)
    .label(format!("expected {expected}"))
    .maybe_hint(hint)
}

fn check_texts(key: &str, node: &Node, problems: &mut Diagnostics) {
    let Some(list) = node.as_list() else {
        problems.push(wrong_type(key, node, "a list"));
        return;
    };
    for one in list.iter().filter(|one| !is_text(one)) {
        problems.push(wrong_type(key, one, "text"));
    }
}

fn check_text_map(key: &str, node: &Node, problems: &mut Diagnostics) {
    let name = format!("`{key}`");
    if MapReader::open(node, &name, problems).is_none() {
        return;
    }
    for (inner, entry) in node.as_map().into_iter().flatten() {
        if !is_text(&entry.node) && !entry.node.is_null() {
            problems.push(wrong_type(inner, &entry.node, "text"));
        }
    }
}

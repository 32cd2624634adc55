//! Reading a map by hand, all errors collected.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::from_node::{expected, quantity};
use super::{Diagnostic, Diagnostics, FromNode, Map, Node, Severity, Span, Value, nearest};
use crate::units::UnitError;

/// Reads the fields of one map: each `optional` or `required` call notes its key as known, pushes
/// what is wrong and returns `None`; [`finish`](Self::finish) reports the keys nobody asked for.
///
/// A caller reads everything, takes defaults for what is `None`, and looks at
/// [`Diagnostics::has_errors`] at the very end, so that all errors are shown at once. A key whose
/// value is null counts as absent, as in Kubernetes.
pub struct MapReader<'a, 'd> {
    node: &'a Node,
    map: &'a Map,
    known: Vec<&'a str>,
    problems: &'d mut Diagnostics,
}

impl<'a, 'd> MapReader<'a, 'd> {
    /// Opens a node that has to be a map; `what` names it (`"a risk"`) where it is not.
    pub fn open(node: &'a Node, what: &str, problems: &'d mut Diagnostics) -> Option<Self> {
        let Value::Map(map) = &node.value else {
            let found = node.kind();
            let message = format!("{what} is a map of named values, found {found}");
            problems.push(
                Diagnostic::error(message)
                    .at(node.span)
                    .label("expected a map"),
            );
            return None;
        };
        Some(Self {
            node,
            map,
            known: Vec::new(),
            problems,
        })
    }

    /// Where the map is written.
    pub fn span(&self) -> Span {
        self.node.span
    }
    /// Where errors go: for a caller's own checks, and to open nested nodes.
    pub fn problems(&mut self) -> &mut Diagnostics {
        self.problems
    }
    /// Adds an error at a place.
    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Diagnostic::error(message).at(span));
    }
    /// Whether a key is written (and not null); does not note it as known.
    pub fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(|entry| !entry.node.is_null())
    }
    /// Where a key is written; the whole map where it is not.
    pub fn key_span(&self, key: &str) -> Span {
        self.map
            .get(key)
            .map_or(self.node.span, |entry| entry.key_span)
    }
    /// Where a key's value is written; the whole map where it is not.
    pub fn value_span(&self, key: &str) -> Span {
        self.map
            .get(key)
            .map_or(self.node.span, |entry| entry.node.span)
    }

    /// The raw node under a key.
    pub fn node(&mut self, key: &'a str) -> Option<&'a Node> {
        self.known.push(key);
        let node = &self.map.get(key)?.node;
        (!node.is_null()).then_some(node)
    }
    /// The raw node under a key that has to be there.
    pub fn required_node(&mut self, key: &'a str) -> Option<&'a Node> {
        let node = self.node(key);
        if node.is_none() {
            let message = format!("`{key}` is missing");
            let label = format!("`{key}` is required here");
            self.problems
                .push(Diagnostic::error(message).at(self.node.span).label(label));
        }
        node
    }
    /// A value under a key.
    pub fn optional<T: FromNode>(&mut self, key: &'a str) -> Option<T> {
        let node = self.node(key)?;
        self.read(key, node)
    }
    /// A value under a key that has to be there.
    pub fn required<T: FromNode>(&mut self, key: &'a str) -> Option<T> {
        let node = self.required_node(key)?;
        self.read(key, node)
    }
    /// A quantity with its unit under a key, read from text.
    pub fn quantity<T: FromStr<Err = UnitError>>(&mut self, key: &'a str) -> Option<T> {
        let node = self.node(key)?;
        self.keep(key, quantity(node))
    }
    /// A quantity with its unit under a key that has to be there.
    pub fn required_quantity<T: FromStr<Err = UnitError>>(&mut self, key: &'a str) -> Option<T> {
        let node = self.required_node(key)?;
        self.keep(key, quantity(node))
    }
    /// A whole number under a key, within a range.
    pub fn number_within(&mut self, key: &'a str, range: RangeInclusive<i64>) -> Option<i64> {
        let number: i64 = self.optional(key)?;
        if range.contains(&number) {
            return Some(number);
        }
        let rule = format!("expected {} to {}", range.start(), range.end());
        let message = format!("`{key}` is {number}, out of range");
        let span = self.value_span(key);
        self.problems
            .push(Diagnostic::error(message).at(span).label(rule));
        None
    }
    /// One word out of a fixed set under a key.
    pub fn word<T: Clone>(&mut self, key: &'a str, words: &[(&str, T)]) -> Option<T> {
        let text: String = self.optional(key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let span = self.value_span(key);
            self.problems.push(unknown_word(key, &text, words).at(span));
        }
        found.map(|(_, value)| value.clone())
    }
    /// The entries of a list under a key.
    pub fn list(&mut self, key: &'a str) -> Option<&'a [Node]> {
        let node = self.node(key)?;
        if node.as_list().is_none() {
            self.problems.push(named(key, expected(node, "a list")));
        }
        node.as_list()
    }
    /// The values of a list under a key; wrong entries are reported and left out.
    pub fn list_of<T: FromNode>(&mut self, key: &'a str) -> Option<Vec<T>> {
        let nodes = self.list(key)?;
        Some(
            nodes
                .iter()
                .filter_map(|node| self.read(key, node))
                .collect(),
        )
    }
    /// The named values of a map under a key whose names are free (`[image."…"]`).
    pub fn entries(&mut self, key: &'a str) -> Option<&'a Map> {
        let node = self.node(key)?;
        if node.as_map().is_none() {
            self.problems.push(named(key, expected(node, "a map")));
        }
        node.as_map()
    }
    /// A reader of the map under a key. The outer reader rests until the inner one is finished.
    pub fn map(&mut self, key: &'a str) -> Option<MapReader<'a, '_>> {
        let node = self.node(key)?;
        MapReader::open(node, &format!("`{key}`"), self.problems)
    }
    /// Keys that are known and read elsewhere or nowhere.
    pub fn skip(&mut self, keys: impl IntoIterator<Item = &'a str>) {
        self.known.extend(keys);
    }

    /// Reports every key nobody asked for as an error, with the nearest known name.
    pub fn finish(self) {
        self.finish_as(Severity::Error);
    }
    /// The same with another severity.
    pub fn finish_as(self, severity: Severity) {
        for (key, entry) in self.map {
            if !self.known.contains(&key.as_str()) {
                let known = self.known.iter().copied();
                let hint = nearest(key, known).map(|name| format!("did you mean `{name}`?"));
                let finding = Diagnostic::new(severity, format!("unknown key `{key}`"));
                self.problems
                    .push(finding.at(entry.key_span).maybe_hint(hint));
            }
        }
    }

    fn read<T: FromNode>(&mut self, key: &str, node: &Node) -> Option<T> {
        self.keep(key, T::from_node(node))
    }
    fn keep<T>(&mut self, key: &str, read: Result<T, Diagnostic>) -> Option<T> {
        read.map_err(|problem| self.problems.push(named(key, problem)))
            .ok()
    }
}

/// The same problem with the key in its message.
fn named(key: &str, mut problem: Diagnostic) -> Diagnostic {
    problem.message = format!("`{key}`: {}", problem.message);
    problem
}

fn unknown_word<T>(key: &str, text: &str, words: &[(&str, T)]) -> Diagnostic {
    let names = words.iter().map(|(word, _)| *word);
    let quoted: Vec<_> = names.clone().map(|word| format!("`{word}`")).collect();
    let hint = nearest(text, names).map(|word| format!("did you mean `{word}`?"));
    Diagnostic::error(format!("`{key}`: unknown word `{text}`"))
        .label(format!("expected {}", quoted.join(" or ")))
        .maybe_hint(hint)
}

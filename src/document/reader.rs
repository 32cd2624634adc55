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
    /// Where the map is named: its key, or itself at the top and in lists.
    place: Span,
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
            place: node.span,
            map,
            known: Vec::new(),
            problems,
        })
    }

    /// Where the map is written: the place of its name, if it has one.
    pub fn span(&self) -> Span {
        self.place
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
        self.map.get(key).map_or(self.place, |entry| entry.key_span)
    }
    /// Where a key's value is written; the whole map where it is not.
    pub fn value_span(&self, key: &str) -> Span {
        self.map
            .get(key)
            .map_or(self.place, |entry| entry.node.span)
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
                .push(Diagnostic::error(message).at(self.place).label(label));
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
        let place = self.key_span(key);
        let mut inner = MapReader::open(node, &format!("`{key}`"), self.problems)?;
        inner.place = place;
        Some(inner)
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

#[cfg(test)]
mod tests {
    use super::super::{Colour, Sources, parse_toml};
    use super::*;
    use crate::units::{Ratio, SimDuration};

    fn problems(text: &str, read: impl FnOnce(MapReader<'_, '_>)) -> String {
        let mut sources = Sources::default();
        let root = parse_toml(&mut sources, "s.toml", text).unwrap();
        let mut problems = Diagnostics::default();
        read(MapReader::open(&root, "a scenario", &mut problems).unwrap());
        problems.render(&sources, Colour::Plain)
    }

    #[test]
    fn every_error_of_a_map_is_told_at_once() {
        let text =
            "chance = \"140%\"\nafter = 30\nmode = \"exti\"\nrunz = 5\n[inner]\ncount = \"x\"\n";
        let told = problems(text, |mut map| {
            map.quantity::<Ratio>("chance");
            map.quantity::<SimDuration>("after");
            map.word("mode", &[("exit", 1), ("stop", 2)]);
            map.optional::<i64>("runs");
            map.required::<String>("name");
            let mut inner = map.map("inner").unwrap();
            inner.required::<u32>("count");
            inner.required::<bool>("flag");
            inner.finish();
            map.finish();
        });
        insta::assert_snapshot!(told, @r#"
    error: `chance`: `140%` cannot be read
     --> s.toml:1:10
      |
    1 | chance = "140%"
      |          ^^^^^^ expected a share from `0%` to `100%`, with its percent sign

    error: `after`: `30` lacks its unit
     --> s.toml:2:9
      |
    2 | after = 30
      |         ^^ expected a duration such as `30s`, `250ms`, `1m30s` or `2d` (a unit is needed: ns us ms s m h d)

    error: `mode`: unknown word `exti`
     --> s.toml:3:8
      |
    3 | mode = "exti"
      |        ^^^^^^ expected `exit` or `stop`
      |
      = hint: did you mean `exit`?

    error: `name` is missing
     --> s.toml:1:1
      |
    1 | chance = "140%"
      | ^^^^^^^^^^^^^^^ `name` is required here

    error: `count`: expected a whole number, found text
     --> s.toml:6:9
      |
    6 | count = "x"
      |         ^^^ expected a whole number

    error: `flag` is missing
     --> s.toml:5:2
      |
    5 | [inner]
      |  ^^^^^ `flag` is required here

    error: unknown key `runz`
     --> s.toml:4:1
      |
    4 | runz = 5
      | ^^^^
      |
      = hint: did you mean `runs`?
    "#);
    }

    #[test]
    fn what_is_right_is_read_without_a_word() {
        let text = "a = 5\nb = 2.5\nc = \"30s\"\nd = [\"x\", \"y\"]\n\"e.f\" = {x = 1}\n";
        let told = problems(text, |mut map| {
            assert_eq!(map.number_within("a", 1..=9), Some(5));
            assert_eq!(map.required::<f64>("b"), Some(2.5));
            assert_eq!(map.required_quantity("c"), Some(SimDuration::from_secs(30)));
            assert_eq!(map.list_of::<String>("d").unwrap(), ["x", "y"]);
            assert_eq!(map.entries("e.f").unwrap().len(), 1);
            assert_eq!(map.optional::<bool>("absent"), None);
            map.finish();
        });
        assert_eq!(told, "");
    }
}

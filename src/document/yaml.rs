//! YAML in, raw trees out: one per document.
//!
//! Limits, each an error that names its rule: the text's length, the depth, and what aliases may copy
//! (an alias of an alias of an alias … grows without bound otherwise). A repeated key is an error. An
//! alias is a copy that keeps the places of its anchor; `<<` merges maps, written keys win.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::toml::too_long;
use super::{
    Diagnostic, Diagnostics, Entry, FileId, Map, Node, Sources, Span, TEXT_BYTES_MAX, Value, scalar,
};

/// Deepest nesting that is read. The deepest field of a Deployment lies some 20 deep.
const DEPTH_MAX: usize = 100;
/// What all aliases of a text may copy together: values, plus bytes of text.
const ALIAS_COPIES_MAX: usize = 1_000_000;

/// Keeps a YAML text in `sources` and reads its documents; empty ones are left out.
///
/// # Errors
/// The first syntax error; a repeated key; a limit that is exceeded.
pub fn parse_yaml(sources: &mut Sources, name: &str, text: &str) -> Result<Vec<Node>, Diagnostics> {
    let file = sources.add(name, text);
    if text.len() > TEXT_BYTES_MAX {
        return Err(too_long(sources, file).into());
    }
    let mut builder = Builder::new(file, text);
    // The reader of events takes a byte order mark for text; its place is kept by the offsets.
    for event in Parser::new_from_str(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)) {
        let (event, span) = event.map_err(|error| builder.not_yaml(&error))?;
        let span = builder.place(span);
        builder.take(event, span)?;
    }
    Ok(builder.documents)
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A list or map whose end is still to come.
struct Open {
    span: Span,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    map: Map,
    /// The key whose value comes next.
    key: Option<(Key, Span)>,
    /// What `<<` brings in, in order.
    merged: Vec<Map>,
}

enum Key {
    Name(String),
    Merge,
}

struct Builder {
    file: FileId,
    /// The byte of every character, and the end; the event reader counts characters.
    offsets: Vec<usize>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    copies_left: usize,
    documents: Vec<Node>,
}

impl Builder {
    fn new(file: FileId, text: &str) -> Self {
        let skip = usize::from(text.starts_with(BYTE_ORDER_MARK));
        let starts = text.char_indices().map(|(byte, _)| byte).skip(skip);
        Self {
            file,
            offsets: starts.chain([text.len()]).collect(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            copies_left: ALIAS_COPIES_MAX,
            documents: Vec::new(),
        }
    }

    fn byte(&self, character: usize) -> usize {
        self.offsets[character.min(self.offsets.len() - 1)]
    }

    fn place(&self, span: saphyr_parser::Span) -> Span {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        Span {
            file: self.file,
            start,
            end: end.max(start),
        }
    }

    fn not_yaml(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().index();
        let span = Span {
            file: self.file,
            start: self.byte(at),
            end: self.byte(at + 1),
        };
        Diagnostic::error(format!("not YAML: {}", error.info())).at(span)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if self.wants_key() {
                    self.check_tag(tag.as_deref(), span)?;
                    return self.take_key(&text, style, anchor, span);
                }
                let node = self.scalar(&text, style, tag.as_deref(), span)?;
                self.put(node, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), span)?;
                self.start(OpenKind::List(Vec::new()), anchor, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), span)?;
                self.start(OpenKind::Map(OpenMap::default()), anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        let top = self.open.last();
        top.is_some_and(|open| matches!(&open.kind, OpenKind::Map(map) if map.key.is_none()))
    }

    fn check_tag(&self, tag: Option<&Tag>, span: Span) -> Result<(), Diagnostic> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() && !is_plain_text_tag(tag) => {
                let message = format!("tag `{tag}` is not known");
                let label = "only the core tags such as `!!str` are read";
                Err(Diagnostic::error(message).at(span).label(label))
            }
            _ => Ok(()),
        }
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<Node, Diagnostic> {
        self.check_tag(tag, span)?;
        let is_text = style != ScalarStyle::Plain || tag.is_some_and(is_plain_text_tag);
        let meaning = match tag.filter(|tag| tag.is_yaml_core_schema()) {
            Some(tag) if tag.suffix == "str" => Value::Text(text.to_owned()),
            Some(tag) => tagged(text, &tag.suffix).ok_or_else(|| {
                let message = format!("`{text}` is not what its tag `!!{}` says", tag.suffix);
                Diagnostic::error(message).at(span)
            })?,
            None if is_text => Value::Text(text.to_owned()),
            None => scalar::resolve(text),
        };
        Ok(Node::new(span, meaning))
    }

    fn take_key(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let plain = style == ScalarStyle::Plain;
        let key = match plain.then(|| scalar::resolve(text)) {
            _ if plain && text == "<<" => Key::Merge,
            Some(Value::Null) => {
                let message = "a key is missing before `:`";
                return Err(Diagnostic::error(message).at(span).label("expected a name"));
            }
            // `on: push` is the key `true`, since keys travel as JSON text; GitHub's workflows and
            // people mean the word, and no Kubernetes field is called `true`: the word is kept.
            _ => Key::Name(text.to_owned()),
        };
        if anchor > 0 {
            let node = Node::new(span, Value::Text(text.to_owned()));
            self.anchors.insert(anchor, node);
        }
        let map = self.open_map();
        if let Key::Name(name) = &key
            && map.map.contains_key(name)
        {
            return Err(repeated(name, span));
        }
        map.key = Some((key, span));
        Ok(())
    }

    fn open_map(&mut self) -> &mut OpenMap {
        match self.open.last_mut().map(|open| &mut open.kind) {
            Some(OpenKind::Map(map)) => map,
            _ => unreachable!("only called where a map waits for a key"),
        }
    }

    fn start(&mut self, kind: OpenKind, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.wants_key() {
            let label = "expected a name, found a list or a map";
            return Err(Diagnostic::error("a key has to be text")
                .at(span)
                .label(label));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(too_deep(span));
        }
        self.open.push(Open { span, anchor, kind });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Diagnostic> {
        let open = self.open.pop().expect("events are balanced");
        let mut place = open.span;
        let value = match open.kind {
            OpenKind::List(list) => {
                place.end = list.last().map_or(place.end, |node| node.span.end);
                Value::List(list)
            }
            OpenKind::Map(map) => {
                let last = map.map.last();
                place.end = last.map_or(place.end, |(_, entry)| entry.node.span.end);
                Value::Map(merge(map))
            }
        };
        if span.end > span.start {
            place.end = span.end; // A closing bracket is part of the value.
        }
        place.end = place.end.max(place.start);
        self.put(Node::new(place, value), open.anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(node) = self.anchors.get(&anchor) else {
            let message = "an alias inside its own anchor never ends";
            return Err(Diagnostic::error(message).at(span));
        };
        let Some(left) = weigh(node, self.copies_left) else {
            let label = format!("aliases copy at most {ALIAS_COPIES_MAX} values and bytes a file");
            return Err(Diagnostic::error("aliases grow beyond the limit")
                .at(span)
                .label(label)
                .hint("write the values out, or refer to fewer of them"));
        };
        if self.open.len() + depth(node) > DEPTH_MAX {
            return Err(too_deep(span));
        }
        let node = node.clone();
        self.copies_left = left;
        if self.wants_key() {
            let Value::Text(name) = node.value else {
                return Err(Diagnostic::error("a key has to be text").at(span));
            };
            return self.take_key(&name, ScalarStyle::DoubleQuoted, 0, span);
        }
        self.put(node, 0)
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            Some(OpenKind::List(list)) => list.push(node),
            Some(OpenKind::Map(map)) => map.put(node)?,
            None if node.is_null() => {}
            None => self.documents.push(node),
        }
        Ok(())
    }
}

impl OpenMap {
    fn put(&mut self, mut node: Node) -> Result<(), Diagnostic> {
        let (key, key_span) = self.key.take().expect("a value follows its key");
        match key {
            Key::Name(name) => {
                if node.is_null() && node.span.start == node.span.end {
                    node.span = key_span; // Nothing is written: the place is the key.
                }
                self.map.insert(name, Entry { key_span, node });
            }
            Key::Merge => match node.value {
                Value::Map(map) => self.merged.push(map),
                Value::List(list) => {
                    for one in list {
                        match one.value {
                            Value::Map(map) => self.merged.push(map),
                            _ => return Err(not_a_map(one.span)),
                        }
                    }
                }
                _ => return Err(not_a_map(node.span)),
            },
        }
        Ok(())
    }
}

fn repeated(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("key `{name}` is written twice in one map"))
        .at(span)
        .label("the second one")
        .hint("keep one of them")
}

fn too_deep(span: Span) -> Diagnostic {
    let label = format!("at most {DEPTH_MAX} levels are read");
    Diagnostic::error("nested too deep").at(span).label(label)
}

fn not_a_map(span: Span) -> Diagnostic {
    Diagnostic::error("`<<` merges maps only")
        .at(span)
        .label("expected a map or a list of maps")
}

/// The written keys, then what is merged in; earlier wins.
fn merge(open: OpenMap) -> Map {
    let mut map = open.map;
    for (name, entry) in open.merged.into_iter().flatten() {
        map.entry(name).or_insert(entry);
    }
    map
}

/// `!` alone: the value is its text.
fn is_plain_text_tag(tag: &Tag) -> bool {
    tag.handle.is_empty() && tag.suffix == "!" || tag.handle == "!" && tag.suffix.is_empty()
}

/// What a text with a core tag means.
fn tagged(text: &str, suffix: &str) -> Option<Value> {
    let meaning = scalar::resolve(text);
    match (suffix, &meaning) {
        ("int", Value::Int(_))
        | ("float", Value::Float(_) | Value::Int(_))
        | ("bool", Value::Bool(_))
        | ("null", Value::Null) => Some(meaning),
        ("timestamp" | "binary", _) => Some(Value::Text(text.to_owned())),
        _ => None,
    }
}

/// What is left of a budget after copying a tree, if it is enough.
fn weigh(node: &Node, budget: usize) -> Option<usize> {
    let left = budget.checked_sub(1)?;
    match &node.value {
        Value::Text(text) => left.checked_sub(text.len()),
        Value::List(list) => list.iter().try_fold(left, |left, node| weigh(node, left)),
        Value::Map(map) => map.iter().try_fold(left, |left, (key, entry)| {
            weigh(&entry.node, left.checked_sub(key.len())?)
        }),
        _ => Some(left),
    }
}

/// Levels of lists and maps in a tree.
fn depth(node: &Node) -> usize {
    let below = match &node.value {
        Value::List(list) => list.iter().map(depth).max(),
        Value::Map(map) => map.values().map(|entry| depth(&entry.node)).max(),
        _ => return 0,
    };
    below.unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::super::{Colour, Step};
    use super::*;

    fn read(text: &str) -> Result<Vec<Node>, String> {
        let mut sources = Sources::default();
        parse_yaml(&mut sources, "a.yaml", text)
            .map_err(|problems| problems.render(&sources, Colour::Plain))
    }

    fn at(node: &Node, keys: &[&str]) -> Value {
        let steps: Vec<_> = keys
            .iter()
            .map(|key| Step::Key((*key).to_owned()))
            .collect();
        node.get(&steps).unwrap().value.clone()
    }

    fn written<'t>(text: &'t str, node: &Node) -> &'t str {
        &text[node.span.start..node.span.end]
    }

    #[test]
    fn every_document_is_read_and_empty_ones_are_left_out() {
        let documents = read("# only a comment\n---\na: 1\n---\n---\n- x\n...\n").unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(at(&documents[0], &["a"]), Value::Int(1));
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn places_are_bytes_of_the_text_also_after_other_letters() {
        let text = "\u{feff}é: ü\r\nlist:\r\n  - {a: \"x y\"}\r\n  - 'q'\r\nlast: end # no\r\n";
        let documents = read(text).unwrap();
        let map = documents[0].as_map().unwrap();
        assert_eq!(written(text, &map["é"].node), "ü");
        let list = map["list"].node.as_list().unwrap();
        assert_eq!(written(text, &list[0]), "{a: \"x y\"}");
        assert_eq!(written(text, &list[1]), "'q'");
        assert_eq!(written(text, &map["last"].node), "end");
    }

    #[test]
    fn only_plain_scalars_have_a_meaning() {
        let documents = read("a: yes\nb: 'yes'\nc: \"5\"\nd: !!str 5\ne: |\n  5\nf: 5").unwrap();
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(at(&documents[0], &["a"]), Value::Bool(true));
        assert_eq!(at(&documents[0], &["b"]), text("yes"));
        assert_eq!(at(&documents[0], &["c"]), text("5"));
        assert_eq!(at(&documents[0], &["d"]), text("5"));
        assert_eq!(at(&documents[0], &["e"]), text("5\n"));
        assert_eq!(at(&documents[0], &["f"]), Value::Int(5));
    }

    #[test]
    fn merged_keys_give_way_to_written_ones() {
        let text = "base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\n\
                    use:\n  <<: [*b, *o]\n  x: 9\ncopy: *b\n";
        let documents = read(text).unwrap();
        for (key, number) in [("x", 9), ("y", 2), ("z", 4)] {
            assert_eq!(
                at(&documents[0], &["use", key]),
                Value::Int(number),
                "{key}"
            );
        }
        assert_eq!(at(&documents[0], &["copy", "x"]), Value::Int(1));
    }

    #[test]
    fn what_would_be_read_wrong_is_refused() {
        let deep = "[".repeat(200);
        for (text, rule) in [
            ("a: 1\na: 2\n", "key `a` is written twice"),
            ("{a: [}", "not YAML"),
            ("a: *x\n", "not YAML"),
            ("a: !include x\n", "tag `!include` is not known"),
            ("a: !!int x\n", "is not what its tag"),
            ("[a]: 1\n", "a key has to be text"),
            ("a: &x [*x]\n", "inside its own anchor"),
            ("<<: 5\n", "merges maps only"),
            (&deep, "nested too deep"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(rule), "{text}: {error}");
        }
    }

    #[test]
    fn aliases_cannot_grow_wide_or_deep_without_bound() {
        let wide = (1..10).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
            let refs = vec![format!("*a{}", n - 1); 10].join(", ");
            text + &format!("a{n}: &a{n} [{refs}]\n")
        });
        assert!(read(&wide).unwrap_err().contains("aliases copy at most"));
        let deep = (1..200).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
            text + &format!("a{n}: &a{n} [*a{}]\n", n - 1)
        });
        assert!(read(&deep).unwrap_err().contains("nested too deep"));
        let long = "&".repeat(TEXT_BYTES_MAX + 1);
        assert!(read(&long).unwrap_err().contains("too long"));
    }
}

//! The raw tree.

use indexmap::IndexMap;

use super::Span;

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it was written; a value set by a patch points into the patch.
    pub span: Span,
    /// What was written.
    pub value: Value,
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing (`null`, `~`, an empty YAML value). Kubernetes reads it as absent.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Text; TOML dates too, as written.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// Named values in the order of the file.
    Map(Map),
}

/// Named values in the order of the file.
pub type Map = IndexMap<String, Entry>;

/// One named value of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the name was written.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A value at a place.
    pub fn new(span: Span, value: Value) -> Self {
        Self { span, value }
    }
    /// An empty map at a place.
    pub fn empty_map(span: Span) -> Self {
        Self::new(span, Value::Map(Map::new()))
    }
    /// The map it is, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }
    /// The list it is, if it is one.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }
    /// The text it is, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
    /// The value under a name, if this is a map that has it.
    pub fn child(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key).map(|entry| &entry.node)
    }
    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }
    /// What kind of value it is, as told to people: `a map`, `text` …
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number with a fraction",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

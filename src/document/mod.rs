//! Text in, raw trees with positions out: the one way TOML scenarios and YAML manifests are read.
//!
//! [`Sources`] keeps every text that was read; a [`Span`] names a place in one of them. [`parse_toml`]
//! and [`parse_yaml`] turn a text into [`Node`]s, the raw tree that stays the truth. A [`Path`] names a
//! place in a tree (get, set, remove). A [`MapReader`] reads a map by hand into typed values and
//! collects every error, as a [`Diagnostic`] with place, value, rule and cure.
//!
//! What it leaves out: comments are not kept; YAML tags other than the core ones are refused.

mod diagnostic;
mod from_node;
mod hash;
mod inside;
mod node;
mod path;
mod reader;
mod render;
mod scalar;
mod source;
mod suggest;
mod toml;
mod tree;
mod yaml;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use from_node::FromNode;
pub use node::{Entry, Map, Node, Value};
pub use path::{ObjectName, Path, PathError, Root, Step};
pub use reader::MapReader;
pub use render::Colour;
pub use source::{FileId, Sources, Span, TEXT_BYTES_MAX};
pub use suggest::nearest;
pub use toml::parse_toml;
pub use tree::Missed;
pub use yaml::parse_yaml;

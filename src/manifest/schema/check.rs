//! Holding objects against the tables.

use super::kinds::{check_kind, type_of};
use super::shape::{Shape, ToldBy, Type, Unmodelled};
use super::top::TOPS;
use crate::document::{Diagnostic, Diagnostics, Entry, MapReader, Node, Value, nearest};
use crate::manifest::ObjectSet;

impl ObjectSet {
    /// Reports kinds and fields that are unknown (with the nearest known name), of a wrong type
    /// (those the typed views do not read), or without a model.
    pub fn check_fields(&self, problems: &mut Diagnostics) {
        for object in self.iter() {
            match type_of(object) {
                Some(fields) => check_map(&object.node, fields, problems),
                None => check_kind(object, problems),
            }
        }
    }
}

fn check_map(node: &Node, fields: &Type, problems: &mut Diagnostics) {
    for (key, entry) in node.as_map().into_iter().flatten() {
        let named = |names: &str| names.split(' ').any(|name| name == key);
        if let Some((shape, _)) = fields.fields.iter().find(|(_, names)| named(names)) {
            check_value(key, &entry.node, *shape, problems);
        } else if let Some(field) = fields.unmodelled.iter().find(|field| field.name == key) {
            problems.extend(not_modelled(field, entry));
        } else if !(fields.also)(key) {
            problems.push(unknown(key, fields).at(entry.key_span));
        }
    }
}

/// Null counts as not written, as in Kubernetes.
fn check_value(key: &str, node: &Node, shape: Shape, problems: &mut Diagnostics) {
    if node.is_null() {
        return;
    }
    shape.check_scalar(key, node, problems);
    match shape {
        Shape::One(inner) => check_nested(&format!("`{key}`"), node, inner, problems),
        Shape::Many(inner) => {
            for one in node.as_list().into_iter().flatten() {
                check_nested(inner.called, one, inner, problems);
            }
        }
        Shape::Looked(look) => look(node, problems),
        _ => {}
    }
}

fn check_nested(called: &str, node: &Node, inner: &Type, problems: &mut Diagnostics) {
    if inner.told_by == ToldBy::Tables && MapReader::open(node, called, problems).is_none() {
        return;
    }
    check_map(node, inner, problems);
}

fn not_modelled(field: &Unmodelled, entry: &Entry) -> Option<Diagnostic> {
    let written = match &entry.node.value {
        Value::Null => return None,
        Value::List(list) if list.is_empty() => return None,
        Value::Map(map) if map.is_empty() => return None,
        Value::Text(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        _ => String::new(),
    };
    if !field.quiet.is_empty() && written == field.quiet {
        return None;
    }
    let name = field.name;
    let shown = match written.as_str() {
        "" => format!("`{name}`"),
        written => format!("`{name}: {written}`"),
    };
    let finding = Diagnostic::note(format!("not modelled: {shown}")).at(entry.key_span);
    Some(finding.label(format!("here {}", field.instead)))
}

/// The nearest name beside it, or where a field of that very name belongs.
fn unknown(key: &str, fields: &Type) -> Diagnostic {
    let near = nearest(key, fields.names()).map(|name| format!("did you mean `{name}`?"));
    let hint = near.or_else(|| home_of(key).map(|home| format!("it belongs to {home}")));
    Diagnostic::warning(format!("unknown field `{key}`")).maybe_hint(hint)
}

fn home_of(key: &str) -> Option<&'static str> {
    TOPS.iter().find_map(|top| home_below(key, top))
}

fn home_below(key: &str, fields: &'static Type) -> Option<&'static str> {
    if fields.names().any(|name| name == key) {
        return Some(fields.called);
    }
    let nested = fields.fields.iter().filter_map(|(shape, _)| match shape {
        Shape::One(inner) | Shape::Many(inner) => Some(*inner),
        _ => None,
    });
    nested.into_iter().find_map(|inner| home_below(key, inner))
}

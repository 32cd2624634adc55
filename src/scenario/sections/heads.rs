//! What the requests of a source look like, to those who route by it.

use crate::document::{Diagnostic, MapReader, Node};
use crate::traffic::Head;
use crate::units::Ratio;

/// Reads `host`, `path`, `method`, `headers` and `groups` of a source: one head for each group of
/// users, the last for the rest.
pub(super) fn read_heads(reader: &mut MapReader<'_, '_>) -> Vec<Head> {
    let mut rest = Head {
        share: Ratio::ZERO,
        authority: reader.optional("host").unwrap_or_default(),
        path: reader.optional("path").unwrap_or_else(|| "/".to_owned()),
        method: reader
            .optional("method")
            .unwrap_or_else(|| "GET".to_owned()),
        headers: Vec::new(),
    };
    if !rest.path.starts_with('/') {
        let finding = Diagnostic::error(format!("`path` is `{}`", rest.path))
            .at(reader.value_span("path"))
            .label("expected a path, which begins with `/`");
        reader.problems().push(finding);
    }
    read_headers(reader, "headers", &mut rest);
    let nodes = reader.list("groups").unwrap_or_default();
    let groups = nodes
        .iter()
        .filter_map(|node| read_group(node, &rest, reader));
    let mut heads: Vec<Head> = groups.collect();
    let total: f64 = heads.iter().map(|head| head.share.as_fraction()).sum();
    if total > 1.0 {
        let finding = Diagnostic::error(format!(
            "the shares of `groups` come to {:.1} %",
            100.0 * total
        ))
        .at(reader.value_span("groups"))
        .label("expected at most 100 %: a user is in one group");
        reader.problems().push(finding);
    }
    heads.push(rest);
    heads
}

/// `{ share = "10%", headers = { x-canary = "always" }, cookies = { beta = "1" } }`.
fn read_group(node: &Node, rest: &Head, reader: &mut MapReader<'_, '_>) -> Option<Head> {
    let mut group = MapReader::open(node, "a group of users", reader.problems())?;
    let share: Option<Ratio> = group.required_quantity("share");
    let mut head = rest.clone();
    read_headers(&mut group, "headers", &mut head);
    let mut cookies = Head::default();
    read_headers(&mut group, "cookies", &mut cookies);
    let pairs = cookies.headers.iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !pairs.is_empty() {
        head.headers.push(("cookie".to_owned(), pairs.join("; ")));
    }
    if let Some(path) = group.optional("path") {
        head.path = path;
    }
    group.finish();
    Some(Head {
        share: share?,
        ..head
    })
}

/// A header of a group takes the place of everybody's.
fn read_headers<'a>(reader: &mut MapReader<'a, '_>, key: &'a str, head: &mut Head) {
    for (name, entry) in reader.entries(key).into_iter().flatten() {
        let name = match key {
            "headers" => name.to_ascii_lowercase(),
            _ => name.clone(),
        };
        let Some(value) = entry.node.as_text() else {
            let finding = Diagnostic::error(format!("`{key}.{name}` is no text"))
                .at(entry.node.span)
                .label("expected a text between quotes");
            reader.problems().push(finding);
            continue;
        };
        head.headers.retain(|(known, _)| *known != name);
        head.headers.push((name, value.to_owned()));
    }
}

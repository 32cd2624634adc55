//! Reading labels and selectors.

use super::{Labels, Selector};
use crate::document::{Diagnostic, Diagnostics, Map, MapReader, Node};

/// Reads a map of text to text; what is no text is reported and left out.
pub(super) fn read_labels(entries: &Map, problems: &mut Diagnostics) -> Labels {
    let mut labels = Labels::new();
    for (key, entry) in entries {
        match entry.node.as_text() {
            Some(text) => {
                labels.insert(key.clone(), text.to_owned());
            }
            None => {
                let message = format!("label `{key}` is {}", entry.node.kind());
                let finding = Diagnostic::error(message).at(entry.node.span);
                problems.push(finding.label("expected text").hint("write it in quotes"));
            }
        }
    }
    labels
}

/// Reads `selector` with `matchLabels` and `matchExpressions`.
pub(super) fn read_selector(node: &Node, problems: &mut Diagnostics) -> Option<Selector> {
    let mut map = MapReader::open(node, "`selector`", problems)?;
    let labels = map.entries("matchLabels");
    let match_labels = labels.map(|entries| read_labels(entries, map.problems()));
    let expressions = map.list("matchExpressions").unwrap_or_default();
    let read = |node: &Node| read_expression(node, map.problems());
    Some(Selector {
        match_labels: match_labels.unwrap_or_default(),
        match_expressions: expressions.iter().filter_map(read).collect(),
    })
}

fn read_expression(
    node: &Node,
    problems: &mut Diagnostics,
) -> Option<(String, String, Vec<String>)> {
    let mut map = MapReader::open(node, "a match expression", problems)?;
    let key = map.required::<String>("key");
    map.required_node("operator")?;
    let operators = ["In", "NotIn", "Exists", "DoesNotExist"].map(|word| (word, word));
    let operator = map.word("operator", &operators)?;
    let values = map.list_of::<String>("values").unwrap_or_default();
    let wants_values = matches!(operator, "In" | "NotIn");
    if wants_values == values.is_empty() {
        let rule = match wants_values {
            true => "expected at least one value",
            false => "expected no values",
        };
        let place = map.value_span("values");
        let finding = Diagnostic::error(format!("`{operator}` with {} values", values.len()));
        map.problems().push(finding.at(place).label(rule));
    }
    Some((key?, operator.to_owned(), values))
}

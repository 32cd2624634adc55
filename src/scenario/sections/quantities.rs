//! Laws and compound quantities out of a [`MapReader`].

use crate::document::{Diagnostic, MapReader, Node, Value};
use crate::laws::{Law, Unit};
use crate::units::{Bytes, CpuMillis};

/// A law under a key, in the base unit of `unit`.
pub(super) fn law<'a>(reader: &mut MapReader<'a, '_>, key: &'a str, unit: Unit) -> Option<Law> {
    let node = reader.node(key)?;
    let read = law_of(node, unit);
    keep(reader, key, read)
}

/// A law under a key that has to be there.
pub(super) fn required_law<'a>(
    reader: &mut MapReader<'a, '_>,
    key: &'a str,
    unit: Unit,
) -> Option<Law> {
    let node = reader.required_node(key)?;
    let read = law_of(node, unit);
    keep(reader, key, read)
}

fn law_of(node: &Node, unit: Unit) -> Result<Law, Diagnostic> {
    let text = scalar_text(node)?;
    Law::parse(&text, unit).map_err(|error| {
        Diagnostic::error(format!("`{text}` cannot be read"))
            .at(node.span)
            .label(error.rule)
    })
}

/// The text of a node; a bare number keeps its digits, so that the missing unit is named.
fn scalar_text(node: &Node) -> Result<String, Diagnostic> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        _ => Err(
            Diagnostic::error(format!("expected text, found {}", node.kind()))
                .at(node.span)
                .label("expected text such as `8s` or `lognormal(p50 = 8s, p99 = 20s)`"),
        ),
    }
}

/// A factor above zero under a key.
pub(super) fn factor<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Option<f64> {
    let number: f64 = reader.required(key)?;
    if number > 0.0 && number <= 1e6 {
        return Some(number);
    }
    let finding = Diagnostic::error(format!("`{key}` is {number}, out of range"))
        .at(reader.value_span(key))
        .label("expected a number above 0, at most 1000000");
    reader.problems().push(finding);
    None
}

/// A whole number from 1 under a key.
pub(super) fn count<'a>(reader: &mut MapReader<'a, '_>, key: &'a str, most: u32) -> Option<u32> {
    let number = reader.number_within(key, 1..=i64::from(most))?;
    Some(u32::try_from(number).expect("the range ends within u32"))
}

/// Cores as Kubernetes writes them: `4`, `0.5`, `500m`.
pub(super) fn cores<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Option<CpuMillis> {
    let node = reader.node(key)?;
    let read = scalar_text(node).and_then(|text| {
        millis(&text).ok_or_else(|| {
            Diagnostic::error(format!("`{text}` cannot be read"))
                .at(node.span)
                .label("expected an amount of processor such as `4`, `0.5` or `500m`")
        })
    });
    keep(reader, key, read)
}

fn millis(text: &str) -> Option<CpuMillis> {
    let (number, scale) = match text.trim().strip_suffix('m') {
        Some(millis) => (millis, 1.0),
        None => (text.trim(), 1000.0),
    };
    let millis = number.parse::<f64>().ok()? * scale;
    (1.0..=1e9)
        .contains(&millis)
        .then(|| CpuMillis::new(millis.ceil() as u64))
}

/// A bandwidth such as `100M/s`, in bytes per second.
pub(super) fn bandwidth<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Option<f64> {
    let node = reader.node(key)?;
    let read = scalar_text(node).and_then(|text| {
        let bytes = text
            .trim()
            .strip_suffix("/s")
            .and_then(|amount| amount.parse::<Bytes>().ok());
        let bytes = bytes.filter(|bytes| *bytes > Bytes::ZERO);
        bytes.map(|bytes| bytes.as_u64() as f64).ok_or_else(|| {
            Diagnostic::error(format!("`{text}` cannot be read"))
                .at(node.span)
                .label("expected a bandwidth such as `100M/s` or `64Mi/s`")
        })
    });
    keep(reader, key, read)
}

fn keep<T>(reader: &mut MapReader<'_, '_>, key: &str, read: Result<T, Diagnostic>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(mut problem) => {
            problem.message = format!("`{key}`: {}", problem.message);
            reader.problems().push(problem);
            None
        }
    }
}

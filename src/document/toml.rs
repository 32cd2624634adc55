//! TOML in, raw tree out.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Diagnostic, Diagnostics, Entry, FileId, Map, Node, Sources, Span, TEXT_BYTES_MAX, Value,
};

/// Keeps a TOML text in `sources` and reads it.
///
/// # Errors
/// Every syntax error with its place; a text above [`TEXT_BYTES_MAX`].
pub fn parse_toml(sources: &mut Sources, name: &str, text: &str) -> Result<Node, Diagnostics> {
    let file = sources.add(name, text);
    if text.len() > TEXT_BYTES_MAX {
        return Err(too_long(sources, file).into());
    }
    let text = sources.text(file);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut problems = Diagnostics::default();
    for error in errors {
        let place = error.span().unwrap_or(0..0);
        let span = Span {
            file,
            start: place.start,
            end: place.end,
        };
        problems.push(Diagnostic::error(format!("not TOML: {}", error.message())).at(span));
    }
    let whole = Span {
        file,
        start: 0,
        end: text.len(),
    };
    let root = Reader {
        file,
        problems: &mut problems,
    }
    .table(whole, table.get_ref());
    if problems.has_errors() {
        Err(problems)
    } else {
        Ok(root)
    }
}

/// A text that is too long to be what was meant.
pub(super) fn too_long(sources: &Sources, file: FileId) -> Diagnostic {
    let message = format!("`{}` is too long to be read", sources.name(file));
    let bytes = sources.text(file).len();
    Diagnostic::error(message).label(format!("{bytes} bytes; at most {TEXT_BYTES_MAX} are read"))
}

struct Reader<'p> {
    file: FileId,
    problems: &'p mut Diagnostics,
}

impl Reader<'_> {
    fn span<T>(&self, spanned: &Spanned<T>) -> Span {
        let place = spanned.span();
        Span {
            file: self.file,
            start: place.start,
            end: place.end,
        }
    }

    fn table(&mut self, span: Span, table: &DeTable<'_>) -> Node {
        let mut map = Map::new();
        for (key, value) in table {
            let entry = Entry {
                key_span: self.span(key),
                node: self.value(value),
            };
            map.insert(key.get_ref().to_string(), entry);
        }
        Node::new(span, Value::Map(map))
    }

    fn value(&mut self, spanned: &Spanned<DeValue<'_>>) -> Node {
        let span = self.span(spanned);
        let value = match spanned.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Value::Int(number),
                    Err(_) => self.out_of_range(span),
                }
            }
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => Value::Float(number),
                Err(_) => self.out_of_range(span),
            },
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(date) => Value::Text(date.to_string()),
            DeValue::Array(list) => Value::List(list.iter().map(|one| self.value(one)).collect()),
            DeValue::Table(table) => return self.table(span, table),
        };
        Node::new(span, value)
    }

    fn out_of_range(&mut self, span: Span) -> Value {
        let label = "a whole number fits in 64 bits with its sign";
        let problem = Diagnostic::error("number out of range")
            .at(span)
            .label(label);
        self.problems.push(problem);
        Value::Null
    }
}

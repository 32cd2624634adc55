//! A part of a text value: from what it means back to how it is written.

use std::ops::Range;

use super::{Sources, Span};

/// How TOML writes text: the quotes, and whether a backslash begins an escape within them.
const QUOTES: [(&str, bool); 4] = [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)];

impl Sources {
    /// Where bytes `part` of the text value are written whose TOML string, with its quotes, is at
    /// `span`; the whole of `span` where no such bytes are found.
    pub fn inside(&self, span: Span, part: Range<usize>) -> Span {
        let written = &self.text(span.file)[span.start..span.end];
        let places = places(written).unwrap_or_default();
        match (places.get(part.start), places.get(part.end)) {
            (Some(start), Some(end)) => Span {
                file: span.file,
                start: span.start + start,
                end: span.start + end,
            },
            _ => span,
        }
    }
}

/// For each byte that is meant, and for the end, where it is written.
fn places(written: &str) -> Option<Vec<usize>> {
    let (quotes, escapes) = QUOTES.into_iter().find(|(quotes, _)| {
        let both = written.len() >= 2 * quotes.len();
        both && written.starts_with(quotes) && written.ends_with(quotes)
    })?;
    let end = written.len() - quotes.len();
    let mut at = quotes.len();
    if quotes.len() == 3 {
        // A line end right after the quotes is not part of the text.
        at += line_end(&written[at..end]);
    }
    let mut places = Vec::new();
    while at < end {
        let rest = &written[at..end];
        let next = rest.chars().next()?;
        if next == '\\' && escapes {
            let (length, meant) = escape(rest)?;
            places.extend(std::iter::repeat_n(at, meant));
            at += length;
        } else {
            places.extend(at..at + next.len_utf8());
            at += next.len_utf8();
        }
    }
    places.push(end);
    Some(places)
}

fn line_end(rest: &str) -> usize {
    match rest {
        _ if rest.starts_with("\r\n") => 2,
        _ if rest.starts_with('\n') => 1,
        _ => 0,
    }
}

/// How many bytes an escape takes, and how many it means.
fn escape(rest: &str) -> Option<(usize, usize)> {
    let coded = |digits: usize| {
        let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        Some((2 + digits, char::from_u32(code)?.len_utf8()))
    };
    match rest.chars().nth(1)? {
        'x' => coded(2),
        'u' => coded(4),
        'U' => coded(8),
        blank if blank.is_whitespace() => {
            // A backslash at the end of a line takes the line end and the blanks after it away.
            let next = rest[1..].find(|c: char| !c.is_whitespace());
            Some((next.map_or(rest.len(), |next| next + 1), 0))
        }
        _ => Some((2, 1)),
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{Sources, parse_toml};

    /// What is written where `wanted` is meant.
    fn found(toml: &str, wanted: &str) -> String {
        let mut sources = Sources::default();
        let root = parse_toml(&mut sources, "s.toml", toml).expect("it is TOML");
        let node = root.child("q").expect("it has the key");
        let start = node.as_text().and_then(|text| text.find(wanted));
        let start = start.expect("the text holds it");
        let span = sources.inside(node.span, start..start + wanted.len());
        let (line, column) = sources.line_and_column(span);
        let written = &sources.text(span.file)[span.start..span.end];
        format!("{line}:{column} {written}")
    }

    #[test]
    fn a_part_of_a_text_is_found_whatever_its_quotes() {
        for (toml, place) in [
            ("q = \"a rat\"", "1:8 rat"),
            ("q = 'a \"\\ rat'", "1:11 rat"),
            ("q = \"\\\"\\u00e9\\\" rat\"", "1:17 rat"),
            ("q = \"é rat\"", "1:8 rat"),
            ("q = '''\na\n rat'''", "3:2 rat"),
            ("q = \"\"\"\r\na \\\r\n  rat\"\"\"", "3:3 rat"),
            ("q = \"\"\"\r\na\r\nrat\"\"\"", "3:1 rat"),
        ] {
            assert_eq!(found(toml, "rat"), place, "{toml:?}");
        }
        assert_eq!(found("q = 'rat'", ""), "1:6 ");
    }

    #[test]
    fn a_part_that_is_not_there_is_the_whole() {
        let mut sources = Sources::default();
        let root = parse_toml(&mut sources, "s.toml", "q = 'rat'\nn = 5").expect("it is TOML");
        let whole = root.child("q").expect("it is there").span;
        assert_eq!(sources.inside(whole, 2..9), whole);
        let number = root.child("n").expect("it is there").span;
        assert_eq!(sources.inside(number, 0..1), number);
    }
}

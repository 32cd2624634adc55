//! Where in a query something is wrong. The grammar's crate says what, but not where.

use std::ops::Range;

use super::error::QueryError;
use super::function::nearest;

/// The grammar's complaint, with its place and a cure where there is one.
pub(super) fn explained(text: &str, message: &str) -> QueryError {
    let quoted = message.split('\'').nth(1);
    if let (Some(name), true) = (quoted, message.starts_with("unknown function")) {
        let error = QueryError::new(call(text, name), format!("unknown function `{name}`"));
        return match nearest(name) {
            Some(known) => error.hint(format!("did you mean `{known}`?")),
            None => error,
        };
    }
    if let Some(regex) = message.strip_prefix("illegal regex for ") {
        let quotes = ["\"", "'", "`"].map(|quote| format!("{quote}{regex}{quote}"));
        let at = quotes.iter().find_map(|quoted| text.find(quoted));
        let start = at.map_or(0, |at| at + 1);
        return QueryError::new(start..start + regex.len(), message);
    }
    if message.starts_with("expected type") || message.contains("argument(s) in call to") {
        let name = message.split('\'').nth(1).unwrap_or_default();
        let error = QueryError::new(call(text, name), message.replace('\'', "`"));
        return match message.contains("type matrix") {
            true => error.hint("a range such as `x[5m]` is needed"),
            false => error,
        };
    }
    match message {
        "invalid promql query" => stumble(text),
        _ => lexical(text).unwrap_or_else(|| QueryError::new(0..text.len(), message)),
    }
}

/// The place of a word outside texts; the start where it is not found.
pub(super) fn word(text: &str, word: &str) -> Range<usize> {
    let found = tokens(text)
        .into_iter()
        .find(|at| text[at.clone()] == *word);
    found.unwrap_or(0..0)
}

/// The place of a called name: the word before a parenthesis, if there is one.
fn call(text: &str, name: &str) -> Range<usize> {
    let tokens = tokens(text);
    let called = tokens
        .windows(2)
        .find(|pair| text[pair[0].clone()] == *name && text[pair[1].clone()] == *"(");
    called.map_or_else(|| word(text, name), |pair| pair[0].clone())
}

/// What can be seen without a grammar: nothing there, texts and brackets never closed.
fn lexical(text: &str) -> Option<QueryError> {
    let tokens = tokens(text);
    let Some(last) = tokens.last() else {
        return Some(QueryError::new(0..text.len(), "no query here"));
    };
    let written = &text[last.clone()];
    let quote = written.chars().next().filter(|c| QUOTES.contains(*c));
    if quote.is_some_and(|quote| written.len() == 1 || !written.ends_with(quote)) {
        return Some(QueryError::new(last.clone(), "this text is never closed"));
    }
    let open = open_brackets(text, &tokens).into_iter().next()?;
    let message = format!("`{}` is never closed", &text[open.clone()]);
    Some(QueryError::new(open, message))
}

/// The first word that cannot stand where it stands: all before it can be the start of a query.
fn stumble(text: &str) -> QueryError {
    let tokens = tokens(text);
    let stands = |at: &&Range<usize>| can_begin(&text[..at.start]);
    let place = tokens.iter().rev().find(stands).cloned();
    let place = place.unwrap_or(0..text.len());
    let message = format!("`{}` was not expected here", &text[place.clone()]);
    QueryError::new(place, message)
}

/// Whether a text can go on to be a query: it can be completed by a word and closing brackets.
fn can_begin(start: &str) -> bool {
    let tokens = tokens(start);
    let mut closing = String::new();
    for open in open_brackets(start, &tokens).into_iter().rev() {
        closing.push(match &start[open] {
            "(" => ')',
            "[" => ']',
            _ => '}',
        });
    }
    ["", " x", " 1m", "=\"x\"", " \"x\"", " x[1m]", "(x)"]
        .iter()
        .map(|middle| promql_parser::parser::parse(&format!("{start}{middle}{closing}")))
        .any(|parsed| parsed.map_or_else(|message| message.starts_with("expected"), |_| true))
}

fn open_brackets(text: &str, tokens: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut open = Vec::new();
    for token in tokens {
        match &text[token.clone()] {
            "(" | "[" | "{" => open.push(token.clone()),
            ")" | "]" | "}" => drop(open.pop()),
            _ => {}
        }
    }
    open
}

const QUOTES: &str = "\"'`";

/// Words, texts and single signs; comments and spaces left out.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let length = match first {
            '#' => text[at..].find('\n').unwrap_or(text.len() - at),
            quote if QUOTES.contains(quote) => quoted_length(&text[at..], quote),
            c if in_word(c) => text[at..].find(|c| !in_word(c)).unwrap_or(text.len() - at),
            other => other.len_utf8(),
        };
        if first != '#' && !first.is_whitespace() {
            tokens.push(at..at + length);
        }
        at += length;
    }
    tokens
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':' | '.')
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped && quote != '`';
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_comments_hold_no_words() {
        let text = "f('rate(') # rate\n+ rate(x{é=\"\\\"rate\"}[5m])";
        let written: Vec<_> = tokens(text).into_iter().map(|at| &text[at]).collect();
        let expected = "f ( 'rate(' ) + rate ( x { é = \"\\\"rate\" } [ 5m ] )";
        assert_eq!(written.join(" "), expected);
        assert_eq!(word(text, "rate").start, 20);
    }
}

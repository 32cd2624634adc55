//! What upstream's compiler refuses before a condition runs, and the engine here would let pass.

use super::ConditionError;

/// Names that stand for something without being called.
const KNOWN: [&str; 15] = [
    "result",
    "true",
    "false",
    "nil",
    "not",
    "and",
    "or",
    "in",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "let",
    "if",
    "else",
];

/// The condition with `result[i]` written as `itemOf(result, i)`, which fails past the end as
/// upstream does; slices stay as they are.
///
/// # Errors
/// A name that nobody defines, also where it would never be evaluated.
pub(super) fn checked(condition: &str) -> Result<String, ConditionError> {
    let mut written = String::with_capacity(condition.len());
    let mut declared: Vec<&str> = Vec::new();
    let mut rest = condition;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first, before);
        let (token, after) = rest.split_at(length);
        rest = after;
        if !is_word(first) || first.is_ascii_digit() {
            written.push_str(token);
            before = Some(first).filter(|c| !c.is_whitespace()).or(before);
            continue;
        }
        let member = before == Some('.');
        before = Some(first);
        let next = rest.trim_start();
        if written.trim_end().ends_with("let") {
            declared.push(token);
        }
        let called = next.starts_with('(') || (next.starts_with(':') && !next.starts_with("::"));
        if !member && !called && !KNOWN.contains(&token) && !declared.contains(&token) {
            return Err(ConditionError::UnknownName(token.to_owned()));
        }
        match index(next).filter(|_| token == "result" && !member) {
            Some((inner, after)) => {
                written.push_str(&format!("itemOf(result, {})", checked(inner)?));
                rest = after;
                before = Some(')');
            }
            None => written.push_str(token),
        }
    }
    Ok(written)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// How many bytes belong together: a quoted text, a number, a word, or one character.
fn token_length(rest: &str, first: char, before: Option<char>) -> usize {
    let number = |c: char| is_word(c) || c == '.';
    let end = |kept: &dyn Fn(char) -> bool| rest.find(|c| !kept(c)).unwrap_or(rest.len());
    match first {
        '"' | '\'' | '`' => quoted(rest, first),
        '0'..='9' if before != Some('.') => end(&number),
        c if is_word(c) => end(&is_word),
        c => c.len_utf8(),
    }
}

/// The length of a quoted text; all that is left if its end is missing.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// What stands between the brackets that `next` begins with, and what follows them; nothing for slices.
fn index(next: &str) -> Option<(&str, &str)> {
    let inside = next.strip_prefix('[')?;
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(c) = inside[at..].chars().next() {
        match c {
            ']' if depth == 0 => return Some((&inside[..at], &inside[at + 1..])),
            ':' if depth == 0 => return None,
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth = depth.checked_sub(1)?,
            '"' | '\'' | '`' => at += quoted(&inside[at..], c) - c.len_utf8(),
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_rewritten_and_a_slice_is_not() {
        let check = |text: &str, expected: &str| assert_eq!(checked(text).unwrap(), expected);
        check("result[0] >= 0.95", "itemOf(result, 0) >= 0.95");
        check(
            "result[len(result)-1] > 1e3",
            "itemOf(result, len(result)-1) > 1e3",
        );
        check("all(result[1:], # > 1)", "all(result[1:], # > 1)");
        check("result == 'a result[0]'", "result == 'a result[0]'");
        check(
            "any(result, {.result[0] > 1})",
            "any(result, {.result[0] > 1})",
        );
        check(
            "let x = result[0]; x > .5",
            "let x = itemOf(result, 0); x > .5",
        );
    }

    #[test]
    fn a_name_that_nobody_defines_is_refused_even_where_it_is_never_asked() {
        for text in ["a == true", "true || results > 1", "result > 1 and b"] {
            assert!(checked(text).is_err(), "{text}");
        }
    }
}

//! What a text has to be.

use crate::document::{Diagnostic, Diagnostics, MapReader, Node};

/// A condition on a text (virtual_service.proto `StringMatch`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StringMatch {
    /// `{}`: whatever, it only has to be there.
    Present,
    /// `exact`: this.
    Exact(String),
    /// `prefix`: something that begins so.
    Prefix(String),
    /// `regex`: all of it fits.
    Regex(Pattern),
}

/// A regular expression that a whole text has to fit (RE2 there; here `\d`, `\w` and `\s` also take
/// what is not ASCII).
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    whole: regex::Regex,
}

impl Pattern {
    /// Compiles it.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn new(text: &str) -> Result<Self, String> {
        // Alone first, so that `a)(b` does not pass for what stands around it.
        let alone = regex::Regex::new(text);
        let whole = alone.and_then(|_| regex::Regex::new(&format!("^(?:{text})$")));
        let whole = whole.map_err(|error| {
            let told = error.to_string();
            let last = told.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        })?;
        Ok(Self {
            text: text.to_owned(),
            whole,
        })
    }
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// Whether all of a text fits.
    pub fn fits(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for Pattern {}

/// Whether upper and lower case differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Case {
    /// They do.
    #[default]
    Sensitive,
    /// They do not; patterns keep their own rule.
    Ignored,
}

impl StringMatch {
    /// Whether a text fits.
    pub fn accepts(&self, text: &str, case: Case) -> bool {
        let same = |a: &str, b: &str| match case {
            Case::Sensitive => a == b,
            Case::Ignored => a.eq_ignore_ascii_case(b),
        };
        match self {
            Self::Present => true,
            Self::Exact(exact) => same(text, exact),
            Self::Prefix(prefix) => text
                .get(..prefix.len())
                .is_some_and(|start| same(start, prefix)),
            Self::Regex(pattern) => pattern.fits(text),
        }
    }
}

/// What an unusual spelling means at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A path: `prefix: ""` takes all of them.
    Uri,
    /// A text that has to be there.
    Wanted,
    /// A header that must not be there so: `regex: "*"` and null mean any value.
    Unwanted,
}

/// The longest pattern Istio takes.
const PATTERN_BYTES_MAX: usize = 1024;

/// Reads a condition; `what` names it.
pub(super) fn read_string_match(
    what: &str,
    (node, place): (&Node, Place),
    problems: &mut Diagnostics,
) -> Option<StringMatch> {
    if node.is_null() && place == Place::Unwanted {
        return Some(StringMatch::Present);
    }
    let mut map = MapReader::open(node, what, problems)?;
    let keys = ["exact", "prefix", "regex"];
    map.skip(keys);
    let written: Vec<&str> = keys.into_iter().filter(|key| map.has(key)).collect();
    let read = match written[..] {
        [] => Some(StringMatch::Present),
        ["exact"] => map.optional("exact").map(StringMatch::Exact),
        ["prefix"] => read_prefix(what, place, &mut map),
        ["regex"] => read_regex(what, place, &mut map),
        _ => {
            let finding = Diagnostic::error(format!("{what} says more than one thing"));
            let finding = finding.at(map.key_span(written[1]));
            map.problems()
                .push(finding.label("expected one of `exact`, `prefix`, `regex`"));
            None
        }
    };
    // A misspelt key would turn the condition into one that takes everything.
    map.finish();
    read
}

fn read_prefix(what: &str, place: Place, map: &mut MapReader<'_, '_>) -> Option<StringMatch> {
    let prefix: String = map.optional("prefix")?;
    if prefix.is_empty() && place != Place::Uri {
        let finding = Diagnostic::error(format!("{what}: `prefix` is empty"));
        let finding = finding.at(map.value_span("prefix"));
        let cure = "write `{}` to take any value";
        map.problems()
            .push(finding.label("expected at least one letter").hint(cure));
        return None;
    }
    Some(StringMatch::Prefix(prefix))
}

fn read_regex(what: &str, place: Place, map: &mut MapReader<'_, '_>) -> Option<StringMatch> {
    let text: String = map.optional("regex")?;
    if text == "*" && place == Place::Unwanted {
        return Some(StringMatch::Present);
    }
    let problem = match Pattern::new(&text) {
        _ if text.is_empty() => "expected at least one letter".to_owned(),
        _ if text.len() > PATTERN_BYTES_MAX => {
            format!("expected at most {PATTERN_BYTES_MAX} bytes")
        }
        Ok(pattern) => return Some(StringMatch::Regex(pattern)),
        Err(problem) => problem,
    };
    let finding = Diagnostic::error(format!("{what}: `regex` `{text}` cannot be used"));
    let finding = finding.at(map.value_span("regex")).label(problem);
    map.problems().push(finding);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_the_whole_text() {
        let pattern = Pattern::new("v[0-9]+|beta").unwrap();
        for (text, fits) in [
            ("v12", true),
            ("beta", true),
            ("v12x", false),
            ("xbeta", false),
        ] {
            assert_eq!(pattern.fits(text), fits, "{text}");
        }
        assert!(Pattern::new("a)(b").is_err());
        assert!(Pattern::new("*").is_err());
    }

    #[test]
    fn case_is_ignored_in_plain_texts_only() {
        let prefix = StringMatch::Prefix("/Api".to_owned());
        assert!(prefix.accepts("/aPI/users", Case::Ignored));
        assert!(!prefix.accepts("/api/users", Case::Sensitive));
        let exact = StringMatch::Exact("/Api".to_owned());
        assert!(exact.accepts("/api", Case::Ignored));
        assert!(!exact.accepts("/api/", Case::Ignored));
        let regex = StringMatch::Regex(Pattern::new("/Api").unwrap());
        assert!(!regex.accepts("/api", Case::Ignored));
        assert!(StringMatch::Prefix("é".to_owned()).accepts("éa", Case::Sensitive));
        assert!(!StringMatch::Prefix("ab".to_owned()).accepts("é", Case::Ignored));
    }
}

//! The path grammar that patches, sweeps, gates and reports share.
//!
//! ```text
//! path   = root ":" steps
//! root   = "scenario" | Kind "/" name | Kind "/" namespace "/" name
//! steps  = key { "." key | "[" number "]" | "[" key "=" text "]" }
//! key    = plain text without . [ ] = : " | '"' text with \" and \\ '"'
//! ```

use std::fmt;
use std::str::FromStr;

/// A place in an object or in the scenario itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// In which tree.
    pub root: Root,
    /// The way down from its top.
    pub steps: Vec<Step>,
}

/// The tree a path starts in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Root {
    /// `scenario:`.
    Scenario,
    /// `Kind/name:` or `Kind/namespace/name:`.
    Object(ObjectName),
}

/// `Kind/name` or `Kind/namespace/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName {
    /// `kind`, such as `Deployment`.
    pub kind: String,
    /// `metadata.namespace`; absent where the name alone is enough.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
}

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// `.key`.
    Key(String),
    /// `[0]`.
    Index(usize),
    /// `[key=value]`: the first entry of a list whose `key` is this text.
    Entry {
        /// The name of the field that is compared, mostly `name`.
        key: String,
        /// What it has to be.
        value: String,
    },
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// The text.
    pub text: String,
    /// What is wrong with it, lowercase, without a full stop.
    pub rule: &'static str,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a path: {}", self.text, self.rule)
    }
}

impl std::error::Error for PathError {}

const ROOT_RULE: &str =
    "expected `scenario:…`, `Kind/name:…` or `Kind/namespace/name:…` before the first key";
const NAME_RULE: &str = "expected `Kind/name` or `Kind/namespace/name`";
const KEY_RULE: &str = "a key is missing";
const QUOTE_RULE: &str = "a quote is not closed";
const BRACKET_RULE: &str = "expected `[number]` or `[key=value]`";

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let fail = |rule| PathError {
            text: text.to_owned(),
            rule,
        };
        let (root, rest) = text.split_once(':').ok_or_else(|| fail(ROOT_RULE))?;
        let root = match root {
            "scenario" => Root::Scenario,
            name => Root::Object(name.parse().map_err(|_| fail(ROOT_RULE))?),
        };
        let steps = parse_steps(rest).map_err(fail)?;
        Ok(Self { root, steps })
    }
}

impl FromStr for ObjectName {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (kind, namespace, name) = match parts[..] {
            [kind, name] => (kind, None, name),
            [kind, namespace, name] => (kind, Some(namespace.to_owned()), name),
            _ => ("", None, ""),
        };
        if kind.is_empty() || name.is_empty() || namespace.as_deref() == Some("") {
            return Err(PathError {
                text: text.to_owned(),
                rule: NAME_RULE,
            });
        }
        Ok(Self {
            kind: kind.to_owned(),
            namespace,
            name: name.to_owned(),
        })
    }
}

/// Reads the steps after the colon; the first needs no dot.
fn parse_steps(text: &str) -> Result<Vec<Step>, &'static str> {
    let (first, mut rest) = take_key(text)?;
    let mut steps = vec![Step::Key(first)];
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let (key, tail) = take_key(after)?;
            steps.push(Step::Key(key));
            rest = tail;
        } else {
            let after = rest.strip_prefix('[').ok_or(BRACKET_RULE)?;
            let (step, tail) = take_bracket(after)?;
            steps.push(step);
            rest = tail;
        }
    }
    Ok(steps)
}

/// `0]` or `name=app]`.
fn take_bracket(text: &str) -> Result<(Step, &str), &'static str> {
    let (key, rest) = take_key(text)?;
    if let Some(rest) = rest.strip_prefix(']') {
        let index = key.parse().map_err(|_| BRACKET_RULE)?;
        return Ok((Step::Index(index), rest));
    }
    let after = rest.strip_prefix('=').ok_or(BRACKET_RULE)?;
    let (value, rest) = match after.strip_prefix('"') {
        Some(quoted) => take_quoted(quoted)?,
        None => {
            let end = after.find(']').ok_or(BRACKET_RULE)?;
            (after[..end].to_owned(), &after[end..])
        }
    };
    let rest = rest.strip_prefix(']').ok_or(BRACKET_RULE)?;
    Ok((Step::Entry { key, value }, rest))
}

fn take_key(text: &str) -> Result<(String, &str), &'static str> {
    if let Some(quoted) = text.strip_prefix('"') {
        return take_quoted(quoted);
    }
    let end = text.find(is_special).unwrap_or(text.len());
    match end {
        0 => Err(KEY_RULE),
        end => Ok((text[..end].to_owned(), &text[end..])),
    }
}

fn take_quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut key = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((key, &text[at + 1..])),
            '\\' => key.push(letters.next().ok_or(QUOTE_RULE)?.1),
            other => key.push(other),
        }
    }
    Err(QUOTE_RULE)
}

fn is_special(letter: char) -> bool {
    matches!(letter, '.' | '[' | ']' | '=' | ':' | '"')
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Root::Scenario => write!(f, "scenario:")?,
            Root::Object(name) => write!(f, "{name}:")?,
        }
        write!(f, "{}", Steps(&self.steps))
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(f, "{}/{}", self.kind, self.name),
        }
    }
}

/// Steps as they are written after the colon.
pub(super) struct Steps<'a>(pub(super) &'a [Step]);

impl fmt::Display for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => write!(f, "{}", Quoted(key))?,
                Step::Key(key) => write!(f, ".{}", Quoted(key))?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Entry { key, value } => {
                    write!(f, "[{}={}]", Quoted(key), QuotedValue(value))?;
                }
            }
        }
        Ok(())
    }
}

/// A key, in quotes where its text would be read otherwise.
struct Quoted<'a>(&'a str);
/// The right side of `[key=value]`, which ends only at its bracket.
struct QuotedValue<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = !self.0.is_empty() && !self.0.contains(is_special);
        write_quoted(f, self.0, plain)
    }
}

impl fmt::Display for QuotedValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = !self.0.contains([']', '"']);
        write_quoted(f, self.0, plain)
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str, plain: bool) -> fmt::Result {
    if plain {
        return f.write_str(text);
    }
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_prints_as_it_was_written() {
        for text in [
            "Deployment/user-service:spec.strategy.rollingUpdate.maxSurge",
            "Deployment/production/user-service:spec.template.spec.containers[name=user-service].lifecycle",
            "Deployment/app:spec.template.spec.containers[0].image",
            "scenario:traffic.user-service.arrivals.poisson.rate",
            "scenario:image.\"repo/app:v2\".on-sigterm",
            "Deployment/app:metadata.annotations.\"a\\\"b\\\\c\"",
            "Deployment/app:a[x=repo/app:v2.0].b[\"k.k\"=\"]\"]",
        ] {
            let path: Path = text.parse().unwrap();
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_path_is_refused_with_the_rule() {
        for (text, rule) in [
            ("spec.replicas", ROOT_RULE),
            ("Deployment:spec", ROOT_RULE),
            ("A/b/c/d:spec", ROOT_RULE),
            ("/x:spec", ROOT_RULE),
            ("Deployment/app:", KEY_RULE),
            ("Deployment/app:spec..x", KEY_RULE),
            ("Deployment/app:spec.\"x", QUOTE_RULE),
            ("Deployment/app:spec[name]", BRACKET_RULE),
            ("Deployment/app:spec[0", BRACKET_RULE),
            ("Deployment/app:spec[0]x", BRACKET_RULE),
        ] {
            assert_eq!(text.parse::<Path>().unwrap_err().rule, rule, "{text}");
        }
    }
}

//! What is wrong with what was read, and where.

use super::{Colour, Sources, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the input is used.
    Note,
    /// Probably not what was meant; the input is used.
    Warning,
    /// The input cannot be used.
    Error,
}

/// One finding: place, value, rule, cure. Lowercase, no final stop, backticks for literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; absent for what has no place (a missing file).
    pub span: Option<Span>,
    /// The rule, written beside the carets.
    pub label: Option<String>,
    /// The cure.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error; place, label and hint follow.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }
    /// A warning; place, label and hint follow.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }
    /// A note; place, label and hint follow.
    pub fn note(message: impl Into<String>) -> Self {
        Self::new(Severity::Note, message)
    }
    /// A finding of this severity; place, label and hint follow.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            span: None,
            label: None,
            hint: None,
        }
    }
    /// The place.
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }
    /// The rule, written beside the carets.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }
    /// The cure.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// The cure, if there is one.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}

/// Every finding so far, in the order they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }
    /// Adds all findings of another collection.
    pub fn append(&mut self, other: Self) {
        self.list.extend(other.list);
    }
    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }
    /// How many findings are errors.
    pub fn errors(&self) -> usize {
        let errors = self.list.iter().filter(|d| d.severity == Severity::Error);
        errors.count()
    }
    /// Whether there is no finding at all.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }
    /// All findings as people read them, each followed by an empty line.
    pub fn render(&self, sources: &Sources, colour: Colour) -> String {
        let pictures = self.list.iter().map(|d| d.render(sources, colour));
        pictures.map(|text| text + "\n").collect()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            list: vec![diagnostic],
        }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, findings: I) {
        self.list.extend(findings);
    }
}

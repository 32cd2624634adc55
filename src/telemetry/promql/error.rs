//! What can be wrong with a query.

use std::fmt;
use std::ops::Range;

/// Why a text is no query that rollcast can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The place in the text, in bytes.
    pub place: Range<usize>,
    /// What is wrong there, lowercase, without a full stop.
    pub message: String,
    /// The cure, where one is known.
    pub hint: Option<String>,
}

impl QueryError {
    pub(super) fn new(place: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
            hint: None,
        }
    }
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for QueryError {
    /// `at 5: unknown function `rat` (did you mean `rate`?)`, counted from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}", self.place.start + 1, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

impl std::error::Error for QueryError {}

/// Why a good query has no answer over these series; a Prometheus answers with an error, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvaluationError {
    /// More than one series on a side that must be unique.
    ManyMatches {
        /// The labels they share.
        labels: String,
        /// Which rule was broken.
        rule: &'static str,
    },
    /// Two results with the same labels.
    SameLabels {
        /// The labels.
        labels: String,
    },
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManyMatches { labels, rule } => {
                write!(f, "many series match as `{labels}`: {rule}")
            }
            Self::SameLabels { labels } => {
                write!(f, "two results would both be `{labels}`")
            }
        }
    }
}

impl std::error::Error for EvaluationError {}

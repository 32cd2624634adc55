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

#[cfg(test)]
mod tests {
    use crate::telemetry::promql::Query;

    #[test]
    fn what_is_no_query_is_refused_with_its_place() {
        let cases = [
            ("", "at 1: no query here"),
            (
                "rat(x[5m])",
                "at 1: unknown function `rat` (did you mean `rate`?)",
            ),
            (
                "sum(x{rat=\"1\"}) + rat(x[5m])",
                "at 19: unknown function `rat` (did you mean `rate`?)",
            ),
            ("frobnicate(x)", "at 1: unknown function `frobnicate`"),
            ("sum(rate(x[5m])", "at 4: `(` is never closed"),
            ("sum(rate(x[5m]) 3)", "at 17: `3` was not expected here"),
            ("a + * b", "at 5: `*` was not expected here"),
            ("x{a=\"b", "at 5: this text is never closed"),
            (
                "1 + rate(x)",
                "at 5: expected type matrix in call to function `rate`, got vector (a range such as `x[5m]` is needed)",
            ),
            ("x{a=~\"(\"}", "at 7: illegal regex for ("),
            (
                "x[5m]",
                "at 1: a range of samples is no result (a function such as `rate(…)` makes it one)",
            ),
            ("\"x\"", "at 1: a text is no result"),
            (
                "hour()",
                "at 1: `hour` is not modelled: the simulated world has no calendar",
            ),
            (
                "x @ 5",
                "at 3: `@` is not modelled: the simulated world has no calendar",
            ),
            (
                "max_over_time(x[1y:1ms])",
                "at 1: a subquery of more than 11000 steps",
            ),
            ("1 + atan2(x)", "at 5: `atan2` was not expected here"),
        ];
        let got = |query: &str| query.parse::<Query>().map(|_| ()).unwrap_err().to_string();
        let got = cases.map(|(query, _)| (query, got(query)));
        let cases = cases.map(|(query, expected)| (query, expected.to_owned()));
        assert_eq!(got, cases);
    }
}

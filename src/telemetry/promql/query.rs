//! Queries and their answers.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::element::distinct;
use super::error::{EvaluationError, QueryError};
use super::evaluate::{Evaluator, Value};
use super::expression::Expression;
use super::lower::lowered;
use super::place::explained;
use super::reads::{Reach, Selection};
use super::share::{Share, share_of};
use super::version::Version;
use crate::telemetry::{Labels, Storage};
use crate::units::SimTime;

/// A checked PromQL query.
///
/// # Examples
/// ```
/// use rollcast::telemetry::promql::Query;
/// let error = "sum(rat(http_requests_total[5m]))".parse::<Query>().unwrap_err();
/// assert_eq!(error.to_string(), "at 5: unknown function `rat` (did you mean `rate`?)");
/// ```
#[derive(Debug, Clone)]
pub struct Query {
    root: Expression,
}

/// What an instant query came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// One number, of a query without series.
    Scalar(f64),
    /// A number per series, in the order the series were born; empty is an answer, too.
    Vector(Vec<Reading>),
}

/// One member of an instant vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Its labels; where it still is the metric itself, the name is the label `__name__`.
    pub labels: Labels,
    /// Its value; NaN and infinities are values.
    pub value: f64,
}

impl Answer {
    /// The numbers alone, as an analysis judges them.
    pub fn values(&self) -> Vec<f64> {
        match self {
            Self::Scalar(value) => vec![*value],
            Self::Vector(readings) => readings.iter().map(|reading| reading.value).collect(),
        }
    }
}

impl Query {
    /// Every selector of it, in the order of the text.
    pub fn selections(&self) -> Vec<Selection> {
        let mut found = Vec::new();
        self.root.add_selections(Reach::NEWEST, &mut found);
        found
    }
    /// Names of all metrics it looks at; absent if some selector goes without a name, so that it
    /// may look at any.
    pub fn metric_names(&self) -> Option<BTreeSet<String>> {
        let selections = self.selections().into_iter();
        selections.map(|selection| selection.name).collect()
    }
    /// What share of which requests it asks for; absent where it asks for something else.
    pub fn share(&self) -> Option<Share> {
        share_of(&self.root)
    }
    /// The answer at an instant, from what was scraped until then.
    ///
    /// # Errors
    /// Where a Prometheus would answer with an error: many series match many, two results would
    /// bear the same labels.
    pub fn evaluate(
        &self,
        storage: &Storage,
        at: SimTime,
        version: Version,
    ) -> Result<Answer, EvaluationError> {
        let at = at.into();
        let evaluator = Evaluator {
            storage,
            version,
            at,
        };
        let elements = match evaluator.value(&self.root)? {
            Value::Scalar(value) => return Ok(Answer::Scalar(value)),
            Value::Vector(elements) => distinct(elements)?.into_iter(),
        };
        let readings = elements.map(|element| Reading {
            labels: element.metric.into_labels(),
            value: element.value,
        });
        Ok(Answer::Vector(readings.collect()))
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let parsed = promql_parser::parser::parse(text);
        let parsed = parsed.map_err(|message| explained(text, &message))?;
        let root = lowered(&parsed, text)?;
        Ok(Self { root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pods: `a` at 10 per scrape of 15 s, `b` at 20; a limit per pod.
    fn storage() -> Storage {
        let mut storage = Storage::default();
        for (pod, step) in [("a", 10.0), ("b", 20.0)] {
            let labels = || Labels::from_iter([("pod", pod)]);
            let requests = storage.series("requests", labels());
            let limit = storage.series("limit", labels());
            for scrape in 0..=40 {
                let at = SimTime::from_secs(15 * scrape);
                storage.record(requests, at, step * scrape as f64);
                storage.record(limit, at, 1.0);
            }
        }
        storage
    }

    fn answer(query: &str) -> String {
        let query: Query = query.parse().unwrap();
        let at = SimTime::from_secs(600);
        match query.evaluate(&storage(), at, Version::Two) {
            Ok(Answer::Scalar(value)) => value.to_string(),
            Ok(Answer::Vector(readings)) => {
                let one = |r: &Reading| format!("{} {}", r.labels, r.value);
                readings.iter().map(one).collect::<Vec<_>>().join("; ")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_shape_of_query_answers() {
        // 600 s after the start: requests a = 400, b = 800.
        let cases = [
            ("1 + 2 * 3 ^ 2", "19"),
            ("-2 ^ 2", "-4"),
            ("7 % 4 >= bool 3", "1"),
            ("time()", "600"),
            (
                "requests",
                r#"{__name__="requests", pod="a"} 400; {__name__="requests", pod="b"} 800"#,
            ),
            ("-requests", r#"{pod="a"} -400; {pod="b"} -800"#),
            ("requests > 500", r#"{__name__="requests", pod="b"} 800"#),
            ("500 < requests", r#"{__name__="requests", pod="b"} 800"#),
            ("requests > bool 500", r#"{pod="a"} 0; {pod="b"} 1"#),
            (
                "requests offset 5m",
                r#"{__name__="requests", pod="a"} 200; {__name__="requests", pod="b"} 400"#,
            ),
            ("requests / limit", r#"{pod="a"} 400; {pod="b"} 800"#),
            (
                "requests / on() limit",
                "many series match as `{}`: matching labels must be unique on one side",
            ),
            (
                "requests / on() group_left sum(limit)",
                r#"{pod="a"} 200; {pod="b"} 400"#,
            ),
            (
                "sum(limit) * on() group_right requests",
                r#"{pod="a"} 800; {pod="b"} 1600"#,
            ),
            (
                "requests / ignoring(pod) sum(limit)",
                "many series match as `{}`: the other side must be `group_left` or `group_right`, with labels that tell results apart",
            ),
            ("sum(requests)", "{} 1200"),
            ("avg by (pod) (requests)", r#"{pod="a"} 400; {pod="b"} 800"#),
            ("max without (pod) (requests)", "{} 800"),
            ("stddev(requests)", "{} 200"),
            ("quantile(0.25, requests)", "{} 500"),
            ("topk(1, requests)", r#"{__name__="requests", pod="b"} 800"#),
            (
                "bottomk(1, requests)",
                r#"{__name__="requests", pod="a"} 400"#,
            ),
            ("count_values(\"v\", limit)", r#"{v="1"} 2"#),
            ("group(requests)", "{} 1"),
            (
                "requests and on(pod) requests > 500",
                r#"{__name__="requests", pod="b"} 800"#,
            ),
            (
                "requests unless on(pod) requests > 500",
                r#"{__name__="requests", pod="a"} 400"#,
            ),
            ("missing or vector(1)", "{} 1"),
            ("missing / requests", ""),
            (
                "absent(missing{pod=\"a\", zone=~\"x.*\"})",
                r#"{pod="a"} 1"#,
            ),
            ("absent(requests)", ""),
            ("absent_over_time(missing[5m])", "{} 1"),
            ("scalar(requests{pod=\"a\"})", "400"),
            ("scalar(requests)", "NaN"),
            (
                "clamp(requests, 500, 600)",
                r#"{pod="a"} 500; {pod="b"} 600"#,
            ),
            (
                "round(requests / 300, 0.5)",
                r#"{pod="a"} 1.5; {pod="b"} 2.5"#,
            ),
            (
                "sort_desc(requests)",
                r#"{__name__="requests", pod="b"} 800; {__name__="requests", pod="a"} 400"#,
            ),
            ("timestamp(requests{pod=\"a\"})", r#"{pod="a"} 600"#),
            ("deriv(requests{pod=\"a\"}[1m]) * 15", r#"{pod="a"} 10"#),
            (
                "predict_linear(requests{pod=\"a\"}[1m], 15)",
                r#"{pod="a"} 410"#,
            ),
            ("max_over_time(sum(requests)[2m:1m])", "{} 1200"),
            (
                "count_over_time(requests{pod=\"a\"}[2m:30s])",
                r#"{pod="a"} 5"#,
            ),
            (
                "first_over_time(requests{pod=\"a\"}[1m])",
                r#"{__name__="requests", pod="a"} 360"#,
            ),
            (
                "label_replace(limit{pod=\"a\"}, \"p\", \"x-$1\", \"pod\", \"(.*)\")",
                r#"{__name__="limit", p="x-a", pod="a"} 1"#,
            ),
            (
                "label_join(limit{pod=\"a\"}, \"p\", \"/\", \"pod\", \"pod\")",
                r#"{__name__="limit", p="a/a", pod="a"} 1"#,
            ),
            (
                "{__name__=\"limit\", pod=\"a\"}",
                r#"{__name__="limit", pod="a"} 1"#,
            ),
            (
                "rate({pod=\"a\"}[1m])",
                r#"two results would both be `{pod="a"}`"#,
            ),
            ("count({pod=~\"a|b\"})", "{} 4"),
        ];
        for (query, expected) in cases {
            assert_eq!(answer(query), expected, "{query}");
        }
    }
}

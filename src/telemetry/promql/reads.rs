//! What a query looks at.

use promql_parser::label::Matcher;

use super::aggregate::Function;
use super::expression::{Expression, Ranged, Selector};
use super::function::OverRange;
use crate::units::SimDuration;

/// One selector of a query, and how much of its series it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The metric; absent where the selector goes without a name.
    pub name: Option<String>,
    /// How far it looks back; absent where only the newest sample counts.
    pub range: Option<SimDuration>,
    /// Samples that a series must have in the range to show: two for `rate` and its like, else one.
    pub samples_least: u32,
    matchers: Vec<Matcher>,
}

impl Selection {
    /// Names of the labels that it bounds, in the order of the query; one may come twice.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.matchers.iter().map(|matcher| matcher.name.as_str())
    }
    /// Whether a series with this value of the label may be among those it selects; the empty value
    /// is that of a label that a series does not have.
    pub fn admits(&self, label: &str, value: &str) -> bool {
        let of_label = |matcher: &&Matcher| matcher.name == label;
        let mut bounds = self.matchers.iter().filter(of_label);
        bounds.all(|matcher| matcher.is_match(value))
    }
    /// Whether both select the same but for these labels.
    pub fn is_same_but_for(&self, labels: &[&str], other: &Self) -> bool {
        let kept = |selection: &Self| -> Vec<Matcher> {
            let counts = |matcher: &&Matcher| !labels.contains(&matcher.name.as_str());
            let mut kept: Vec<Matcher> =
                selection.matchers.iter().filter(counts).cloned().collect();
            kept.sort_by(|one, next| one.name.cmp(&next.name));
            kept
        };
        self.name == other.name && self.range == other.range && kept(self) == kept(other)
    }

    pub(super) fn of(selector: &Selector, reach: Reach) -> Self {
        Self {
            name: selector.name.clone(),
            range: reach.range_ms.map(length),
            samples_least: reach.samples_least,
            matchers: selector.matchers.clone(),
        }
    }
}

/// How far around a selector a query looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub(super) range_ms: Option<i64>,
    pub(super) samples_least: u32,
}

impl Reach {
    pub(super) const NEWEST: Self = Self {
        range_ms: None,
        samples_least: 1,
    };
}

fn length(millis: i64) -> SimDuration {
    SimDuration::from_millis(millis.unsigned_abs())
}

impl OverRange {
    /// Samples that it needs of a series.
    pub(super) fn samples_least(self) -> u32 {
        match self {
            Self::Rate
            | Self::Increase
            | Self::Delta
            | Self::InstantRate
            | Self::InstantDelta
            | Self::Derivative
            | Self::PredictLinear => 2,
            _ => 1,
        }
    }
}

impl Expression {
    /// Adds the selectors of this part of a query; `around` is the reach of the subqueries it is in.
    pub(super) fn add_selections(&self, around: Reach, found: &mut Vec<Selection>) {
        match self {
            Self::Number(_) | Self::Time => {}
            Self::Select(of) | Self::Scraped(of) => found.push(Selection::of(of, around)),
            Self::Overall(function, argument, of) => {
                let argument = argument.iter();
                argument.for_each(|it| it.add_selections(around, found));
                of.add_selections(around, function.samples_least(), found);
            }
            Self::Pointwise(_, arguments, of) => {
                let arguments = arguments.iter();
                arguments.for_each(|it| it.add_selections(around, found));
                of.add_selections(around, found);
            }
            Self::Quantile(one, other) => {
                one.add_selections(around, found);
                other.add_selections(around, found);
            }
            Self::AbsentOverTime(of) => of.add_selections(around, 1, found),
            Self::Sorted(_, of)
            | Self::Relabelled(_, of)
            | Self::Absent(_, of)
            | Self::Single(of)
            | Self::Spread(of)
            | Self::Negate(of) => of.add_selections(around, found),
            Self::Aggregate(aggregation, of) => {
                let argument = aggregation.function.argument().into_iter();
                argument.for_each(|it| it.add_selections(around, found));
                of.add_selections(around, found);
            }
            Self::Binary(binary) => {
                binary.left.add_selections(around, found);
                binary.right.add_selections(around, found);
            }
        }
    }
}

impl Ranged {
    fn add_selections(&self, around: Reach, samples_least: u32, found: &mut Vec<Selection>) {
        let wider = |range_ms: i64| Reach {
            range_ms: Some(around.range_ms.unwrap_or(0) + range_ms),
            samples_least: around.samples_least.max(samples_least),
        };
        match self {
            Self::Series { of, range_ms } => found.push(Selection::of(of, wider(*range_ms))),
            Self::Subquery { of, range_ms, .. } => {
                let wide = wider(*range_ms);
                // The steps of a subquery are its samples, not those of the series inside.
                let inside = Reach {
                    samples_least: 1,
                    ..wide
                };
                of.add_selections(inside, found);
            }
        }
    }
}

impl Function {
    fn argument(&self) -> Option<&Expression> {
        match self {
            Self::Quantile(of) | Self::Top(of) | Self::Bottom(of) => Some(of),
            Self::Sum
            | Self::Average
            | Self::Minimum
            | Self::Maximum
            | Self::Count
            | Self::Group
            | Self::Deviation
            | Self::Variance
            | Self::CountValues(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::telemetry::promql::Query;

    fn check(query: &str, expected: Option<&[&str]>) {
        let names = query.parse::<Query>().unwrap().metric_names();
        let names: Option<Vec<String>> = names.map(|names| names.into_iter().collect());
        let expected = expected.map(|names| names.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(names, expected, "{query}");
    }

    #[test]
    fn every_selector_of_a_query_says_its_name() {
        check("1 + time()", Some(&[]));
        check(
            "a / on() b > 0 or vector(scalar(c))",
            Some(&["a", "b", "c"]),
        );
        check(
            "topk(scalar(k), -rate(a[1m])) unless max_over_time(sum(b)[5m:1m])",
            Some(&["a", "b", "k"]),
        );
        check(
            "histogram_quantile(scalar(q), sum by (le) (rate(d_bucket[5m])))",
            Some(&["d_bucket", "q"]),
        );
        check(
            "clamp(sort(label_replace(a, \"x\", \"y\", \"z\", \"\")), scalar(low), 2)",
            Some(&["a", "low"]),
        );
        check("absent(a) + absent_over_time(b[1m])", Some(&["a", "b"]));
        check(
            "quantile_over_time(scalar(q), {__name__=\"a\"}[1m]) + timestamp(b)",
            Some(&["a", "b", "q"]),
        );
        check("a + {pod=\"x\"}", None);
        check("{__name__=~\"http_.*\"} + a", None);
    }

    #[test]
    fn a_selection_says_how_far_it_looks_back_and_what_it_admits() {
        let query =
            "sum(rate(a{status=~\"2..\", service=\"web\"}[2m])) / sum(a) + max_over_time(b[5m:1m])";
        let query: Query = query.parse().unwrap();
        let selections = query.selections();
        let reach: Vec<(Option<u64>, u32)> = selections
            .iter()
            .map(|one| (one.range.map(|range| range.as_secs()), one.samples_least))
            .collect();
        assert_eq!(reach, [(Some(120), 2), (None, 1), (Some(300), 1)]);
        let first = &selections[0];
        assert_eq!(first.labels().collect::<Vec<_>>(), ["status", "service"]);
        assert!(first.admits("status", "200") && !first.admits("status", "500"));
        assert!(first.admits("pod", "any") && !first.admits("service", ""));
    }
}

//! Which metrics a query looks at.

use std::collections::BTreeSet;

use super::aggregate::Function;
use super::expression::{Expression, Ranged, Selector};

/// Names of the metrics that are looked at; absent once a selector goes without a name.
pub(super) type Names = Option<BTreeSet<String>>;

impl Expression {
    /// Adds the names that this part of a query looks at.
    pub(super) fn add_names(&self, names: &mut Names) {
        match self {
            Self::Number(_) | Self::Time => {}
            Self::Select(of) | Self::Scraped(of) => of.add_name(names),
            Self::Overall(_, argument, of) => {
                argument.iter().for_each(|it| it.add_names(names));
                of.add_names(names);
            }
            Self::Pointwise(_, arguments, of) => {
                arguments.iter().for_each(|it| it.add_names(names));
                of.add_names(names);
            }
            Self::Quantile(one, other) => [one, other].iter().for_each(|it| it.add_names(names)),
            Self::AbsentOverTime(of) => of.add_names(names),
            Self::Sorted(_, of)
            | Self::Relabelled(_, of)
            | Self::Absent(_, of)
            | Self::Single(of)
            | Self::Spread(of)
            | Self::Negate(of) => of.add_names(names),
            Self::Aggregate(aggregation, of) => {
                aggregation
                    .function
                    .argument()
                    .into_iter()
                    .for_each(|it| it.add_names(names));
                of.add_names(names);
            }
            Self::Binary(binary) => {
                binary.left.add_names(names);
                binary.right.add_names(names);
            }
        }
    }
}

impl Ranged {
    fn add_names(&self, names: &mut Names) {
        match self {
            Self::Series { of, .. } => of.add_name(names),
            Self::Subquery { of, .. } => of.add_names(names),
        }
    }
}

impl Selector {
    fn add_name(&self, names: &mut Names) {
        match (&self.name, &mut *names) {
            (Some(name), Some(names)) => drop(names.insert(name.clone())),
            _ => *names = None,
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
}

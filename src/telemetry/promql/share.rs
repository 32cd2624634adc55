//! Queries for a share of requests: what most success rates and error rates are.
//!
//! Known is `scale · sum(part) / sum(whole) + shift`, where part and whole are both counters as they
//! are, or both `rate`s or `increase`s over one range, each added up into one number. Everything else
//! (quantiles, groups, `or`) has no such form.

use super::aggregate::Function;
use super::arithmetic::{Calculation, Operator};
use super::expression::{Binary, Expression, Grouping, Many, Ranged};
use super::function::OverRange;
use super::reads::{Reach, Selection};

/// A share of requests, `scale · part / whole + shift`.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The requests above the line.
    pub part: Selection,
    /// Those below it.
    pub whole: Selection,
    /// How both are looked at.
    pub looks: Looks,
    /// Factor of the quotient: 100 for percents, −1 in `1 - errors / all`.
    pub scale: f64,
    /// What is added afterwards.
    pub shift: f64,
}

/// What of a counter is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// All that it counted.
    AtAll,
    /// What it counted within the range of the selections.
    WithinRange,
}

/// The share that an expression asks for.
pub(super) fn share_of(expression: &Expression) -> Option<Share> {
    match expression {
        Expression::Negate(of) => Some(share_of(of)?.changed(-1.0, 0.0)),
        Expression::Binary(binary) => quotient(binary).or_else(|| linear(binary)),
        _ => None,
    }
}

impl Share {
    fn changed(self, factor: f64, added: f64) -> Self {
        Self {
            scale: self.scale * factor,
            shift: self.shift * factor + added,
            ..self
        }
    }
}

fn quotient(binary: &Binary) -> Option<Share> {
    let divides = matches!(binary.operator, Operator::Calculate(Calculation::Divide));
    if !divides || !matches!(binary.matching.many, Many::Neither) {
        return None;
    }
    let (part, looks) = summed(&binary.left)?;
    let (whole, below) = summed(&binary.right)?;
    (looks == below && part.range == whole.range).then_some(Share {
        part,
        whole,
        looks,
        scale: 1.0,
        shift: 0.0,
    })
}

/// A share and a number.
fn linear(binary: &Binary) -> Option<Share> {
    let Operator::Calculate(calculation) = binary.operator else {
        return None;
    };
    match (&binary.left, &binary.right) {
        (of, Expression::Number(number)) => {
            let share = share_of(of)?;
            match calculation {
                Calculation::Add => Some(share.changed(1.0, *number)),
                Calculation::Subtract => Some(share.changed(1.0, -number)),
                Calculation::Multiply => Some(share.changed(*number, 0.0)),
                Calculation::Divide => Some(share.changed(1.0 / number, 0.0)),
                Calculation::Remainder | Calculation::Power => None,
            }
        }
        (Expression::Number(number), of) => {
            let share = share_of(of)?;
            match calculation {
                Calculation::Add => Some(share.changed(1.0, *number)),
                Calculation::Subtract => Some(share.changed(-1.0, *number)),
                Calculation::Multiply => Some(share.changed(*number, 0.0)),
                Calculation::Divide | Calculation::Remainder | Calculation::Power => None,
            }
        }
        _ => None,
    }
}

/// Counters added up into one number.
fn summed(expression: &Expression) -> Option<(Selection, Looks)> {
    let Expression::Aggregate(aggregation, of) = expression else {
        return None;
    };
    let whole = match &aggregation.grouping {
        Grouping::Only(labels) => labels.is_empty(),
        Grouping::AllBut(_) => false,
    };
    if !whole || !matches!(aggregation.function, Function::Sum) {
        return None;
    }
    match &**of {
        Expression::Select(of) if of.offset_ms == 0 => {
            Some((Selection::of(of, Reach::NEWEST), Looks::AtAll))
        }
        Expression::Overall(
            function @ (OverRange::Rate | OverRange::Increase),
            _,
            Ranged::Series { of, range_ms },
        ) if of.offset_ms == 0 => {
            let reach = Reach {
                range_ms: Some(*range_ms),
                samples_least: function.samples_least(),
            };
            Some((Selection::of(of, reach), Looks::WithinRange))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Looks;
    use crate::telemetry::promql::Query;

    /// Scale and shift, and whether the range counts; `None`: no share.
    fn check(query: &str, expected: Option<(f64, f64, Looks)>) {
        let share = query.parse::<Query>().unwrap().share();
        let seen = share.map(|share| (share.scale, share.shift, share.looks));
        assert_eq!(seen, expected, "{query}");
    }

    #[test]
    fn shares_are_known_in_every_dress() {
        check(
            "sum(a{status=\"200\"}) / sum(a)",
            Some((1.0, 0.0, Looks::AtAll)),
        );
        let rates = "sum(rate(a{status!~\"5..\"}[2m])) / sum(rate(a[2m]))";
        check(rates, Some((1.0, 0.0, Looks::WithinRange)));
        check(
            &format!("100 * ({rates})"),
            Some((100.0, 0.0, Looks::WithinRange)),
        );
        check(
            &format!("1 - {rates}"),
            Some((-1.0, 1.0, Looks::WithinRange)),
        );
        check(
            &format!("(1 - {rates}) * 100"),
            Some((-100.0, 100.0, Looks::WithinRange)),
        );
        check(
            &format!("-({rates}) / 2 + 3"),
            Some((-0.5, 3.0, Looks::WithinRange)),
        );
        check(
            "sum(increase(a[1m])) / sum(increase(a[1m]))",
            Some((1.0, 0.0, Looks::WithinRange)),
        );
    }

    #[test]
    fn what_is_no_share_of_one_range_is_none() {
        for query in [
            "sum(rate(a[1m])) / sum(rate(a[2m]))",
            "sum(rate(a[1m])) / sum(a)",
            "sum by (pod) (a) / sum by (pod) (a)",
            "rate(a[1m]) / rate(a[1m])",
            "sum(irate(a[1m])) / sum(irate(a[1m]))",
            "sum(a offset 1m) / sum(a)",
            "sum(a) / sum(a) or vector(1)",
            "1 / (sum(a) / sum(a))",
            "sum(a) - sum(a)",
            "1",
        ] {
            check(query, None);
        }
    }
}

//! From a checked query to its value at one instant.

use super::aggregate::{Aggregation, Function, bottom, count_values, groups, top};
use super::arithmetic::Operator;
use super::binary::{combined, matched};
use super::element::{Element, Metric, distinct};
use super::error::EvaluationError;
use super::expression::{Binary, Expression, Selector};
use super::histogram::histogram_quantile;
use super::relabel::certain_labels;
use super::vector::sorted;
use super::version::Version;
use crate::telemetry::{Labels, Sample, Series, Stamp, Storage};

/// Milliseconds that an instant selector looks back (reference §3.6: the default look-back delta).
const LOOK_BACK_MS: i64 = 5 * 60_000;

/// What an expression came to.
pub(super) enum Value<'a> {
    Scalar(f64),
    Vector(Vec<Element<'a>>),
}

/// Series, rules and the instant of an evaluation.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) storage: &'a Storage,
    pub(super) version: Version,
    pub(super) at: Stamp,
}

pub(super) type Evaluated<T> = Result<T, EvaluationError>;

impl<'a> Evaluator<'a> {
    pub(super) fn value(&self, expression: &'a Expression) -> Evaluated<Value<'a>> {
        Ok(match expression {
            Expression::Number(value) => Value::Scalar(*value),
            Expression::Time => Value::Scalar(self.at.as_secs_f64()),
            Expression::Single(of) => Value::Scalar(match &*self.vector(of)? {
                [only] => only.value,
                _ => f64::NAN,
            }),
            Expression::Binary(binary) => self.binary(binary)?,
            Expression::Negate(of) => match self.value(of)? {
                Value::Scalar(value) => Value::Scalar(-value),
                Value::Vector(vector) => Value::Vector(mapped(vector, |value| Some(-value))),
            },
            _ => Value::Vector(self.vector_of(expression)?),
        })
    }

    pub(super) fn vector(&self, expression: &'a Expression) -> Evaluated<Vec<Element<'a>>> {
        match self.value(expression)? {
            Value::Vector(vector) => Ok(vector),
            Value::Scalar(_) => unreachable!("kinds are checked when a query is read"),
        }
    }

    pub(super) fn scalar(&self, expression: &'a Expression) -> Evaluated<f64> {
        match self.value(expression)? {
            Value::Scalar(value) => Ok(value),
            Value::Vector(_) => unreachable!("kinds are checked when a query is read"),
        }
    }

    fn vector_of(&self, expression: &'a Expression) -> Evaluated<Vec<Element<'a>>> {
        match expression {
            Expression::Select(selector) => Ok(self.newest(selector, |sample| sample.value)),
            Expression::Scraped(selector) => {
                let times = self.newest(selector, |sample| sample.at.as_secs_f64());
                distinct(mapped(times, Some))
            }
            Expression::Overall(function, parameter, ranged) => {
                let parameter = parameter.as_deref().map(|p| self.scalar(p)).transpose()?;
                self.overall(*function, parameter.unwrap_or(f64::NAN), ranged)
            }
            Expression::Pointwise(function, scalars, of) => {
                let scalars: Vec<_> = scalars
                    .iter()
                    .map(|scalar| self.scalar(scalar))
                    .collect::<Evaluated<_>>()?;
                let vector = self.vector(of)?;
                distinct(mapped(vector, |value| function.apply(value, &scalars)))
            }
            Expression::Quantile(level, of) => {
                let level = self.scalar(level)?;
                Ok(histogram_quantile(level, &self.vector(of)?, self.version))
            }
            Expression::Sorted(order, of) => Ok(sorted(self.vector(of)?, *order)),
            Expression::Relabelled(relabel, of) => {
                let relabelled = |element: Element<'a>| Element {
                    metric: relabel.apply(element.metric),
                    value: element.value,
                };
                distinct(self.vector(of)?.into_iter().map(relabelled).collect())
            }
            Expression::Absent(selector, of) => {
                let there = !self.vector(of)?.is_empty();
                Ok(absent(there, selector.as_ref()))
            }
            Expression::AbsentOverTime(ranged) => {
                let there = !self.stretches(ranged)?.1.is_empty();
                Ok(absent(there, ranged.selector()))
            }
            Expression::Spread(of) => Ok(vec![Element {
                metric: Metric::unnamed(Labels::NONE),
                value: self.scalar(of)?,
            }]),
            Expression::Aggregate(aggregation, of) => self.aggregate(aggregation, of),
            Expression::Number(_)
            | Expression::Time
            | Expression::Single(_)
            | Expression::Binary(_)
            | Expression::Negate(_) => self.vector(expression),
        }
    }

    /// The series of a selector; by name where it has one.
    pub(super) fn selected(&self, selector: &'a Selector) -> Vec<&'a Series> {
        let fits = |series: &&Series| {
            selector.matchers.iter().all(|matcher| {
                let own = match matcher.name.as_str() {
                    super::element::NAME => series.name(),
                    label => series.labels().get(label),
                };
                matcher.is_match(own)
            })
        };
        match &selector.name {
            Some(name) => self.storage.named(name).filter(fits).collect(),
            None => self.storage.all().filter(fits).collect(),
        }
    }

    fn newest(&self, selector: &'a Selector, of: fn(Sample) -> f64) -> Vec<Element<'a>> {
        let end = self.at.earlier_by_millis(selector.offset_ms);
        let window = self.version.window(end, LOOK_BACK_MS);
        let element = |series: &'a Series| {
            Some(Element {
                metric: Metric::of(series),
                value: of(series.newest(&window)?),
            })
        };
        let series = self.selected(selector).into_iter();
        series.filter_map(element).collect()
    }

    fn aggregate(
        &self,
        aggregation: &'a Aggregation,
        of: &'a Expression,
    ) -> Evaluated<Vec<Element<'a>>> {
        let parameter = match &aggregation.function {
            Function::Quantile(of) | Function::Top(of) | Function::Bottom(of) => self.scalar(of)?,
            _ => f64::NAN,
        };
        let groups = groups(self.vector(of)?, &aggregation.grouping).into_iter();
        let elements = groups.flat_map(|group| match &aggregation.function {
            Function::Top(_) => top(group.1, parameter),
            Function::Bottom(_) => bottom(group.1, parameter),
            Function::CountValues(label) => count_values(label, &group),
            function => {
                let values: Vec<_> = group.1.iter().map(|element| element.value).collect();
                let value = function.of(&values, parameter, self.version);
                vec![Element {
                    metric: group.0,
                    value,
                }]
            }
        });
        Ok(elements.collect())
    }

    fn binary(&self, binary: &'a Binary) -> Evaluated<Value<'a>> {
        let operator = binary.operator;
        let vector = match (self.value(&binary.left)?, self.value(&binary.right)?) {
            (Value::Scalar(left), Value::Scalar(right)) => {
                let value = operator.apply(left, right, left);
                return Ok(Value::Scalar(value.expect("numbers are not filtered")));
            }
            (Value::Vector(vector), Value::Scalar(right)) => pointwise(vector, operator, |value| {
                operator.apply(value, right, value)
            }),
            (Value::Scalar(left), Value::Vector(vector)) => {
                pointwise(vector, operator, |value| operator.apply(left, value, value))
            }
            (Value::Vector(left), Value::Vector(right)) => match operator {
                Operator::Combine(combination) => {
                    combined(combination, (left, right), &binary.matching.labels)
                }
                _ => matched(binary, (left, right))?,
            },
        };
        Ok(Value::Vector(vector))
    }
}

/// Every value through a function that drops names.
fn mapped(vector: Vec<Element<'_>>, of: impl Fn(f64) -> Option<f64>) -> Vec<Element<'_>> {
    let mut result = Vec::with_capacity(vector.len());
    for one in vector {
        if let Some(value) = of(one.value) {
            result.push(Element {
                metric: one.metric.drop_name(),
                value,
            });
        }
    }
    result
}

/// An operator with a number: filters keep the name.
fn pointwise(
    vector: Vec<Element<'_>>,
    operator: Operator,
    of: impl Fn(f64) -> Option<f64>,
) -> Vec<Element<'_>> {
    if operator.drops_name() {
        return mapped(vector, of);
    }
    let mut kept = vector;
    kept.retain(|element| of(element.value).is_some());
    kept
}

fn absent<'a>(there: bool, selector: Option<&Selector>) -> Vec<Element<'a>> {
    let labels = selector.map_or(Labels::NONE, |s| certain_labels(&s.matchers));
    let one = Element {
        metric: Metric::unnamed(labels),
        value: 1.0,
    };
    if there { Vec::new() } else { vec![one] }
}

//! Aggregations over series.

use std::collections::BTreeMap;

use super::element::{Element, Metric};
use super::expression::{Expression, Grouping};
use super::quantile::{nan_first, quantile};
use super::sum::Compensated;
use super::version::Version;

/// An aggregation with its grouping.
#[derive(Debug, Clone)]
pub(super) struct Aggregation {
    pub(super) function: Function,
    pub(super) grouping: Grouping,
}

/// What becomes of a group.
#[derive(Debug, Clone)]
pub(super) enum Function {
    Sum,
    Average,
    Minimum,
    Maximum,
    Count,
    Group,
    Deviation,
    Variance,
    Quantile(Box<Expression>),
    Top(Box<Expression>),
    Bottom(Box<Expression>),
    CountValues(String),
}

/// A group with its members, in the order they came.
pub(super) type Group<'a> = (Metric<'a>, Vec<Element<'a>>);

/// Elements by what is left of their labels, groups in the order of their first member.
pub(super) fn groups<'a>(elements: Vec<Element<'a>>, grouping: &Grouping) -> Vec<Group<'a>> {
    let mut order: Vec<Group<'a>> = Vec::new();
    let mut known = BTreeMap::new();
    for element in elements {
        let key = element.metric.grouped(grouping);
        let at = *known.entry(key.clone()).or_insert_with(|| {
            order.push((key, Vec::new()));
            order.len() - 1
        });
        order[at].1.push(element);
    }
    order
}

impl Function {
    /// One number for a group; `parameter` is the level of a quantile.
    pub(super) fn of(&self, values: &[f64], parameter: f64, version: Version) -> f64 {
        match self {
            Self::Sum => sum(values, version),
            Self::Average => average(values, version),
            Self::Minimum => extreme(values, |new, old| new < old),
            Self::Maximum => extreme(values, |new, old| new > old),
            Self::Count => values.len() as f64,
            Self::Group => 1.0,
            Self::Deviation => variance(values).sqrt(),
            Self::Variance => variance(values),
            Self::Quantile(_) => quantile(parameter, values.to_vec()),
            Self::Top(_) | Self::Bottom(_) | Self::CountValues(_) => {
                unreachable!("they answer with elements, not with a number")
            }
        }
    }
}

/// Version 2 adds up plainly, version 3 compensates.
fn sum(values: &[f64], version: Version) -> f64 {
    match version {
        // Not `Iterator::sum`: that begins at -0.
        Version::Two => values.iter().fold(0.0, |sum, value| sum + value),
        Version::Three => Compensated::of(values.iter().copied()),
    }
}

/// Version 2 moves a mean along, version 3 divides the sum.
fn average(values: &[f64], version: Version) -> f64 {
    let total = sum(values, Version::Three);
    if version == Version::Three && total.is_finite() {
        return total / values.len() as f64;
    }
    let mut mean = 0.0_f64;
    for (before, value) in values.iter().enumerate() {
        let count = (before + 1) as f64;
        let keeps = mean.is_infinite() && (value.is_finite() || *value == mean);
        if !keeps {
            mean += value / count - mean / count;
        }
    }
    mean
}

/// NaN only where nothing else is there.
fn extreme(values: &[f64], wins: fn(f64, f64) -> bool) -> f64 {
    let better = |old: f64, new: &f64| {
        if wins(*new, old) || old.is_nan() {
            *new
        } else {
            old
        }
    };
    values.iter().fold(f64::NAN, better)
}

/// The mean squared distance from the mean (divided by n).
fn variance(values: &[f64]) -> f64 {
    let (mut mean, mut squares) = (0.0, 0.0);
    for (before, value) in values.iter().enumerate() {
        let delta = value - mean;
        mean += delta / (before + 1) as f64;
        squares += delta * (value - mean);
    }
    squares / values.len() as f64
}

/// The `count` largest of a group, largest first; of equals the first to come; NaN last.
pub(super) fn top(mut members: Vec<Element<'_>>, count: f64) -> Vec<Element<'_>> {
    members.sort_by(|left, right| nan_first(&right.value, &left.value));
    shortened(members, count)
}

/// The `count` smallest of a group, smallest first; of equals the first to come; NaN last.
pub(super) fn bottom(mut members: Vec<Element<'_>>, count: f64) -> Vec<Element<'_>> {
    members.sort_by(|left, right| {
        let nan = left.value.is_nan().cmp(&right.value.is_nan());
        nan.then_with(|| nan_first(&left.value, &right.value))
    });
    shortened(members, count)
}

fn shortened(mut members: Vec<Element<'_>>, count: f64) -> Vec<Element<'_>> {
    // A float becomes an integer towards zero; below 1 and NaN keep nothing.
    members.truncate(count.max(0.0) as usize);
    members
}

/// How many members of a group have each value; the value becomes a label.
pub(super) fn count_values<'a>(label: &str, group: &Group<'a>) -> Vec<Element<'a>> {
    let mut counts: Vec<(String, f64)> = Vec::new();
    for member in &group.1 {
        let text = written(member.value);
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1.0,
            None => counts.push((text, 1.0)),
        }
    }
    let element = |(text, value): (String, f64)| {
        let mut metric = group.0.clone();
        metric.set(label, &text);
        Element { metric, value }
    };
    counts.into_iter().map(element).collect()
}

fn written(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_2_loses_what_version_3_keeps() {
        let values = [1e100, 1.0, -1e100];
        assert_eq!(sum(&values, Version::Two), 0.0);
        assert_eq!(sum(&values, Version::Three), 1.0);
    }

    #[test]
    fn a_nan_is_an_extreme_only_alone() {
        let lowest = |values: &[f64]| Function::Minimum.of(values, 0.0, Version::Three);
        assert_eq!(lowest(&[f64::NAN, 2.0, 1.0]), 1.0);
        assert!(lowest(&[f64::NAN]).is_nan());
    }
}

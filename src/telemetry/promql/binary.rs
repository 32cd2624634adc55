//! Operators between instant vectors: who matches whom.

use std::collections::{BTreeMap, BTreeSet};

use super::arithmetic::{Combination, Operator};
use super::element::{Element, Metric};
use super::error::EvaluationError;
use super::expression::{Binary, Grouping, Many, Matching};

type Vector<'a> = Vec<Element<'a>>;

/// A set operator: elements of one side by what the other side holds.
pub(super) fn combined<'a>(
    combination: Combination,
    (left, right): (Vector<'a>, Vector<'a>),
    on: &Grouping,
) -> Vector<'a> {
    let keys = |side: &Vector<'a>| -> BTreeSet<Metric<'a>> {
        side.iter().map(|e| e.metric.grouped(on)).collect()
    };
    let among =
        |keys: &BTreeSet<_>, element: &Element<'a>| keys.contains(&element.metric.grouped(on));
    match combination {
        Combination::And => {
            let there = keys(&right);
            left.into_iter().filter(|e| among(&there, e)).collect()
        }
        Combination::Unless => {
            let there = keys(&right);
            left.into_iter().filter(|e| !among(&there, e)).collect()
        }
        Combination::Or => {
            let there = keys(&left);
            let more = right.into_iter().filter(|e| !among(&there, e));
            left.into_iter().chain(more).collect()
        }
    }
}

/// Arithmetic and comparison between vectors.
pub(super) fn matched<'a>(
    binary: &Binary,
    (left, right): (Vector<'a>, Vector<'a>),
) -> Result<Vector<'a>, EvaluationError> {
    let matching = &binary.matching;
    let swapped = matches!(matching.many, Many::Right(_));
    let (many, one) = if swapped {
        (right, left)
    } else {
        (left, right)
    };
    if many.is_empty() || one.is_empty() {
        return Ok(Vec::new());
    }
    let unique = unique(one, &matching.labels)?;
    let mut taken = BTreeSet::new();
    let mut result = Vec::new();
    for element in many {
        let key = element.metric.grouped(&matching.labels);
        let Some(partner) = unique.get(&key) else {
            continue;
        };
        let (left, right) = match swapped {
            true => (partner.value, element.value),
            false => (element.value, partner.value),
        };
        let Some(value) = binary.operator.apply(left, right, left) else {
            continue;
        };
        let metric = joined(element.metric, &partner.metric, binary.operator, matching);
        let mark = match matching.many {
            Many::Neither => (key, None),
            Many::Left(_) | Many::Right(_) => (key, Some(metric.clone())),
        };
        if !taken.insert(mark) {
            return Err(many_matches(
                &metric,
                "the other side must be `group_left` or `group_right`, with labels that tell results apart",
            ));
        }
        result.push(Element { metric, value });
    }
    Ok(result)
}

fn unique<'a>(
    side: Vector<'a>,
    on: &Grouping,
) -> Result<BTreeMap<Metric<'a>, Element<'a>>, EvaluationError> {
    let mut unique = BTreeMap::new();
    for element in side {
        let key = element.metric.grouped(on);
        if unique.insert(key.clone(), element).is_some() {
            return Err(many_matches(
                &key,
                "matching labels must be unique on one side",
            ));
        }
    }
    Ok(unique)
}

fn many_matches(metric: &Metric<'_>, rule: &'static str) -> EvaluationError {
    let labels = metric.clone().into_labels().to_string();
    EvaluationError::ManyMatches { labels, rule }
}

/// The labels of a result: the match's where it is one to one, else those of the side with many and
/// what it takes from its partner.
fn joined<'a>(
    own: Metric<'a>,
    partner: &Metric<'a>,
    operator: Operator,
    matching: &Matching,
) -> Metric<'a> {
    let mut metric = own;
    if operator.drops_name() {
        metric = metric.drop_name();
    }
    match &matching.many {
        Many::Neither => match &matching.labels {
            Grouping::Only(_) => metric = metric.grouped(&matching.labels),
            Grouping::AllBut(names) => {
                for name in names {
                    metric.set(name, "");
                }
            }
        },
        Many::Left(include) | Many::Right(include) => {
            for label in include {
                metric.set(label, partner.get(label));
            }
        }
    }
    metric
}

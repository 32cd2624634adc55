//! `histogram_quantile` over classic buckets.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::element::{Element, Metric};
use super::expression::Grouping;
use super::quantile::beyond;
use super::version::Version;

/// A bucket: its upper bound, and how many (or how often) fell at or below it.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    bound: f64,
    count: f64,
}

/// Differences below this share of the larger count are taken for rounding (Prometheus 3).
const ROUNDING: f64 = 1e-12;

/// One quantile per histogram: series that agree in all but `le`. A series without a readable `le`
/// is passed over.
pub(super) fn histogram_quantile<'a>(
    level: f64,
    series: &[Element<'a>],
    version: Version,
) -> Vec<Element<'a>> {
    let mut order: Vec<(Metric<'a>, Vec<Bucket>)> = Vec::new();
    let mut known: BTreeMap<Metric<'a>, usize> = BTreeMap::new();
    let all_but_bound = Grouping::AllBut(vec!["le".to_owned()]);
    for element in series {
        let Ok(bound) = element.metric.get("le").parse::<f64>() else {
            continue;
        };
        let mut key = element.metric.grouped(&all_but_bound);
        key.name.clone_from(&element.metric.name);
        let at = *known.entry(key.clone()).or_insert_with(|| {
            order.push((key.drop_name(), Vec::new()));
            order.len() - 1
        });
        let count = element.value;
        order[at].1.push(Bucket { bound, count });
    }
    let answer = |(metric, buckets)| Element {
        metric,
        value: bucket_quantile(level, buckets, version),
    };
    order.into_iter().map(answer).collect()
}

/// The value below which a share `level` lies, evenly spread within its bucket; the first bucket
/// begins at 0 (unless its bound is not positive), and the last finite bound answers for all above.
fn bucket_quantile(level: f64, mut buckets: Vec<Bucket>, version: Version) -> f64 {
    if level.is_nan() {
        return f64::NAN;
    }
    if let Some(beyond) = beyond(level) {
        return beyond;
    }
    buckets.sort_by(|left, right| left.bound.total_cmp(&right.bound));
    if buckets
        .last()
        .is_none_or(|last| last.bound != f64::INFINITY)
    {
        return f64::NAN;
    }
    let buckets = rising(merged(&buckets), version);
    let top = buckets.len() - 1;
    let observations = buckets[top].count;
    if top == 0 || observations == 0.0 {
        return f64::NAN;
    }
    let rank = level * observations;
    let below = |bucket: &Bucket| bucket.count.partial_cmp(&rank).is_none_or(Ordering::is_lt);
    let at = buckets[..top].partition_point(below);
    if at == top {
        return buckets[top - 1].bound;
    }
    interpolated(rank, at, &buckets)
}

fn interpolated(rank: f64, at: usize, buckets: &[Bucket]) -> f64 {
    let own = buckets[at];
    if at == 0 {
        let positive = own.bound * (rank / own.count);
        return if own.bound <= 0.0 {
            own.bound
        } else {
            positive
        };
    }
    let below = buckets[at - 1];
    let share = (rank - below.count) / (own.count - below.count);
    below.bound + (own.bound - below.bound) * share
}

/// Buckets of the same bound (written differently) as one.
fn merged(buckets: &[Bucket]) -> Vec<Bucket> {
    let mut merged: Vec<Bucket> = Vec::with_capacity(buckets.len());
    for bucket in buckets {
        match merged.last_mut() {
            Some(last) if last.bound == bucket.bound => last.count += bucket.count,
            _ => merged.push(*bucket),
        }
    }
    merged
}

/// Cumulative counts never fall: what fell (scrapes apart, rounding) is lifted.
fn rising(mut buckets: Vec<Bucket>, version: Version) -> Vec<Bucket> {
    let mut highest = f64::NEG_INFINITY;
    for bucket in &mut buckets {
        let nearly = version == Version::Three && nearly_equal(highest, bucket.count);
        if bucket.count < highest || nearly {
            bucket.count = highest;
        } else if bucket.count > highest {
            highest = bucket.count;
        }
    }
    buckets
}

fn nearly_equal(left: f64, right: f64) -> bool {
    let larger = (left.abs() + right.abs()).min(f64::MAX);
    left.is_finite() && left != right && (left - right).abs() / larger < ROUNDING
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantile_of(level: f64, buckets: &[(f64, f64)]) -> f64 {
        let bucket = |(bound, count): &(f64, f64)| Bucket {
            bound: *bound,
            count: *count,
        };
        bucket_quantile(level, buckets.iter().map(bucket).collect(), Version::Three)
    }

    #[test]
    fn the_share_within_a_bucket_is_spread_evenly() {
        // 10 up to 100, 30 more up to 200, 10 beyond: the median is the 25th, 15 of 30 into 100..200.
        let buckets = [(100.0, 10.0), (200.0, 40.0), (f64::INFINITY, 50.0)];
        assert_eq!(quantile_of(0.5, &buckets), 150.0);
        assert_eq!(quantile_of(0.1, &buckets), 50.0);
        assert_eq!(quantile_of(0.99, &buckets), 200.0);
    }

    #[test]
    fn a_bucket_that_fell_behind_is_lifted() {
        let buckets = [(1.0, 10.0), (2.0, 7.0), (f64::INFINITY, 20.0)];
        assert_eq!(quantile_of(0.5, &buckets), 1.0);
    }
}

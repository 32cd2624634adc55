//! Earliest deadline first: weighted rotation (`edf_scheduler.h`).
//!
//! Every entry has a deadline; the earliest is picked and comes back one over its weight later.
//! Weights may change between picks: an entry's new weight is used when it comes back. Ties go to
//! the entry that has waited longest.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

#[derive(Debug, Clone, Copy)]
struct Entry {
    deadline: f64,
    order: u64,
    index: u32,
}

impl Entry {
    fn key(&self) -> (f64, u64) {
        (self.deadline, self.order)
    }
}

impl Ord for Entry {
    /// The heap keeps its greatest on top: that is the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        let ((deadline, order), (theirs, others)) = (other.key(), self.key());
        deadline.total_cmp(&theirs).then(order.cmp(&others))
    }
}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Entry {}

/// A schedule over the indices of hosts or localities.
#[derive(Debug, Clone)]
pub struct Edf {
    heap: BinaryHeap<Entry>,
    time: f64,
    order: u64,
}

/// Envoy takes no more first picks than this (a tenth of 2^32).
const MOST_FIRST_PICKS: u64 = 429_496_729;

impl Edf {
    /// A schedule of these entries as it stands after `picks` picks. All weights must be above
    /// zero. The whole rounds among the first picks are counted, not made.
    pub fn after(picks: u64, entries: &[u32], weight: impl Fn(u32) -> f64) -> Self {
        let picks = picks % MOST_FIRST_PICKS;
        let total: f64 = entries.iter().map(|index| weight(*index)).sum();
        let rounds = picks as f64 / total;
        let (mut time, mut made) = (0f64, 0);
        let mut heap = Vec::with_capacity(entries.len());
        for (order, index) in (0u64..).zip(entries) {
            let weight = weight(*index);
            debug_assert!(weight > 0.0, "entry {index} has weight {weight}");
            // A whole number of picks whose last is strictly before the end of the rounds.
            let whole = ((rounds * weight).ceil() - 1.0).max(0.0);
            made += whole as u64;
            time = time.max(whole / weight);
            heap.push(Entry {
                deadline: (whole + 1.0) / weight,
                order,
                index: *index,
            });
        }
        let mut schedule = Self {
            order: heap.len() as u64,
            heap: heap.into(),
            time,
        };
        for _ in made..picks {
            schedule.pick(&weight);
        }
        schedule
    }

    /// The next entry; `weight` is asked for its weight of now.
    pub fn pick(&mut self, weight: impl Fn(u32) -> f64) -> Option<u32> {
        let mut first = self.heap.peek_mut()?;
        self.time = self.time.max(first.deadline);
        let index = first.index;
        first.deadline = self.time + 1.0 / weight(index);
        first.order = self.order;
        self.order += 1;
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picks(mut schedule: Edf, weights: &[f64], count: usize) -> Vec<u32> {
        let weight = |index: u32| weights[index as usize];
        let picked = (0..count).map(|_| schedule.pick(weight));
        picked.map(|index| index.expect("not empty")).collect()
    }

    #[test]
    fn shares_follow_the_weights_exactly() {
        let weights = [1.0, 2.0, 5.0];
        let schedule = Edf::after(0, &[0, 1, 2], |index| weights[index as usize]);
        let picked = picks(schedule, &weights, 800);
        let count = |index: u32| picked.iter().filter(|it| **it == index).count();
        assert_eq!([count(0), count(1), count(2)], [100, 200, 500]);
    }

    #[test]
    fn counting_the_first_rounds_is_making_them() {
        // Weights without ties, so that the order of equals cannot matter.
        let weights = [1.0, 2.3, 5.71, 0.37];
        let weight = |index: u32| weights[index as usize];
        for first in 0..200 {
            let counted = picks(Edf::after(first, &[0, 1, 2, 3], weight), &weights, 50);
            let made = picks(
                Edf::after(0, &[0, 1, 2, 3], weight),
                &weights,
                first as usize + 50,
            );
            assert_eq!(counted, made[first as usize..], "{first}");
        }
    }

    #[test]
    fn an_empty_schedule_has_no_next() {
        assert_eq!(Edf::after(7, &[], |_| 1.0).pick(|_| 1.0), None);
    }
}

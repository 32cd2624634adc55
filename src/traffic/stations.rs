//! A process whose requests finish when they are predicted to: FIFO, no throttling.
//!
//! With a fixed number of equal stations and known service times, a request's start and end are
//! known when it arrives; nothing needs to happen later. What is in flight follows from the times
//! at which stations fall free.

use std::collections::VecDeque;

/// Stations by the time they fall free, and the starts of requests that may still wait [ns].
#[derive(Debug, Clone)]
pub(super) struct Stations {
    /// A binary heap, the earliest first.
    free: Vec<u64>,
    /// Ascending, since service is in order of arrival.
    starts: VecDeque<u64>,
}

impl Stations {
    pub(super) fn new(concurrency: u32) -> Self {
        Self {
            free: vec![0; concurrency.max(1) as usize],
            starts: VecDeque::new(),
        }
    }

    /// When a request that comes now would start.
    #[inline]
    pub(super) fn next_start(&self, now: u64) -> u64 {
        self.free[0].max(now)
    }

    /// Takes the station that falls free first, from `start` to `end`.
    #[inline]
    pub(super) fn occupy(&mut self, now: u64, start: u64, end: u64) {
        if start > now {
            self.starts.push_back(start);
        }
        let free = &mut self.free;
        let mut hole = 0;
        loop {
            let left = 2 * hole + 1;
            if left >= free.len() {
                break;
            }
            let right = (left + 1).min(free.len() - 1);
            let child = if free[right] < free[left] {
                right
            } else {
                left
            };
            if free[child] >= end {
                break;
            }
            free[hole] = free[child];
            hole = child;
        }
        free[hole] = end;
    }

    /// Requests that wait for a station.
    #[inline]
    pub(super) fn waiting(&mut self, now: u64) -> usize {
        while self.starts.front().is_some_and(|start| *start <= now) {
            self.starts.pop_front();
        }
        self.starts.len()
    }

    /// Requests in service and waiting.
    pub(super) fn in_flight(&self, now: u64) -> usize {
        let busy = self.free.iter().filter(|end| **end > now).count();
        let waiting = self.starts.iter().rev().take_while(|start| **start > now);
        busy + waiting.count()
    }

    /// When the last request finishes if no more come.
    pub(super) fn drained_at(&self, now: u64) -> u64 {
        self.free.iter().copied().max().unwrap_or(0).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_start_in_order_as_stations_fall_free() {
        let mut stations = Stations::new(2);
        let mut story = Vec::new();
        for (now, service) in [(0, 10), (1, 3), (2, 5), (3, 1), (20, 1)] {
            let start = stations.next_start(now);
            stations.occupy(now, start, start + service);
            story.push((start, stations.waiting(now), stations.in_flight(now)));
        }
        // Busy until 10 and 4; the third waits until 4, the fourth until 9.
        assert_eq!(
            story,
            [(0, 0, 1), (1, 0, 2), (4, 1, 3), (9, 2, 4), (20, 0, 1)]
        );
        assert_eq!(stations.drained_at(0), 21);
    }
}

//! A process under a CPU quota (reference kubernetes.md §9).
//!
//! The limit grants `limit × 100 ms` of CPU time in each period of 100 ms. Every request in
//! service burns its CPU share of each instant, so `n` of them burn `n × share` cores together;
//! when the grant is used up, all stall until the period ends. They progress at the same pace, one
//! or none, so one clock of progress serves them all: a request that needs `s` finishes when the
//! clock has advanced by `s`. How fast the grant is used depends on who comes later, so ends cannot
//! be predicted at arrival: this is the event path.
//!
//! Periods are counted from the container's start. Unused grants are not carried over (no burst).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::pace::Pace;
use crate::ids::ServiceId;
use crate::units::{CpuMillis, Ratio, SimDuration};

/// `cpu.cfs_period_us` of the kubelet.
const PERIOD: u64 = SimDuration::from_millis(100).as_nanos();
/// The kubelet grants at least 1 ms a period.
const GRANT_MIN: u64 = SimDuration::from_millis(1).as_nanos();
const WHOLE: u128 = Ratio::ONE.as_parts_per_billion() as u128;

/// One attempt in the hands of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Job {
    /// Which request, by its number in the carrier.
    pub(super) flight: u64,
    /// Which attempt of it.
    pub(super) attempt: u32,
    /// How long it takes at full speed, once the process is warm [ns].
    pub(super) service: u64,
    /// What comes of it.
    pub(super) ends: JobEnd,
    /// When it reached the process [ns].
    pub(super) arrived: u64,
    /// The Service through which it came.
    pub(super) through: ServiceId,
}

/// What an attempt comes to when its service is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JobEnd {
    Answered,
    Erred,
    Crashes,
}

/// The process: who is in service, who waits, and the grant of the period.
#[derive(Debug, Clone)]
pub(super) struct Metered {
    now: u64,
    /// Progress made by a request that would have been in service all along.
    progress: u64,
    period_end: u64,
    /// CPU time a period, and what is left of it [ns × parts per billion].
    grant: u128,
    left: u128,
    /// What one request in service burns each nanosecond [parts per billion].
    burn: u128,
    pace: Pace,
    concurrency: usize,
    running: BinaryHeap<Reverse<(u64, Job)>>,
    waiting: VecDeque<Job>,
}

impl Metered {
    /// A process that starts at `start`; `grant` is the CPU share of its requests and its limit.
    pub(super) fn new(start: u64, pace: Pace, concurrency: u32, grant: (Ratio, CpuMillis)) -> Self {
        let (share, limit) = grant;
        let grant = (limit.as_millis() * PERIOD / 1000).max(GRANT_MIN);
        let grant = u128::from(grant) * WHOLE;
        Self {
            now: start,
            progress: 0,
            period_end: start + PERIOD,
            grant,
            left: grant,
            burn: u128::from(share.as_parts_per_billion()),
            pace,
            concurrency: concurrency.max(1) as usize,
            running: BinaryHeap::new(),
            waiting: VecDeque::new(),
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.running.len() + self.waiting.len()
    }

    /// Takes a job at `now`; [`Metered::advance`] must have come there before.
    pub(super) fn admit(&mut self, job: Job) {
        self.waiting.push_back(job);
        self.fill();
    }

    fn fill(&mut self) {
        while self.running.len() < self.concurrency {
            let Some(job) = self.waiting.pop_front() else {
                return;
            };
            let service = self.pace.slowed(self.now, job.service as f64);
            self.running.push(Reverse((self.progress + service, job)));
        }
    }

    /// The next instant at which anything changes if nobody comes; `u64::MAX` when idle.
    pub(super) fn boundary(&self) -> u64 {
        let Some(Reverse((end, _))) = self.running.peek() else {
            return u64::MAX;
        };
        if self.left == 0 {
            return self.period_end;
        }
        let rate = self.burn * self.running.len() as u128;
        let exhausted = self.left.div_ceil(rate.max(1)).min(u128::from(PERIOD)) as u64;
        let step = exhausted.min(end - self.progress);
        (self.now + step).min(self.period_end)
    }

    /// Goes on to `to`, noting each job that finishes and when.
    pub(super) fn advance(&mut self, to: u64, finished: &mut Vec<(u64, Job)>) {
        loop {
            let next = self.boundary().min(to);
            self.pass(next);
            while let Some(Reverse((end, job))) = self.running.peek().copied()
                && end <= self.progress
            {
                self.running.pop();
                finished.push((next, job));
                self.fill();
            }
            if next >= to {
                return;
            }
        }
    }

    fn pass(&mut self, next: u64) {
        let length = next - self.now;
        self.now = next;
        if !self.running.is_empty() && self.left > 0 {
            let burnt = self.burn * self.running.len() as u128 * u128::from(length);
            self.left = self.left.saturating_sub(burnt);
            self.progress += length;
        }
        if next >= self.period_end {
            self.period_end += ((next - self.period_end) / PERIOD + 1) * PERIOD;
            self.left = self.grant;
        }
    }

    /// When the last job finishes if no more come.
    pub(super) fn drained_at(&self) -> u64 {
        let mut rest = self.clone();
        let mut finished = Vec::new();
        while rest.in_flight() > 0 {
            let next = rest.boundary();
            rest.advance(next, &mut finished);
        }
        rest.now
    }

    /// When a job that comes now would start.
    pub(super) fn next_start(&self) -> u64 {
        let mut rest = self.clone();
        let mut finished = Vec::new();
        while rest.in_flight() >= rest.concurrency {
            let next = rest.boundary();
            rest.advance(next, &mut finished);
        }
        rest.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::WarmUp;
    use crate::units::SimTime;

    const MS: u64 = 1_000_000;

    fn job(flight: u64, service_ms: u64) -> Job {
        Job {
            flight,
            attempt: 1,
            service: service_ms * MS,
            ends: JobEnd::Answered,
            arrived: 0,
            through: ServiceId::new(0),
        }
    }

    /// Finishing times (ms) of jobs (arrival, service) [ms] on a process with these properties.
    fn check(millis: u64, share: &str, jobs: &[(u64, u64)], expected: &[u64]) {
        let mut metered = Metered::new(
            0,
            Pace::new(None, SimTime::ZERO),
            64,
            (share.parse().unwrap(), CpuMillis::new(millis)),
        );
        let mut finished = Vec::new();
        for (flight, (at, service)) in jobs.iter().enumerate() {
            metered.advance(at * MS, &mut finished);
            metered.admit(job(flight as u64, *service));
        }
        metered.advance(10_000 * MS, &mut finished);
        let times: Vec<u64> = finished.iter().map(|(at, _)| at / MS).collect();
        assert_eq!(times, expected, "{millis}m, {share}, {jobs:?}");
    }

    #[test]
    fn a_burst_stalls_as_the_reference_derives() {
        // W CPU-ms on n threads under L cores take floor(W / 100 L) x 100 + (W mod 100 L) / n ms.
        // L = 0.5, n = 4, 30 ms each: W = 120 = 2 x 50 + 20, so 200 + 20 / 4 = 205 ms.
        check(500, "100%", &[(0, 30); 4], &[205; 4]);
        // L = 2, n = 1: one thread never uses two cores up.
        check(2000, "100%", &[(0, 350)], &[350]);
        // L = 1, n = 2, 80 ms each: W = 160, so 100 + 60 / 2 = 130 ms.
        check(1000, "100%", &[(0, 80); 2], &[130; 2]);
    }

    #[test]
    fn only_the_cpu_share_burns_quota() {
        // Half of 80 ms on 2 threads: 80 CPU-ms of 100, no stall.
        check(1000, "50%", &[(0, 80); 2], &[80; 2]);
        check(100, "0%", &[(0, 80); 9], &[80; 9]);
    }

    #[test]
    fn who_comes_later_slows_those_who_are_there() {
        // L = 0.5: alone, 40 ms would end at 40. From 20 ms on two burn: 30 ms of grant left last
        // 15 ms, to 35; stall to 100; the first needs 5 more, the second 25 more.
        check(500, "100%", &[(0, 40), (20, 40)], &[105, 125]);
    }

    #[test]
    fn the_smallest_grant_is_one_millisecond_a_period() {
        check(1, "100%", &[(0, 2)], &[101]);
    }

    #[test]
    fn those_beyond_the_concurrency_wait_in_order() {
        let mut metered = Metered::new(
            0,
            Pace::new(None, SimTime::ZERO),
            1,
            (Ratio::ONE, CpuMillis::new(1000)),
        );
        (0..3).for_each(|flight| metered.admit(job(flight, 10)));
        assert_eq!((metered.waiting(), metered.next_start()), (2, 30 * MS));
        assert_eq!(metered.drained_at(), 30 * MS);
    }

    #[test]
    fn a_cold_process_slows_a_request_by_its_age_when_it_starts() {
        // Factor 3 falling to 1 within 40 ms, no quota to speak of. The first takes 30 ms; the
        // second starts then, at a factor of 1.5, and takes 15.
        let warm_up = Some(WarmUp {
            factor: 3.0,
            period: SimDuration::from_millis(40),
        });
        let pace = Pace::new(warm_up, SimTime::ZERO);
        let mut metered = Metered::new(0, pace, 1, (Ratio::ONE, CpuMillis::new(4000)));
        (0..2).for_each(|flight| metered.admit(job(flight, 10)));
        assert_eq!(metered.drained_at(), 45 * MS);
    }
}

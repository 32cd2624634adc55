//! What one process has answered, as its own metrics would say.
//!
//! A process counts a request when its service ends, with the status it returned, whether or not
//! the client still waits. So a client's time-out, a refused connection and a request that died
//! with its process are invisible here; a full queue is a 503 at once.
//!
//! Invariant: counts only grow; a process that starts anew begins with an empty meter.

use crate::ids::ServiceId;
use crate::units::{SimDuration, SimTime};

/// What a process answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// 200: without error.
    Ok,
    /// 500: the application's error.
    Error,
    /// 503: the queue was full.
    Unavailable,
}

impl Status {
    /// The HTTP status code, as a label says it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ok => "200",
            Self::Error => "500",
            Self::Unavailable => "503",
        }
    }
}

/// One answer of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// The Service through which the request came.
    pub through: ServiceId,
    /// What was returned.
    pub status: Status,
    /// When the request reached the process.
    pub arrived: SimTime,
    /// When its service ended.
    pub ended: SimTime,
}

/// What meters tell apart besides Service and status: the edges of their histograms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeterSpec {
    edges: Vec<SimDuration>,
}

impl MeterSpec {
    /// Histograms with these upper edges, each included in its bucket; without edges only counts
    /// and sums are kept.
    pub fn new(mut edges: Vec<SimDuration>) -> Self {
        edges.sort_unstable();
        edges.dedup();
        Self { edges }
    }
    /// The edges, ascending.
    pub fn edges(&self) -> &[SimDuration] {
        &self.edges
    }
    fn bucket(&self, length: SimDuration) -> usize {
        self.edges.partition_point(|edge| *edge < length)
    }
}

/// Answers of one status to requests through one Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    through: ServiceId,
    status: Status,
    count: u64,
    total: SimDuration,
    whole_millis: u64,
    /// One for each edge, and one for what is longer.
    buckets: Vec<u64>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn zero(through: ServiceId, status: Status, spec: &MeterSpec) -> Self {
        Self {
            through,
            status,
            count: 0,
            total: SimDuration::ZERO,
            whole_millis: 0,
            buckets: vec![0; spec.edges.len() + 1],
        }
    }
    fn count_in(&mut self, length: SimDuration, bucket: usize) {
        self.count += 1;
        self.total += length;
        self.whole_millis += length.as_nanos() / 1_000_000;
        self.buckets[bucket] += 1;
    }
    /// The Service.
    pub fn through(&self) -> ServiceId {
        self.through
    }
    /// The status.
    pub fn status(&self) -> Status {
        self.status
    }
    /// How many answers.
    pub fn count(&self) -> u64 {
        self.count
    }
    /// Sum of their durations, from arrival at the process to the end of service.
    pub fn total(&self) -> SimDuration {
        self.total
    }
    /// The same sum with each duration cut to whole milliseconds before.
    pub fn whole_millis(&self) -> u64 {
        self.whole_millis
    }
    /// For each edge of the spec how many took at most so long.
    pub fn at_most(&self) -> impl Iterator<Item = u64> {
        let edges = self.buckets.len() - 1;
        self.buckets[..edges].iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
    }
}

/// All answers of one process since it started.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    tallies: Vec<Tally>,
}

impl Meter {
    /// Counts one answer. Allocates at the first one of its Service and status only.
    pub fn count(&mut self, response: &Response, spec: &MeterSpec) {
        let length = response.ended - response.arrived;
        let Response {
            through, status, ..
        } = *response;
        let same = |tally: &Tally| tally.through == through && tally.status == status;
        let place = self.tallies.iter().position(same).unwrap_or_else(|| {
            self.tallies.push(Tally::zero(through, status, spec));
            self.tallies.len() - 1
        });
        self.tallies[place].count_in(length, spec.bucket(length));
    }
    /// What was counted, in the order of the first answers.
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }
    /// How many answers of a status, through all Services.
    pub fn answered(&self, status: Status) -> u64 {
        let of_status = self.tallies.iter().filter(|tally| tally.status == status);
        of_status.map(|tally| tally.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart_by_service_and_status_and_edges_belong_to_their_bucket() {
        let millis = SimDuration::from_millis;
        let spec = MeterSpec::new(vec![millis(25), millis(5), millis(25)]);
        assert_eq!(spec.edges(), [millis(5), millis(25)]);
        let mut meter = Meter::default();
        let micros = [(0, 5000), (0, 5001), (0, 25_000), (1, 7000), (0, 26_900)];
        for (service, length) in micros {
            let arrived = SimTime::from_secs(3);
            let response = Response {
                through: ServiceId::new(service),
                status: Status::Ok,
                arrived,
                ended: arrived + SimDuration::from_nanos(length * 1000),
            };
            meter.count(&response, &spec);
        }
        let [first, second] = meter.tallies() else {
            panic!("two Services");
        };
        assert_eq!((first.count(), second.count()), (4, 1));
        assert_eq!(first.at_most().collect::<Vec<_>>(), [1, 3]);
        // 5 + 5.001 + 25 + 26.9 ms; in whole milliseconds 5 + 5 + 25 + 26.
        assert_eq!(first.total(), SimDuration::from_nanos(61_901_000));
        assert_eq!(first.whole_millis(), 61);
        assert_eq!(meter.answered(Status::Ok), 5);
        assert_eq!(meter.answered(Status::Error), 0);
    }
}

//! One process that serves requests.

use std::sync::Arc;

use super::memory::MemoryLimit;
use super::metering::Metering;
use super::pace::Pace;
use super::population::user_hash;
use super::quota::{Job, JobEnd, Metered};
use super::stations::Stations;
use super::{HealthPath, InterruptKind, ServerSpec, Version};
use crate::facts::{Meter, MeterSpec};
use crate::ids::{ServiceId, UserId};
use crate::laws::Law;
use crate::units::SimTime;

/// Marks which users a defect hurts; part of every run alike.
const SEGMENT: u64 = 0x5e67_0000;

/// What a process takes a request with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    pub(super) flight: u64,
    pub(super) attempt: u32,
    pub(super) user: UserId,
    /// The Service through which it came.
    pub(super) through: ServiceId,
    /// Base variates: service, error, crash.
    pub(super) service: f64,
    pub(super) error: f64,
    pub(super) crash: f64,
}

/// What becomes of a request that reached a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// The queue is full.
    Overflow,
    /// It starts and ends at these times if nothing happens to the process.
    Predicted { start: u64, end: u64, ends: JobEnd },
    /// The process will say when it is done.
    Pending,
}

#[derive(Debug, Clone)]
enum Work {
    Predicted(Stations),
    Metered(Box<Metered>),
}

/// A process: how it serves and what it has in hand.
#[derive(Debug, Clone)]
pub(super) struct Server {
    service_time: Law,
    pace: Pace,
    queue: usize,
    error_rate: f64,
    crash_chance: f64,
    hurt_below: u64,
    concurrency: usize,
    pub(super) version: Version,
    /// Whether its listener is open.
    pub(super) accepts: bool,
    /// Whether it closes connections after their response.
    pub(super) closes_connections: bool,
    pub(super) health_path: HealthPath,
    work: Work,
    memory: Option<MemoryLimit>,
    crash_at: u64,
    memory_at: u64,
    metering: Option<Box<Metering>>,
}

impl Server {
    pub(super) fn new(spec: &ServerSpec, metering: Option<&Arc<MeterSpec>>) -> Self {
        let whole = spec.users.as_fraction() * 2f64.powi(32);
        let memory = MemoryLimit::new(spec);
        let started_at = spec.started_at.as_nanos();
        let pace = Pace::new(spec.warm_up, spec.started_at);
        let work = match spec.cpu_limit {
            Some(limit) if limit.as_millis() > 0 && spec.cpu_share.as_parts_per_billion() > 0 => {
                let grant = (spec.cpu_share, limit);
                let metered = Metered::new(started_at, pace, spec.concurrency, grant);
                Work::Metered(Box::new(metered))
            }
            _ => Work::Predicted(Stations::new(spec.concurrency)),
        };
        Self {
            service_time: spec.service_time,
            pace,
            queue: spec.queue.map_or(usize::MAX, |queue| queue as usize),
            error_rate: spec.error_rate.as_fraction(),
            crash_chance: spec.crash_per_request.as_fraction(),
            hurt_below: whole as u64,
            concurrency: spec.concurrency.max(1) as usize,
            version: spec.version,
            accepts: true,
            closes_connections: false,
            health_path: HealthPath::default(),
            work,
            memory,
            crash_at: u64::MAX,
            memory_at: memory.map_or(u64::MAX, |limit| limit.exceeded_at(0)),
            metering: metering.map(|spec| Box::new(Metering::new(Arc::clone(spec)))),
        }
    }

    /// Takes a request at `now`, up to which a metered process has been advanced.
    #[inline]
    pub(super) fn admit(&mut self, now: u64, demand: &Demand) -> Admission {
        let admission = self.take(now, demand);
        if let Some(metering) = &mut self.metering {
            metering.admitted(now, demand.through, admission);
        }
        if self.memory.is_some() && admission != Admission::Overflow {
            self.watch_memory(now);
        }
        admission
    }

    #[inline]
    fn take(&mut self, now: u64, demand: &Demand) -> Admission {
        let ends = self.end_of(demand);
        match &mut self.work {
            Work::Predicted(stations) => {
                let start = stations.next_start(now);
                if start > now && stations.waiting(now) >= self.queue {
                    return Admission::Overflow;
                }
                let base = self.service_time.quantile(demand.service) * 1e9;
                let end = start + self.pace.slowed(start, base);
                stations.occupy(now, start, end);
                if ends == JobEnd::Crashes {
                    self.crash_at = self.crash_at.min(end);
                }
                Admission::Predicted { start, end, ends }
            }
            Work::Metered(metered) => {
                let full = metered.in_flight() >= self.concurrency;
                if full && metered.waiting() >= self.queue {
                    return Admission::Overflow;
                }
                let base = self.service_time.quantile(demand.service) * 1e9;
                metered.admit(Job {
                    flight: demand.flight,
                    attempt: demand.attempt,
                    service: (base + 0.5) as u64,
                    ends,
                    arrived: now,
                    through: demand.through,
                });
                Admission::Pending
            }
        }
    }

    #[inline]
    fn end_of(&self, demand: &Demand) -> JobEnd {
        if demand.crash < self.crash_chance {
            return JobEnd::Crashes;
        }
        let hurt = || u64::from(user_hash(demand.user, SEGMENT)) < self.hurt_below;
        if demand.error < self.error_rate && hurt() {
            return JobEnd::Erred;
        }
        JobEnd::Answered
    }

    fn watch_memory(&mut self, now: u64) {
        let Some(limit) = self.memory else { return };
        let bound = match &mut self.work {
            Work::Predicted(stations) => self.concurrency + stations.waiting(now),
            Work::Metered(metered) => metered.in_flight(),
        };
        if !limit.is_harmless(bound) {
            self.memory_at = limit.exceeded_at(self.in_flight(now)).max(now);
        }
    }

    /// Goes on to `now`; tells what finished meanwhile. Nothing to do unless metered.
    #[inline]
    pub(super) fn advance(&mut self, now: u64, finished: &mut Vec<(u64, Job)>) {
        if let Work::Metered(metered) = &mut self.work {
            metered.advance(now, finished);
            for (at, job) in finished.iter() {
                if job.ends == JobEnd::Crashes {
                    self.crash_at = self.crash_at.min(*at);
                }
                if let Some(metering) = &mut self.metering {
                    metering.finished(*at, job);
                }
            }
        }
    }

    /// What it has answered by `now`; absent if nobody counts.
    pub(super) fn read_meter(&mut self, now: SimTime) -> Option<&Meter> {
        self.metering.as_mut().map(|metering| metering.read(now))
    }

    /// When the carrier must look at it again; `u64::MAX` for never.
    #[inline]
    pub(super) fn wake_at(&self) -> u64 {
        let boundary = match &self.work {
            Work::Predicted(_) => u64::MAX,
            Work::Metered(metered) => metered.boundary(),
        };
        boundary.min(self.crash_at).min(self.memory_at)
    }

    /// What brings it down at `now`, if anything does.
    pub(super) fn downfall(&mut self, now: u64) -> Option<InterruptKind> {
        if self.crash_at <= now {
            return Some(InterruptKind::Crashed);
        }
        if self.memory_at <= now {
            let limit = self.memory.expect("only a limit sets the time");
            self.memory_at = limit.exceeded_at(self.in_flight(now));
            if self.memory_at <= now {
                return Some(InterruptKind::OutOfMemory);
            }
        }
        None
    }

    pub(super) fn in_flight(&self, now: u64) -> usize {
        match &self.work {
            Work::Predicted(stations) => stations.in_flight(now),
            Work::Metered(metered) => metered.in_flight(),
        }
    }

    pub(super) fn drained_at(&self, now: u64) -> u64 {
        match &self.work {
            Work::Predicted(stations) => stations.drained_at(now),
            Work::Metered(metered) => metered.drained_at().max(now),
        }
    }

    pub(super) fn next_start(&self, now: u64) -> u64 {
        match &self.work {
            Work::Predicted(stations) => stations.next_start(now),
            Work::Metered(metered) => metered.next_start().max(now),
        }
    }
}

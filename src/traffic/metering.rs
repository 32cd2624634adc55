//! How a process counts its answers at the instants at which they are given.
//!
//! Where service is predicted, an answer is known long before it is given. It waits here until
//! somebody reads the meter, or until so many wait that it is time to look which are due: a push
//! for each request, and no event.

use std::sync::Arc;

use super::quota::{Job, JobEnd};
use super::server::Admission;
use crate::facts::{Meter, MeterSpec, Response, Status};
use crate::ids::ServiceId;
use crate::units::SimTime;

/// So many answers wait before the due ones are counted unasked: 24 kB, which stay in the cache.
const WAITING_MAX: usize = 1024;

/// The meter of a process, and the answers it is going to give.
#[derive(Debug, Clone)]
pub(super) struct Metering {
    spec: Arc<MeterSpec>,
    meter: Meter,
    waiting: Vec<Response>,
    /// Look when so many wait; grows where more than half of them are not due for long.
    look_at: usize,
}

impl Metering {
    pub(super) fn new(spec: Arc<MeterSpec>) -> Self {
        Self {
            spec,
            meter: Meter::default(),
            waiting: Vec::new(),
            look_at: WAITING_MAX,
        }
    }

    /// A request came at `now`, and this became of it.
    #[inline]
    pub(super) fn admitted(&mut self, now: u64, through: ServiceId, admission: Admission) {
        let (ended, status) = match admission {
            Admission::Overflow => (now, Status::Unavailable),
            Admission::Predicted { end, ends, .. } => match status(ends) {
                Some(status) => (end, status),
                None => return,
            },
            Admission::Pending => return,
        };
        if self.waiting.len() >= self.look_at {
            self.count_due(SimTime::from_nanos(now));
            self.look_at = WAITING_MAX.max(2 * self.waiting.len());
        }
        self.waiting.push(Response {
            through,
            status,
            arrived: SimTime::from_nanos(now),
            ended: SimTime::from_nanos(ended),
        });
    }

    /// A job whose end could not be predicted was done at `at`.
    pub(super) fn finished(&mut self, at: u64, job: &Job) {
        let Some(status) = status(job.ends) else {
            return;
        };
        let response = Response {
            through: job.through,
            status,
            arrived: SimTime::from_nanos(job.arrived),
            ended: SimTime::from_nanos(at),
        };
        self.meter.count(&response, &self.spec);
    }

    /// The meter with all answers given by `now`.
    pub(super) fn read(&mut self, now: SimTime) -> &Meter {
        self.count_due(now);
        &self.meter
    }

    fn count_due(&mut self, now: SimTime) {
        let (meter, spec) = (&mut self.meter, &self.spec);
        self.waiting.retain(|response| {
            let due = response.ended <= now;
            if due {
                meter.count(response, spec);
            }
            !due
        });
    }
}

/// What is returned; nothing where the process goes down instead.
fn status(ends: JobEnd) -> Option<Status> {
    match ends {
        JobEnd::Answered => Some(Status::Ok),
        JobEnd::Erred => Some(Status::Error),
        JobEnd::Crashes => None,
    }
}

//! Alarms: what must be looked at later because it could not be known before.

use std::cmp::Reverse;

use super::{Alarm, Carrier};
use crate::facts::{Cause, Verdict};
use crate::ids::PodId;
use crate::traffic::Interrupt;
use crate::traffic::mesh::NO_CROSSING;
use crate::traffic::quota::{Job, JobEnd};
use crate::units::SimTime;

impl Carrier {
    /// Does what the earliest alarm says.
    pub(super) fn ring(&mut self) -> Option<Interrupt> {
        let Reverse((at, alarm)) = self.alarms.pop().expect("the caller saw it");
        match alarm {
            Alarm::Look { pod } if self.looks[pod as usize] == at => self.look(pod, at),
            Alarm::Look { .. } => None,
            Alarm::Again {
                flight,
                ended,
                attempt,
            } => {
                self.repeat(flight, ended, attempt);
                None
            }
            Alarm::Crossing { ticket, awaited } => {
                self.crossing_due(ticket, awaited);
                None
            }
            Alarm::Check {
                place,
                pod,
                awaited,
            } => {
                self.check_host(place, pod, awaited);
                None
            }
            Alarm::Refresh(place) => {
                self.refresh_upstream(place);
                None
            }
            Alarm::Tick(place) => {
                self.tick_upstream(place);
                None
            }
        }
    }

    pub(super) fn look(&mut self, pod: u32, at: u64) -> Option<Interrupt> {
        self.looks[pod as usize] = u64::MAX;
        self.catch_up(pod, at);
        let kind = self.server_mut(pod)?.downfall(at);
        let Some(kind) = kind else {
            self.look_later(pod);
            return None;
        };
        Some(Interrupt {
            at: SimTime::from_nanos(at),
            pod: PodId::new(pod),
            kind,
        })
    }

    /// Sets the alarm at which a pod's process must be looked at.
    pub(super) fn look_later(&mut self, pod: u32) {
        let Some(Some(server)) = self.servers.get(pod as usize) else {
            return;
        };
        let at = server.wake_at();
        if at == u64::MAX || at == self.looks[pod as usize] {
            return;
        }
        let at = at.max(self.now);
        self.looks[pod as usize] = at;
        self.alarms.push(Reverse((at, Alarm::Look { pod })));
    }

    /// Brings a process whose ends cannot be predicted up to `now` and notes what it finished.
    #[inline]
    pub(super) fn catch_up(&mut self, pod: u32, now: u64) {
        let Some(Some(server)) = self.servers.get_mut(pod as usize) else {
            return;
        };
        server.advance(now, &mut self.finished);
        if !self.finished.is_empty() {
            self.settle_finished();
        }
    }

    pub(super) fn settle_finished(&mut self) {
        let mut finished = std::mem::take(&mut self.finished);
        for (at, job) in finished.drain(..) {
            if let Some(ticket) = self.crossing_of(&job) {
                self.crossing_finished(ticket, at, job.ends);
                continue;
            }
            let verdict = match job.ends {
                JobEnd::Answered => Verdict::Good,
                JobEnd::Erred => Verdict::Failed(Cause::Defect),
                JobEnd::Crashes => continue,
            };
            let waits = self.flights.get_mut(job.flight).is_some_and(|flight| {
                u32::from(flight.attempts) == job.attempt && flight.until >= at
            });
            if waits {
                self.end_attempt(job.flight, at, verdict);
            }
        }
        self.finished = finished;
    }

    /// The proxy's hold on the request of a job, if it still waits for this one.
    fn crossing_of(&mut self, job: &Job) -> Option<u32> {
        let Some(flight) = self.flights.get_mut(job.flight) else {
            return self.crossings.copy(job.flight, job.attempt);
        };
        let waits = flight.crossing != NO_CROSSING && u32::from(flight.tries) == job.attempt;
        waits.then_some(flight.crossing)
    }
}

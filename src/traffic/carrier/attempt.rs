//! From a request's arrival to the end of an attempt, as known at its start.

use std::cmp::Reverse;

use super::{Alarm, Carrier};
use crate::engine::Draw;
use crate::facts::{Cause, Verdict};
use crate::ids::ServiceId;
use crate::traffic::Version;
use crate::traffic::flights::{Flight, NOWHERE, Then};
use crate::traffic::mesh::NO_CROSSING;
use crate::traffic::quota::JobEnd;
use crate::traffic::server::{Admission, Demand};
use crate::traffic::source::Luck;

/// Where an attempt goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Routed {
    pub(super) pod: u32,
    /// The Service whose endpoint the pod is.
    pub(super) through: ServiceId,
}

impl Carrier {
    #[inline]
    pub(super) fn arrive(&mut self, source: usize) {
        let index = source;
        let source = &mut self.sources[index];
        let number = source.number;
        let mut draw = source.step();
        let user = source.population.pick(draw.bits());
        let flight = self.flights.next_number();
        self.flights.push(Flight {
            intended: self.now,
            until: u64::MAX,
            number,
            user,
            pod: NOWHERE,
            crossing: NO_CROSSING,
            source: index as u16,
            attempts: 1,
            tries: 0,
            verdict: Verdict::Good,
            then: Then::Settled,
            exposed: false,
        });
        self.begin(flight, index, &mut draw);
    }

    /// One attempt of a client, by the way its source takes.
    #[inline]
    fn begin(&mut self, number: u64, source: usize, draw: &mut Draw) {
        let source = &self.sources[source];
        match source.proxied {
            None => {
                let luck = Luck::draw(draw, source.doors.is_split());
                self.attempt(number, luck);
            }
            Some(proxied) => {
                let luck = Luck::draw(draw, true);
                self.cross(number, luck, proxied, draw);
            }
        }
    }

    /// One attempt of a request, now.
    #[inline]
    pub(super) fn attempt(&mut self, number: u64, luck: Luck) {
        let now = self.now;
        let flight = *self.flights.get_mut(number).expect("it is under way");
        let Routed { pod, through } = match self.route(&flight, &luck) {
            Ok(routed) => routed,
            Err(cause) => return self.end_attempt(number, now, Verdict::Failed(cause)),
        };
        self.catch_up(pod, now);
        let server = self.servers[pod as usize].as_mut();
        let server = server.expect("a route leads to a process");
        let admission = server.admit(
            now,
            &Demand {
                flight: number,
                attempt: u32::from(flight.attempts),
                user: flight.user,
                through,
                service: luck.service,
                error: luck.error,
                crash: luck.crash,
            },
        );
        let exposed = server.version == Version::Bad && admission != Admission::Overflow;
        if server.wake_at() != self.looks[pod as usize] {
            self.look_later(pod);
        }
        let flight = self.flights.get_mut(number).expect("it is under way");
        flight.exposed |= exposed;
        flight.pod = pod;
        let give_up = now.saturating_add(self.sources[usize::from(flight.source)].timeout);
        match admission {
            Admission::Predicted { start, end, ends } => {
                if let Some(waits) = &mut self.waits {
                    waits.record(start - now);
                }
                match ends {
                    JobEnd::Answered if end <= give_up => flight.until = end,
                    JobEnd::Erred if end <= give_up => {
                        self.end_attempt(number, end, Verdict::Failed(Cause::Defect));
                    }
                    _ => self.end_attempt(number, give_up, Verdict::Failed(Cause::Timeout)),
                }
            }
            Admission::Pending => {
                self.end_attempt(number, give_up, Verdict::Failed(Cause::Timeout));
            }
            Admission::Overflow => {
                flight.pod = NOWHERE;
                self.end_attempt(number, now, Verdict::Failed(Cause::Overflow));
            }
        }
    }

    /// The pod that takes the attempt, over an open connection or a new one.
    #[inline]
    pub(super) fn route(&mut self, flight: &Flight, luck: &Luck) -> Result<Routed, Cause> {
        let source = &mut self.sources[usize::from(flight.source)];
        let node = source.node_of(flight.user);
        let door = source.doors.pick(luck.split);
        let through = ServiceId::new(door.service as u32);
        if let Some(pool) = door.pools.get_mut(node)
            && let Some(pod) = pool.draw(self.now, luck.routing)
        {
            return Ok(Routed { pod, through });
        }
        let view = self.views.get(node).and_then(|view| view.get(door.service));
        let endpoints = view.map_or(&[][..], Vec::as_slice);
        if endpoints.is_empty() {
            return Err(Cause::NoReadyEndpoint);
        }
        let chosen = (u128::from(luck.routing) * endpoints.len() as u128) >> 64;
        let pod = endpoints[chosen as usize];
        match self.servers.get(pod as usize) {
            Some(Some(server)) if server.accepts => {}
            _ => return Err(Cause::ConnectionRefused),
        }
        if let Some(pool) = door.pools.get_mut(node) {
            pool.opened(self.now, pod);
        }
        Ok(Routed { pod, through })
    }

    /// Notes how and when the present attempt of a request ends, as known now.
    pub(super) fn end_attempt(&mut self, number: u64, until: u64, verdict: Verdict) {
        let Some(flight) = self.flights.get_mut(number) else {
            return;
        };
        let source = &self.sources[usize::from(flight.source)];
        flight.until = until;
        flight.verdict = verdict;
        let again = match verdict {
            Verdict::Good => false,
            Verdict::Failed(Cause::Defect) => source.retries.on_error,
            Verdict::Failed(_) => true,
        };
        if !again || u32::from(flight.attempts) > source.retries.attempts {
            flight.then = Then::Settled;
            return;
        }
        flight.then = Then::Again;
        let alarm = Alarm::Again {
            flight: number,
            ended: until,
            attempt: flight.attempts,
        };
        let at = until.saturating_add(source.pause(flight.attempts));
        self.alarms.push(Reverse((at, alarm)));
    }

    pub(super) fn repeat(&mut self, number: u64, ended: u64, attempt: u16) {
        let Some(flight) = self.flights.get_mut(number) else {
            return;
        };
        let valid = flight.then == Then::Again && flight.until == ended;
        if !valid || flight.attempts != attempt {
            return;
        }
        flight.attempts += 1;
        flight.verdict = Verdict::Good;
        flight.then = Then::Settled;
        flight.until = u64::MAX;
        let index = usize::from(flight.source);
        let key = self.sources[index].attempts.entity(flight.number);
        self.begin(number, index, &mut key.at(u64::from(attempt)));
    }
}

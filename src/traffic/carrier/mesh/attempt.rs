//! One try: a host, a connection, a process, and what it waits for.

use std::cmp::Reverse;

use super::ending::answer_of;
use crate::engine::Draw;
use crate::facts::{Cause, Verdict};
use crate::routing::envoy::attempt::AttemptEnd;
use crate::routing::envoy::retries::HostSelection;
use crate::traffic::Version;
use crate::traffic::carrier::{Alarm, Carrier};
use crate::traffic::mesh::{Connected, End, Place, Stage};
use crate::traffic::server::{Admission, Demand};
use crate::units::SimTime;

impl Carrier {
    /// The proxy picks a host and connects to it.
    #[inline]
    pub(in crate::traffic::carrier) fn try_host(&mut self, ticket: u32, draw: &mut Draw) {
        let now = SimTime::from_nanos(self.now);
        let crossing = self.crossings.get_mut(ticket);
        let fleet = &mut self.fleets[usize::from(crossing.place.fleet)];
        let route =
            &fleet.generations[crossing.generation as usize].routes[usize::from(crossing.route)];
        let reselections = match crossing.retry.used() {
            0 => 0,
            _ => route.retries.as_ref().map_or(0, |it| it.reselections()),
        };
        let proxy = &mut fleet.proxies[usize::from(crossing.place.proxy)];
        let upstream = &mut proxy.upstreams[usize::from(crossing.place.upstream)];
        let stays = route.retries.as_ref().filter(|_| crossing.retry.used() > 0);
        let stays = stays.is_some_and(|it| it.host_selection == HostSelection::Same);
        let picked = match stays {
            true => upstream
                .place_of(crossing.pod)
                .map(|slot| (slot, crossing.pod)),
            false => upstream.pick(now, crossing.hash, (&crossing.tried, reselections), draw),
        };
        let Some((slot, pod)) = picked else {
            return self.conclude(ticket, Verdict::Failed(Cause::NoReadyEndpoint));
        };
        let server = self.servers.get(pod as usize);
        let listens = matches!(server, Some(Some(server)) if server.accepts);
        let connected = upstream.connect(slot, ticket, listens);
        (crossing.slot, crossing.pod) = (slot, pod);
        crossing.tried.add(pod);
        let (place, flight) = (crossing.place, crossing.flight);
        if let Some(flight) = self.flights.get_mut(flight) {
            flight.tries = flight.tries.saturating_add(1);
        }
        match connected {
            Connected::Sent => self.send(ticket),
            Connected::Waits => {
                // The per-try timeout begins with the connection (upstream_request.cc,
                // onPoolReady).
                let crossing = self.crossings.get_mut(ticket);
                crossing.stage = Stage::Waiting;
                (crossing.ends_at, crossing.end) = (crossing.deadline, crossing.overdue);
                let at = crossing.deadline;
                self.await_at(ticket, at);
            }
            Connected::Refused => {
                self.tried(ticket, End::Attempt(AttemptEnd::ConnectFailure), false);
                self.refuse_waiting(place, pod, slot);
            }
            Connected::Overflow => self.tried(ticket, End::Attempt(AttemptEnd::Overflow), false),
        }
    }

    /// A connection failed: all that wait for one to the pod fail with it (conn_pool_base.cc,
    /// purgePendingStreams).
    fn refuse_waiting(&mut self, place: Place, pod: u32, hint: u32) {
        while let Some(ticket) = self.upstream(place).next_refused(pod, hint) {
            self.tried(ticket, End::Attempt(AttemptEnd::ConnectFailure), false);
        }
    }

    /// When the present try is given up at the latest; notes how it then ends.
    #[inline]
    fn patience_of(&mut self, ticket: u32) {
        let crossing = self.crossings.get_mut(ticket);
        let fleet = &self.fleets[usize::from(crossing.place.fleet)];
        let route =
            &fleet.generations[crossing.generation as usize].routes[usize::from(crossing.route)];
        let policy = route.retries.as_ref().filter(|_| !crossing.is_copy());
        let per_try = policy.and_then(|policy| policy.per_try_timeout);
        let per_try = per_try.map_or(u64::MAX, |length| self.now + length.as_nanos());
        (crossing.ends_at, crossing.end) = match per_try < crossing.deadline {
            true => (per_try, End::Attempt(AttemptEnd::PerTryTimeout)),
            false => (crossing.deadline, crossing.overdue),
        };
    }

    /// The host's process takes the request, over a connection that is open.
    #[inline]
    fn send(&mut self, ticket: u32) {
        let now = self.now;
        self.patience_of(ticket);
        let crossing = self.crossings.get(ticket);
        let (place, pod, number) = (crossing.place, crossing.pod, crossing.flight);
        let (user, luck, copy) = (crossing.user, crossing.luck, crossing.copy);
        let service = self.upstream(place).service;
        self.catch_up(pod, now);
        let Some(Some(server)) = self.servers.get_mut(pod as usize) else {
            // The process went down in this very instant; its connections follow.
            self.crossings.get_mut(ticket).stage = Stage::Sent;
            return self.tried(ticket, End::Attempt(AttemptEnd::Reset), false);
        };
        let mut flight = self.flights.get_mut(number);
        let tries = flight.as_ref().map_or(copy, |it| u32::from(it.tries));
        let admission = server.admit(
            now,
            &Demand {
                flight: number,
                attempt: tries,
                user,
                through: service,
                service: luck.service,
                error: luck.error,
                crash: luck.crash,
            },
        );
        let exposed = server.version == Version::Bad && admission != Admission::Overflow;
        if let Some(flight) = &mut flight {
            flight.exposed |= exposed;
            flight.pod = pod;
        }
        if server.wake_at() != self.looks[pod as usize] {
            self.look_later(pod);
        }
        if let Admission::Predicted { start, .. } = admission
            && let Some(waits) = &mut self.waits
        {
            waits.record(start - now);
        }
        let answered = match admission {
            Admission::Predicted { end, ends, .. } => answer_of(ends).map(|status| (end, status)),
            Admission::Pending => None,
            Admission::Overflow => Some((now, 503)),
        };
        let crossing = self.crossings.get_mut(ticket);
        crossing.stage = Stage::Sent;
        if let Some((at, status)) = answered
            && at <= crossing.ends_at
        {
            (crossing.ends_at, crossing.end) = (at, End::Attempt(AttemptEnd::Answer(status)));
        }
        let at = crossing.ends_at;
        self.await_at(ticket, at);
    }

    /// Requests that wait at a pod use what has become free.
    pub(super) fn resume(&mut self, place: Place, pod: u32, hint: u32) {
        let server = self.servers.get(pod as usize);
        let listens = matches!(server, Some(Some(server)) if server.accepts);
        while let Some(first) = self.upstream(place).first_waiting(pod, hint) {
            match self.upstream(place).resume(pod, hint, listens) {
                Connected::Waits => return,
                Connected::Sent => self.send(first),
                Connected::Refused => {
                    self.tried(first, End::Attempt(AttemptEnd::ConnectFailure), false);
                    return self.refuse_waiting(place, pod, hint);
                }
                Connected::Overflow => {
                    self.tried(first, End::Attempt(AttemptEnd::Overflow), false);
                }
            }
        }
    }

    /// Sets the alarm for the next thing that happens to a crossing.
    #[inline]
    pub(super) fn await_at(&mut self, ticket: u32, at: u64) {
        let crossing = self.crossings.get_mut(ticket);
        crossing.awaited = crossing.awaited.wrapping_add(1);
        if at == u64::MAX {
            return;
        }
        let awaited = crossing.awaited;
        self.alarms
            .push(Reverse((at, Alarm::Crossing { ticket, awaited })));
    }

    /// What a crossing has waited for has come.
    #[inline]
    pub(in crate::traffic::carrier) fn crossing_due(&mut self, ticket: u32, awaited: u32) {
        let crossing = self.crossings.get(ticket);
        if crossing.awaited != awaited {
            return;
        }
        match crossing.stage {
            Stage::Sent => self.tried(ticket, crossing.end, true),
            Stage::Waiting => {
                let (place, pod, slot) = (crossing.place, crossing.pod, crossing.slot);
                let end = crossing.end;
                self.upstream(place).abandon(pod, slot, ticket);
                self.tried(ticket, end, false);
            }
            Stage::Paused if self.now >= crossing.deadline => {
                let end = crossing.overdue;
                self.tried(ticket, end, false);
            }
            Stage::Paused => {
                let is_first = crossing.retry.used() == 0;
                let mut draw = self.draw_of(ticket);
                match is_first {
                    true => self.first_try(ticket, &mut draw),
                    false => self.try_host(ticket, &mut draw),
                }
            }
        }
    }

    /// Luck for whatever a proxy decides on a request after its first try.
    pub(super) fn draw_of(&mut self, ticket: u32) -> Draw {
        let crossing = self.crossings.get(ticket);
        let (flight, retry) = (crossing.flight, u64::from(crossing.retry.used()));
        let attempt = self.flights.get_mut(flight).map_or(0, |it| it.attempts);
        let index = u64::from(attempt) << 32 | retry;
        self.proxy_luck.entity(flight).at(index)
    }
}

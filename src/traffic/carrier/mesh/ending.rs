//! How a try ends, and what follows.

use crate::facts::{Cause, Verdict};
use crate::routing::envoy::attempt::AttemptEnd;
use crate::routing::envoy::outlier::Observation;
use crate::routing::envoy::retries::RetryDecision;
use crate::traffic::carrier::Carrier;
use crate::traffic::flights::{NOWHERE, Then};
use crate::traffic::mesh::{End, NO_CROSSING, Stage};
use crate::traffic::quota::JobEnd;
use crate::traffic::source::Luck;
use crate::units::SimTime;

impl Carrier {
    /// A process has finished a job whose end was not predicted.
    pub(in crate::traffic::carrier) fn crossing_finished(
        &mut self,
        ticket: u32,
        at: u64,
        ends: JobEnd,
    ) {
        let Some(status) = answer_of(ends) else {
            return;
        };
        let crossing = self.crossings.get_mut(ticket);
        if crossing.stage == Stage::Sent && at <= crossing.ends_at {
            (crossing.ends_at, crossing.end) = (at, End::Attempt(AttemptEnd::Answer(status)));
            let due = at.max(self.now);
            self.await_at(ticket, due);
        }
    }

    /// The process that had a request is gone.
    pub(in crate::traffic::carrier) fn crossing_lost(&mut self, ticket: u32, cause: Cause) {
        let crossing = self.crossings.get(ticket);
        if crossing.stage != Stage::Sent {
            return;
        }
        let answered = matches!(crossing.end, End::Attempt(AttemptEnd::Answer(_)));
        let end = match answered && crossing.ends_at <= self.now {
            // Given in the very instant.
            true => crossing.end,
            false => End::Lost(cause),
        };
        self.tried(ticket, end, true);
    }

    /// Copies that a pod has.
    pub(in crate::traffic::carrier) fn lose_copies(&mut self, pod: u32, cause: Cause) {
        for ticket in self.crossings.copies_at(pod) {
            self.crossing_lost(ticket, cause);
        }
    }

    /// A try is over. What was `sent` gives back its place and connection: an answer only after the
    /// decision on a retry, so that it still counts for a retry budget; an answer that is retried
    /// takes its HTTP/1.1 connection with it (recorded in `e4`: as many connections as retried
    /// answers).
    #[inline]
    pub(super) fn tried(&mut self, ticket: u32, end: End, sent: bool) {
        let (attempt, seen) = seen_of(end, sent);
        if let Some(seen) = seen {
            self.observe(ticket, seen);
        }
        let answer = match attempt {
            AttemptEnd::Answer(status) if sent => Some(status),
            _ => None,
        };
        if sent && answer.is_none() {
            self.give_back(ticket, false);
        }
        if answer.is_some_and(|status| status < 500) {
            self.give_back(ticket, true);
            return self.conclude(ticket, Verdict::Good);
        }
        let over = matches!(end, End::Late | End::GivenUp);
        let over = over || self.crossings.get(ticket).is_copy();
        let again = !over && self.tries_again(ticket, attempt);
        if answer.is_some() {
            self.give_back(ticket, !again);
        }
        if !again {
            self.conclude(ticket, Verdict::Failed(cause_of(end)));
        }
    }

    /// A sent try gives back what it holds; its connection `stays` if the pod keeps it, too.
    #[inline]
    fn give_back(&mut self, ticket: u32, stays: bool) {
        let crossing = self.crossings.get_mut(ticket);
        crossing.stage = Stage::Paused;
        let (place, pod, slot) = (crossing.place, crossing.pod, crossing.slot);
        if let Some(flight) = self.flights.get_mut(crossing.flight) {
            flight.pod = NOWHERE;
        }
        let server = self.servers.get(pod as usize);
        let open = matches!(server, Some(Some(server)) if !server.closes_connections);
        if self.upstream(place).release(pod, slot, stays && open) {
            self.resume(place, pod, slot);
        }
    }

    /// Outlier detection hears of a try.
    #[inline]
    fn observe(&mut self, ticket: u32, seen: Observation) {
        let (now, luck) = (SimTime::from_nanos(self.now), self.proxy_luck);
        let crossing = self.crossings.get(ticket);
        let (place, pod, flight) = (crossing.place, crossing.pod, crossing.flight);
        let upstream = self.upstream(place);
        let looks = upstream.observe(now, pod, seen, || luck.entity(flight).at(u64::MAX));
        self.look_again(place, looks);
    }

    /// Whether the proxy tries again, after a pause.
    fn tries_again(&mut self, ticket: u32, end: AttemptEnd) -> bool {
        let crossing = self.crossings.get_mut(ticket);
        let fleet = &mut self.fleets[usize::from(crossing.place.fleet)];
        let route =
            &fleet.generations[crossing.generation as usize].routes[usize::from(crossing.route)];
        let Some(policy) = &route.retries else {
            return false;
        };
        let proxy = &mut fleet.proxies[usize::from(crossing.place.proxy)];
        let upstream = &mut proxy.upstreams[usize::from(crossing.place.upstream)];
        let decision = crossing.retry.decide(policy, end, &mut upstream.breakers);
        let back_off = policy.back_off;
        let RetryDecision::Retry(retry) = decision else {
            return false;
        };
        crossing.stage = Stage::Paused;
        let mut draw = self.draw_of(ticket);
        let wait = back_off.wait(retry, &mut draw);
        let luck = Luck::draw(&mut draw, true);
        let now = self.now;
        let stored = self.crossings.get_mut(ticket);
        stored.luck = luck;
        let at = now.saturating_add(wait.as_nanos()).min(stored.deadline);
        self.await_at(ticket, at);
        true
    }

    /// A request leaves its proxy.
    #[inline]
    pub(super) fn conclude(&mut self, ticket: u32, verdict: Verdict) {
        let now = self.now;
        let crossing = self.crossings.get_mut(ticket);
        let (place, number, ends_at) = (crossing.place, crossing.flight, crossing.ends_at);
        let mut retry = std::mem::take(&mut crossing.retry);
        self.crossings.remove(ticket);
        retry.release(&mut self.upstream(place).breakers);
        let Some(flight) = self.flights.get_mut(number) else {
            return;
        };
        flight.crossing = NO_CROSSING;
        flight.pod = NOWHERE;
        let until = match verdict {
            Verdict::Good => ends_at.min(now),
            Verdict::Failed(_) => now,
        };
        match verdict {
            Verdict::Good => {
                flight.until = until;
                flight.verdict = verdict;
                flight.then = Then::Settled;
            }
            Verdict::Failed(_) => self.end_attempt(number, until, verdict),
        }
    }
}

/// What the end of a try is to retries, and to outlier detection.
const fn seen_of(end: End, sent: bool) -> (AttemptEnd, Option<Observation>) {
    match end {
        End::Attempt(AttemptEnd::Answer(status)) => (
            AttemptEnd::Answer(status),
            Some(Observation::Answer(status)),
        ),
        End::Attempt(AttemptEnd::Overflow) => (AttemptEnd::Overflow, None),
        End::Attempt(AttemptEnd::PerTryTimeout) => {
            (AttemptEnd::PerTryTimeout, Some(Observation::Timeout))
        }
        End::Attempt(other) => (other, Some(Observation::ConnectFailure)),
        End::Lost(_) => (AttemptEnd::Reset, Some(Observation::ConnectFailure)),
        End::Late if sent => (AttemptEnd::PerTryTimeout, Some(Observation::Timeout)),
        End::Late | End::GivenUp => (AttemptEnd::PerTryTimeout, None),
    }
}

/// What is answered; nothing where the process goes down instead.
pub(super) const fn answer_of(ends: JobEnd) -> Option<u16> {
    match ends {
        JobEnd::Answered => Some(200),
        JobEnd::Erred => Some(500),
        JobEnd::Crashes => None,
    }
}

/// Why the client's request failed.
const fn cause_of(end: End) -> Cause {
    match end {
        End::Attempt(AttemptEnd::Answer(503) | AttemptEnd::Overflow) => Cause::Overflow,
        End::Attempt(AttemptEnd::Answer(_)) => Cause::Defect,
        End::Attempt(AttemptEnd::ConnectFailure) => Cause::ConnectionRefused,
        End::Attempt(AttemptEnd::PerTryTimeout) | End::Late | End::GivenUp => Cause::Timeout,
        End::Attempt(_) => Cause::Reset,
        End::Lost(cause) => cause,
    }
}

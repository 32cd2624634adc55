//! Requests in the hands of proxies.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{Alarm, Carrier};
use crate::engine::Draw;
use crate::facts::{Cause, Verdict};
use crate::ids::PodId;
use crate::routing::envoy::attempt::AttemptEnd;
use crate::routing::envoy::balancing::Health;
use crate::routing::envoy::breakers::Breakers;
use crate::routing::envoy::health_check::CheckResult;
use crate::routing::envoy::outlier::Observation;
use crate::routing::envoy::retries::{HostSelection, RetryDecision, RetryState};
use crate::traffic::flights::{NOWHERE, Then};
use crate::traffic::mesh::{
    Action, Connected, Crossing, End, HostSpec, NO_CROSSING, Outlook, Place, RouteSpec, Routing,
    Stage, Target, Tried, Upstream,
};
use crate::traffic::population::user_hash;
use crate::traffic::quota::JobEnd;
use crate::traffic::server::{Admission, Demand};
use crate::traffic::source::{Luck, Proxied};
use crate::traffic::{HealthPath, Version};
use crate::units::SimTime;

/// Decides which host a user's requests are hashed to.
const HASHED: u64 = 0x4a54_0000;

impl Carrier {
    /// A proxy follows these routes from now on.
    pub fn set_routing(
        &mut self,
        now: SimTime,
        fleet: usize,
        proxy: usize,
        routing: &Arc<Routing>,
    ) {
        self.move_to(now);
        self.fleets[fleet].follow(proxy, routing);
    }

    /// A proxy knows these hosts of an upstream from now on, in this order.
    pub fn set_hosts(
        &mut self,
        now: SimTime,
        (fleet, proxy, upstream): (usize, usize, usize),
        hosts: &[HostSpec],
    ) {
        self.move_to(now);
        let place = place(fleet, proxy, upstream);
        let checks = self.upstream(place).set_hosts(now, hosts);
        for check in checks {
            self.look_again(place, [Some(check), None]);
        }
    }

    /// What a process answers to health checks from now on.
    pub fn set_health_path(&mut self, now: SimTime, pod: PodId, path: HealthPath) {
        self.move_to(now);
        if let Some(server) = self.server_mut(pod.index() as u32) {
            server.health_path = path;
        }
    }

    /// Whoever checks for a proxy has changed what it thinks of a host's health.
    pub fn set_health(
        &mut self,
        now: SimTime,
        (fleet, proxy, upstream): (usize, usize, usize),
        pod: PodId,
        health: Health,
    ) {
        self.move_to(now);
        let place = place(fleet, proxy, upstream);
        let due = self
            .upstream(place)
            .set_health(now, pod.index() as u32, health);
        self.look_again(place, [due, None]);
    }

    /// What a proxy has under way to an upstream.
    pub fn breakers(&self, (fleet, proxy, upstream): (usize, usize, usize)) -> Breakers {
        self.fleets[fleet].proxies[proxy].upstreams[upstream].breakers
    }

    /// Whether outlier detection of a proxy has a host out of service.
    pub fn is_ejected(&self, (fleet, proxy, upstream): (usize, usize, usize), pod: PodId) -> bool {
        self.fleets[fleet].proxies[proxy].upstreams[upstream].is_ejected(pod.index() as u32)
    }

    /// Copies that a pod has.
    pub(super) fn lose_copies(&mut self, pod: u32, cause: Cause) {
        for ticket in self.crossings.copies_at(pod) {
            self.crossing_lost(ticket, cause);
        }
    }

    fn upstream(&mut self, place: Place) -> &mut Upstream {
        let fleet = &mut self.fleets[usize::from(place.fleet)];
        let proxy = &mut fleet.proxies[usize::from(place.proxy)];
        &mut proxy.upstreams[usize::from(place.upstream)]
    }

    /// One attempt of a client, now: its proxy takes it.
    #[inline]
    pub(super) fn cross(&mut self, number: u64, luck: Luck, proxied: Proxied, draw: &mut Draw) {
        let now = self.now;
        let flight = *self.flights.get_mut(number).expect("it is under way");
        let source = &self.sources[usize::from(flight.source)];
        let fleet = &self.fleets[usize::from(proxied.fleet)];
        let proxy = source.proxy_of(flight.user, fleet.proxies.len());
        let generation = fleet.proxies[proxy].generation;
        let routing = &fleet.generations[generation as usize];
        let class = source.class_of(flight.user);
        let chosen = routing.chosen.get(usize::from(flight.source));
        let Some(index) = chosen.and_then(|classes| classes.get(class).copied().flatten()) else {
            return self.end_attempt(number, now, Verdict::Failed(Cause::NoRoute));
        };
        let route = &routing.routes[usize::from(index)];
        // The fault filter comes before the router: a delay first, an abort after it.
        let patience = now.saturating_add(source.timeout);
        let delay = route.fault.delay;
        let delay = delay.filter(|(share, _)| draw.uniform() < share.as_fraction());
        let since = now.saturating_add(delay.map_or(0, |(_, length)| length.as_nanos()));
        let abort = route.fault.abort;
        let abort = abort.filter(|abort| draw.uniform() < abort.share.as_fraction());
        let forwarded = match (abort, &route.action) {
            (Some(abort), _) => Err((abort.status, Cause::Fault)),
            (None, Action::Respond(status)) => Err((*status, Cause::NoRoute)),
            (None, Action::Forward(shares)) => match choose(shares, luck.split) {
                Target::Upstream(upstream) => Ok(upstream),
                Target::Unknown => Err((503, Cause::NoRoute)),
            },
        };
        let upstream = match forwarded {
            Ok(upstream) => upstream,
            Err((status, cause)) if since <= patience => {
                return self.answer(number, since, status, cause);
            }
            Err(_) => return self.end_attempt(number, patience, Verdict::Failed(Cause::Timeout)),
        };
        let (deadline, overdue) = deadline(since, route, patience);
        let crossing = Crossing {
            flight: number,
            user: flight.user,
            place: Place {
                fleet: proxied.fleet,
                proxy: proxy as u16,
                upstream,
            },
            generation,
            route: index,
            stage: Stage::Paused,
            awaited: 0,
            pod: NOWHERE,
            slot: 0,
            ends_at: u64::MAX,
            end: overdue,
            deadline,
            overdue,
            copy: 0,
            hash: u64::from(user_hash(flight.user, HASHED)) << 32
                | u64::from(user_hash(flight.user, HASHED + 1)),
            luck,
            retry: RetryState::new(),
            tried: Tried::default(),
        };
        let ticket = self.crossings.add(crossing);
        let flight = self.flights.get_mut(number).expect("it is under way");
        flight.crossing = ticket;
        flight.until = u64::MAX;
        flight.then = Then::Settled;
        match delay {
            None => self.first_try(ticket, draw),
            Some(_) => self.await_at(ticket, since.min(deadline)),
        }
    }

    /// The router has the request: copies go out, then it is tried.
    #[inline]
    fn first_try(&mut self, ticket: u32, draw: &mut Draw) {
        let crossing = self.crossings.get(ticket);
        let fleet = &self.fleets[usize::from(crossing.place.fleet)];
        let route =
            &fleet.generations[crossing.generation as usize].routes[usize::from(crossing.route)];
        if !route.mirrors.is_empty() {
            let original = *crossing;
            self.mirror(&original, draw);
        }
        self.try_host(ticket, draw);
    }

    /// The proxy answers itself, then.
    fn answer(&mut self, number: u64, at: u64, status: u16, cause: Cause) {
        let verdict = match status {
            0..400 => Verdict::Good,
            _ => Verdict::Failed(cause),
        };
        self.end_attempt(number, at, verdict);
    }

    /// Copies for whoever the route mirrors to. Their answers are dropped; their work is done.
    fn mirror(&mut self, original: &Crossing, draw: &mut Draw) {
        let fleet = &self.fleets[usize::from(original.place.fleet)];
        let routing = Arc::clone(&fleet.generations[original.generation as usize]);
        for (upstream, share) in &routing.routes[usize::from(original.route)].mirrors {
            if draw.uniform() >= share.as_fraction() {
                continue;
            }
            let ticket = self.crossings.add_copy(Crossing {
                place: Place {
                    upstream: *upstream,
                    ..original.place
                },
                ..*original
            });
            self.try_host(ticket, draw);
        }
    }

    /// The proxy picks a host and connects to it.
    #[inline]
    pub(super) fn try_host(&mut self, ticket: u32, draw: &mut Draw) {
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

    /// Sets the alarm for the next thing that happens to a crossing.
    #[inline]
    fn await_at(&mut self, ticket: u32, at: u64) {
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
    pub(super) fn crossing_due(&mut self, ticket: u32, awaited: u32) {
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
    fn draw_of(&mut self, ticket: u32) -> Draw {
        let crossing = self.crossings.get(ticket);
        let (flight, retry) = (crossing.flight, u64::from(crossing.retry.used()));
        let attempt = self.flights.get_mut(flight).map_or(0, |it| it.attempts);
        let index = u64::from(attempt) << 32 | retry;
        self.proxy_luck.entity(flight).at(index)
    }

    /// A process has finished a job whose end was not predicted.
    pub(super) fn crossing_finished(&mut self, ticket: u32, at: u64, ends: JobEnd) {
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
    pub(super) fn crossing_lost(&mut self, ticket: u32, cause: Cause) {
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

    /// A try is over. What was `sent` gives back its place and connection: an answer only after the
    /// decision on a retry, so that it still counts for a retry budget; an answer that is retried
    /// takes its HTTP/1.1 connection with it (recorded in `e4`: as many connections as retried
    /// answers).
    #[inline]
    fn tried(&mut self, ticket: u32, end: End, sent: bool) {
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
    fn conclude(&mut self, ticket: u32, verdict: Verdict) {
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

    /// Requests that wait at a pod use what has become free.
    fn resume(&mut self, place: Place, pod: u32, hint: u32) {
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

    /// Sets the alarms at which an upstream is looked at again.
    fn look_again(&mut self, place: Place, looks: [Option<Outlook>; 2]) {
        for look in looks.into_iter().flatten() {
            let alarm = match look {
                Outlook::Refresh(at) => (at, Alarm::Refresh(place)),
                Outlook::Tick(at) => (at, Alarm::Tick(place)),
                Outlook::Check { at, pod, awaited } => (
                    at,
                    Alarm::Check {
                        place,
                        pod,
                        awaited,
                    },
                ),
            };
            self.alarms.push(Reverse(alarm));
        }
    }

    pub(super) fn refresh_upstream(&mut self, place: Place) {
        let now = SimTime::from_nanos(self.now);
        let upstream = self.upstream(place);
        if upstream.is_due(now) {
            upstream.refresh(now);
        }
    }

    pub(super) fn tick_upstream(&mut self, place: Place) {
        let now = SimTime::from_nanos(self.now);
        let looks = self.upstream(place).tick(now);
        self.look_again(place, looks);
    }

    /// A check of a host, or its result, is due.
    pub(super) fn check_host(&mut self, place: Place, pod: u32, awaited: u32) {
        let Some((settings, known)) = self.upstream(place).check_due(pod, awaited) else {
            return;
        };
        let (result, takes) = match known {
            Some(result) => (result, 0),
            None => self.check_result(pod, settings.timeout.as_nanos()),
        };
        if takes > 0 {
            let at = self.now + takes;
            let later = self.upstream(place).check_later(pod, at, result);
            return self.look_again(place, [later, None]);
        }
        let now = SimTime::from_nanos(self.now);
        let mut draw = self.proxy_luck.entity(u64::from(pod)).at(self.now);
        let looks = self.upstream(place).check_done(now, pod, result, &mut draw);
        self.look_again(place, looks);
    }

    /// How a check of a pod that is sent now ends, and how long that takes: it waits for its turn
    /// like a request. Connections that a process keeps serve checks as well.
    fn check_result(&mut self, pod: u32, timeout: u64) -> (CheckResult, u64) {
        let now = self.now;
        self.catch_up(pod, now);
        let Some(server) = self.server_mut(pod) else {
            return (CheckResult::NetworkFailure, 0);
        };
        let takes = server.next_start(now) - now;
        match server.health_path {
            _ if server.closes_connections => (CheckResult::NetworkFailure, 0),
            _ if takes > timeout => (CheckResult::TimedOut, timeout),
            HealthPath::Passes => (CheckResult::Passed, takes),
            HealthPath::Fails => (CheckResult::BadAnswer, takes),
        }
    }

    /// Every upstream of every proxy.
    pub(super) fn all_upstreams(&mut self) -> impl Iterator<Item = &mut Upstream> {
        let proxies = self.fleets.iter_mut().flat_map(|fleet| &mut fleet.proxies);
        proxies.flat_map(|proxy| &mut proxy.upstreams)
    }
}

fn place(fleet: usize, proxy: usize, upstream: usize) -> Place {
    let narrow = |index: usize| u16::try_from(index).expect("fewer than 2^16 of a kind");
    Place {
        fleet: narrow(fleet),
        proxy: narrow(proxy),
        upstream: narrow(upstream),
    }
}

/// The target for this luck; weights lie side by side.
#[inline]
fn choose(shares: &[(Target, u32)], luck: u64) -> Target {
    let total: u64 = shares.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut left = ((u128::from(luck) * u128::from(total)) >> 64) as u64;
    for (target, weight) in shares {
        match left.checked_sub(u64::from(*weight)) {
            None => return *target,
            Some(rest) => left = rest,
        }
    }
    Target::Unknown
}

fn deadline(since: u64, route: &RouteSpec, patience: u64) -> (u64, End) {
    let timeout = route
        .timeout
        .map(|length| since.saturating_add(length.as_nanos()));
    match timeout {
        Some(at) if at <= patience => (at, End::Late),
        _ => (patience, End::GivenUp),
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
const fn answer_of(ends: JobEnd) -> Option<u16> {
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

//! From a client's attempt to its first try: route, faults, copies.

use std::sync::Arc;

use crate::engine::Draw;
use crate::facts::{Cause, Verdict};
use crate::routing::envoy::retries::RetryState;
use crate::traffic::carrier::Carrier;
use crate::traffic::flights::{NOWHERE, Then};
use crate::traffic::mesh::{Action, Crossing, End, Place, RouteSpec, Stage, Target, Tried};
use crate::traffic::population::user_hash;
use crate::traffic::source::{Luck, Proxied};

/// Decides which host a user's requests are hashed to.
const HASHED: u64 = 0x4a54_0000;

impl Carrier {
    /// One attempt of a client, now: its proxy takes it.
    #[inline]
    pub(in crate::traffic::carrier) fn cross(
        &mut self,
        number: u64,
        luck: Luck,
        proxied: Proxied,
        draw: &mut Draw,
    ) {
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
    pub(super) fn first_try(&mut self, ticket: u32, draw: &mut Draw) {
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

//! One upstream of one proxy: hosts, connections, limits, outliers.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::{HostSpec, Tried, UpstreamSpec};
use crate::engine::Draw;
use crate::ids::ServiceId;
use crate::routing::envoy::balancing::{Cluster, Health, Host, Request, View};
use crate::routing::envoy::breakers::{Admission, Breakers, HostPool};
use crate::routing::envoy::health_check::{CheckResult, HealthCheck, HealthCheckSettings};
use crate::routing::envoy::outlier::{
    Change, Detector, Effect, Ejection, MergeWindow, Observation,
};
use crate::units::{SimDuration, SimTime};

/// A proxy's connections to one pod, as counts.
#[derive(Debug, Clone)]
struct Link {
    pod: u32,
    /// Its health by the control plane's word.
    listed: Health,
    /// Its health by this proxy's checks.
    checked: Health,
    check: HealthCheck,
    /// A check under way has this result.
    result: Option<CheckResult>,
    /// Whoever waits for a check waits for this number.
    awaited: u32,
    free: u32,
    busy: u32,
    /// Requests sent, for the bound on requests per connection.
    sent: u32,
    /// Crossings that wait for a connection, in order.
    waiting: VecDeque<u32>,
}

impl Link {
    fn new(pod: u32) -> Self {
        Self {
            pod,
            listed: Health::Healthy,
            checked: Health::Healthy,
            check: HealthCheck::new(),
            result: None,
            awaited: 0,
            free: 0,
            busy: 0,
            sent: 0,
            waiting: VecDeque::new(),
        }
    }
    fn pool(&self) -> HostPool {
        HostPool {
            free: self.free,
            busy: self.busy,
            connecting: 0,
            waiting: u32::try_from(self.waiting.len()).unwrap_or(u32::MAX),
        }
    }
    /// Its health but for outlier detection.
    fn health(&self) -> Health {
        match (self.listed, self.checked) {
            (listed @ (Health::Unhealthy | Health::Excluded), _) => listed,
            (listed, Health::Healthy) => listed,
            (_, checked) => checked,
        }
    }
    fn is_idle(&self) -> bool {
        self.busy == 0 && self.waiting.is_empty()
    }
}

/// What becomes of an attempt at a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::traffic) enum Connected {
    /// It is sent.
    Sent,
    /// It waits for a connection.
    Waits,
    /// Nobody listens.
    Refused,
    /// A breaker is open.
    Overflow,
}

/// When a proxy looks at an upstream again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::traffic) enum Outlook {
    /// To take in changes of health.
    Refresh(u64),
    /// For the tick of outlier detection.
    Tick(u64),
    /// For a check of a host.
    Check { at: u64, pod: u32, awaited: u32 },
}

/// How hosts are checked.
#[derive(Debug, Clone, Copy)]
struct Checks {
    settings: HealthCheckSettings,
    /// The second check of hosts that are known from the start [ns].
    second: u64,
}

/// Where the connections to a pod are: among the hosts (at best at `hint`), or those that leave.
#[inline]
fn find<'a>(
    links: &'a mut [Link],
    leaving: &'a mut [Link],
    pod: u32,
    hint: u32,
) -> Option<(&'a mut Link, Option<usize>)> {
    let place = match links.get(hint as usize) {
        Some(link) if link.pod == pod => Some(hint as usize),
        _ => links.iter().position(|link| link.pod == pod),
    };
    match place {
        Some(place) => Some((&mut links[place], Some(place))),
        None => {
            let link = leaving.iter_mut().find(|link| link.pod == pod)?;
            Some((link, None))
        }
    }
}

#[derive(Debug, Clone)]
struct Outliers {
    detector: Detector,
    interval: SimDuration,
    /// The first tick [ns].
    phase: u64,
    ticking: bool,
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub(in crate::traffic) struct Upstream {
    pub(in crate::traffic) service: ServiceId,
    balancer: Cluster,
    hosts: Vec<Host>,
    links: Vec<Link>,
    /// Connections to pods that are no hosts any more.
    leaving: Vec<Link>,
    pub(in crate::traffic) breakers: Breakers,
    requests_per_connection: u32,
    outliers: Option<Outliers>,
    checks: Option<Checks>,
    merging: MergeWindow,
}

impl Upstream {
    /// Without hosts. Rotations begin at `start`; ticks at `phase` of the interval, in 0 .. 1.
    pub(super) fn new(spec: &UpstreamSpec, start: u64, phase: f64) -> Self {
        let outliers = spec.outliers.map(|settings| Outliers {
            detector: Detector::new(settings),
            interval: settings.interval,
            phase: spec
                .first_tick
                .unwrap_or_else(|| settings.interval.mul_f64(phase))
                .as_nanos(),
            ticking: false,
        });
        let checks = spec.health_check.map(|settings| Checks {
            settings,
            second: spec
                .second_check
                .unwrap_or_else(|| settings.interval.mul_f64(phase))
                .as_nanos(),
        });
        let mut balancer = Cluster::new(spec.balancing.clone(), start);
        balancer.refresh(View {
            hosts: &[],
            now: SimTime::ZERO,
        });
        Self {
            service: spec.service,
            balancer,
            hosts: Vec::new(),
            links: Vec::new(),
            leaving: Vec::new(),
            breakers: Breakers::new(spec.limits),
            requests_per_connection: spec.requests_per_connection.unwrap_or(u32::MAX),
            outliers,
            checks,
            merging: MergeWindow::new(spec.merge_window),
        }
    }

    /// These are the hosts now; those that stay keep their place and what is known of them. Returns
    /// the first checks of the others.
    pub(in crate::traffic) fn set_hosts(
        &mut self,
        now: SimTime,
        specs: &[HostSpec],
    ) -> Vec<Outlook> {
        let mut checks = Vec::new();
        let listed = |pod: u32| specs.iter().find(|spec| spec.pod.index() == pod as usize);
        for index in (0..self.links.len()).rev() {
            if listed(self.links[index].pod).is_some() {
                continue;
            }
            self.hosts.remove(index);
            if let Some(outliers) = &mut self.outliers {
                outliers.detector.remove(index as u32);
            }
            let mut link = self.links.remove(index);
            // Idle connections are closed, busy ones after their answer.
            (0..std::mem::take(&mut link.free)).for_each(|_| self.breakers.disconnect());
            if !link.is_idle() {
                self.leaving.push(link);
            }
        }
        for spec in specs {
            let pod = spec.pod.index() as u32;
            let known = self.links.iter().position(|link| link.pod == pod);
            let index = known.unwrap_or_else(|| {
                let index = self.join(now, pod);
                checks.extend(self.first_check(now, index));
                index
            });
            self.links[index].listed = spec.health;
            self.take_health(index, now);
            let host = &mut self.hosts[index];
            (host.weight, host.priority, host.locality) =
                (spec.weight, spec.priority, spec.locality);
        }
        self.merging.change(Change::Membership, now);
        self.refresh(now);
        checks
    }

    /// A host's health is what all know of it together.
    fn take_health(&mut self, index: usize, now: SimTime) {
        let outliers = self.outliers.as_ref();
        let ejected = outliers.is_some_and(|it| it.detector.is_ejected(index as u32));
        let link = self.links[index].health();
        let host = &mut self.hosts[index];
        let health = if ejected { Health::Unhealthy } else { link };
        if health == Health::Healthy && host.health != Health::Healthy {
            host.healthy_since = now;
        }
        host.health = health;
    }

    fn first_check(&mut self, now: SimTime, index: usize) -> Option<Outlook> {
        self.checks?;
        let link = &mut self.links[index];
        (link.check, link.result) = (HealthCheck::new(), None);
        link.checked = Health::Excluded;
        link.awaited = link.awaited.wrapping_add(1);
        Some(Outlook::Check {
            at: now.as_nanos(),
            pod: link.pod,
            awaited: link.awaited,
        })
    }

    /// Whether a check of a host is due, and what is known of it already; nothing where nobody waits
    /// for it any more.
    pub(in crate::traffic) fn check_due(
        &self,
        pod: u32,
        awaited: u32,
    ) -> Option<(HealthCheckSettings, Option<CheckResult>)> {
        let settings = self.checks?.settings;
        let link = self.links.iter().find(|link| link.pod == pod)?;
        (link.awaited == awaited).then_some((settings, link.result))
    }

    /// A check of a host will have this result then.
    pub(in crate::traffic) fn check_later(
        &mut self,
        pod: u32,
        at: u64,
        result: CheckResult,
    ) -> Option<Outlook> {
        let link = self.links.iter_mut().find(|link| link.pod == pod)?;
        link.result = Some(result);
        link.awaited = link.awaited.wrapping_add(1);
        Some(Outlook::Check {
            at,
            pod,
            awaited: link.awaited,
        })
    }

    /// A check of a host had this result: what to look at again, and for the next check.
    pub(in crate::traffic) fn check_done(
        &mut self,
        now: SimTime,
        pod: u32,
        result: CheckResult,
        draw: &mut Draw,
    ) -> [Option<Outlook>; 2] {
        let Some(checks) = self.checks else {
            return [None; 2];
        };
        let Some(index) = self.links.iter().position(|link| link.pod == pod) else {
            return [None; 2];
        };
        let link = &mut self.links[index];
        let from_start = link.check.is_first() && now == SimTime::ZERO;
        let transition = link.check.observe(result, &checks.settings);
        link.result = None;
        link.awaited = link.awaited.wrapping_add(1);
        let wait = HealthCheck::wait(&checks.settings, result, transition, draw);
        let next = Outlook::Check {
            at: match from_start {
                true => checks.second,
                false => (now + wait).as_nanos(),
            },
            pod,
            awaited: link.awaited,
        };
        let checked = match link.check.is_healthy() {
            true => Health::Healthy,
            false => Health::Unhealthy,
        };
        let changed = std::mem::replace(&mut link.checked, checked) != checked;
        let returns = result == CheckResult::Passed && self.readmit(index, now);
        if !changed && !returns {
            return [None, Some(next)];
        }
        self.take_health(index, now);
        [self.health_changed(now), Some(next)]
    }

    /// A passed check brings an outlier back (`successful_active_health_check_uneject_host`).
    fn readmit(&mut self, index: usize, now: SimTime) -> bool {
        let outliers = self.outliers.as_mut();
        let ejected = outliers.filter(|it| it.detector.is_ejected(index as u32));
        let Some(outliers) = ejected else {
            return false;
        };
        outliers.detector.readmit(index as u32, now);
        true
    }

    fn join(&mut self, now: SimTime, pod: u32) -> usize {
        let back = self.leaving.iter().position(|link| link.pod == pod);
        let link = back.map_or_else(|| Link::new(pod), |index| self.leaving.remove(index));
        let active = link.busy;
        self.links.push(link);
        let address = Ipv4Addr::from(0x0a00_0000 + (pod & 0x00ff_ffff));
        self.hosts.push(Host {
            healthy_since: now,
            active,
            ..Host::new(SocketAddrV4::new(address, 8080))
        });
        if let Some(outliers) = &mut self.outliers {
            outliers.detector.add();
        }
        self.links.len() - 1
    }

    /// The health of one host has changed, by a check of this proxy.
    pub(in crate::traffic) fn set_health(
        &mut self,
        now: SimTime,
        pod: u32,
        health: Health,
    ) -> Option<Outlook> {
        let index = self.links.iter().position(|link| link.pod == pod)?;
        self.links[index].checked = health;
        if health == Health::Healthy {
            self.readmit(index, now);
        }
        self.take_health(index, now);
        self.health_changed(now)
    }

    /// The balancer takes in what has changed.
    pub(in crate::traffic) fn refresh(&mut self, now: SimTime) {
        self.merging.deliver(now);
        self.balancer.refresh(View {
            hosts: &self.hosts,
            now,
        });
    }

    fn health_changed(&mut self, now: SimTime) -> Option<Outlook> {
        let due = self.merging.due();
        match self.merging.change(Change::Health, now) {
            Effect::Now => {
                self.refresh(now);
                None
            }
            Effect::At(at) => due.is_none().then_some(Outlook::Refresh(at.as_nanos())),
        }
    }

    /// Whether a refresh is due now.
    pub(in crate::traffic) fn is_due(&self, now: SimTime) -> bool {
        self.merging.due().is_some_and(|at| at <= now)
    }

    /// The host for a try: its place and its pod.
    #[inline]
    pub(in crate::traffic) fn pick(
        &mut self,
        now: SimTime,
        hash: u64,
        (tried, reselections): (&Tried, u32),
        draw: &mut Draw,
    ) -> Option<(u32, u32)> {
        let mut places = [0; 6];
        let mut count = 0;
        if reselections > 0 {
            for pod in tried.pods() {
                if let Some(place) = self.links.iter().position(|link| link.pod == *pod) {
                    places[count] = place as u32;
                    count += 1;
                }
            }
        }
        let request = Request {
            hash: Some(hash),
            tried: &places[..count],
            reselections: if count > 0 { reselections } else { 0 },
        };
        let hosts = &self.hosts;
        let slot = self.balancer.pick(View { hosts, now }, &request, draw)?;
        Some((slot, self.links[slot as usize].pod))
    }

    /// Whether outlier detection has a pod out of service.
    pub(in crate::traffic) fn is_ejected(&self, pod: u32) -> bool {
        let place = self.place_of(pod);
        let outliers = self.outliers.as_ref().zip(place);
        outliers.is_some_and(|(it, place)| it.detector.is_ejected(place))
    }

    /// Where a pod is in the list of hosts.
    pub(in crate::traffic) fn place_of(&self, pod: u32) -> Option<u32> {
        let place = self.links.iter().position(|link| link.pod == pod);
        place.map(|place| place as u32)
    }

    /// A try at a host: over a free connection, or a new one where somebody `listens`.
    #[inline]
    pub(in crate::traffic) fn connect(
        &mut self,
        slot: u32,
        crossing: u32,
        listens: bool,
    ) -> Connected {
        let link = &mut self.links[slot as usize];
        match self.breakers.admit(link.pool()) {
            Admission::Send => {
                link.free -= 1;
                link.busy += 1;
                link.sent = link.sent.wrapping_add(1);
                self.hosts[slot as usize].active += 1;
                Connected::Sent
            }
            Admission::Connect if !listens => {
                self.breakers.abandon();
                self.breakers.disconnect();
                Connected::Refused
            }
            Admission::Connect => match self.breakers.attach() {
                Admission::Send => {
                    link.busy += 1;
                    link.sent = link.sent.wrapping_add(1);
                    self.hosts[slot as usize].active += 1;
                    Connected::Sent
                }
                _ => {
                    link.free += 1;
                    Connected::Overflow
                }
            },
            Admission::Wait => {
                link.waiting.push_back(crossing);
                Connected::Waits
            }
            Admission::Overflow => Connected::Overflow,
        }
    }

    /// A sent try is over; whether its connection `stays` open. Returns whether others wait at
    /// the pod, for [`resume`](Self::resume).
    #[inline]
    pub(in crate::traffic) fn release(&mut self, pod: u32, hint: u32, stays: bool) -> bool {
        self.breakers.finish();
        let bound = self.requests_per_connection;
        let found = find(&mut self.links, &mut self.leaving, pod, hint);
        let Some((link, place)) = found else {
            self.breakers.disconnect();
            return false;
        };
        link.busy = link.busy.saturating_sub(1);
        let stays = stays && place.is_some() && !link.sent.is_multiple_of(bound);
        link.free += u32::from(stays);
        let waits = !link.waiting.is_empty();
        let done = place.is_none() && link.is_idle();
        if let Some(place) = place {
            let active = &mut self.hosts[place].active;
            *active = active.saturating_sub(1);
        }
        if !stays {
            self.breakers.disconnect();
        }
        if done {
            self.leaving.retain(|link| link.pod != pod);
        }
        waits
    }

    /// The first crossing that waits at a pod tries its connections again.
    pub(in crate::traffic) fn resume(&mut self, pod: u32, hint: u32, listens: bool) -> Connected {
        let found = find(&mut self.links, &mut self.leaving, pod, hint);
        let Some((link, place)) = found else {
            return Connected::Refused;
        };
        if link.free == 0 {
            if !self.breakers.connect(link.pool()) {
                return Connected::Waits;
            }
            if !listens {
                link.waiting.pop_front();
                self.breakers.disconnect();
                self.breakers.abandon();
                return Connected::Refused;
            }
            link.free += 1;
        }
        link.waiting.pop_front();
        if self.breakers.attach() != Admission::Send {
            return Connected::Overflow;
        }
        link.free -= 1;
        link.busy += 1;
        link.sent = link.sent.wrapping_add(1);
        if let Some(place) = place {
            self.hosts[place].active += 1;
        }
        Connected::Sent
    }

    /// Takes whoever waits first at a pod that cannot be connected to.
    pub(in crate::traffic) fn next_refused(&mut self, pod: u32, hint: u32) -> Option<u32> {
        let (link, place) = find(&mut self.links, &mut self.leaving, pod, hint)?;
        let first = link.waiting.pop_front();
        let gone = place.is_none() && link.is_idle();
        if first.is_some() {
            self.breakers.abandon();
        }
        if gone {
            self.leaving.retain(|link| link.pod != pod);
        }
        first
    }

    /// Who waits first at a pod.
    pub(in crate::traffic) fn first_waiting(&mut self, pod: u32, hint: u32) -> Option<u32> {
        let (link, _) = find(&mut self.links, &mut self.leaving, pod, hint)?;
        link.waiting.front().copied()
    }

    /// A waiting crossing gives up.
    pub(in crate::traffic) fn abandon(&mut self, pod: u32, hint: u32, crossing: u32) {
        let found = find(&mut self.links, &mut self.leaving, pod, hint);
        if let Some((link, _)) = found {
            let before = link.waiting.len();
            link.waiting.retain(|one| *one != crossing);
            if link.waiting.len() < before {
                self.breakers.abandon();
            }
            self.leaving.retain(|link| !link.is_idle());
        }
    }

    /// The pod has closed its idle connections.
    pub(in crate::traffic) fn close_idle(&mut self, pod: u32) {
        let found = find(&mut self.links, &mut self.leaving, pod, u32::MAX);
        let closed = found.map_or(0, |(link, _)| std::mem::take(&mut link.free));
        (0..closed).for_each(|_| self.breakers.disconnect());
    }

    /// Open connections that may bring a pod further requests: none where it is no host any more.
    pub(in crate::traffic) fn connections_to(&self, pod: u32) -> u32 {
        let found = self.links.iter().find(|link| link.pod == pod);
        found.map_or(0, |link| link.free + link.busy)
    }

    /// What a try showed of its host.
    #[inline]
    pub(in crate::traffic) fn observe(
        &mut self,
        now: SimTime,
        pod: u32,
        seen: Observation,
        draw: impl FnOnce() -> Draw,
    ) -> [Option<Outlook>; 2] {
        let Some(outliers) = &mut self.outliers else {
            return [None; 2];
        };
        let Some(place) = self.links.iter().position(|link| link.pod == pod) else {
            return [None; 2];
        };
        let Some(trigger) = outliers.detector.observe(place as u32, seen) else {
            return [None; 2];
        };
        let ejection = outliers
            .detector
            .eject(place as u32, trigger, now, &mut draw());
        if ejection != Ejection::Ejected {
            return [None; 2];
        }
        let tick = outliers.next_tick(now);
        self.hosts[place].health = Health::Unhealthy;
        [self.health_changed(now), tick]
    }

    /// The tick of outlier detection.
    pub(in crate::traffic) fn tick(&mut self, now: SimTime) -> [Option<Outlook>; 2] {
        let Some(outliers) = &mut self.outliers else {
            return [None; 2];
        };
        outliers.ticking = false;
        let back = outliers.detector.tick(now);
        let again = outliers.detector.needs_ticks();
        let tick = again.then(|| outliers.next_tick(now)).flatten();
        for place in &back {
            self.hosts[*place as usize].health = self.links[*place as usize].health();
        }
        let refresh = (!back.is_empty())
            .then(|| self.health_changed(now))
            .flatten();
        [refresh, tick]
    }
}

impl Outliers {
    /// The next tick, unless it is awaited already.
    fn next_tick(&mut self, now: SimTime) -> Option<Outlook> {
        if std::mem::replace(&mut self.ticking, true) {
            return None;
        }
        let interval = self.interval.as_nanos().max(1);
        let since = now.as_nanos().saturating_sub(self.phase);
        let passed = match now.as_nanos() < self.phase {
            true => 0,
            false => since / interval + 1,
        };
        Some(Outlook::Tick(self.phase + passed * interval))
    }
}

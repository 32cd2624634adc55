//! The ledger: counts requests as they settle, and stores none.

use super::uptime::{Presence, UserStates, Visit, worst_window};
use super::{Cause, Latencies, LedgerSpec, RequestFact, Slot, Timeline, Verdict};
use crate::ids::UserId;
use crate::units::{Ratio, SimDuration, SimTime};

const CAUSES: usize = Cause::ALL.len();

/// Counts of settled requests by intended arrival, from the end of the warm-up to the horizon.
///
/// Invariant: requests of one source are recorded in the order of intended arrival.
/// Invariant: good + failed = total.
#[derive(Debug)]
pub struct Ledger {
    spec: LedgerSpec,
    failed: [u64; CAUSES],
    total: u64,
    attempts: u64,
    unsettled: u64,
    slots: Vec<Slot>,
    latencies: Latencies,
    bad: Option<(SimTime, SimTime)>,
    exposed_from: Option<SimTime>,
    first_user: Vec<u32>,
    states: UserStates,
    presence: Vec<Presence>,
    timeline: Vec<[u32; CAUSES]>,
}

impl Ledger {
    /// An empty ledger.
    pub fn new(spec: LedgerSpec) -> Self {
        let seconds = spec.horizon.saturating_since(spec.count_from).as_nanos();
        let seconds = seconds.div_ceil(SimDuration::SECOND.as_nanos()) as usize;
        let mut users = 0;
        let first_user = spec.users.iter().map(|count| {
            users += count;
            users - count
        });
        let first_user = first_user.collect();
        let rows = match spec.timeline {
            Timeline::Absent => 0,
            Timeline::PerSecond => seconds,
        };
        let counted = (spec.count_from, spec.horizon);
        Self {
            failed: [0; CAUSES],
            total: 0,
            attempts: 0,
            unsettled: 0,
            slots: vec![Slot::default(); seconds],
            latencies: Latencies::default(),
            bad: None,
            exposed_from: None,
            first_user,
            states: UserStates::new(users as usize, spec.cutoff, counted),
            presence: Vec::new(),
            timeline: vec![[0; CAUSES]; rows],
            spec,
        }
    }

    /// Counts one settled request; one intended outside the counted time leaves no trace.
    #[inline]
    pub fn record(&mut self, fact: &RequestFact) {
        let Some(second) = self.second_of(fact.intended) else {
            return;
        };
        self.total += 1;
        self.attempts += u64::from(fact.attempts);
        self.slots[second].total += 1;
        match fact.verdict {
            Verdict::Good => self.latencies.record(fact.settled - fact.intended),
            Verdict::Failed(cause) => self.record_failure(second, fact.settled, cause),
        }
        if fact.exposed {
            let first = self.exposed_from.unwrap_or(fact.settled);
            self.exposed_from = Some(first.min(fact.settled));
        }
        self.states.visit(Visit {
            user: UserId::new(self.first_user[fact.source.index()] + fact.user.index() as u32),
            at: fact.intended,
            failed: fact.verdict != Verdict::Good,
            exposed: fact.exposed,
        });
    }

    #[inline]
    fn second_of(&self, intended: SimTime) -> Option<usize> {
        if intended < self.spec.count_from || intended >= self.spec.horizon {
            return None;
        }
        Some((intended - self.spec.count_from).as_secs() as usize)
    }

    #[cold]
    fn record_failure(&mut self, second: usize, settled: SimTime, cause: Cause) {
        self.failed[cause as usize] += 1;
        self.slots[second].failed += 1;
        if let Some(row) = self.timeline.get_mut(second) {
            row[cause as usize] += 1;
        }
        let (first, last) = self.bad.unwrap_or((settled, settled));
        self.bad = Some((first.min(settled), last.max(settled)));
    }

    /// Takes note of a request that the horizon found in flight.
    pub fn leave_unsettled(&mut self, intended: SimTime) {
        self.unsettled += u64::from(self.second_of(intended).is_some());
    }

    /// Ends the states of all users at the horizon; call once, after the last request.
    pub fn close(&mut self) {
        self.presence = self.states.close();
    }

    /// All settled requests.
    pub fn total(&self) -> u64 {
        self.total
    }
    /// Requests answered without error.
    pub fn good(&self) -> u64 {
        self.total - self.failed()
    }
    /// Failed requests, all causes.
    pub fn failed(&self) -> u64 {
        self.failed.iter().sum()
    }
    /// Failed requests of one cause.
    pub fn failed_by(&self, cause: Cause) -> u64 {
        self.failed[cause as usize]
    }
    /// Attempts of all settled requests.
    pub fn attempts(&self) -> u64 {
        self.attempts
    }
    /// Requests that the horizon found in flight or between attempts.
    pub fn unsettled(&self) -> u64 {
        self.unsettled
    }
    /// One entry for each second from the end of the warm-up.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }
    /// Latencies of good requests, from intended arrival, attempts and pauses included. Failed
    /// ones are counted by cause instead: a refusal is no fast answer.
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }
    /// When the first and the last failed request settled.
    pub fn bad_responses(&self) -> Option<(SimTime, SimTime)> {
        self.bad
    }
    /// When the first request that reached a bad version settled.
    pub fn exposed_from(&self) -> Option<SimTime> {
        self.exposed_from
    }
    /// Users of all sources, whether they came or not.
    pub fn users(&self) -> u32 {
        self.spec.users.iter().sum()
    }
    /// Distinct users with at least one failed request.
    pub fn users_affected(&self) -> u32 {
        self.states.affected()
    }
    /// Distinct users who reached a bad version.
    pub fn users_exposed(&self) -> u32 {
        self.states.exposed()
    }
    /// Failures per second and cause, if asked for; empty otherwise.
    pub fn timeline(&self) -> &[[u32; CAUSES]] {
        &self.timeline
    }
    /// Seconds whose error ratio exceeds the threshold; empty seconds never do.
    pub fn downtime_seconds(&self, threshold: Ratio) -> u64 {
        let limit = u64::from(threshold.as_parts_per_billion());
        let whole = u64::from(Ratio::ONE.as_parts_per_billion());
        let down = |slot: &&Slot| u64::from(slot.failed) * whole > u64::from(slot.total) * limit;
        self.slots.iter().filter(down).count() as u64
    }
    /// Seconds without any request.
    pub fn empty_seconds(&self) -> u64 {
        self.slots.iter().filter(|slot| slot.total == 0).count() as u64
    }
    /// User-uptime in the worst window of this width, sliding by seconds; absent: the whole time.
    /// `None` before [`Ledger::close`] and without users.
    pub fn user_uptime(&self, width: Option<SimDuration>) -> Option<f64> {
        let width = width.map_or(usize::MAX, |width| width.as_secs() as usize);
        worst_window(&self.presence, width)
    }
    /// Time in which users were down, summed over users (min).
    pub fn user_minutes_lost(&self) -> f64 {
        let nanos: u64 = self.presence.iter().map(|second| second.down).sum();
        nanos as f64 / 60e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SourceId;

    fn ledger() -> Ledger {
        let mut spec = LedgerSpec::new(SimTime::from_secs(10), SimTime::from_secs(20), vec![3, 2]);
        spec.timeline = Timeline::PerSecond;
        Ledger::new(spec)
    }

    fn fact(source: u32, user: u32, millis: u64, verdict: Verdict) -> RequestFact {
        let intended = SimTime::ZERO + SimDuration::from_millis(millis);
        RequestFact {
            source: SourceId::new(source),
            user: UserId::new(user),
            intended,
            settled: intended + SimDuration::from_millis(40),
            verdict,
            attempts: 2,
            exposed: user == 1,
        }
    }

    #[test]
    fn requests_count_in_the_second_of_their_intended_arrival() {
        let mut ledger = ledger();
        let reset = Verdict::Failed(Cause::Reset);
        for fact in [
            fact(0, 0, 9_999, reset),
            fact(0, 0, 10_000, Verdict::Good),
            fact(1, 0, 11_500, reset),
            fact(1, 1, 11_990, Verdict::Good),
            fact(0, 2, 20_000, reset),
        ] {
            ledger.record(&fact);
        }
        ledger.close();
        assert_eq!((ledger.total(), ledger.good(), ledger.failed()), (3, 2, 1));
        assert_eq!((ledger.failed_by(Cause::Reset), ledger.attempts()), (1, 6));
        assert_eq!(
            ledger.slots()[1],
            Slot {
                total: 2,
                failed: 1
            }
        );
        assert_eq!(ledger.timeline()[1][Cause::Reset as usize], 1);
        assert_eq!((ledger.empty_seconds(), ledger.slots().len()), (8, 10));
        let at = SimTime::ZERO + SimDuration::from_millis(11_540);
        assert_eq!(ledger.bad_responses(), Some((at, at)));
        assert_eq!((ledger.users_affected(), ledger.users_exposed()), (1, 1));
        // User 0 of source 1 is down from 11.5 s to 20 s; the others are up 10 s and 8.01 s.
        assert!((ledger.user_minutes_lost() - 8.5 / 60.0).abs() < 1e-9);
        let share = 18.01 / (18.01 + 8.5);
        assert!((ledger.user_uptime(None).unwrap() - share).abs() < 1e-9);
    }

    #[test]
    fn a_second_is_down_only_above_the_threshold() {
        let mut ledger = ledger();
        for k in 0..20 {
            let verdict = match k {
                0 => Verdict::Failed(Cause::Timeout),
                _ => Verdict::Good,
            };
            ledger.record(&fact(0, 0, 12_000 + k, verdict));
        }
        let percent = |text: &str| ledger.downtime_seconds(text.parse().unwrap());
        assert_eq!((percent("4.9%"), percent("5%")), (1, 0));
    }
}

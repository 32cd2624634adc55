//! A probe worker with its ticker: which tick comes next that can change anything.

use crate::manifest::Probe;
use crate::units::SimTime;

use super::worker::{ProbeKind, ProbeResult, ProbeWorker, Seen, TickVerdict};

/// How far ahead ticks are tried before one of them becomes an event for its own sake.
const LOOK_AHEAD_TICKS: u32 = 4096;

/// Whether ticks without consequence become events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ticking {
    /// Only ticks that change something.
    WhereItMatters,
    /// Every tick; the yardstick of the former.
    #[cfg(test)]
    Always,
}

/// What answers a probe, as long as nothing else happens to the pod.
#[derive(Clone, Copy)]
pub(super) struct Answers<'a> {
    pub(super) seen: &'a Seen,
    /// Outcome of the tick with this number.
    pub(super) outcome: &'a dyn Fn(u64) -> ProbeResult,
    pub(super) certainty: Certainty,
}

/// How much is known of outcomes in advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// All alike.
    Constant,
    /// Drawn tick by tick.
    Drawn,
    /// It depends on the load at the instant of the tick.
    OnLoad,
}

/// One worker, its ticker, and a probe that is still waiting for its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prober {
    pub(super) kind: ProbeKind,
    pub(super) probe: Probe,
    pub(super) worker: ProbeWorker,
    pub(super) next: SimTime,
    pub(super) number: u64,
    pub(super) pending: Option<(SimTime, ProbeResult)>,
    pub(super) ended: bool,
}

impl Prober {
    /// Ticks at once and every period from then on.
    pub(super) fn new(worker: ProbeWorker, kind: ProbeKind, probe: Probe, first: SimTime) -> Self {
        Self {
            kind,
            probe,
            worker,
            next: first,
            number: 0,
            pending: None,
            ended: false,
        }
    }

    /// The ticker has moved past a tick at this instant.
    pub(super) fn pass(&mut self, at: SimTime) {
        self.number += 1;
        while self.next <= at {
            self.next += self.probe.period;
        }
    }
    /// A tick out of turn: the ticker starts anew from here.
    pub(super) fn restart(&mut self, now: SimTime) {
        self.next = now;
    }

    /// Does all ticks before an instant. They change nothing that is published, or they would have
    /// been events.
    pub(super) fn catch_up(&mut self, now: SimTime, answers: &Answers<'_>) {
        while !self.ended && self.pending.is_none() && self.next < now {
            let at = self.next;
            if self.worker.prepare(at, answers.seen, &self.probe) == TickVerdict::Probe {
                self.worker
                    .record((answers.outcome)(self.number), &self.probe);
            }
            self.pass(at);
        }
    }

    /// The next tick that must be an event, if nothing else happens before.
    pub(super) fn next_event(&self, answers: &Answers<'_>, ticking: Ticking) -> Option<SimTime> {
        if self.ended || self.pending.is_some() {
            return None;
        }
        if ticking != Ticking::WhereItMatters {
            return Some(self.next);
        }
        let mut ahead = *self;
        for _ in 0..LOOK_AHEAD_TICKS {
            let at = ahead.next;
            let before = ahead.worker.publication();
            let verdict = ahead.worker.prepare(at, answers.seen, &self.probe);
            match verdict {
                TickVerdict::Ends => return Some(at),
                TickVerdict::Probe if answers.certainty == Certainty::OnLoad => return Some(at),
                TickVerdict::Probe => {
                    ahead
                        .worker
                        .record((answers.outcome)(ahead.number), &self.probe);
                }
                TickVerdict::Idle | TickVerdict::TooEarly => {}
            }
            if ahead.worker.publication() != before {
                return Some(at);
            }
            if ahead.is_settled(verdict, answers) {
                return None;
            }
            ahead.pass(at);
        }
        Some(ahead.next)
    }

    /// Whether all further ticks will be like this one.
    fn is_settled(&self, verdict: TickVerdict, answers: &Answers<'_>) -> bool {
        match verdict {
            TickVerdict::Idle => true,
            TickVerdict::Probe if answers.certainty == Certainty::Constant => {
                self.worker.published() == Some((answers.outcome)(self.number))
            }
            _ => false,
        }
    }
}

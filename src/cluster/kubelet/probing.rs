//! How a pod's probes are asked, answered and acted upon (reference §3.2, rule 8).

use super::ending::Stopping;
use super::life::{Manner, PodLife, RESYNC, Surroundings};
use super::prober::{Answers, Certainty, Prober};
use super::status::Effects;
use super::timers::Timer;
use super::worker::{ProbeKind, ProbeResult, Publication, TickVerdict};
use crate::images::Health;
use crate::units::{SimDuration, SimTime};

impl PodLife {
    pub(super) fn trigger_readiness(&mut self, now: SimTime) {
        let sleep = self.sleep(RESYNC);
        self.timers
            .set(Timer::Resync, self.clock.poll_after(now + sleep));
        for prober in &mut self.probers {
            if prober.kind == ProbeKind::Readiness {
                prober.restart(now);
            }
        }
        if self.plan.readiness.is_some() {
            self.timers.set(Timer::Probe(ProbeKind::Readiness), now);
        }
    }

    pub(super) fn stop_if_unhealthy(&mut self, now: SimTime, effects: &mut Effects) {
        let failed = |prober: &&Prober| {
            prober.kind != ProbeKind::Readiness
                && prober.worker.published_for(self.starts) == Some(ProbeResult::Failure)
        };
        let Some(prober) = self.probers.iter().find(failed) else {
            return;
        };
        if self.process.is_some() && self.stopping.is_none() {
            let grace = prober.probe.grace.unwrap_or(self.plan.grace);
            self.stop(now, Stopping::unhealthy(grace), effects);
        }
    }

    pub(super) fn probe(
        &mut self,
        now: SimTime,
        kind: ProbeKind,
        around: &Surroundings<'_>,
        effects: &mut Effects,
    ) {
        let certainty = self.certainty(kind);
        let before = self.publication(kind);
        self.with_prober(kind, |life, prober| {
            if prober.ended || prober.pending.is_some() {
                return;
            }
            let seen = life.seen;
            let verdict = prober.worker.prepare(now, &seen, &prober.probe);
            let number = prober.number;
            prober.pass(now);
            prober.ended = verdict == TickVerdict::Ends;
            if verdict != TickVerdict::Probe {
                return;
            }
            let outcome = life.outcome(kind, number);
            let wait = match (certainty, outcome) {
                (Certainty::OnLoad, ProbeResult::Success) => around.queue_wait,
                _ => SimDuration::ZERO,
            };
            if wait.is_zero() {
                prober.worker.record(outcome, &prober.probe);
            } else if wait > prober.probe.timeout {
                prober.pending = Some((now + prober.probe.timeout, ProbeResult::Failure));
            } else {
                prober.pending = Some((now + wait, outcome));
            }
            if let Some((at, _)) = prober.pending {
                life.timers.set(Timer::ProbeResult(kind), at);
            }
        });
        self.results_may_have_changed(now, (kind, before), effects);
    }

    /// A tick that falls on the instant of a sync comes first, also one that was no event: the sync
    /// changes what it would meet.
    pub(super) fn tick_before_sync(
        &mut self,
        now: SimTime,
        around: &Surroundings<'_>,
        effects: &mut Effects,
    ) {
        for kind in ProbeKind::ALL {
            let due = |prober: &Prober| prober.kind == kind && prober.next <= now;
            if self.probers.iter().any(due) {
                self.probe(now, kind, around, effects);
            }
        }
    }

    /// An answer that took its time; a tick missed meanwhile follows at once.
    pub(super) fn probe_answered(&mut self, now: SimTime, kind: ProbeKind, effects: &mut Effects) {
        let before = self.publication(kind);
        self.with_prober(kind, |life, prober| {
            let (_, outcome) = prober.pending.take().expect("an answer was awaited");
            // The answer of a server that died meanwhile is a reset.
            let outcome = match life.process {
                Some(_) => outcome,
                None => ProbeResult::Failure,
            };
            prober.worker.record(outcome, &prober.probe);
            prober.next = prober.next.max(now);
        });
        self.results_may_have_changed(now, (kind, before), effects);
    }

    fn publication(&self, kind: ProbeKind) -> Option<Publication> {
        let prober = self.probers.iter().find(|prober| prober.kind == kind)?;
        Some(prober.worker.publication())
    }

    /// Shows a changed result in the status at once. A first or changed result also wakes the pod
    /// worker, but for liveness only a failure does.
    fn results_may_have_changed(
        &mut self,
        now: SimTime,
        probe: (ProbeKind, Option<Publication>),
        effects: &mut Effects,
    ) {
        self.publish(effects);
        let (kind, before) = probe;
        let after = self.publication(kind);
        let failed = after.is_some_and(|(_, result)| result == Some(ProbeResult::Failure));
        if after != before && (kind != ProbeKind::Liveness || failed) {
            self.request_sync(now);
        }
    }

    fn certainty(&self, kind: ProbeKind) -> Certainty {
        let health = self.plan.health(kind);
        let serves = self
            .process
            .is_some_and(|process| process.manner != Manner::StartingUp);
        if self.plan.behaviour.health.time_out_under_load && serves {
            return Certainty::OnLoad;
        }
        match health {
            Health::Dependencies(_) if serves => Certainty::Drawn,
            _ => Certainty::Constant,
        }
    }

    /// What the process answers to the tick of this number, load aside.
    fn outcome(&self, kind: ProbeKind, number: u64) -> ProbeResult {
        let Some(process) = self.process else {
            return ProbeResult::Failure;
        };
        let leaving = process.manner == Manner::Leaving && kind == ProbeKind::Readiness;
        let up = matches!(process.manner, Manner::Serving | Manner::Leaving) && !leaving;
        let passes = match self.plan.health(kind) {
            Health::Always => !leaving,
            Health::AfterStartUp => up,
            Health::Dependencies(chances) => {
                up && {
                    let mut draw = self.luck.tick(kind, number);
                    chances.iter().fold(true, |all, (_, chance)| {
                        // Every dependency takes its draw, so that their luck does not shift.
                        (draw.uniform() < chance.as_fraction()) && all
                    })
                }
            }
        };
        match passes {
            true => ProbeResult::Success,
            false => ProbeResult::Failure,
        }
    }
    fn with_prober(&mut self, kind: ProbeKind, act: impl FnOnce(&mut Self, &mut Prober)) {
        let Some(index) = self.probers.iter().position(|prober| prober.kind == kind) else {
            return;
        };
        let mut prober = self.probers[index];
        act(self, &mut prober);
        self.probers[index] = prober;
    }

    /// Plans each probe's next event under the present circumstances.
    pub(super) fn replan(&mut self) {
        for index in 0..self.probers.len() {
            let prober = self.probers[index];
            let kind = prober.kind;
            let next = self.ask(&prober, |prober, answers| {
                prober.next_event(answers, self.ticking)
            });
            match next {
                Some(at) => self.timers.set(Timer::Probe(kind), at),
                None => self.timers.clear(Timer::Probe(kind)),
            }
        }
    }

    pub(super) fn catch_up(&mut self, now: SimTime) {
        for index in 0..self.probers.len() {
            let prober = self.probers[index];
            self.probers[index] = self.ask(&prober, |prober, answers| {
                let mut prober = *prober;
                prober.catch_up(now, answers);
                prober
            });
        }
    }

    fn ask<T>(&self, prober: &Prober, question: impl FnOnce(&Prober, &Answers<'_>) -> T) -> T {
        let outcome = |number| self.outcome(prober.kind, number);
        let answers = Answers {
            seen: &self.seen,
            outcome: &outcome,
            certainty: self.certainty(prober.kind),
        };
        question(prober, &answers)
    }
}

//! Ticks, answers, and what the kubelet does about them.

use super::Waking;
use super::life::{PodLife, PodSpec, Process};
use super::{Answer, ContainerState, Effects, Observation, ProbeKind, Published, Tick, TimerKind};
use crate::facts::PodExit;
use crate::images::{Health, OnSigterm};
use crate::units::SimTime;

impl PodLife {
    /// The first tick of a worker is immediate; ticks follow every period from there (the kubelet
    /// has been up for longer than a period).
    pub(super) fn start_ticking(&mut self, worker: usize, now: SimTime, effects: &mut Effects) {
        self.schedule_tick(worker, now, effects);
    }

    pub(super) fn schedule_tick(&mut self, worker: usize, at: SimTime, effects: &mut Effects) {
        let kind = self.workers[worker].kind();
        let number = self.schedules[kind as usize].number;
        self.set_tick(effects, at, kind, number);
    }

    /// Ticks belong to the pod's worker, not to an incarnation: they go on over restarts.
    fn set_tick(&self, effects: &mut Effects, at: SimTime, kind: ProbeKind, number: u32) {
        self.set(effects, at, TimerKind::ProbeTick(kind, number));
    }

    /// Rule 8: a readiness probe at once, and the ticker starts over from here.
    pub(super) fn probe_readiness_now(&mut self, now: SimTime, effects: &mut Effects) {
        let Some(worker) = self.worker(ProbeKind::Readiness) else {
            return;
        };
        let passes = self.workers[worker].published() == Some(Published::Success);
        if self.started && !passes {
            self.schedules[ProbeKind::Readiness as usize].number += 1;
            self.schedule_tick(worker, now, effects);
        }
    }

    pub(super) fn tick(
        &mut self,
        spec: &PodSpec<'_>,
        waking: Waking,
        (kind, number): (ProbeKind, u32),
        effects: &mut Effects,
    ) {
        if self.schedules[kind as usize].number != number {
            return;
        }
        let worker = self.worker(kind).expect("only workers that exist tick");
        let observation = self.observe(waking.now);
        let before = self.workers[worker].published();
        let verdict = self.workers[worker].tick(&observation);
        if verdict != Tick::End {
            let next = waking.now + self.workers[worker].spec().period;
            self.schedule_tick(worker, next, effects);
        }
        if verdict == Tick::Probe {
            self.send_probe(spec, waking, kind, effects);
        } else if before != self.workers[worker].published() {
            self.tell_status(effects);
        }
    }

    fn observe(&self, now: SimTime) -> Observation {
        let container = match self.container {
            Process::Absent => ContainerState::Absent,
            Process::Running { seen: false, .. } if self.incarnation == 0 => ContainerState::Absent,
            Process::Running { seen: false, .. } | Process::Ended => ContainerState::Waiting,
            Process::Running { since, .. } | Process::Stopping { since, .. } => {
                ContainerState::Running {
                    age: now - since,
                    started: self.started,
                }
            }
        };
        Observation {
            incarnation: self.incarnation,
            container,
            deleting: self.deleting,
        }
    }

    fn send_probe(
        &mut self,
        spec: &PodSpec<'_>,
        waking: Waking,
        kind: ProbeKind,
        effects: &mut Effects,
    ) {
        let worker = self.worker(kind).expect("a worker that ticked");
        let timeout = self.workers[worker].spec().timeout;
        let answer = self.health_says(spec, kind);
        let waits = spec.behaviour.health.time_out_under_load && self.listens();
        let wait = if waits {
            waking.queue_wait
        } else {
            Default::default()
        };
        let (delay, answer) = if wait > timeout {
            (timeout, Answer::Failure)
        } else {
            (wait, answer)
        };
        if delay.is_zero() {
            self.answered(spec, waking.now, (kind, answer), effects);
        } else {
            self.set(
                effects,
                waking.now + delay,
                TimerKind::ProbeAnswered(kind, answer),
            );
        }
    }

    fn listens(&self) -> bool {
        match self.container {
            Process::Running { listening, .. } => listening,
            Process::Stopping { .. } => true,
            Process::Absent | Process::Ended => false,
        }
    }

    /// What the endpoint would answer right now.
    fn health_says(&mut self, spec: &PodSpec<'_>, kind: ProbeKind) -> Answer {
        let tick = self.schedules[kind as usize].ticks;
        self.schedules[kind as usize].ticks += 1;
        let health = match kind {
            ProbeKind::Startup => &spec.behaviour.health.startup,
            ProbeKind::Readiness => &spec.behaviour.health.readiness,
            ProbeKind::Liveness => &spec.behaviour.health.liveness,
        };
        let leaving = matches!(
            self.container,
            Process::Stopping {
                signalled: true,
                ..
            }
        );
        let keeps_serving = matches!(spec.behaviour.on_sigterm, OnSigterm::KeepServing(_));
        if leaving && (kind == ProbeKind::Readiness || !keeps_serving) {
            return Answer::Failure;
        }
        let passes = match health {
            Health::Always => true,
            Health::AfterStartUp => self.listens(),
            Health::Dependencies(dependencies) => {
                let mut luck = self.probe_luck(spec, kind, tick);
                let answers = dependencies
                    .iter()
                    .filter(|(_, chance)| luck.uniform() < chance.as_fraction())
                    .count();
                self.listens() && answers == dependencies.len()
            }
        };
        if passes {
            Answer::Success
        } else {
            Answer::Failure
        }
    }

    pub(super) fn answered(
        &mut self,
        spec: &PodSpec<'_>,
        now: SimTime,
        (kind, answer): (ProbeKind, Answer),
        effects: &mut Effects,
    ) {
        let Some(worker) = self.worker(kind) else {
            return;
        };
        let before = self.workers[worker].published();
        self.workers[worker].answered(answer);
        let after = self.workers[worker].published();
        if before == after {
            return;
        }
        match (kind, after) {
            (ProbeKind::Startup, Some(Published::Success)) => {
                self.started = true;
                self.tell_status(effects);
                self.probe_readiness_now(now, effects);
            }
            (ProbeKind::Startup | ProbeKind::Liveness, Some(Published::Failure)) => {
                let own = self.workers[worker].spec().grace;
                self.stop_container(spec, now, (PodExit::Unhealthy, own), effects);
            }
            (ProbeKind::Readiness, _) => {
                self.tell_status(effects);
                self.probe_readiness_now(now, effects);
            }
            _ => {}
        }
    }
}

//! How a container is stopped, by deletion or for its health (reference §3.5).

use super::life::{Manner, PodLife};
use super::status::{Action, Effects, IdleConnections};
use super::timers::Timer;
use crate::facts::{Happening, PodExit};
use crate::images::OnSigterm;
use crate::manifest::PreStop;
use crate::units::{SimDuration, SimTime};

/// A pod's grace period is at least this long for its kubelet.
const MINIMUM_GRACE: SimDuration = SimDuration::SECOND;
/// The process gets at least this long between SIGTERM and SIGKILL.
const MINIMUM_AFTER_PRE_STOP: SimDuration = SimDuration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Deleted,
    Unhealthy,
}

/// A stop in progress.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopping {
    why: Why,
    grace: SimDuration,
    since: SimTime,
}

impl Stopping {
    pub(super) fn unhealthy(grace: SimDuration) -> Self {
        Self {
            why: Why::Unhealthy,
            grace,
            since: SimTime::ZERO,
        }
    }
}

impl PodLife {
    pub(super) fn delete(&mut self, now: SimTime, grace: SimDuration, effects: &mut Effects) {
        if self.seen.deleting {
            return;
        }
        let grace = grace.max(MINIMUM_GRACE);
        self.seen.deleting = true;
        let start = [
            Timer::SandboxReady,
            Timer::ImageReady,
            Timer::ContainerStarted,
            Timer::RestartPoll,
        ];
        start.iter().for_each(|timer| self.timers.clear(*timer));
        if self.process.is_none() {
            self.timers.set(Timer::Gone, self.clock.relist_after(now));
            return;
        }
        match &mut self.stopping {
            Some(stopping) => {
                stopping.why = Why::Deleted;
                self.timers.set_earlier(Timer::Kill, now + grace);
            }
            None => self.stop(now, deleted(grace), effects),
        }
    }

    /// Begins with the preStop hook, which may take the whole grace period.
    pub(super) fn stop(&mut self, now: SimTime, stopping: Stopping, effects: &mut Effects) {
        self.stopping = Some(Stopping {
            since: now,
            ..stopping
        });
        match self.plan.pre_stop {
            Some(PreStop::Sleep(length)) if !length.is_zero() => {
                let at = now + length.min(stopping.grace);
                self.timers.set(Timer::PreStopDone, at);
            }
            _ => self.sigterm(now, effects),
        }
    }

    /// SIGTERM, and SIGKILL after what whole seconds of the hook left of the grace period.
    pub(super) fn sigterm(&mut self, now: SimTime, effects: &mut Effects) {
        let stopping = self.stopping.expect("only a stop sends SIGTERM");
        let used = SimDuration::from_secs((now - stopping.since).as_secs());
        let left = stopping.grace.saturating_sub(used);
        let kill_at = now + left.max(MINIMUM_AFTER_PRE_STOP);
        self.timers.set_earlier(Timer::Kill, kill_at);
        effects.happenings.push(Happening::Sigterm(self.id));
        match self.plan.behaviour.on_sigterm {
            OnSigterm::Exit => self.exit(now, PodExit::Finished, effects),
            OnSigterm::StopAccepting => self.stop_accepting(now, effects),
            OnSigterm::KeepServing(length) => {
                self.timers.set(Timer::Exit, now + length);
                match &mut self.process {
                    Some(p) if p.manner == Manner::StartingUp => p.told_early = true,
                    _ => self.behave(Manner::Leaving),
                }
            }
        }
    }

    fn stop_accepting(&mut self, now: SimTime, effects: &mut Effects) {
        if self.process.is_some_and(|p| p.manner == Manner::StartingUp) {
            // Nothing can be in flight where nobody listened.
            return self.exit(now, PodExit::Finished, effects);
        }
        self.behave(Manner::Closed);
        if let Some(limit) = self.plan.behaviour.drain_limit {
            self.timers.set(Timer::Exit, now + limit);
        }
        let idle = match self.plan.behaviour.closes_idle_connections {
            true => IdleConnections::Close,
            false => IdleConnections::Keep,
        };
        effects.actions.push(Action::StopAccepting(idle));
    }

    fn behave(&mut self, manner: Manner) {
        if let Some(process) = &mut self.process {
            process.manner = manner;
        }
    }

    pub(super) fn drained(&mut self, now: SimTime, effects: &mut Effects) {
        if self.process.is_some_and(|p| p.manner == Manner::Closed) {
            self.exit(now, PodExit::Finished, effects);
        }
    }

    /// The process ends; the kubelet sees it at its next relist.
    pub(super) fn exit(&mut self, now: SimTime, exit: PodExit, effects: &mut Effects) {
        if self.process.take().is_none() {
            return;
        }
        let of_the_process = [
            Timer::StartUpDone,
            Timer::Crash,
            Timer::OutOfMemory,
            Timer::PreStopDone,
            Timer::Exit,
            Timer::Kill,
        ];
        of_the_process
            .iter()
            .for_each(|timer| self.timers.clear(*timer));
        let why = self.stopping.take().map(|stopping| stopping.why);
        let exit = match (why, exit) {
            (Some(Why::Unhealthy), PodExit::Finished | PodExit::Killed) => PodExit::Unhealthy,
            _ => exit,
        };
        self.last_exit = Some((now, exit));
        effects.actions.push(Action::End(exit));
        effects
            .happenings
            .push(Happening::ContainerExited(self.id, exit));
        let next = match self.seen.deleting {
            true => Timer::Gone,
            false => Timer::Relist,
        };
        self.timers.set(next, self.clock.relist_after(now));
    }
}

fn deleted(grace: SimDuration) -> Stopping {
    Stopping {
        why: Why::Deleted,
        ..Stopping::unhealthy(grace)
    }
}

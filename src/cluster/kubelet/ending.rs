//! Exits, restarts, and the way from the deletion mark to removal (reference kubernetes.md §3.3,
//! §3.5).

use super::life::{Luck, PodLife, PodSpec, Process};
use super::starting::RELIST;
use super::{Action, Effects, TimerKind, noticed_after};
use crate::facts::{Cause, Happening, PodExit};
use crate::images::OnSigterm;
use crate::manifest::PreStop;
use crate::units::{SimDuration, SimTime};

/// The runtime gives a container at least this long between SIGTERM and SIGKILL.
const GRACE_AFTER_PRE_STOP_MIN: SimDuration = SimDuration::from_secs(2);

impl PodLife {
    /// The kubelet sees the deletion mark.
    pub fn terminate(&mut self, spec: &PodSpec<'_>, now: SimTime, effects: &mut Effects) {
        if self.deleting {
            return;
        }
        self.deleting = true;
        match self.container {
            Process::Absent | Process::Ended => self.remove(spec, now, effects),
            Process::Running { .. } => {
                self.stop_container(spec, now, (PodExit::Finished, None), effects);
            }
            Process::Stopping { .. } => {}
        }
    }

    /// preStop, SIGTERM, SIGKILL: the same for a pod that goes and a container that is restarted.
    pub(super) fn stop_container(
        &mut self,
        spec: &PodSpec<'_>,
        now: SimTime,
        (why, own_grace): (PodExit, Option<SimDuration>),
        effects: &mut Effects,
    ) {
        let Process::Running { since, .. } = self.container else {
            return;
        };
        self.container = Process::Stopping {
            since,
            why,
            signalled: false,
        };
        let grace = own_grace.unwrap_or(spec.template.grace);
        let hook = match spec.container.pre_stop {
            Some(PreStop::Sleep(length)) => length.min(grace),
            Some(PreStop::Unknown) | None => SimDuration::ZERO,
        };
        let used = SimDuration::from_secs(hook.as_secs());
        self.grace_left = grace.saturating_sub(used).max(GRACE_AFTER_PRE_STOP_MIN);
        self.set(effects, now + hook, TimerKind::PreStopDone);
    }

    /// SIGTERM.
    pub(super) fn signal(&mut self, spec: &PodSpec<'_>, now: SimTime, effects: &mut Effects) {
        let Process::Stopping { signalled, .. } = &mut self.container else {
            return;
        };
        *signalled = true;
        effects
            .actions
            .push(Action::Note(Happening::Sigterm(self.pod)));
        self.set(effects, now + self.grace_left, TimerKind::Kill);
        match spec.behaviour.on_sigterm {
            OnSigterm::Exit => self.finish(spec, now, effects),
            OnSigterm::StopAccepting => {
                effects.actions.push(Action::StopAccepting);
                if let Some(limit) = spec.behaviour.drain_limit {
                    self.set(effects, now + limit, TimerKind::Finish);
                }
            }
            OnSigterm::KeepServing(length) => {
                self.set(effects, now + length, TimerKind::Finish);
            }
        }
    }

    /// The process ends as it was told to.
    pub(super) fn finish(&mut self, spec: &PodSpec<'_>, now: SimTime, effects: &mut Effects) {
        if let Process::Stopping { why, .. } = self.container {
            self.process_exits(spec, now, why, effects);
        }
    }

    /// The process is gone, whoever ended it.
    pub fn process_exits(
        &mut self,
        spec: &PodSpec<'_>,
        now: SimTime,
        exit: PodExit,
        effects: &mut Effects,
    ) {
        let stopping = match self.container {
            Process::Absent | Process::Ended => return,
            Process::Running { .. } => false,
            Process::Stopping { .. } => true,
        };
        let cause = match exit {
            PodExit::Crashed | PodExit::OutOfMemory => Cause::Crash,
            PodExit::Finished | PodExit::Killed | PodExit::Unhealthy => Cause::Reset,
        };
        self.container = Process::Ended;
        effects.actions.push(Action::ProcessGone(cause));
        effects
            .actions
            .push(Action::Note(Happening::ContainerExited(self.pod, exit)));
        // The kubelet that asked for the end waits for it; an unexpected one is met by the relist.
        let unseen = if stopping {
            0.0
        } else {
            self.luck(spec, Luck::ExitSeen)
        };
        self.set(effects, now + RELIST.mul_f64(unseen), TimerKind::ExitSeen);
    }

    pub(super) fn see_exit(&mut self, spec: &PodSpec<'_>, now: SimTime, effects: &mut Effects) {
        self.started = false;
        self.tell_status(effects);
        if self.deleting {
            self.remove(spec, now, effects);
            return;
        }
        let delay = self.crash_loop.exited(now);
        let stretch = self.luck(spec, Luck::BackOffStretch);
        let wait = noticed_after(delay, || stretch);
        if !delay.is_zero() {
            let seconds = u32::try_from(delay.as_secs()).expect("at most 300 s");
            effects
                .actions
                .push(Action::Note(Happening::BackingOff(self.pod, seconds)));
        }
        self.set(effects, now + wait, TimerKind::Restart);
    }

    /// A new incarnation; the image and the sandbox are there. Probe workers go on ticking.
    pub(super) fn restart(&mut self, spec: &PodSpec<'_>, now: SimTime, effects: &mut Effects) {
        self.incarnation += 1;
        self.create_container(spec, now, effects);
        for worker in 0..self.workers.len() {
            let next = now + self.workers[worker].spec().period;
            self.schedule_tick(worker, next, effects);
        }
    }

    /// Volumes and cgroups are cleaned, then the object goes.
    fn remove(&mut self, spec: &PodSpec<'_>, now: SimTime, effects: &mut Effects) {
        if std::mem::replace(&mut self.removing, true) {
            return;
        }
        let cleaning = RELIST.mul_f64(self.luck(spec, Luck::Removal));
        self.set(effects, now + cleaning, TimerKind::Remove);
    }
}

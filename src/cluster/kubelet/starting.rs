//! From the sandbox to a listening process.

use super::life::{Luck, PodLife, PodSpec, Process};
use super::{Action, Effects, ProbeKind, TimerKind};
use crate::facts::{Happening, PodExit};
use crate::units::{SimDuration, SimTime};

/// The kubelet's relist of containers (PLEG): a start or an exit is seen within this.
pub(super) const RELIST: SimDuration = SimDuration::SECOND;

impl PodLife {
    pub(super) fn create_container(
        &mut self,
        spec: &PodSpec<'_>,
        now: SimTime,
        effects: &mut Effects,
    ) {
        let luck = self.luck(spec, Luck::ContainerStart);
        let delay = spec.latencies.container_start.quantile(luck);
        let at = now + SimDuration::from_secs_f64(delay);
        self.set(effects, at, TimerKind::ContainerStart);
    }

    pub(super) fn start_process(
        &mut self,
        spec: &PodSpec<'_>,
        now: SimTime,
        effects: &mut Effects,
    ) {
        self.container = Process::Running {
            since: now,
            seen: false,
            listening: false,
        };
        self.crash_loop.started(now);
        effects
            .actions
            .push(Action::Note(Happening::ContainerStarted(
                self.pod,
                self.incarnation,
            )));
        let seen = RELIST.mul_f64(self.luck(spec, Luck::StartSeen));
        self.set(effects, now + seen, TimerKind::StartSeen);
        let start_up = spec
            .behaviour
            .start_up
            .quantile(self.luck(spec, Luck::StartUp));
        let up = now + SimDuration::from_secs_f64(start_up);
        self.set(effects, up, TimerKind::StartedUp);
        self.plan_exits(spec, now, effects);
        let crashes = spec.behaviour.crash.on_start.as_fraction();
        if self.luck(spec, Luck::CrashOnStart) < crashes {
            self.set(effects, up, TimerKind::SelfExit(PodExit::Crashed));
        }
    }

    /// Deaths that are known from the start: a crash after a time, and growth up to the memory
    /// limit.
    pub(super) fn plan_exits(&self, spec: &PodSpec<'_>, start: SimTime, effects: &mut Effects) {
        if let Some(law) = spec.behaviour.crash.after {
            let after = law.quantile(self.luck(spec, Luck::CrashAfter));
            let at = start + SimDuration::from_secs_f64(after);
            self.set(effects, at, TimerKind::SelfExit(PodExit::Crashed));
        }
        if let Some(after) = out_of_memory_after(spec) {
            self.set(
                effects,
                start + after,
                TimerKind::SelfExit(PodExit::OutOfMemory),
            );
        }
    }

    pub(super) fn listen(&mut self, effects: &mut Effects) {
        if let Process::Running { listening, .. } = &mut self.container {
            *listening = true;
            effects.actions.push(Action::Listen);
        }
    }

    /// The relist shows the container: it is started unless a startup probe has to say so, and a
    /// readiness probe follows at once (rule 8).
    pub(super) fn see_start(&mut self, now: SimTime, effects: &mut Effects) {
        if let Process::Running { seen, .. } = &mut self.container {
            *seen = true;
        }
        self.started = self.worker(ProbeKind::Startup).is_none();
        self.tell_status(effects);
        self.probe_readiness_now(now, effects);
    }
}

/// How long the process lives until growth alone reaches the limit.
fn out_of_memory_after(spec: &PodSpec<'_>) -> Option<SimDuration> {
    let limit = spec.container.resources.memory_limit?.as_u64();
    let memory = &spec.behaviour.memory;
    let room = limit.saturating_sub(memory.base.as_u64());
    if memory.base.as_u64() > limit {
        return Some(SimDuration::ZERO);
    }
    let growth = memory.growth_per_hour.as_u64();
    (growth > 0).then(|| SimDuration::from_secs_f64(room as f64 / growth as f64 * 3600.0))
}

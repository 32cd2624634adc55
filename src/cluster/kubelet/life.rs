//! The state of one pod on its node.

use super::{Action, CrashLoop, Effects, PodStatus, ProbeKind, ProbeWorker, Published, Timer};
use super::{TimerKind, Waking};
use crate::engine::{Draw, Key, Purpose};
use crate::facts::{Happening, PodExit};
use crate::ids::PodId;
use crate::images::Behaviour;
use crate::manifest::{Container, PodTemplate};
use crate::units::{SimDuration, SimTime};

/// What a pod is made of.
#[derive(Debug, Clone, Copy)]
pub struct PodSpec<'a> {
    /// Its template.
    pub template: &'a PodTemplate,
    /// The serving container.
    pub container: &'a Container,
    /// How that container's image behaves in this run.
    pub behaviour: &'a Behaviour,
    /// Latencies of the cluster.
    pub latencies: &'a crate::cluster::Latencies,
    /// The luck of the run.
    pub key: Key,
}

/// Where the container stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    /// Not started for the first time.
    Absent,
    /// Its process runs; the kubelet may not have seen it yet.
    Running {
        /// When it started.
        since: SimTime,
        /// Whether the kubelet has seen it.
        seen: bool,
        /// Whether the process listens.
        listening: bool,
    },
    /// It is told to stop, for this reason.
    Stopping {
        /// When it started.
        since: SimTime,
        /// How the end is to be told.
        why: PodExit,
        /// Whether SIGTERM has been sent.
        signalled: bool,
    },
    /// It ended.
    Ended,
}

/// The life of one pod: events in, effects out.
#[derive(Debug, Clone)]
pub struct PodLife {
    pub(super) pod: PodId,
    pub(super) incarnation: u32,
    pub(super) container: Process,
    pub(super) started: bool,
    pub(super) workers: Vec<ProbeWorker>,
    pub(super) schedules: [Schedule; 3],
    pub(super) crash_loop: CrashLoop,
    pub(super) deleting: bool,
    pub(super) removing: bool,
    pub(super) grace_left: SimDuration,
    pub(super) status: PodStatus,
}

/// When a worker ticks next, so that an abandoned schedule's ticks are told apart.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Schedule {
    pub(super) number: u32,
    pub(super) ticks: u64,
}

impl PodLife {
    /// A pod that its kubelet sees for the first time: set-up begins and probe workers start to
    /// tick.
    pub fn begin(pod: PodId, spec: &PodSpec<'_>, now: SimTime, effects: &mut Effects) -> Self {
        let mut life = Self::new(pod, spec);
        let sandbox = life.luck(spec, Luck::Sandbox);
        let delay = SimDuration::from_secs_f64(spec.latencies.sandbox.quantile(sandbox));
        life.set(effects, now + delay, TimerKind::SandboxReady);
        for index in 0..life.workers.len() {
            life.start_ticking(index, now, effects);
        }
        life
    }

    /// A pod of the settled world: Ready since long, probes at a random phase.
    pub fn settled(pod: PodId, spec: &PodSpec<'_>, effects: &mut Effects) -> Self {
        let mut life = Self::new(pod, spec);
        let since = SimTime::ZERO;
        life.container = Process::Running {
            since,
            seen: true,
            listening: true,
        };
        life.started = true;
        life.status = PodStatus {
            running: true,
            ready: true,
            restarts: 0,
        };
        for index in 0..life.workers.len() {
            let worker = &mut life.workers[index];
            *worker = ProbeWorker::settled(worker.kind(), *worker.spec(), 0);
            let phase = life
                .probe_luck(spec, life.workers[index].kind(), u64::MAX)
                .uniform();
            let first = since + life.workers[index].spec().period.mul_f64(phase);
            life.schedule_tick(index, first, effects);
        }
        life.plan_exits(spec, since, effects);
        life
    }

    fn new(pod: PodId, spec: &PodSpec<'_>) -> Self {
        let container = spec.container;
        let probes = [
            (ProbeKind::Startup, container.startup),
            (ProbeKind::Readiness, container.readiness),
            (ProbeKind::Liveness, container.liveness),
        ];
        let workers = probes
            .into_iter()
            .filter_map(|(kind, probe)| probe.map(|probe| ProbeWorker::new(kind, probe)))
            .collect();
        Self {
            pod,
            incarnation: 0,
            container: Process::Absent,
            started: false,
            workers,
            schedules: [Schedule::default(); 3],
            crash_loop: CrashLoop::default(),
            deleting: false,
            removing: false,
            grace_left: spec.template.grace,
            status: PodStatus::default(),
        }
    }

    /// Its status as last told.
    pub const fn status(&self) -> PodStatus {
        self.status
    }
    /// When the running process started; `None` while there is none.
    pub fn running_since(&self) -> Option<SimTime> {
        match self.container {
            Process::Running { since, .. } | Process::Stopping { since, .. } => Some(since),
            Process::Absent | Process::Ended => None,
        }
    }

    /// A timer is due. Timers of an earlier incarnation are void.
    pub fn wake(
        &mut self,
        spec: &PodSpec<'_>,
        waking: Waking,
        timer: Timer,
        effects: &mut Effects,
    ) {
        if timer.incarnation != self.incarnation {
            return;
        }
        let now = waking.now;
        match timer.kind {
            TimerKind::SandboxReady if !self.deleting => effects.actions.push(Action::Pull),
            TimerKind::ImagePulled if !self.deleting => self.create_container(spec, now, effects),
            TimerKind::ContainerStart if !self.deleting => self.start_process(spec, now, effects),
            TimerKind::SandboxReady | TimerKind::ImagePulled | TimerKind::ContainerStart => {}
            TimerKind::StartSeen => self.see_start(now, effects),
            TimerKind::StartedUp => self.listen(effects),
            TimerKind::ProbeTick(kind, number) => {
                self.tick(spec, waking, (kind, number), effects);
            }
            TimerKind::ProbeAnswered(kind, answer) => {
                self.answered(spec, now, (kind, answer), effects);
            }
            TimerKind::SelfExit(exit) => self.process_exits(spec, now, exit, effects),
            TimerKind::ExitSeen => self.see_exit(spec, now, effects),
            TimerKind::Restart if !self.deleting => self.restart(spec, now, effects),
            TimerKind::Restart => {}
            TimerKind::PreStopDone => self.signal(spec, now, effects),
            TimerKind::Finish => self.finish(spec, now, effects),
            TimerKind::Kill => self.process_exits(spec, now, PodExit::Killed, effects),
            TimerKind::Remove => effects.actions.push(Action::Gone),
        }
    }

    pub(super) fn set(&self, effects: &mut Effects, at: SimTime, kind: TimerKind) {
        effects.timers.push((
            at,
            Timer {
                incarnation: self.incarnation,
                kind,
            },
        ));
    }

    pub(super) fn worker(&self, kind: ProbeKind) -> Option<usize> {
        self.workers.iter().position(|worker| worker.kind() == kind)
    }

    /// Tells the API what has changed: phase, readiness, restarts.
    pub(super) fn tell_status(&mut self, effects: &mut Effects) {
        let seen_running = matches!(self.container, Process::Running { seen: true, .. })
            || matches!(self.container, Process::Stopping { .. });
        let probe = self.worker(ProbeKind::Readiness);
        let passes =
            probe.is_none_or(|index| self.workers[index].published() == Some(Published::Success));
        let ready = seen_running && self.started && passes;
        let status = PodStatus {
            running: self.status.running || seen_running,
            ready,
            restarts: self.incarnation,
        };
        if status == self.status {
            return;
        }
        if status.ready != self.status.ready {
            let happening = if ready {
                Happening::PodReady
            } else {
                Happening::PodUnready
            };
            effects.actions.push(Action::Note(happening(self.pod)));
        }
        self.status = status;
        effects.actions.push(Action::Status(status));
    }

    /// One uniform number of this incarnation.
    pub(super) fn luck(&self, spec: &PodSpec<'_>, what: Luck) -> f64 {
        let key = spec
            .key
            .purpose(Purpose::Pod)
            .entity(self.pod.index() as u64);
        key.at(u64::from(self.incarnation) * Luck::COUNT + what as u64)
            .uniform()
    }

    /// The generator of one tick of one probe.
    pub(super) fn probe_luck(&self, spec: &PodSpec<'_>, kind: ProbeKind, tick: u64) -> Draw {
        let entity = self.pod.index() as u64 * 4 + kind as u64;
        spec.key.purpose(Purpose::Probe).entity(entity).at(tick)
    }
}

/// What a pod's luck is needed for, in each incarnation.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(super) enum Luck {
    Sandbox,
    ContainerStart,
    StartSeen,
    StartUp,
    CrashOnStart,
    CrashAfter,
    ExitSeen,
    BackOffStretch,
    Removal,
}

impl Luck {
    const COUNT: u64 = 16;
}

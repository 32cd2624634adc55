//! The state machine of one pod on its node.

use std::sync::Arc;

use super::backoff::{Backoff, CrashLoopSettings};
use super::ending::Stopping;
use super::images::NodeImages;
use super::plan::{NodeClock, PodLuck, PodPlan};
use super::prober::{Prober, Ticking};
use super::status::{Action, Effects, PodStatus};
use super::timers::{Timer, Timers};
use super::worker::{ContainerSeen, ContainerState, ProbeKind, ProbeWorker, Seen};
use crate::engine::Key;
use crate::facts::{Happening, PodExit};
use crate::ids::PodId;
use crate::laws::Law;
use crate::units::{SimDuration, SimTime};

/// A sleeping pod worker wakes after at most this long (times 1 to 1.5).
pub(super) const RESYNC: SimDuration = SimDuration::from_secs(60);

/// What happens to a pod from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Its kubelet sees that it is bound to the node.
    Bound,
    /// The instant of [`PodLife::next_wake`] has come.
    Due,
    /// Its kubelet sees the deletion mark with this grace period. Pods without a node are removed
    /// without any kubelet.
    Delete(SimDuration),
    /// After [`Action::StopAccepting`]: nothing in flight and no connection holds the process.
    Drained,
    /// A request took the process down (`Crashed`), or memory for requests did (`OutOfMemory`).
    Died(PodExit),
}

/// What a call may look at and use beyond the pod itself.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// The node's images.
    pub images: &'a mut NodeImages,
    /// How long a request that comes now would wait before it is served.
    pub queue_wait: SimDuration,
}

/// How the process stands towards its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    StartingUp,
    Serving,
    /// Serves, but calls itself not ready.
    Leaving,
    /// The listener is closed.
    Closed,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Process {
    pub(super) manner: Manner,
    /// Told to terminate while it starts up, and going on all the same.
    pub(super) told_early: bool,
    /// Probes count their initial delay from here; `None`: long ago.
    pub(super) since: Option<SimTime>,
}

/// One pod's life. Call [`PodLife::handle`] with what happens, and again at
/// [`PodLife::next_wake`].
#[derive(Debug, Clone)]
pub struct PodLife {
    pub(super) id: PodId,
    pub(super) plan: Arc<PodPlan>,
    pub(super) luck: PodLuck,
    pub(super) clock: NodeClock,
    pub(super) timers: Timers,
    pub(super) process: Option<Process>,
    pub(super) stopping: Option<Stopping>,
    pub(super) seen: Seen,
    pub(super) last_exit: Option<(SimTime, PodExit)>,
    pub(super) probers: Vec<Prober>,
    pub(super) status: PodStatus,
    backoff: Backoff,
    pub(super) starts: u32,
    sleeps: u64,
    last_sync: Option<SimTime>,
    pub(super) ticking: Ticking,
}

impl PodLife {
    /// A pod that its kubelet has not seen. `ordinal` is the address of its luck: the same for the
    /// corresponding pod of every variant.
    pub fn new(id: PodId, plan: Arc<PodPlan>, clock: NodeClock, luck: (Key, u64)) -> Self {
        Self {
            id,
            plan,
            luck: PodLuck::new(luck.0, luck.1),
            clock,
            timers: Timers::default(),
            process: None,
            stopping: None,
            seen: Seen::default(),
            last_exit: None,
            probers: Vec::new(),
            status: PodStatus::NEW,
            backoff: Backoff::for_restarts(CrashLoopSettings::DEFAULT),
            starts: 0,
            sleeps: 0,
            last_sync: None,
            ticking: Ticking::WhereItMatters,
        }
    }

    /// A pod that has been up and ready for long at `now`: initial delays have passed, each probe
    /// stands anywhere in its period. Growth of memory and time to crash count from now.
    pub fn settle(&mut self, now: SimTime, around: &mut Surroundings<'_>, effects: &mut Effects) {
        around.images.keep(self.plan.image);
        self.starts = 1;
        self.process = Some(Process {
            manner: Manner::Serving,
            told_early: false,
            since: None,
        });
        self.seen.container = Some(ContainerSeen {
            id: 1,
            state: ContainerState::Running(None),
            started: true,
        });
        for kind in ProbeKind::ALL {
            let Some(probe) = self.plan.probe(kind) else {
                continue;
            };
            let first = now + probe.period.mul_f64(self.luck.phase(kind));
            let worker = ProbeWorker::settled(kind, 1);
            self.probers.push(Prober::new(worker, kind, probe, first));
        }
        self.last_sync = Some(now);
        effects.actions.push(Action::Listen);
        self.schedule_own_end(now);
        self.publish(effects);
        self.replan();
    }

    /// When it wants [`Input::Due`]; changes with every call.
    pub fn next_wake(&self) -> Option<SimTime> {
        self.timers.next()
    }
    /// What the kubelet last told the API.
    pub const fn status(&self) -> PodStatus {
        self.status
    }

    /// Lives on to `now`. Whatever falls on the same instant happens in the order of the timers.
    pub fn handle(
        &mut self,
        now: SimTime,
        input: Input,
        around: &mut Surroundings<'_>,
        effects: &mut Effects,
    ) {
        self.catch_up(now);
        match input {
            Input::Bound => self.bound(now),
            Input::Due => {}
            Input::Delete(grace) => self.delete(now, grace, effects),
            Input::Drained => self.drained(now, effects),
            Input::Died(exit) => self.exit(now, exit, effects),
        }
        loop {
            while let Some(timer) = self.timers.take_due(now) {
                self.fire(now, timer, around, effects);
            }
            self.replan();
            if self.timers.next().is_none_or(|next| next > now) {
                return;
            }
        }
    }

    fn bound(&mut self, now: SimTime) {
        for kind in ProbeKind::ALL {
            if let Some(probe) = self.plan.probe(kind) {
                self.probers
                    .push(Prober::new(ProbeWorker::new(kind), kind, probe, now));
            }
        }
        let sandbox = draw_time(&self.plan.sandbox, self.luck.sandbox());
        self.timers.set(Timer::SandboxReady, now + sandbox);
    }

    fn fire(
        &mut self,
        now: SimTime,
        timer: Timer,
        around: &mut Surroundings<'_>,
        effects: &mut Effects,
    ) {
        match timer {
            Timer::SandboxReady => self.fetch_image(now, around),
            Timer::ImageReady => {
                let luck = self.luck.start(self.starts + 1).container_start;
                let start = draw_time(&self.plan.container_start, luck);
                self.timers.set(Timer::ContainerStarted, now + start);
            }
            Timer::ContainerStarted => self.container_started(now, effects),
            Timer::StartUpDone => self.start_up_done(now, effects),
            Timer::Crash => self.exit(now, PodExit::Crashed, effects),
            Timer::OutOfMemory => self.exit(now, PodExit::OutOfMemory, effects),
            Timer::PreStopDone => self.sigterm(now, effects),
            Timer::Exit => self.exit(now, PodExit::Finished, effects),
            Timer::Kill => self.exit(now, PodExit::Killed, effects),
            Timer::Gone => {
                self.timers.clear_all();
                self.probers.clear();
                effects.actions.push(Action::Gone);
            }
            Timer::Relist => {
                self.look_at_container();
                self.sync(now, around, effects);
            }
            Timer::RestartPoll => self.try_restart(now, around, effects),
            Timer::ProbeResult(kind) => self.probe_answered(now, kind, effects),
            Timer::Probe(kind) => self.probe(now, kind, around, effects),
            Timer::Sync | Timer::Resync => {
                self.tick_before_sync(now, around, effects);
                self.sync(now, around, effects);
            }
        }
    }

    fn fetch_image(&mut self, now: SimTime, around: &mut Surroundings<'_>) {
        let image = (self.plan.image, self.plan.behaviour.size);
        let at = around.images.fetch(now, image, self.plan.pull_policy);
        self.timers.set(Timer::ImageReady, at);
    }

    fn container_started(&mut self, now: SimTime, effects: &mut Effects) {
        self.starts += 1;
        let restarts = self.starts - 1;
        effects
            .happenings
            .push(Happening::ContainerStarted(self.id, restarts));
        self.process = Some(Process {
            manner: Manner::StartingUp,
            told_early: false,
            since: Some(now),
        });
        let start_up = self.luck.start(self.starts).start_up;
        let up_at = now + draw_time(&self.plan.behaviour.start_up, start_up);
        self.timers.set(Timer::StartUpDone, up_at);
        self.timers.set(Timer::Relist, self.clock.relist_after(now));
        self.schedule_own_end(now);
    }

    /// The crash after a time and the leak, both from the start of the process.
    fn schedule_own_end(&mut self, now: SimTime) {
        if let Some(after) = self.plan.behaviour.crash.after {
            let luck = self.luck.start(self.starts).crash_after;
            self.timers.set(Timer::Crash, now + draw_time(&after, luck));
        }
        if let Some(age) = self.plan.out_of_memory_at_age() {
            self.timers.set(Timer::OutOfMemory, now + age);
        }
    }

    fn start_up_done(&mut self, now: SimTime, effects: &mut Effects) {
        let luck = self.luck.start(self.starts).crash_on_start;
        if luck < self.plan.behaviour.crash.on_start.as_fraction() {
            return self.exit(now, PodExit::Crashed, effects);
        }
        if self.plan.base_memory_exceeds_limit() {
            return self.exit(now, PodExit::OutOfMemory, effects);
        }
        let process = self.process.as_mut().expect("only a process starts up");
        if process.manner == Manner::StartingUp {
            process.manner = match process.told_early {
                true => Manner::Leaving,
                false => Manner::Serving,
            };
            effects.actions.push(Action::Listen);
        }
    }

    /// The kubelet's view follows the runtime, at a relist.
    fn look_at_container(&mut self) {
        let state = match self.process {
            Some(process) => ContainerState::Running(process.since),
            None => ContainerState::Terminated {
                restarts: self.will_restart(),
            },
        };
        self.seen.container = (self.starts > 0).then_some(ContainerSeen {
            id: self.starts,
            state,
            started: false,
        });
    }

    fn will_restart(&self) -> bool {
        self.plan.restarts && !self.seen.deleting
    }

    /// One sync of the pod worker: status, readiness trigger (rule 8), unhealthy kill, restart; of a
    /// terminating pod nothing but the status.
    fn sync(&mut self, now: SimTime, around: &mut Surroundings<'_>, effects: &mut Effects) {
        self.last_sync = Some(now);
        self.timers.clear(Timer::Sync);
        self.timers.clear(Timer::Resync);
        self.publish(effects);
        let Some(container) = self.seen.container.filter(|_| !self.seen.deleting) else {
            return;
        };
        match container.state {
            ContainerState::Running(_) => {
                self.stop_if_unhealthy(now, effects);
                if self.status.started && !self.status.ready {
                    self.trigger_readiness(now);
                }
            }
            ContainerState::Terminated { restarts: true } => {
                self.try_restart(now, around, effects);
            }
            ContainerState::Terminated { .. } | ContainerState::Waiting => {}
        }
    }

    fn try_restart(&mut self, now: SimTime, around: &mut Surroundings<'_>, effects: &mut Effects) {
        let starting = [Timer::ImageReady, Timer::ContainerStarted, Timer::Relist];
        if self.process.is_some() || starting.iter().any(|t| self.timers.at(*t).is_some()) {
            return;
        }
        let (ended, _) = self.last_exit.expect("only what ended starts again");
        let left = self.backoff.remaining(now, ended);
        if left.is_zero() {
            self.backoff.next(now, ended);
            self.timers.clear(Timer::RestartPoll);
            return self.fetch_image(now, around);
        }
        let first = self.timers.at(Timer::RestartPoll).is_none() && self.last_sync == Some(now);
        if first {
            let seconds = u32::try_from(self.backoff.value().as_secs()).unwrap_or(u32::MAX);
            effects
                .happenings
                .push(Happening::BackingOff(self.id, seconds));
        }
        let sleep = self.sleep(left.min(RESYNC));
        let at = self.clock.poll_after(now + sleep);
        self.timers.set(Timer::RestartPoll, at);
    }

    /// A pod worker's sleep: this long times 1 to 1.5.
    pub(super) fn sleep(&mut self, length: SimDuration) -> SimDuration {
        self.sleeps += 1;
        length.mul_f64(1.0 + 0.5 * self.luck.sleep(self.sleeps))
    }

    /// A sync as soon as the pod worker may: its view must be newer than its last sync.
    pub(super) fn request_sync(&mut self, now: SimTime) {
        let earliest = self.last_sync.map(|last| self.clock.relist_after(last));
        let at = earliest.map_or(now, |earliest| earliest.max(now));
        self.timers.set_earlier(Timer::Sync, at);
    }
}

fn draw_time(law: &Law, luck: f64) -> SimDuration {
    SimDuration::from_secs_f64(law.quantile(luck))
}

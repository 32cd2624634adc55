//! What a pod's life asks of the world.

use super::ProbeKind;
use crate::facts::{Cause, Happening, PodExit};
use crate::units::{SimDuration, SimTime};

/// A wake-up of one pod. It concerns one incarnation of its container and is void after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// Which incarnation: 0 is the first start.
    pub incarnation: u32,
    /// What is due.
    pub kind: TimerKind,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// Sandbox and network are there.
    SandboxReady,
    /// The image is on the node.
    ImagePulled,
    /// The container's process starts.
    ContainerStart,
    /// The kubelet sees that the container runs.
    StartSeen,
    /// The process has started up and listens.
    StartedUp,
    /// A probe worker's tick; the number tells ticks of an abandoned schedule apart.
    ProbeTick(ProbeKind, u32),
    /// A probe that waited gets its answer or its time-out.
    ProbeAnswered(ProbeKind, Answer),
    /// The process ends by itself.
    SelfExit(PodExit),
    /// The kubelet sees that the container ended.
    ExitSeen,
    /// The back-off is over.
    Restart,
    /// The preStop hook is done or out of time.
    PreStopDone,
    /// The process ends after SIGTERM.
    Finish,
    /// The grace period is over.
    Kill,
    /// The API object is removed.
    Remove,
}

/// Answer of one probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 200–399 in time.
    Success,
    /// Anything else.
    Failure,
}

/// What the world is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Bring the image to the node, then set off [`TimerKind::ImagePulled`].
    Pull,
    /// The process listens now.
    Listen,
    /// The listener is closed; work in flight goes on. The world sets off [`TimerKind::Finish`]
    /// when it is done.
    StopAccepting,
    /// The process is gone, and with it what was in flight.
    ProcessGone(Cause),
    /// The pod's status as the API is to show it.
    Status(PodStatus),
    /// The pod object is gone.
    Gone,
    /// Something for the timeline.
    Note(Happening),
}

/// The part of a pod's status that others decide on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PodStatus {
    /// Phase is Running (a container has started once), not Pending.
    pub running: bool,
    /// Condition Ready.
    pub ready: bool,
    /// Restarts of the container.
    pub restarts: u32,
}

/// Timers to set and actions to take, in order.
#[derive(Debug, Default)]
pub struct Effects {
    /// When, and what.
    pub timers: Vec<(SimTime, Timer)>,
    /// In this order.
    pub actions: Vec<Action>,
}

impl Effects {
    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.timers.clear();
        self.actions.clear();
    }
}

/// What the world knows when it wakes a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waking {
    /// The time.
    pub now: SimTime,
    /// How long a probe sent now waits behind the server's queue.
    pub queue_wait: SimDuration,
}

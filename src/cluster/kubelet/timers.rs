//! What a pod's life waits for.

use crate::units::SimTime;

use super::worker::ProbeKind;

/// One thing to come. At the same instant the order is that of this list: processes first, then
/// what the kubelet sees of them, then its probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    SandboxReady,
    ImageReady,
    ContainerStarted,
    StartUpDone,
    Crash,
    OutOfMemory,
    PreStopDone,
    Exit,
    Kill,
    Gone,
    Relist,
    RestartPoll,
    ProbeResult(ProbeKind),
    Probe(ProbeKind),
    Sync,
    Resync,
}

/// At most one of each kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Timers(Vec<(SimTime, Timer)>);

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: SimTime) {
        self.clear(timer);
        self.0.push((at, timer));
    }
    /// Sets it, unless it is set for earlier.
    pub(super) fn set_earlier(&mut self, timer: Timer, at: SimTime) {
        if self.at(timer).is_none_or(|set| at < set) {
            self.set(timer, at);
        }
    }
    pub(super) fn clear(&mut self, timer: Timer) {
        self.0.retain(|(_, other)| *other != timer);
    }
    pub(super) fn clear_all(&mut self) {
        self.0.clear();
    }
    pub(super) fn at(&self, timer: Timer) -> Option<SimTime> {
        let found = self.0.iter().find(|(_, other)| *other == timer);
        found.map(|(at, _)| *at)
    }
    pub(super) fn next(&self) -> Option<SimTime> {
        self.0.iter().map(|(at, _)| *at).min()
    }
    pub(super) fn take_due(&mut self, now: SimTime) -> Option<Timer> {
        let first = self.0.iter().copied().min()?;
        (first.0 <= now).then(|| {
            self.clear(first.1);
            first.1
        })
    }
}

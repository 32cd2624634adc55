//! Exponential back-off as container restarts and image pulls use it (reference §3.3).

use crate::units::{SimDuration, SimTime};

/// How fast crashing containers are started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashLoopSettings {
    /// The first value.
    pub initial: SimDuration,
    /// The cap.
    pub max: SimDuration,
}

impl CrashLoopSettings {
    /// 10 s doubling to 300 s.
    pub const DEFAULT: Self = Self {
        initial: SimDuration::from_secs(10),
        max: SimDuration::from_secs(300),
    };

    /// With the kubelet's own cap: an initial value above it becomes the cap.
    pub fn capped(self, max: SimDuration) -> Self {
        Self {
            initial: self.initial.min(max),
            max,
        }
    }
    /// With feature gate ReduceDefaultCrashLoopBackOffDecay: 1 s doubling to 60 s.
    pub const REDUCED: Self = Self {
        initial: SimDuration::SECOND,
        max: SimDuration::from_secs(60),
    };
}

/// The back-off of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    settings: CrashLoopSettings,
    expires_after: SimDuration,
    entry: Option<(SimDuration, SimTime)>,
}

/// An attempt that lasted longer than this clears the back-off of container restarts.
const RESTART_RESET: SimDuration = SimDuration::from_secs(600);

impl Backoff {
    /// For any use: an entry expires after twice the cap.
    pub fn new(settings: CrashLoopSettings) -> Self {
        Self {
            settings,
            expires_after: settings.max * 2,
            entry: None,
        }
    }
    /// For container restarts: an entry expires after 600 s.
    pub fn for_restarts(settings: CrashLoopSettings) -> Self {
        Self {
            expires_after: RESTART_RESET,
            ..Self::new(settings)
        }
    }

    /// The stored value, zero without one.
    pub fn value(&self) -> SimDuration {
        self.entry.map_or(SimDuration::ZERO, |(value, _)| value)
    }
    /// Forgets everything.
    pub fn reset(&mut self) {
        self.entry = None;
    }
    /// How long something that ended at `event` must still wait; zero: not at all.
    pub fn remaining(&self, now: SimTime, event: SimTime) -> SimDuration {
        match self.entry {
            Some((value, updated)) if !self.is_expired(event, updated) => {
                (event + value).saturating_since(now)
            }
            _ => SimDuration::ZERO,
        }
    }
    /// Notes a new attempt after what ended at `event`: the value doubles, or starts over.
    pub fn next(&mut self, now: SimTime, event: SimTime) {
        let value = match self.entry {
            Some((value, updated)) if !self.is_expired(event, updated) => {
                (value * 2).min(self.settings.max)
            }
            _ => self.settings.initial,
        };
        self.entry = Some((value, now));
    }

    fn is_expired(&self, event: SimTime, updated: SimTime) -> bool {
        event.saturating_since(updated) > self.expires_after
    }
}

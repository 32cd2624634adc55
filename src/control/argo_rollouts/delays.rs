//! How long sets that are no longer needed stay.

use super::{RolloutSpec, RolloutStrategy, ScaleDownDelays};
use crate::units::SimDuration;

/// Default of `scaleDownDelaySeconds` and of `abortScaleDownDelaySeconds` (reference §1.1).
const DELAY: SimDuration = SimDuration::from_secs(30);

/// The controller looks at every Rollout this often, whatever happens (reference §1.1).
pub const RESYNC: SimDuration = SimDuration::from_secs(15 * 60);

/// How long an aborted set stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortDelay {
    /// This long after the stable set is back at full size; zero: it goes at once; `None`: for ever.
    pub delay: Option<SimDuration>,
    /// Whether the user wrote it.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The user wrote it.
    Written,
    /// It is the default.
    Default,
}

impl AbortDelay {
    /// Whether the user asked for a delay; an explicit 0 asks for none but for keeping the set.
    pub const fn is_explicit_delay(&self) -> bool {
        matches!(self.origin, Origin::Written) && self.delay.is_some()
    }
}

/// How long an aborted set stays where old sets carry deadlines (`delayed`): 30 s unless written; an
/// explicit 0 keeps it for ever. A basic canary has no such delay (reference §1.1, §1.10).
pub fn after_abort(delayed: bool, delays: &ScaleDownDelays) -> AbortDelay {
    let (delay, origin) = match delays.after_abort {
        _ if !delayed => (Some(SimDuration::ZERO), Origin::Default),
        None => (Some(DELAY), Origin::Default),
        Some(written) => (Some(written).filter(|d| !d.is_zero()), Origin::Written),
    };
    AbortDelay { delay, origin }
}

impl RolloutSpec {
    /// Whether old sets carry deadlines (blue-green, and a canary with traffic routing), and their delays.
    fn delays(&self) -> (bool, &ScaleDownDelays) {
        match &self.strategy {
            RolloutStrategy::BlueGreen(blue_green) => (true, &blue_green.delays),
            RolloutStrategy::Canary(canary) => (canary.is_weighted(), &canary.delays),
        }
    }
    /// How long an aborted preview or canary stays.
    pub fn abort_delay(&self) -> AbortDelay {
        let (delayed, delays) = self.delays();
        after_abort(delayed, delays)
    }
    /// How long the former stable set stays after a promotion: 30 s unless written, none for a basic
    /// canary (upstream's `GetScaleDownDelaySecondsOrDefault`).
    pub fn scale_down_delay(&self) -> SimDuration {
        match self.delays() {
            (true, delays) => delays.after_promotion.unwrap_or(DELAY),
            (false, _) => SimDuration::ZERO,
        }
    }
    /// How many old sets may stay at once; all unless written.
    pub fn scale_down_revision_limit(&self) -> u32 {
        self.delays().1.revision_limit.unwrap_or(u32::MAX)
    }
}

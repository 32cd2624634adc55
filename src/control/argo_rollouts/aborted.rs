//! What becomes of the new set after an abort.

use super::sizing::is_beyond_resync;
use super::{RolloutSpec, RolloutStrategy, SetView};
use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// What a pass does to the new set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewSet {
    /// It gets this size (pods).
    Size(u32),
    /// It keeps its size and gets a scale-down deadline, a whole second.
    Deadline(SimTime),
    /// It keeps its size.
    Keep,
}

/// Whether an aborted new set waits for a deadline (reference §1.10, upstream's
/// `shouldDelayScaleDownOnAbort`): not a basic canary, not one that is kept for ever, and with a
/// dynamically scaled stable set only if the user wrote the delay.
pub fn delays_scale_down_on_abort(rollout: &RolloutSpec) -> bool {
    let delay = rollout.abort_delay();
    match &rollout.strategy {
        RolloutStrategy::Canary(canary) if !canary.is_weighted() => false,
        RolloutStrategy::Canary(canary) if canary.is_dynamic() => delay.is_explicit_delay(),
        _ => delay.delay.is_some(),
    }
}

/// What a pass does to the new set of an aborted update, whose size would be `wanted` (reference
/// §1.10): it keeps its pods until stable serves with all of its own, then for the delay, then goes.
///
/// A deadline that lies a resync or more ahead does not hold it: it is sized as `wanted`, which is
/// nothing for a canary (upstream's quirk, read in its code).
pub fn aborted_new_set(
    rollout: &RolloutSpec,
    (new, stable): (&SetView, Option<&SetView>),
    wanted: u32,
    now: SimTime,
) -> NewSet {
    let Some(stable) = stable.filter(|_| delays_scale_down_on_abort(rollout)) else {
        return NewSet::Size(wanted);
    };
    match (new.scale_down_deadline, rollout.abort_delay().delay) {
        (Some(deadline), _) if is_beyond_resync(deadline, now) => NewSet::Size(wanted),
        (Some(deadline), _) if deadline > now => NewSet::Keep,
        (Some(_), _) => NewSet::Size(0),
        (None, Some(delay)) if stable.available >= rollout.replicas => {
            NewSet::Deadline(stamp(now + delay))
        }
        (None, _) => NewSet::Keep,
    }
}

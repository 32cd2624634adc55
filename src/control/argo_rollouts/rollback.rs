//! Going back to an older template.

use super::{RolloutSpec, RolloutStrategy, Sets};
use crate::units::SimTime;

/// Whether the new template is an older one within `rollbackWindow` (reference §1.9): fewer sets than
/// the window were created strictly between the two.
pub fn is_rollback_within_window(rollout: &RolloutSpec, sets: &Sets<'_>) -> bool {
    let (Some(new), Some(stable)) = (sets.new, sets.stable) else {
        return false;
    };
    let between = sets
        .all()
        .filter(|set| new.created < set.created && set.created < stable.created);
    new.created < stable.created && (between.count() as u64) < u64::from(rollout.rollback_window)
}

/// Whether the update goes back to a set that needs no judging (reference §1.9): the stable one; an
/// older one within the window; with blue-green also one whose scale-down deadline is still to come.
pub fn is_fast_rollback(rollout: &RolloutSpec, sets: &Sets<'_>, now: SimTime) -> bool {
    let (Some(new), Some(stable)) = (sets.new, sets.stable) else {
        return false;
    };
    let older = new.created < stable.created;
    let blue_green = matches!(rollout.strategy, RolloutStrategy::BlueGreen(_));
    let alive = new
        .scale_down_deadline
        .is_some_and(|deadline| deadline > now);
    new.hash == stable.hash
        || (older && ((blue_green && alive) || is_rollback_within_window(rollout, sets)))
}

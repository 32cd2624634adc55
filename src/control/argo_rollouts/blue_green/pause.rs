//! The pause before the switch.

use super::super::{ControllerPause, Promotion};
use super::gating::pre_promotion_complete;
use super::{BlueGreenView, is_fast_tracked, new_set_size};
use crate::units::SimTime;

/// What a pass does to the controller's pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseChange {
    /// Nothing.
    Keep,
    /// It begins.
    Begin,
    /// It ends, if there is one.
    End,
}

/// What this pass does to the pause (reference §1.5, upstream's `reconcileBlueGreenPause`): it begins
/// once the new set is all there and pre-promotion analysis has succeeded, so `autoPromotionSeconds`
/// count from the end of that analysis.
pub fn pause_change(seen: &BlueGreenView<'_>, now: SimTime) -> PauseChange {
    let ready = |new| seen.sets.new.is_some_and(|set| set.all_available(new));
    let size = seen.sets.new.map(|new| new_set_size(seen, new));
    if seen.status.abort || seen.is_halted() || !size.is_some_and(ready) {
        return PauseChange::Keep;
    }
    let needless = seen.spec.promotion == Promotion::AtOnce || seen.status.checkpoint;
    if needless || is_fast_tracked(seen, now) {
        return PauseChange::End;
    }
    if !pre_promotion_complete(seen) {
        return PauseChange::Keep;
    }
    match seen.status.pause {
        ControllerPause::None => PauseChange::Begin,
        ControllerPause::Resumed => PauseChange::Keep,
        ControllerPause::Since(_) if pause_complete(seen, now) => PauseChange::End,
        ControllerPause::Since(_) => PauseChange::Keep,
    }
}

/// Whether no pause is left to wait for (reference §1.5, upstream's `CompletedBlueGreenPause`): the
/// end of a timed one is strict. A timed one that a human has ended is *not* complete: there is no
/// start to count from, so the pause begins anew in a later pass (upstream's quirk, read in its code).
pub fn pause_complete(seen: &BlueGreenView<'_>, now: SimTime) -> bool {
    match (seen.spec.promotion, seen.status.pause) {
        _ if seen.status.checkpoint => true,
        (Promotion::AtOnce, _) => true,
        (Promotion::After(length), ControllerPause::Since(start)) => now > start + length,
        (Promotion::After(_), _) => false,
        (Promotion::ByHand, pause) => pause == ControllerPause::Resumed,
    }
}

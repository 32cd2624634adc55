//! What humans command (upstream's `kubectl argo rollouts`).

use super::super::{Commanded, ControllerPause};
use super::{BlueGreenStatus, BlueGreenView};

/// `promote`: ends the pauses, if there are any, and sets `spec.paused: false` (upstream's
/// `getPatches`). The controller sees in its next pass that a human has ended its pause, and only in
/// that one.
pub fn promote(seen: &BlueGreenView<'_>) -> Commanded<BlueGreenStatus> {
    let mut status = seen.status;
    if status.inconclusive || matches!(status.pause, ControllerPause::Since(_)) {
        status.pause = ControllerPause::Resumed;
        status.inconclusive = false;
    }
    let unpauses = seen.rollout.paused;
    Commanded { status, unpauses }
}

/// `promote --full`: skips all that is left, unless nothing is.
pub fn promote_full(seen: &BlueGreenView<'_>) -> Commanded<BlueGreenStatus> {
    let mut status = seen.status;
    status.promote_full |= !seen.is_fully_promoted();
    let unpauses = seen.rollout.paused;
    Commanded { status, unpauses }
}

/// `abort`; without effect where nothing is under way.
pub fn abort(mut status: BlueGreenStatus) -> BlueGreenStatus {
    status.abort = true;
    status
}

/// `retry`: takes the abort away; analyses begin anew.
pub fn retry(mut status: BlueGreenStatus) -> BlueGreenStatus {
    status.retried |= status.abort;
    status.abort = false;
    status
}

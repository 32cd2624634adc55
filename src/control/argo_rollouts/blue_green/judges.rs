//! Both analyses of one pass: started, cancelled, and what they say.

use super::super::analysis::Phase as RunPhase;
use super::super::judging::needs_new_run;
use super::super::{Analysis, SetView, is_fast_rollback};
use super::{Action, BlueGreenView, Gate, post_promotion_gate, pre_promotion_gate};
use crate::units::SimTime;

/// Starts, cancels and judges the analyses (reference §1.4).
pub(super) fn analyses(
    seen: &BlueGreenView<'_>,
    new: &SetView,
    now: SimTime,
    actions: &mut Vec<Action>,
) {
    let status = &seen.status;
    let over = seen.is_aborted()
        || status.promote_full
        || status.stable.is_none_or(|stable| stable == new.hash)
        || is_fast_rollback(seen.rollout, &seen.sets, now);
    let both = [
        (
            (seen.spec.pre_promotion, pre_promotion_gate(seen)),
            seen.analysis.pre,
            Action::StartPrePromotion,
        ),
        (
            (seen.spec.post_promotion, post_promotion_gate(seen)),
            seen.analysis.post,
            Action::StartPostPromotion,
        ),
    ];
    for ((configured, gate), run, start) in both {
        let shut = over || gate == Gate::Shut || configured == Analysis::None;
        let anew = || needs_new_run(run, seen.analysis_pause(), status.retried);
        let action = match run {
            Some(phase) if shut && !phase.is_completed() => Some(Action::CancelAnalyses),
            _ if !shut && !status.inconclusive && anew() => Some(start),
            Some(phase) if !over && configured == Analysis::Configured => verdict(seen, phase),
            _ => None,
        };
        actions.extend(action);
    }
}

/// What a run that is over means for the update, if it is not known already.
fn verdict(seen: &BlueGreenView<'_>, run: RunPhase) -> Option<Action> {
    match run {
        RunPhase::Inconclusive if !seen.status.inconclusive => Some(Action::PauseInconclusive),
        RunPhase::Error | RunPhase::Failed => Some(Action::Abort),
        _ => None,
    }
}

//! The status at the end of a pass: promotion, abort, the next step.

use super::super::analysis::Phase as RunPhase;
use super::super::{
    CanaryStatus, ControllerPause, Step, StepOutcome, StepProgress, canary_is_promoted,
    is_rollback_within_window, step_complete, step_index_after_abort,
};
use super::{Action, CanaryView};
use crate::units::SimTime;

/// What the pass has done so far, as far as the status depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct SoFar<'a> {
    /// Its writes.
    pub(super) actions: &'a [Action],
    /// Whether the update is aborted, by now.
    pub(super) aborted: bool,
    /// The status with the weights by now.
    pub(super) status: &'a CanaryStatus,
}

/// The writes to the status (upstream's `syncRolloutStatusCanary` and `CalculatePauseStatus`): a full
/// promotion and a rollback within the window skip all steps; then promotion, else what an abort
/// brings, else at most one step.
pub(super) fn advance(seen: &CanaryView<'_>, so_far: SoFar<'_>, now: SimTime) -> Vec<Action> {
    let status = &seen.status;
    let forced = status.promote_full || is_rollback_within_window(seen.rollout, &seen.sets);
    let aborted = so_far.aborted && !forced;
    let judged = CanaryStatus {
        abort: aborted,
        ..*so_far.status
    };
    let (rollout, spec) = (seen.rollout, seen.spec);
    let promoted = canary_is_promoted(rollout, spec, (&judged, &seen.sets), now);
    match () {
        () if promoted && (!seen.is_fully_promoted() || status.promote_full) => {
            vec![Action::PromoteToStable(status.current)]
        }
        () if promoted || forced => at_index(seen, past_last_step(seen))
            .into_iter()
            .chain(clear_pauses(seen))
            .chain(clear_abort(seen))
            .collect(),
        () if aborted => at_index(seen, step_index_after_abort(spec, seen.stage()))
            .into_iter()
            .chain(clear_pauses(seen).filter(|_| status.abort))
            .collect(),
        () => clear_abort(seen)
            .into_iter()
            .chain(next_step(seen, so_far, now))
            .collect(),
    }
}

fn past_last_step(seen: &CanaryView<'_>) -> Option<u32> {
    Some(seen.steps()).filter(|steps| *steps > 0)
}

fn at_index(seen: &CanaryView<'_>, index: Option<u32>) -> Option<Action> {
    let moved = index.filter(|index| seen.status.step_index != Some(*index));
    moved.map(Action::SetStepIndex)
}

fn clear_abort(seen: &CanaryView<'_>) -> Option<Action> {
    (seen.status.abort || seen.status.retried).then_some(Action::ClearAbort)
}

fn clear_pauses(seen: &CanaryView<'_>) -> Option<Action> {
    let any = seen.has_pause() || seen.status.pause != ControllerPause::None;
    any.then_some(Action::EndPause)
}

/// The next step, if the present one is complete; else a pause that a human has ended is forgotten.
/// That is remembered for one pass only, in which analyses look at it.
fn next_step(seen: &CanaryView<'_>, so_far: SoFar<'_>, now: SimTime) -> Option<Action> {
    let progress = StepProgress {
        pause: seen.step_pause(),
        outcome: Some(outcome(seen, so_far)),
    };
    let view = (so_far.status, &seen.sets, progress);
    let complete =
        !seen.rollout.paused && step_complete(seen.spec, seen.rollout.replicas, view, now);
    let paused = |action: &Action| matches!(action, Action::PauseInconclusive(_));
    let ended = seen.status.pause == ControllerPause::Resumed && !seen.has_pause();
    match seen.step().filter(|_| complete) {
        Some((index, _)) => Some(Action::SetStepIndex(index + 1)),
        None if ended && !so_far.actions.iter().any(paused) => Some(Action::EndPause),
        None => None,
    }
}

/// How the present step's analysis or experiment has ended; one that this pass starts has not.
fn outcome(seen: &CanaryView<'_>, so_far: SoFar<'_>) -> StepOutcome {
    let started = |action: &Action| matches!(action, Action::StartStepAnalysis(_));
    let phase = match seen.step() {
        Some((index, Step::Analysis)) if !so_far.actions.iter().any(started) => {
            let run = seen.analysis.step.filter(|run| run.step == index);
            run.map(|run| run.phase)
        }
        Some((_, Step::Experiment)) => seen.experiment.map(|experiment| experiment.phase),
        _ => None,
    };
    match phase {
        Some(RunPhase::Successful) => StepOutcome::Successful,
        _ => StepOutcome::Other,
    }
}

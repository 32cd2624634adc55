//! Experiment and analyses of one pass: started, cancelled, and what they say.

use super::super::analysis::Phase as RunPhase;
use super::super::judging::needs_new_run;
use super::super::{Analysis, Step, before_starting_step, is_fast_rollback};
use super::{Action, CanaryView, Judge, StepRun};
use crate::units::SimTime;

/// The experiment of the present step (reference §2.6, upstream's `reconcileExperiments`). One without
/// a verdict is forgotten with the pause that it brings, so that the next pass starts another.
pub(super) fn experiment(seen: &CanaryView<'_>) -> Vec<Action> {
    let current = seen.experiment.map(|experiment| experiment.phase);
    if seen.is_aborted() || seen.status.promote_full {
        return current
            .map(|_| Action::CancelExperiment)
            .into_iter()
            .collect();
    }
    if seen.status.inconclusive {
        return Vec::new();
    }
    match (seen.step(), current) {
        (Some((index, Step::Experiment)), None) => {
            let start = seen.sets.stable.map(|_| Action::StartExperiment(index));
            start.into_iter().collect()
        }
        (Some((_, Step::Experiment)), Some(phase)) if phase.is_completed() => {
            let verdict = verdict(phase, Judge::Experiment);
            verdict
                .into_iter()
                .chain([Action::ForgetExperiment])
                .collect()
        }
        (Some((_, Step::Experiment)), Some(_)) | (_, None) => Vec::new(),
        (_, Some(_)) => vec![Action::CancelExperiment],
    }
}

/// Both analyses (reference §2.7, upstream's `reconcileAnalysisRuns`), once `aborted` takes what the
/// experiment has said into account.
pub(super) fn analyses(seen: &CanaryView<'_>, aborted: bool, now: SimTime) -> Vec<Action> {
    let over = aborted
        || seen.is_fully_promoted()
        || seen.status.promote_full
        || seen.status.stable.is_none()
        || is_fast_rollback(seen.rollout, &seen.sets, now);
    if over {
        return cancel_step(seen).chain(cancel_background(seen)).collect();
    }
    step_analysis(seen)
        .into_iter()
        .chain(background(seen))
        .collect()
}

fn cancel_step(seen: &CanaryView<'_>) -> impl Iterator<Item = Action> {
    let run = seen.analysis.step;
    run.map(|_| Action::CancelStepAnalysis).into_iter()
}

fn cancel_background(seen: &CanaryView<'_>) -> impl Iterator<Item = Action> {
    let run = seen.analysis.background;
    run.map(|_| Action::CancelBackgroundAnalysis).into_iter()
}

/// The step's run; any pause leaves it alone. The run of another step is cancelled first.
fn step_analysis(seen: &CanaryView<'_>) -> Option<Action> {
    if seen.has_pause() || seen.status.abort {
        return None;
    }
    let run = seen.analysis.step;
    let Some((index, Step::Analysis)) = seen.step() else {
        return cancel_step(seen).next();
    };
    if run.is_some_and(|run| run.step != index) {
        return cancel_step(seen).next();
    }
    let phase = run.map(|run: StepRun| run.phase);
    match needs_new_run(phase, seen.step_pause(), seen.status.retried) {
        true => Some(Action::StartStepAnalysis(index)),
        false => verdict(phase?, Judge::Step),
    }
}

/// The background run, from its starting step on.
fn background(seen: &CanaryView<'_>) -> Option<Action> {
    let run = seen.analysis.background;
    let early = before_starting_step(seen.spec, &seen.canary_status());
    if early || seen.spec.background == Analysis::None {
        return cancel_background(seen).next();
    }
    if seen.status.inconclusive {
        return None;
    }
    match needs_new_run(run, seen.step_pause(), seen.status.retried) {
        true => Some(Action::StartBackgroundAnalysis),
        false => verdict(run?, Judge::Background),
    }
}

/// What a run or an experiment that is over means for the update.
fn verdict(phase: RunPhase, judge: Judge) -> Option<Action> {
    match phase {
        RunPhase::Inconclusive => Some(Action::PauseInconclusive(judge)),
        RunPhase::Error | RunPhase::Failed => Some(Action::Abort(judge)),
        _ => None,
    }
}

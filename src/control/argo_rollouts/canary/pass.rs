//! One pass over a canary Rollout.

use super::super::analysis::Phase as RunPhase;
use super::super::blue_green::OldSet;
use super::super::{
    Analysis, ControllerPause, NewSet, Stage, Step, StepOutcome, StepProgress, TemplateHash,
    aborted_new_set, before_starting_step, canary_is_promoted, canary_sizes, current_step,
    delays_scale_down_on_abort, is_fast_rollback, is_rollback_within_window, step_complete,
    step_index_after_abort, weight_to_write,
};
use super::{Action, CanaryView, Pass, scale_down_intermediate};
use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// One pass, in upstream's order (reference §2.1): reset on a new template, Services, router,
/// experiment, analyses, sizes (the first that changes ends them), pause, step. Weights are written by
/// sizes of the pass before, so they lag behind on the way up. A change of `spec.replicas` (a pass for
/// sizes only) and the making of the new set are the caller's.
pub fn reconcile(seen: &CanaryView<'_>, now: SimTime) -> Pass {
    let mut actions = Vec::new();
    let Some(new) = seen.sets.new else {
        return Pass { actions };
    };
    if new.hash != seen.status.current {
        actions.push(Action::ResetStatus(new.hash, first_step(seen, new.hash)));
        return Pass { actions };
    }
    services(seen, &mut actions);
    router(seen, &mut actions);
    experiment(seen, &mut actions);
    analyses(seen, &mut actions);
    if !actions.contains(&Action::PauseInconclusive) {
        let resized = sizes(seen, now, &mut actions);
        if !resized {
            pause(seen, now, &mut actions);
        }
    }
    status(seen, now, &mut actions);
    Pass { actions }
}

/// Where a new template begins: past all steps if it is the stable one, or one within the rollback
/// window that still has pods.
fn first_step(seen: &CanaryView<'_>, new: TemplateHash) -> Option<u32> {
    let steps = step_index_after_abort(seen.spec, Stage::Stable)?;
    let active = seen.sets.new.is_some_and(|set| set.spec > 0);
    let back = seen.status.stable == Some(new)
        || (active && is_rollback_within_window(seen.rollout, &seen.sets));
    Some(if back { steps } else { 0 })
}

/// Both Services follow their sets once a pod of these is available (§2.8).
fn services(seen: &CanaryView<'_>, actions: &mut Vec<Action>) {
    let pairs = [
        (seen.sets.stable, seen.status.stable_service, true),
        (seen.sets.new, seen.status.canary_service, false),
    ];
    for (set, points_at, stable) in pairs {
        let Some(set) = set.filter(|set| points_at.is_some_and(|at| at != set.hash)) else {
            continue;
        };
        if set.available > 0 {
            actions.push(match stable {
                true => Action::PointStable(set.hash),
                false => Action::PointCanary(set.hash),
            });
        }
    }
}

fn router(seen: &CanaryView<'_>, actions: &mut Vec<Action>) {
    if !seen.spec.is_weighted() {
        return;
    }
    let status = seen.status.progress();
    let replicas = seen.rollout.replicas;
    let Some(weight) = weight_to_write(seen.spec, replicas, &status, &seen.sets) else {
        return;
    };
    let available = seen.sets.new.map_or(0, |new| new.available);
    let over = status.stage == Stage::Stable || status.abort || status.promote_full;
    if over || available == 0 {
        if seen.status.route.is_some() {
            actions.push(Action::RemoveRoutes);
        }
    } else if let Some(Step::SetHeaderRoute | Step::SetMirrorRoute) =
        current_step(seen.spec, &status)
        && seen.status.route != status.step_index
    {
        actions.extend(status.step_index.map(Action::SetRoute));
    }
    if seen.status.abort && !seen.spec.is_dynamic() || seen.status.abort && weight == 0 {
        let stable = seen.sets.stable.map(|set| set.hash);
        let canary = seen.status.canary_service;
        let other = stable.filter(|hash| canary.is_some_and(|at| at != *hash));
        actions.retain(|action| !matches!(action, Action::PointCanary(_)));
        actions.extend(other.map(Action::PointCanary));
    }
    if seen.status.weights.map(|weights| weights.canary) != Some(weight) {
        actions.push(Action::SetWeight(weight));
    }
}

fn experiment(seen: &CanaryView<'_>, actions: &mut Vec<Action>) {
    let step = current_step(seen.spec, &seen.status.progress());
    if step != Some(Step::Experiment) || is_over(seen) || seen.status.inconclusive {
        return;
    }
    match seen.analysis.experiment {
        None => actions.extend(seen.status.step_index.map(Action::StartExperiment)),
        Some(RunPhase::Inconclusive) => actions.push(Action::PauseInconclusive),
        Some(RunPhase::Failed | RunPhase::Error) => actions.push(Action::Abort),
        Some(_) => {}
    }
}

/// Whether nothing of the update is left to judge (§2.7; upstream's `shouldCancelCurrentAnalysis`).
fn is_over(seen: &CanaryView<'_>) -> bool {
    seen.status.stage() != Stage::Updating || seen.status.abort || seen.status.promote_full
}

fn analyses(seen: &CanaryView<'_>, actions: &mut Vec<Action>) {
    let runs = [seen.analysis.background, seen.analysis.step];
    let fast = is_fast_rollback(seen.rollout, &seen.sets, SimTime::ZERO);
    if is_over(seen) || fast {
        if runs.iter().any(Option::is_some) {
            actions.push(Action::CancelAnalyses);
        }
        return;
    }
    let progress = seen.status.progress();
    let step = current_step(seen.spec, &progress);
    if step == Some(Step::Analysis) {
        let start = Action::StartStep(progress.step_index.unwrap_or(0));
        actions.extend(judged(seen, seen.analysis.step, start));
    } else if seen.analysis.step.is_some() {
        actions.push(Action::CancelStep);
    }
    let wanted = seen.background == Analysis::Configured;
    if wanted && !before_starting_step(seen.spec, &progress) {
        let run = seen.analysis.background;
        actions.extend(judged(seen, run, Action::StartBackground));
    }
}

/// What a run, or its absence, means. After an inconclusive one a human has to come, and then it runs
/// anew (upstream's `needsNewAnalysisRun`).
fn judged(seen: &CanaryView<'_>, run: Option<RunPhase>, start: Action) -> Option<Action> {
    let resumed = seen.status.pause == ControllerPause::Resumed;
    match run {
        _ if seen.status.inconclusive => None,
        None => Some(start),
        Some(RunPhase::Inconclusive) if resumed => Some(start),
        Some(RunPhase::Inconclusive) => Some(Action::PauseInconclusive),
        Some(RunPhase::Failed | RunPhase::Error) => Some(Action::Abort),
        Some(_) => None,
    }
}

/// Sizes: stable, then new, then older; whether one of them was changed.
fn sizes(seen: &CanaryView<'_>, now: SimTime, actions: &mut Vec<Action>) -> bool {
    if seen.is_halted() {
        return false;
    }
    let aborted = seen.status.abort && seen.sets.stable.is_some();
    let delayed = aborted && delays_scale_down_on_abort(seen.rollout);
    let used = seen.sets.new.filter(|_| !delayed).into_iter();
    for set in used.chain(seen.sets.distinct_stable()) {
        if set.scale_down_deadline.is_some() {
            actions.push(Action::ClearDeadline(set.hash));
        }
    }
    let wanted = canary_sizes(
        seen.spec,
        seen.rollout.replicas,
        &seen.status.progress(),
        &seen.sets,
    );
    if let Some(stable) = seen.sets.distinct_stable()
        && stable.spec != wanted.stable
    {
        actions.push(Action::Resize(stable.hash, wanted.stable));
        return true;
    }
    let Some(new) = seen.sets.new else {
        return false;
    };
    let fate = match aborted {
        true => aborted_new_set(
            seen.rollout,
            (new, seen.sets.distinct_stable()),
            wanted.canary,
            now,
        ),
        false => NewSet::Size(wanted.canary),
    };
    match fate {
        NewSet::Size(size) if size != new.spec => {
            actions.push(Action::Resize(new.hash, size));
            return true;
        }
        NewSet::Deadline(at) => actions.push(Action::SetDeadline(new.hash, at)),
        NewSet::Size(_) | NewSet::Keep => {}
    }
    let older = scale_down_intermediate(seen, now);
    let resized = older.iter().any(|old| matches!(old, OldSet::Resize(..)));
    actions.extend(older.into_iter().map(|old| match old {
        OldSet::Deadline(hash, at) => Action::SetDeadline(hash, at),
        OldSet::Resize(hash, size) => Action::Resize(hash, size),
    }));
    resized
}

fn pause(seen: &CanaryView<'_>, now: SimTime, actions: &mut Vec<Action>) {
    let step = current_step(seen.spec, &seen.status.progress());
    let waits = matches!(step, Some(Step::Pause(_))) && seen.status.stage() == Stage::Updating;
    let held = seen.rollout.paused || seen.status.promote_full || seen.status.abort;
    if waits && !held && seen.status.pause == ControllerPause::None {
        actions.push(Action::BeginPause(stamp(now)));
    }
}

/// The end of a pass: promotion, the step of an aborted update, or the next step.
fn status(seen: &CanaryView<'_>, now: SimTime, actions: &mut Vec<Action>) {
    let mut status = seen.status.progress();
    let new = seen.sets.new.map(|set| set.hash);
    let last = step_index_after_abort(seen.spec, Stage::Stable);
    if status.promote_full || is_rollback_within_window(seen.rollout, &seen.sets) {
        if status.step_index != last || seen.status.abort {
            actions.push(Action::SkipSteps);
            actions.extend(last.map(Action::SetStepIndex));
        }
        (status.step_index, status.abort) = (last, false);
    }
    let promoted = canary_is_promoted(seen.rollout, seen.spec, (&status, &seen.sets), now);
    if let Some(new) = new.filter(|_| promoted) {
        if seen.status.stable != Some(new) {
            actions.push(Action::PromoteToStable(new));
        }
        return;
    }
    if seen.status.abort || actions.contains(&Action::Abort) {
        let index = step_index_after_abort(seen.spec, seen.status.stage());
        if index != seen.status.step_index {
            actions.extend(index.map(Action::SetStepIndex));
        }
        return;
    }
    if actions.contains(&Action::PauseInconclusive) || seen.status.inconclusive {
        return;
    }
    advance(seen, &status, now, actions);
}

fn advance(
    seen: &CanaryView<'_>,
    status: &super::super::CanaryStatus,
    now: SimTime,
    actions: &mut Vec<Action>,
) {
    let outcome = match current_step(seen.spec, status) {
        Some(Step::Experiment) => seen.analysis.experiment,
        _ => seen.analysis.step,
    };
    let progress = StepProgress {
        pause: seen.status.pause,
        outcome: outcome.map(|phase| match phase {
            RunPhase::Successful => StepOutcome::Successful,
            _ => StepOutcome::Other,
        }),
    };
    // The step is complete by the weights that this pass has told the router.
    let told = actions.iter().find_map(|action| match action {
        Action::SetWeight(weight) => Some(*weight),
        _ => None,
    });
    let mut status = *status;
    if let (Some(weight), Some(weights)) = (told, &mut status.weights) {
        weights.canary = weight;
        weights.stable = seen.spec.max_weight().saturating_sub(weight);
    }
    let replicas = seen.rollout.replicas;
    let held = seen.rollout.paused || status.stage != Stage::Updating;
    if !held && step_complete(seen.spec, replicas, (&status, &seen.sets, progress), now) {
        if seen.status.pause != ControllerPause::None {
            actions.push(Action::EndPause);
        }
        let next = status.step_index.unwrap_or(0) + 1;
        actions.push(Action::SetStepIndex(next));
    }
}

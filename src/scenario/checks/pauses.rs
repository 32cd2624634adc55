//! Pauses, delays and the time they take (reference progressive-delivery.md §1, §2.6, §2.9).

use super::finding::Finding;
use super::list::served;
use super::shutdown::endpoint_lag;
use super::update::{Update, told};
use crate::manifest::argo::{CanaryStep, ScaleDown};
use crate::scenario::Workload;
use crate::scenario::outlook::promoted_by;
use crate::units::SimDuration;

/// What ends a pause.
const CURE: &str = "add an `[[operator]]` with `action = \"promote\"` and `when = \"paused\"`, or give the pause an end";

/// A pause that only a human ends, and no human who does.
pub(super) fn nobody_promotes(update: &Update<'_>) -> Vec<Finding> {
    if update.course.promoted.is_some() {
        return Vec::new();
    }
    if update.blue_green().is_some() {
        let message = "only a human promotes, and nobody does".to_owned();
        let path = "spec.strategy.blueGreen.autoPromotionEnabled";
        return vec![
            update
                .finding(path, message)
                .because("users stay with the old version, and both sets of pods stand, to the end")
                .cure(
                    "add an `[[operator]]` with `action = \"promote\"` and `when = \"paused\"`, or \
                     set it to true",
                ),
        ];
    }
    let steps = update
        .canary()
        .into_iter()
        .flat_map(|canary| canary.steps.iter().enumerate());
    let waits = steps.filter(|(_, step)| matches!(step, CanaryStep::Pause(None)));
    let paused = waits.map(|(index, _)| index).find(|index| {
        // The first that nobody ends: those before it were passed.
        let reached = update
            .course
            .stretches
            .last()
            .map_or(0.0, |stretch| stretch.from);
        promoted_by(update.variant, update.rollout, reached).is_none() || *index > 0
    });
    let Some(index) = paused else {
        return Vec::new();
    };
    let path = format!("spec.strategy.canary.steps[{index}].pause");
    let message = format!("step {} waits for a human, and nobody promotes", index + 1);
    vec![
        update
            .finding(&path, message)
            .because("the canary stays at its weight to the end")
            .cure(CURE),
    ]
}

/// The steps alone take longer than the run.
pub(super) fn steps_end_after_horizon(update: &Update<'_>) -> Vec<Finding> {
    let Some(release) = &update.variant.release else {
        return Vec::new();
    };
    let left = update
        .scenario
        .horizon
        .saturating_since(release.at)
        .as_secs_f64();
    let Some(needed) = update.course.promoted.filter(|needed| *needed > left) else {
        return Vec::new();
    };
    let message = format!(
        "the update takes about {}, and the run ends {} after the release",
        told(needed),
        told(left)
    );
    vec![
        update
            .finding("spec.strategy", message)
            .because("what is not reached is absent from the results")
            .cure("raise `horizon`, or shorten pauses and steps"),
    ]
}

/// The delays of either strategy, with its name.
fn delays(update: &Update<'_>) -> (&'static str, ScaleDown) {
    match (update.blue_green(), update.canary()) {
        (Some(strategy), _) => ("blueGreen", strategy.scale_down),
        (None, Some(canary)) => ("canary", canary.scale_down),
        (None, None) => unreachable!("a strategy is one of the two"),
    }
}

/// A delay of 0 is taken for none at all, and the old pods stay.
pub(super) fn zero_delay_never_ends(update: &Update<'_>) -> Vec<Finding> {
    let (strategy, delays) = delays(update);
    if delays.delay != Some(SimDuration::ZERO) {
        return Vec::new();
    }
    let path = format!("spec.strategy.{strategy}.scaleDownDelaySeconds");
    let message = "`scaleDownDelaySeconds: 0` never scales the old pods down".to_owned();
    vec![
        update
            .finding(&path, message)
            .because("no deadline is written for 0, and a set without one keeps its size (argo-rollouts issue 1992)")
            .cure("write at least 1"),
    ]
}

/// A delay of 0 after an abort means for ever.
pub(super) fn zero_abort_delay_keeps_pods(update: &Update<'_>) -> Vec<Finding> {
    let (strategy, delays) = delays(update);
    if delays.abort_delay != Some(SimDuration::ZERO) {
        return Vec::new();
    }
    let path = format!("spec.strategy.{strategy}.abortScaleDownDelaySeconds");
    let message = "`abortScaleDownDelaySeconds: 0` keeps the new pods for ever after an abort";
    vec![
        update
            .finding(&path, message.to_owned())
            .because("0 is no delay of none: it switches the scale-down off")
            .cure("write at least 1 if they are to go"),
    ]
}

/// Old pods go before every node sends its traffic elsewhere.
pub(super) fn delay_shorter_than_propagation(update: &Update<'_>) -> Vec<Finding> {
    let (strategy, delays) = delays(update);
    let Some(delay) = delays.delay.filter(|delay| !delay.is_zero()) else {
        return Vec::new();
    };
    let lag = endpoint_lag(update.variant);
    if delay >= lag {
        return Vec::new();
    }
    let path = format!("spec.strategy.{strategy}.scaleDownDelaySeconds");
    let message = format!("old pods go {delay} after the switch");
    vec![
        update
            .finding(&path, message)
            .because(format!(
                "nodes send new connections to them for up to {lag}"
            ))
            .cure("30 seconds is the default"),
    ]
}

/// A deadline that gives an update up while a slow pod is still on its way.
pub(super) fn deadline_aborts_good_versions(update: &Update<'_>) -> Vec<Finding> {
    let rollout = update.rollout;
    let workload = Workload::from(rollout);
    let Some(one) = served(update.variant, workload, &update.variant.images) else {
        return Vec::new();
    };
    let late = super::rollout::deadline_before_ready(&one).is_some();
    if !late || !rollout.progress_deadline_abort {
        return Vec::new();
    }
    let message = format!(
        "the update is aborted after {} without progress",
        rollout.progress_deadline
    );
    vec![
        update
            .finding("spec.progressDeadlineAbort", message)
            .because("a good version whose pods start slowly is given up")
            .cure("raise `progressDeadlineSeconds` above the slowest start"),
    ]
}

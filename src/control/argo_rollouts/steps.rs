//! When a canary's step is complete.

use super::{
    CanarySizes, CanarySpec, CanaryStatus, ProgressThreshold, Routing, SetView, Sets, Step,
    basic_sizes, routed_sizes,
};
use crate::units::SimTime;

/// The sizes of either kind of canary.
pub fn canary_sizes(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> CanarySizes {
    match spec.routing {
        Routing::Basic => basic_sizes(spec, replicas, status, sets),
        Routing::Weighted { .. } => routed_sizes(spec, replicas, status, sets),
    }
}

/// The present step; `None` without steps or past the last.
pub fn current_step(spec: &CanarySpec, status: &CanaryStatus) -> Option<Step> {
    let index = status.step_index.unwrap_or(0) as usize;
    spec.steps.get(index).copied()
}

/// Whether the background analysis has to wait for its starting step (reference §2.7).
pub fn before_starting_step(spec: &CanarySpec, status: &CanaryStatus) -> bool {
    match spec.analysis_starting_step {
        Some(first) if !spec.steps.is_empty() => status.step_index.unwrap_or(0) < first,
        _ => false,
    }
}

/// Whether enough of the `wanted` pods are available: all, unless a threshold says otherwise
/// (reference §2.6). Without a set nothing is.
pub fn threshold_met(
    threshold: Option<ProgressThreshold>,
    set: Option<&SetView>,
    wanted: u32,
) -> bool {
    let Some(set) = set else {
        return false;
    };
    match threshold {
        Some(ProgressThreshold::Percent(least)) if least >= 0 => {
            wanted == 0 || percent_reached(set.available, wanted, least)
        }
        Some(ProgressThreshold::Pods(least)) if least >= 0 => {
            i64::from(set.available) >= i64::from(least)
        }
        _ => set.all_available(wanted),
    }
}

/// Upstream compares floating-point percentages with a grace of 1e-10, which whole counts never need.
fn percent_reached(available: u32, wanted: u32, least: i32) -> bool {
    u64::from(available) * 100 >= u64::from(wanted) * u64::from(least.unsigned_abs())
}

/// Whether both sets are as the step wants them: the canary available, stable created (unless it is
/// scaled dynamically), and, without traffic routing, no older pod serving (reference §2.6).
pub fn at_desired_sizes(
    spec: &CanarySpec,
    replicas: u32,
    status: &CanaryStatus,
    sets: &Sets<'_>,
) -> bool {
    let wanted = canary_sizes(spec, replicas, status, sets);
    let stable = || {
        sets.stable
            .is_some_and(|set| set.all_created(wanted.stable))
    };
    let older_serve = || sets.older.iter().any(|set| set.available > 0);
    threshold_met(spec.progress_threshold, sets.new, wanted.canary)
        && (spec.is_dynamic() || stable())
        && (spec.is_weighted() || !older_serve())
}

/// What a step waits for besides sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepProgress {
    /// The controller's pause.
    pub pause: ControllerPause,
    /// How the step's analysis, experiment or plugin stands.
    pub outcome: Option<StepOutcome>,
}

/// The controller's pause of a canary step or of a blue-green update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControllerPause {
    /// It has not paused.
    None,
    /// It has paused since this instant (a whole second, as the API keeps it).
    Since(SimTime),
    /// It had paused, and a human has taken the pause away.
    Resumed,
}

/// How a step's analysis, experiment or plugin ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
    /// Well.
    Successful,
    /// It has not, or not well.
    Other,
}

/// Whether the present step is complete (reference §2.6, upstream's `completedCurrentCanaryStep`);
/// never while a human holds the Rollout, which the caller knows. A pause's end is strict: one second
/// is over only after it.
pub fn step_complete(
    spec: &CanarySpec,
    replicas: u32,
    seen: (&CanaryStatus, &Sets<'_>, StepProgress),
    now: SimTime,
) -> bool {
    let (status, sets, progress) = seen;
    let sized = || at_desired_sizes(spec, replicas, status, sets);
    let unverified = status.weights.is_some_and(|w| w.verified == Some(false));
    match current_step(spec, status) {
        None => false,
        Some(Step::Pause(length)) => match (progress.pause, length) {
            (ControllerPause::Resumed, _) => true,
            (ControllerPause::Since(start), Some(length)) => now > start + length,
            _ => false,
        },
        Some(Step::SetCanaryScale(_)) => sized(),
        Some(Step::SetWeight(_)) => sized() && !unverified,
        Some(Step::Analysis | Step::Experiment | Step::Plugin) => {
            progress.outcome == Some(StepOutcome::Successful)
        }
        Some(Step::SetHeaderRoute | Step::SetMirrorRoute) => true,
    }
}

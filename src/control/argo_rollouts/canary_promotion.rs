//! When a canary becomes the stable set, and where it goes on after an abort.

use super::{CanarySpec, CanaryStatus, RolloutSpec, Sets, Stage, is_fast_rollback, threshold_met};
use crate::units::SimTime;

/// Whether the new set becomes stable (reference §2.8, upstream's `shouldFullPromote`): at once if
/// nothing was stable before; never while aborted; else once it is large enough and nothing is left
/// to do. More pods than wanted are enough: the Rollout may have been scaled down in between.
pub fn canary_is_promoted(
    rollout: &RolloutSpec,
    spec: &CanarySpec,
    (status, sets): (&CanaryStatus, &Sets<'_>),
    now: SimTime,
) -> bool {
    if sets.stable.is_none() {
        return true;
    }
    let enough = |set: &super::SetView| {
        set.available >= rollout.replicas
            || threshold_met(spec.progress_threshold, Some(set), rollout.replicas)
    };
    let steps = spec.steps.len() as u64;
    let index = u64::from(status.step_index.unwrap_or(0));
    let nothing_left =
        status.promote_full || is_fast_rollback(rollout, sets, now) || steps == 0 || index == steps;
    !status.abort && sets.new.is_some_and(enough) && nothing_left
}

/// The step index after an abort (reference §2.8): the first step, or past the last one if the stable
/// template is the present one; `None` without steps.
pub fn step_index_after_abort(spec: &CanarySpec, stage: Stage) -> Option<u32> {
    let steps = u32::try_from(spec.steps.len()).expect("a manifest has fewer steps than bytes");
    match stage {
        _ if steps == 0 => None,
        Stage::Stable => Some(steps),
        Stage::InitialDeploy | Stage::Updating => Some(0),
    }
}

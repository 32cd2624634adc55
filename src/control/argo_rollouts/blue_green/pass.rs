//! One pass over a blue-green Rollout.

use super::super::{
    ControllerPause, SetView, Sizing, TemplateHash, Update, is_rollback_within_window,
    is_scaling_event,
};
use super::gating::pre_promotion_complete;
use super::judges::analyses;
use super::{
    Action, BlueGreenView, FullPromotion, Pass, PauseChange, checkpoint_reached, full_promotion,
    is_fast_tracked, new_set_size, pause_change, pause_complete, scale_down_older,
};
use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// One pass, in upstream's order (reference §1.2): a change of `spec.replicas` is a pass for sizes
/// only; else preview Service, reset on a new template, sizes, pause, active Service, analyses,
/// status. The making of the new set is the caller's.
pub fn reconcile(seen: &BlueGreenView<'_>, now: SimTime) -> Pass {
    let mut actions = Vec::new();
    let Some(new) = seen.sets.new else {
        return Pass { actions };
    };
    if is_scaling_event(seen.rollout, &seen.sets) {
        sizes(seen, new, now, &mut actions);
        return Pass { actions };
    }
    if !seen.is_halted() {
        actions.push(Action::SwitchPreview(new.hash));
    }
    if new.hash != seen.status.current {
        actions.push(Action::ResetStatus(new.hash));
        return Pass { actions };
    }
    sizes(seen, new, now, &mut actions);
    match (pause_change(seen, now), seen.status.pause) {
        (PauseChange::Begin, _) => actions.push(Action::BeginPause(stamp(now))),
        (PauseChange::End, ControllerPause::Since(_)) => actions.push(Action::EndPause),
        _ => {}
    }
    let target = active_target(seen, new, now);
    if let Some(hash) = target.filter(|_| target != seen.status.active) {
        actions.push(Action::SwitchActive(hash));
    }
    analyses(seen, new, now, &mut actions);
    status(seen, target, now, &mut actions);
    Pass { actions }
}

/// Whether a pass comes to the restarter: the template is that of the last pass, and it is no pass for
/// sizes only. The restarter then acts before anything but the preview Service.
pub fn runs_restarter(seen: &BlueGreenView<'_>) -> bool {
    let same = |new: &SetView| new.hash == seen.status.current;
    seen.sets.new.is_some_and(same) && !is_scaling_event(seen.rollout, &seen.sets)
}

/// Deadlines go from the sets in use, then stable, new and older sets are sized.
fn sizes(seen: &BlueGreenView<'_>, new: &SetView, now: SimTime, actions: &mut Vec<Action>) {
    let sizing = Sizing {
        rollout: seen.rollout,
        update: Update::of(seen.is_aborted(), &seen.sets),
    };
    let mut changes = sizing.clear_deadlines(&seen.sets);
    if let Some(stable) = seen.sets.distinct_stable() {
        changes.extend(sizing.resize(stable, seen.rollout.replicas));
    }
    changes.extend(sizing.size_new(&seen.sets, new_set_size(seen, new), now));
    changes.extend(scale_down_older(seen, sizing, now));
    actions.extend(changes.into_iter().map(Action::from));
}

/// Where the active Service points after this pass (reference §1.6). On every path, abort included,
/// the new set has to be all there: if its pods fall after a switch, an abort cannot switch back.
fn active_target(seen: &BlueGreenView<'_>, new: &SetView, now: SimTime) -> Option<TemplateHash> {
    let there = new.all_available(new_set_size(seen, new));
    if seen.is_halted() || !there || !new.is_saturated(seen.rollout.replicas) {
        return seen.status.active;
    }
    let begun = pause_change(seen, now) == PauseChange::Begin;
    let waited = !begun && pause_complete(seen, now) && pre_promotion_complete(seen);
    match () {
        () if seen.status.abort => seen.status.stable,
        () if waited || is_fast_tracked(seen, now) => Some(new.hash),
        () => seen.status.active,
    }
}

/// The status at the end of a pass: promotion, checkpoint, and what pauses and aborts come to
/// (upstream's `syncRolloutStatusBlueGreen` and `CalculatePauseStatus`).
fn status(
    seen: &BlueGreenView<'_>,
    target: Option<TemplateHash>,
    now: SimTime,
    actions: &mut Vec<Action>,
) {
    let status = &seen.status;
    let forced = status.promote_full || is_rollback_within_window(seen.rollout, &seen.sets);
    let aborts = actions.contains(&Action::Abort) && !forced;
    let promotion = match aborts {
        true => FullPromotion::No,
        false => full_promotion(seen, target, now),
    };
    let promoted = promotion == FullPromotion::Yes;
    if promoted && (!seen.is_fully_promoted() || status.promote_full) {
        actions.push(Action::PromoteToStable(status.current));
        return;
    }
    if !promoted && !status.checkpoint && checkpoint_reached(seen, now) {
        actions.push(Action::ReachCheckpoint);
    }
    let over = promoted || forced;
    if over || !seen.is_aborted() {
        actions.extend((status.abort || status.retried).then_some(Action::ClearAbort));
    }
    // A pause that a human has ended is remembered for one pass only.
    let ended = status.pause == ControllerPause::Resumed;
    let stands = ended || status.inconclusive || status.pause != ControllerPause::None;
    let clears = ended || over || seen.is_aborted();
    let done = actions.contains(&Action::EndPause) || actions.contains(&Action::PauseInconclusive);
    if stands && clears && !done {
        actions.push(Action::EndPause);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::analysis::Phase as RunPhase;
    use super::super::super::{
        Analysis, BlueGreenSpec, ControllerPause, DeadlineMissed, Promotion, RolloutSpec,
        RolloutStrategy, Sets,
    };
    use super::super::{AnalysisSeen, BlueGreenStatus};
    use super::*;
    use crate::units::SimDuration;

    const NEW: TemplateHash = TemplateHash::new(2);
    const OLD: TemplateHash = TemplateHash::new(1);
    const NOW: SimTime = SimTime::from_secs(100);

    fn set(hash: TemplateHash, created_s: u64) -> SetView {
        SetView {
            hash,
            revision: 1,
            created: SimTime::from_secs(created_s),
            spec: 3,
            replicas: 3,
            available: 3,
            desired: Some(3),
            scale_down_deadline: None,
        }
    }

    /// The guide's blue-green once its preview is ready: judged, then promoted by hand.
    fn check(pause: ControllerPause, pre: Option<RunPhase>, expected: &[Action]) {
        let spec = BlueGreenSpec {
            promotion: Promotion::ByHand,
            pre_promotion: Analysis::Configured,
            ..BlueGreenSpec::default()
        };
        let rollout = RolloutSpec {
            replicas: 3,
            paused: false,
            progress_deadline: SimDuration::from_secs(600),
            deadline_missed: DeadlineMissed::Report,
            rollback_window: 0,
            strategy: RolloutStrategy::BlueGreen(spec.clone()),
        };
        let (new, old) = (set(NEW, 2), set(OLD, 1));
        let seen = BlueGreenView {
            rollout: &rollout,
            spec: &spec,
            status: BlueGreenStatus {
                current: NEW,
                stable: Some(OLD),
                active: Some(OLD),
                checkpoint: false,
                pause,
                inconclusive: false,
                abort: false,
                retried: false,
                promote_full: false,
            },
            sets: Sets {
                new: Some(&new),
                stable: Some(&old),
                older: &[],
            },
            analysis: AnalysisSeen { pre, post: None },
        };
        let pass = reconcile(&seen, NOW);
        assert_eq!(pass.actions[0], Action::SwitchPreview(NEW));
        assert_eq!(&pass.actions[1..], expected);
    }

    #[test]
    fn the_preview_is_judged_before_the_pause_and_a_human_ends_it() {
        let good = Some(RunPhase::Successful);
        check(ControllerPause::None, None, &[Action::StartPrePromotion]);
        check(ControllerPause::None, Some(RunPhase::Running), &[]);
        check(ControllerPause::None, good, &[Action::BeginPause(NOW)]);
        check(ControllerPause::Since(SimTime::ZERO), good, &[]);
        let over = [Action::SwitchActive(NEW), Action::PromoteToStable(NEW)];
        check(ControllerPause::Resumed, good, &over);
    }

    #[test]
    fn a_failed_analysis_aborts_and_one_without_verdict_waits() {
        let run = Some;
        check(
            ControllerPause::None,
            run(RunPhase::Failed),
            &[Action::Abort],
        );
        check(
            ControllerPause::None,
            run(RunPhase::Error),
            &[Action::Abort],
        );
        let waits = [Action::PauseInconclusive];
        check(ControllerPause::None, run(RunPhase::Inconclusive), &waits);
    }
}

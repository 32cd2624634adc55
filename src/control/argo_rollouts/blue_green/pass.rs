//! One pass over a blue-green Rollout.

use super::super::analysis::Phase as RunPhase;
use super::super::{
    Analysis, NewSet, SetView, TemplateHash, aborted_new_set, delays_scale_down_on_abort,
    is_fast_rollback,
};
use super::gating::pre_promotion_complete;
use super::{
    Action, BlueGreenView, FullPromotion, Gate, OldSet, Pass, PauseChange, checkpoint_reached,
    full_promotion, is_fast_tracked, new_set_size, pause_change, pause_complete,
    post_promotion_gate, pre_promotion_gate, scale_down_older,
};
use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// One pass, in upstream's order (reference §1.2): preview Service, reset on a new template, sizes,
/// pause, active Service, analyses, status. A change of `spec.replicas` (a pass for sizes only) and
/// the making of the new set are the caller's.
pub fn reconcile(seen: &BlueGreenView<'_>, now: SimTime) -> Pass {
    let mut actions = Vec::new();
    let Some(new) = seen.sets.new else {
        return Pass { actions };
    };
    if !seen.is_halted() {
        actions.push(Action::SwitchPreview(new.hash));
    }
    if new.hash != seen.status.current {
        actions.push(Action::ResetStatus(new.hash));
        return Pass { actions };
    }
    sizes(seen, new, now, &mut actions);
    match pause_change(seen, now) {
        PauseChange::Keep => {}
        PauseChange::Begin => actions.push(Action::BeginPause(stamp(now))),
        PauseChange::End => actions.push(Action::EndPause),
    }
    let target = active_target(seen, new, now);
    if let Some(hash) = target.filter(|_| target != seen.status.active) {
        actions.push(Action::SwitchActive(hash));
    }
    analyses(seen, new, now, &mut actions);
    match full_promotion(seen, target, now) {
        FullPromotion::Yes if seen.status.stable != Some(new.hash) => {
            actions.push(Action::PromoteToStable(new.hash));
        }
        FullPromotion::No if !seen.status.checkpoint && checkpoint_reached(seen, now) => {
            actions.push(Action::ReachCheckpoint);
        }
        _ => {}
    }
    Pass { actions }
}

/// Deadlines go from the sets in use, then stable, new and older sets are sized.
fn sizes(seen: &BlueGreenView<'_>, new: &SetView, now: SimTime, actions: &mut Vec<Action>) {
    let aborted = seen.status.abort && seen.sets.stable.is_some();
    let delayed = aborted && delays_scale_down_on_abort(seen.rollout);
    let used = seen.sets.new.filter(|_| !delayed).into_iter();
    for set in used.chain(seen.sets.distinct_stable()) {
        if set.scale_down_deadline.is_some() {
            actions.push(Action::ClearDeadline(set.hash));
        }
    }
    let mut resize = |set: &SetView, size: u32| {
        if set.spec != size {
            actions.push(Action::Resize(set.hash, size));
        }
    };
    if let Some(stable) = seen.sets.stable {
        resize(stable, seen.rollout.replicas);
    }
    let wanted = new_set_size(seen, new);
    let fate = match aborted {
        true => aborted_new_set(seen.rollout, (new, seen.sets.stable), wanted, now),
        false => NewSet::Size(wanted),
    };
    match fate {
        NewSet::Size(size) => resize(new, size),
        NewSet::Deadline(at) => actions.push(Action::SetDeadline(new.hash, at)),
        NewSet::Keep => {}
    }
    actions.extend(
        scale_down_older(seen, now)
            .into_iter()
            .map(|old| match old {
                OldSet::Deadline(hash, at) => Action::SetDeadline(hash, at),
                OldSet::Resize(hash, size) => Action::Resize(hash, size),
            }),
    );
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

/// Starts, cancels and judges the analyses (reference §1.4).
fn analyses(seen: &BlueGreenView<'_>, new: &SetView, now: SimTime, actions: &mut Vec<Action>) {
    let status = &seen.status;
    let over = status.abort
        || status.promote_full
        || status.stable.is_none_or(|stable| stable == new.hash)
        || is_fast_rollback(seen.rollout, &seen.sets, now);
    let shut = |gate| if over { Gate::Shut } else { gate };
    let both = [
        (
            shut(pre_promotion_gate(seen)),
            (seen.spec.pre_promotion, seen.analysis.pre),
            Action::StartPrePromotion,
        ),
        (
            shut(post_promotion_gate(seen)),
            (seen.spec.post_promotion, seen.analysis.post),
            Action::StartPostPromotion,
        ),
    ];
    for (gate, (configured, run), start) in both {
        let action = match (gate, run) {
            _ if configured == Analysis::None => None,
            (Gate::Shut, Some(phase)) if !phase.is_completed() => Some(Action::CancelAnalyses),
            (Gate::Open, None) if !status.inconclusive => Some(start),
            (Gate::Open, Some(RunPhase::Inconclusive)) => Some(Action::PauseInconclusive),
            (_, Some(RunPhase::Error | RunPhase::Failed)) if !over => Some(Action::Abort),
            _ => None,
        };
        actions.extend(action);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{
        BlueGreenSpec, ControllerPause, DeadlineMissed, Promotion, RolloutSpec, RolloutStrategy,
        Sets,
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

//! Whole updates, pass by pass; the expected actions are worked out by hand from the reference (§1)
//! and from upstream's code.

use super::super::analysis::Phase as RunPhase;
use super::super::{Analysis, BlueGreenSpec, Promotion, ScaleDownDelays};
use super::world::{NEW, OLD, START, World};
use super::{Action, promote, promote_full, requeue_at, retry};
use crate::units::SimDuration;

const DELAY: SimDuration = SimDuration::from_secs(30);
const SEE_NEW: Action = Action::SwitchPreview(NEW);

/// The guide's Rollout: six pods, judged before and after, promoted by hand, 30 s of delay.
fn guide() -> BlueGreenSpec {
    BlueGreenSpec {
        promotion: Promotion::ByHand,
        pre_promotion: Analysis::Configured,
        post_promotion: Analysis::Configured,
        delays: ScaleDownDelays {
            after_promotion: Some(DELAY),
            ..ScaleDownDelays::default()
        },
        ..BlueGreenSpec::default()
    }
}

/// The guide's update until its preview is ready and is judged.
fn judged() -> World {
    let mut world = World::updating(guide());
    world.check(&[
        &[SEE_NEW, Action::ResetStatus(NEW)],
        &[SEE_NEW, Action::Resize(NEW, 6)],
        &[SEE_NEW, Action::StartPrePromotion],
    ]);
    world.analysis.pre = Some(RunPhase::Running);
    world.check(&[&[SEE_NEW]]);
    world
}

#[test]
fn the_guides_update_waits_for_ever_for_a_human_who_then_ends_it() {
    let mut world = judged();
    world.analysis.pre = Some(RunPhase::Successful);
    world.check(&[&[SEE_NEW, Action::BeginPause(START)]]);
    let day = SimDuration::from_secs(24 * 60 * 60);
    world.now = START + day;
    world.check(&[&[SEE_NEW]]);
    assert_eq!(world.seen(|seen| requeue_at(seen, START)), None);
    world.now = START;
    world.status = world.seen(promote).status;
    world.check(&[
        &[SEE_NEW, Action::SwitchActive(NEW), Action::EndPause],
        &[SEE_NEW, Action::StartPostPromotion],
    ]);
    world.analysis.post = Some(RunPhase::Successful);
    world.check(&[
        &[SEE_NEW, Action::PromoteToStable(NEW)],
        &[SEE_NEW, Action::SetDeadline(OLD, START + DELAY)],
        &[SEE_NEW],
    ]);
    let due = world.seen(|seen| requeue_at(seen, START));
    assert_eq!(due, Some(START + DELAY));
    world.now = START + DELAY;
    world.check(&[
        &[SEE_NEW, Action::Resize(OLD, 0), Action::ClearDeadline(OLD)],
        &[SEE_NEW],
    ]);
}

/// No traffic on the preview: the run is an Error (reference §0), the preview goes 30 s later. A retry
/// starts the next run before the pods are back (upstream's `skipPrePromotionAnalysisRun`).
#[test]
fn the_guides_update_aborts_with_its_analysis_and_is_retried() {
    let mut world = judged();
    world.analysis.pre = Some(RunPhase::Error);
    world.check(&[
        &[SEE_NEW, Action::Abort],
        &[SEE_NEW, Action::SetDeadline(NEW, START + DELAY)],
        &[SEE_NEW],
    ]);
    world.now = START + DELAY;
    world.check(&[&[SEE_NEW, Action::Resize(NEW, 0)], &[SEE_NEW]]);
    world.status = retry(world.status);
    world.check(&[&[
        SEE_NEW,
        Action::ClearDeadline(NEW),
        Action::Resize(NEW, 6),
        Action::StartPrePromotion,
        Action::ClearAbort,
    ]]);
}

#[test]
fn a_preview_without_verdict_is_judged_again_once_a_human_has_looked() {
    let mut world = judged();
    world.analysis.pre = Some(RunPhase::Inconclusive);
    world.check(&[&[SEE_NEW, Action::PauseInconclusive], &[]]);
    world.status = world.seen(promote).status;
    world.check(&[&[SEE_NEW, Action::StartPrePromotion, Action::EndPause]]);
}

/// The end is strict: one tick later (reference §1.5).
#[test]
fn a_timed_pause_ends_one_tick_after_its_length() {
    let mut world = World::updating(BlueGreenSpec {
        promotion: Promotion::After(DELAY),
        ..BlueGreenSpec::default()
    });
    world.check(&[
        &[SEE_NEW, Action::ResetStatus(NEW)],
        &[SEE_NEW, Action::Resize(NEW, 6)],
        &[SEE_NEW, Action::BeginPause(START)],
    ]);
    world.now = START + DELAY;
    world.check(&[&[SEE_NEW]]);
    let due = world.seen(|seen| requeue_at(seen, START)).unwrap();
    assert_eq!(due, START + DELAY + SimDuration::from_nanos(1));
    world.now = due;
    world.check(&[&[
        SEE_NEW,
        Action::EndPause,
        Action::SwitchActive(NEW),
        Action::PromoteToStable(NEW),
    ]]);
}

/// Back to the former stable set while it still has its pods: neither pause nor analysis (§1.9).
#[test]
fn going_back_within_the_delay_is_one_pass_after_the_reset() {
    let mut world = judged();
    world.status = world.seen(promote_full).status;
    world.check(&[&[
        SEE_NEW,
        Action::SwitchActive(NEW),
        Action::CancelAnalyses,
        Action::PromoteToStable(NEW),
    ]]);
    world.analysis.pre = Some(RunPhase::Successful);
    world.check(&[&[SEE_NEW, Action::SetDeadline(OLD, START + DELAY)]]);
    world.template = OLD;
    let see_old = Action::SwitchPreview(OLD);
    world.check(&[
        &[see_old, Action::ResetStatus(OLD)],
        &[
            see_old,
            Action::ClearDeadline(OLD),
            Action::SwitchActive(OLD),
            Action::PromoteToStable(OLD),
        ],
        &[see_old, Action::SetDeadline(NEW, START + DELAY)],
    ]);
}

#[test]
fn a_change_of_the_number_of_pods_is_a_pass_for_sizes_only() {
    let mut world = judged();
    world.rollout.replicas = 8;
    world.check(&[
        &[Action::Resize(OLD, 8), Action::Resize(NEW, 8)],
        &[SEE_NEW],
    ]);
}

#[test]
fn an_abort_of_what_is_done_already_is_taken_back() {
    let mut world = World::updating(guide());
    world.template = OLD;
    world.status.abort = true;
    world.check(&[&[Action::SwitchPreview(OLD), Action::ClearAbort]]);
}

/// Three of six for the preview; the rest comes after the promotion by hand (reference §1.3).
#[test]
fn a_small_preview_grows_once_a_human_has_promoted_it() {
    let mut world = World::updating(BlueGreenSpec {
        promotion: Promotion::ByHand,
        preview_replicas: Some(3),
        ..BlueGreenSpec::default()
    });
    world.check(&[
        &[SEE_NEW, Action::ResetStatus(NEW)],
        &[SEE_NEW, Action::Resize(NEW, 3)],
        &[SEE_NEW, Action::BeginPause(START)],
    ]);
    world.status = world.seen(promote).status;
    world.check(&[
        &[SEE_NEW, Action::ReachCheckpoint, Action::EndPause],
        &[SEE_NEW, Action::Resize(NEW, 6)],
        &[
            SEE_NEW,
            Action::SwitchActive(NEW),
            Action::PromoteToStable(NEW),
        ],
    ]);
}

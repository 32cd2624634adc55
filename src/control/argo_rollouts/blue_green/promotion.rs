//! When an update skips its waits, and when it is over.

use super::super::{TemplateHash, is_fast_rollback};
use super::BlueGreenView;
use super::gating::passed;
use crate::units::SimTime;

/// Whether pause and analysis are skipped (reference §1.9): a full promotion, a first switch ever, a
/// set that is active already, a rollback that needs no judging.
pub fn is_fast_tracked(seen: &BlueGreenView<'_>, now: SimTime) -> bool {
    let new = seen.sets.new.map(|new| new.hash);
    seen.status.promote_full
        || seen.status.active.is_none_or(|active| Some(active) == new)
        || is_fast_rollback(seen.rollout, &seen.sets, now)
}

/// Whether an update is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FullPromotion {
    /// Not yet.
    No,
    /// The present template becomes the stable one.
    Yes,
}

/// Whether the new set becomes stable, `active` being the Service's selector *after* this pass's
/// switch; the order of the tests is upstream's (reference §1.8, `shouldFullPromote`).
pub fn full_promotion(
    seen: &BlueGreenView<'_>,
    active: Option<TemplateHash>,
    now: SimTime,
) -> FullPromotion {
    let status = &seen.status;
    let analysed = passed(seen.spec.post_promotion, seen.analysis.post);
    let over = match active {
        _ if seen.sets.stable.is_none() => true,
        None => true,
        Some(active) if active != status.current => false,
        Some(_) if status.promote_full => true,
        Some(_) if is_fast_rollback(seen.rollout, &seen.sets, now) => true,
        Some(_) => !seen.is_aborted() && analysed,
    };
    match over {
        true => FullPromotion::Yes,
        false => FullPromotion::No,
    }
}

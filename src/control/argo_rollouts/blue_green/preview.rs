//! How many pods the new set has before it is promoted.

use super::super::SetView;
use super::gating::pre_promotion_complete;
use super::{BlueGreenView, pause_complete};
use crate::units::SimTime;

/// The size of the new set (reference §1.3): all of `spec.replicas` without `previewReplicaCount`,
/// once the set is the active one, on a full promotion, and once the preview has been judged.
pub fn new_set_size(seen: &BlueGreenView<'_>, new: &SetView) -> u32 {
    let all = seen.rollout.replicas;
    let Some(preview) = seen.spec.preview_replicas else {
        return all;
    };
    let status = &seen.status;
    let active = seen.sets.all().find(|set| Some(set.hash) == status.active);
    let is_active = active.is_none_or(|active| active.hash == new.hash);
    if is_active || status.promote_full {
        return all;
    }
    let same_update = new.hash == status.current;
    match same_update && !seen.is_paused() && status.checkpoint {
        true => all,
        false => preview,
    }
}

/// Whether the preview is judged after this pass: once true it stays, until the template changes or
/// the set is promoted (reference §1.3, upstream's `calculateScaleUpPreviewCheckPoint`).
pub fn checkpoint_reached(seen: &BlueGreenView<'_>, now: SimTime) -> bool {
    let Some(preview) = seen.spec.preview_replicas else {
        return false;
    };
    let available = seen.sets.new.map_or(0, |new| new.available);
    let judged = pre_promotion_complete(seen) && pause_complete(seen, now);
    seen.status.checkpoint || (judged && available == preview)
}

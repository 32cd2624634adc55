//! When the two analyses of a blue-green update run.

use super::super::Analysis;
use super::super::analysis::Phase as RunPhase;
use super::BlueGreenView;

/// What may happen to an analysis run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It may start, or go on if it has.
    Open,
    /// It is not started, and a running one is cancelled.
    Shut,
}

impl Gate {
    const fn open_if(open: bool) -> Self {
        if open { Self::Open } else { Self::Shut }
    }
}

/// Whether pre-promotion analysis runs (reference §1.4): between the first promotion ever and this
/// one; it starts when the preview is all there and then goes on even if pods fall.
pub fn pre_promotion_gate(seen: &BlueGreenView<'_>) -> Gate {
    let Some(new) = seen.sets.new else {
        return Gate::Shut;
    };
    let status = &seen.status;
    let before =
        status.stable != Some(new.hash) && status.active.is_some_and(|active| active != new.hash);
    let ready = match seen.spec.preview_replicas {
        Some(preview) => new.all_available(preview),
        None => new.is_saturated(seen.rollout.replicas),
    };
    Gate::open_if(before && (seen.analysis.pre.is_some() || ready))
}

/// Whether post-promotion analysis runs (reference §1.4): after the switch, before the set is stable;
/// it starts when the set is saturated.
pub fn post_promotion_gate(seen: &BlueGreenView<'_>) -> Gate {
    let Some(new) = seen.sets.new else {
        return Gate::Shut;
    };
    let status = &seen.status;
    let after = status.stable != Some(new.hash) && status.active == Some(new.hash);
    let ready = new.is_saturated(seen.rollout.replicas);
    Gate::open_if(after && (seen.analysis.post.is_some() || ready))
}

/// Whether nothing of pre-promotion analysis is left to wait for.
pub(super) fn pre_promotion_complete(seen: &BlueGreenView<'_>) -> bool {
    passed(seen.spec.pre_promotion, seen.analysis.pre)
}

/// Whether an analysis, if configured, has succeeded.
pub(super) fn passed(configured: Analysis, run: Option<RunPhase>) -> bool {
    configured == Analysis::None || run == Some(RunPhase::Successful)
}

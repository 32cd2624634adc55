//! How long sets that are no longer needed stay.

use crate::document::MapReader;
use crate::manifest::probe::{SECONDS_MAX, seconds};
use crate::units::SimDuration;

/// `scaleDownDelaySeconds` and its relatives, as written: absent is not the same as the default
/// (reference progressive-delivery.md §1.1, §1.7, §1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScaleDown {
    /// `scaleDownDelaySeconds`: after a promotion.
    pub delay: Option<SimDuration>,
    /// `abortScaleDownDelaySeconds`: after an abort; 0 keeps the new pods for ever.
    pub abort_delay: Option<SimDuration>,
    /// `scaleDownDelayRevisionLimit` (sets).
    pub revision_limit: Option<u32>,
}

/// Reads them out of a strategy.
pub(super) fn read_scale_down(strategy: &mut MapReader<'_, '_>) -> ScaleDown {
    let delay = strategy.number_within("scaleDownDelaySeconds", 0..=SECONDS_MAX);
    let abort_delay = strategy.number_within("abortScaleDownDelaySeconds", 0..=SECONDS_MAX);
    let limit = strategy.number_within("scaleDownDelayRevisionLimit", 0..=SECONDS_MAX);
    ScaleDown {
        delay: delay.map(seconds),
        abort_delay: abort_delay.map(seconds),
        revision_limit: limit.map(|limit| limit as u32),
    }
}

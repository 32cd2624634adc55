//! Short words for stories.

use super::super::{CanarySpec, Routing, StableScale, Step, TemplateHash};
use super::Action;
use crate::units::{IntOrPercent, SimDuration};

/// The default delay before a former stable set, or an aborted canary, goes.
pub(super) const DELAY: SimDuration = SimDuration::from_secs(30);

pub(super) fn weight(canary: u32) -> Action {
    let stable = 100 - canary;
    Action::SetWeight { canary, stable }
}

pub(super) fn point(canary: TemplateHash, stable: TemplateHash) -> Action {
    Action::PointRoutes { canary, stable }
}

pub(super) fn reset(current: TemplateHash, step: u32) -> Action {
    let step_index = Some(step);
    Action::ResetStatus {
        current,
        step_index,
    }
}

pub(super) fn basic(steps: Vec<Step>) -> CanarySpec {
    CanarySpec {
        steps,
        max_surge: IntOrPercent::Percent(25),
        max_unavailable: IntOrPercent::Int(0),
        ..CanarySpec::default()
    }
}

pub(super) fn weighted(steps: Vec<Step>, stable: StableScale) -> CanarySpec {
    CanarySpec {
        steps,
        routing: Routing::Weighted {
            max_weight: 100,
            stable,
        },
        ..CanarySpec::default()
    }
}

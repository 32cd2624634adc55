//! What a new status of a Rollout means to the timeline.

use super::object::{RolloutStatus, StrategyStatus};
use crate::control::argo_rollouts::{
    ConditionStatus, ControllerPause, Promotion, RolloutStrategy, Stage, Step,
};
use crate::facts::{ConditionKind, Happening, Wait};
use crate::ids::WorkloadId;
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::Outbox;

impl ControlPlane {
    pub(super) fn tell_rollout(
        &self,
        id: WorkloadId,
        (before, after): (&RolloutStatus, &RolloutStatus),
        out: &mut Outbox,
    ) {
        let mut tell = |happening| out.happenings.push(happening);
        let (old, new) = (&before.strategy, &after.strategy);
        if let (StrategyStatus::Canary(was), StrategyStatus::Canary(is)) = (old, new)
            && was.step_index != is.step_index
            && new.stage() == Stage::Updating
            && let Some(index) = is.step_index
        {
            tell(Happening::StepReached(id, index));
        }
        if new.is_aborted() && !old.is_aborted() {
            tell(Happening::Aborted(id));
        }
        if new.is_paused() && !old.is_paused() {
            tell(Happening::Paused(id, self.wait_of(id, new)));
        }
        let reason =
            |status: &RolloutStatus| status.conditions.progressing.map(|known| known.reason);
        if let Some(now) = reason(after).filter(|now| reason(before) != Some(*now)) {
            let kind = ConditionKind::Progressing;
            let holds = match now.status() {
                ConditionStatus::True => Some(true),
                ConditionStatus::False => Some(false),
                ConditionStatus::Unknown => None,
            };
            tell(Happening::Condition(id, kind, holds, now.name()));
        }
        if new.stage() == Stage::Stable && old.stage() != Stage::Stable && !new.is_aborted() {
            tell(Happening::Completed(id));
        }
    }

    /// What a paused Rollout waits for (upstream's `requiresManualAction`).
    fn wait_of(&self, id: WorkloadId, status: &StrategyStatus) -> Wait {
        let spec = &self.plans[self.rollout_object(id).spec.plan].spec;
        let human = match (&spec.strategy, status) {
            _ if status.is_inconclusive() => true,
            (RolloutStrategy::BlueGreen(spec), _) => spec.promotion == Promotion::ByHand,
            (RolloutStrategy::Canary(spec), StrategyStatus::Canary(status)) => {
                let step = spec.steps.get(status.step_index.unwrap_or(0) as usize);
                status.pause != ControllerPause::None && step == Some(&Step::Pause(None))
            }
            _ => false,
        };
        if human { Wait::Human } else { Wait::Time }
    }
}

//! What the end of a pass looks at, and what it comes to.

use super::super::{Condition, Phase, RolloutSpec, RolloutStrategy, Sets, Step, TemplateHash};

/// Pods, as the status counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// `replicas`: pods of all sets.
    pub replicas: u32,
    /// `updatedReplicas`: pods of the new set.
    pub updated: u32,
    /// `readyReplicas`.
    pub ready: u32,
    /// `availableReplicas`.
    pub available: u32,
}

impl Counts {
    /// The counts of what was seen (upstream's `calculateBaseStatus` and what the strategies change
    /// of it). `ready` are the ready pods of the set that counts: with blue-green that of the active
    /// Service, else of all sets.
    pub fn of(
        rollout: &RolloutSpec,
        sets: &Sets<'_>,
        active: Option<TemplateHash>,
        ready: u32,
    ) -> Self {
        let blue_green = matches!(rollout.strategy, RolloutStrategy::BlueGreen(_));
        let served = sets
            .all()
            .find(|set| blue_green && Some(set.hash) == active);
        let available = sets.all().map(|set| set.available).sum();
        Self {
            replicas: sets.all().map(|set| set.replicas).sum(),
            updated: sets.new.map_or(0, |new| new.replicas),
            ready,
            available: served.map_or(available, |set| set.available),
        }
    }
}

/// What a status says, its conditions aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Pods.
    pub counts: Counts,
    /// `currentPodHash`.
    pub current: TemplateHash,
    /// `stableRS`.
    pub stable: Option<TemplateHash>,
    /// `blueGreen.activeSelector`; `None` for a canary.
    pub active: Option<TemplateHash>,
    /// `blueGreen.previewSelector`; `None` for a canary and without a preview Service.
    pub preview: Option<TemplateHash>,
    /// `currentStepIndex`.
    pub step_index: Option<u32>,
    /// Whether there are pause conditions.
    pub paused: bool,
    /// `abort`.
    pub aborted: bool,
}

/// Conditions, as far as a decision looks at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Progressing.
    pub progressing: Option<Condition>,
    /// Whether Paused is True; `None`: there is no such condition.
    pub paused: Option<bool>,
    /// Whether Healthy is True; `None`: there is no such condition.
    pub healthy: Option<bool>,
}

/// What the end of a pass looks at.
#[derive(Debug, Clone, Copy)]
pub struct ProgressView<'a> {
    /// The Rollout's spec.
    pub rollout: &'a RolloutSpec,
    /// The status as last written.
    pub before: Written,
    /// The status that the pass has come to.
    pub after: Written,
    /// The conditions as last written.
    pub conditions: Conditions,
    /// The step that was the present one before the pass.
    pub step: Option<Step>,
    /// Whether the steps have changed since the last pass.
    pub steps_changed: bool,
    /// Whether a set that is neither new nor stable carries a scale-down deadline.
    pub older_deadline: bool,
    /// Whether there is a preview Service.
    pub has_preview: bool,
    /// Whether the last written status has observed the spec's generation.
    pub observed: bool,
    /// Whether a restart is not carried out yet (`restartAt` is not `restartedAt`).
    pub restarting: bool,
}

/// How a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conclusion {
    /// Whether the update is aborted because the progress deadline was missed; every pause ends then.
    pub aborts: bool,
    /// The conditions from now on.
    pub conditions: Conditions,
    /// `status.phase`.
    pub phase: Phase,
}

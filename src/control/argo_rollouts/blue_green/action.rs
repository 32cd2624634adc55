//! What one blue-green pass does, as data.

use super::super::{SetChange, TemplateHash};
use crate::units::SimTime;

/// One write, in the order in which the controller makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Point the preview Service at this set; without a look at its pods.
    SwitchPreview(TemplateHash),
    /// Clear pause, abort, checkpoint and analyses: the template has changed. Nothing else happens.
    ResetStatus(TemplateHash),
    /// Take the scale-down deadline from this set.
    ClearDeadline(TemplateHash),
    /// Write a scale-down deadline, a whole second.
    SetDeadline(TemplateHash, SimTime),
    /// Size a set (pods), and note `spec.replicas` on it, which may be the only change.
    Resize(TemplateHash, u32),
    /// The controller's pause begins, stamped with this whole second.
    BeginPause(SimTime),
    /// Every pause ends, that of an analysis too, and that a human has ended one is forgotten.
    EndPause,
    /// Point the active Service at this set: users go there.
    SwitchActive(TemplateHash),
    /// Start pre-promotion analysis.
    StartPrePromotion,
    /// Start post-promotion analysis.
    StartPostPromotion,
    /// Terminate the runs that are not over.
    CancelAnalyses,
    /// Pause until a human comes: an analysis has no verdict.
    PauseInconclusive,
    /// Abort: an analysis has failed. Every pause ends.
    Abort,
    /// The abort is over, and that a human has taken it away is forgotten.
    ClearAbort,
    /// The preview is judged: the rest of the new set may come up.
    ReachCheckpoint,
    /// The new set is the stable one from now on; pause, abort and checkpoint are cleared.
    PromoteToStable(TemplateHash),
}

impl From<SetChange> for Action {
    fn from(change: SetChange) -> Self {
        match change {
            SetChange::ClearDeadline(hash) => Self::ClearDeadline(hash),
            SetChange::SetDeadline(hash, at) => Self::SetDeadline(hash, at),
            SetChange::Resize(hash, size) => Self::Resize(hash, size),
        }
    }
}

/// One pass of the controller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pass {
    /// Its writes, in order.
    pub actions: Vec<Action>,
}

impl Pass {
    /// Whether it makes this write.
    pub fn does(&self, action: Action) -> bool {
        self.actions.contains(&action)
    }
    /// The set that the active Service is switched to, if it is.
    pub fn switched_to(&self) -> Option<TemplateHash> {
        self.actions.iter().find_map(|action| match action {
            Action::SwitchActive(hash) => Some(*hash),
            _ => None,
        })
    }
}

//! What one canary pass does, as data.

use super::super::{SetChange, TemplateHash};
use crate::units::SimTime;

/// One write, in the order in which the controller makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Clear pauses, abort, full promotion and analyses: the template or the steps have changed.
    /// Nothing else happens. Runs that are forgotten by it are terminated, one pass later upstream.
    ResetStatus {
        /// The template from now on.
        current: TemplateHash,
        /// The step index: 0, or past the last step; `None` without steps.
        step_index: Option<u32>,
    },
    /// Point the stable Service at this set, and manage it from now on.
    SwitchStable(TemplateHash),
    /// Point the canary Service at this set, and manage it from now on.
    SwitchCanary(TemplateHash),
    /// Remove the routes that header and mirror steps have set.
    RemoveRoutes,
    /// Set the header route of this step (index).
    SetHeaderRoute(u32),
    /// Set the mirror route of this step (index).
    SetMirrorRoute(u32),
    /// Tell the router which sets are canary and stable: subsets by hash.
    PointRoutes {
        /// The canary's set.
        canary: TemplateHash,
        /// The stable set.
        stable: TemplateHash,
    },
    /// Tell the router the weights (parts of the maximum); an experiment has the rest.
    SetWeight {
        /// Of the canary.
        canary: u32,
        /// Of the stable set.
        stable: u32,
    },
    /// Create the experiment of this step (index).
    StartExperiment(u32),
    /// Terminate the experiment, which is no longer the current one.
    CancelExperiment,
    /// The experiment is over, and no longer the current one.
    ForgetExperiment,
    /// Start the analysis of this step (index).
    StartStepAnalysis(u32),
    /// Start the background analysis.
    StartBackgroundAnalysis,
    /// Terminate the step's run if it is not over; it is no longer the current one.
    CancelStepAnalysis,
    /// Terminate the background run if it is not over; it is no longer the current one.
    CancelBackgroundAnalysis,
    /// Pause until a human comes: there is no verdict.
    PauseInconclusive(Judge),
    /// Abort; every pause ends.
    Abort(Judge),
    /// Take the scale-down deadline from this set.
    ClearDeadline(TemplateHash),
    /// Write a scale-down deadline, a whole second.
    SetDeadline(TemplateHash, SimTime),
    /// Size a set (pods), and note `spec.replicas` on it, which may be the only change.
    Resize(TemplateHash, u32),
    /// The step's pause begins, stamped with this whole second.
    BeginPause(SimTime),
    /// Every pause ends, that of an analysis too, and that a human has ended one is forgotten.
    EndPause,
    /// The abort is over, and that a human has taken it away is forgotten.
    ClearAbort,
    /// Another step is the present one (index; the number of steps once all are done). The former
    /// step's pause and run are no longer the current ones.
    SetStepIndex(u32),
    /// The new set is the stable one from now on, with all steps done; pauses, abort and full
    /// promotion are cleared.
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

/// What has spoken against an update, or has not spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judge {
    /// The background analysis.
    Background,
    /// The step's analysis.
    Step,
    /// The step's experiment.
    Experiment,
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
    /// The weights that the router is told, if it is (canary, stable).
    pub fn weights(&self) -> Option<(u32, u32)> {
        self.actions.iter().rev().find_map(|action| match action {
            Action::SetWeight { canary, stable } => Some((*canary, *stable)),
            _ => None,
        })
    }
}

//! What one canary pass does, as data.

use super::super::TemplateHash;
use crate::units::SimTime;

/// One write, in the order in which the controller makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Clear pause, abort, analyses and go to this step: the template has changed. Nothing else happens.
    ResetStatus(TemplateHash, Option<u32>),
    /// Point the stable Service at this set.
    PointStable(TemplateHash),
    /// Point the canary Service at this set.
    PointCanary(TemplateHash),
    /// Tell the router the canary's weight (parts of the maximum).
    SetWeight(u32),
    /// Tell the router the header or mirror route of the present step.
    SetRoute(u32),
    /// Take all header and mirror routes from the router.
    RemoveRoutes,
    /// Start the experiment of the present step.
    StartExperiment(u32),
    /// Start the background analysis.
    StartBackground,
    /// Start the analysis of the present step.
    StartStep(u32),
    /// Terminate the runs that are not over, and forget them.
    CancelAnalyses,
    /// Terminate and forget the run of a step that is over.
    CancelStep,
    /// Pause until a human comes: an analysis or an experiment has no verdict.
    PauseInconclusive,
    /// Abort: an analysis or an experiment has failed.
    Abort,
    /// Take the scale-down deadline from this set.
    ClearDeadline(TemplateHash),
    /// Write a scale-down deadline, a whole second.
    SetDeadline(TemplateHash, SimTime),
    /// Resize a set (pods).
    Resize(TemplateHash, u32),
    /// The controller's pause begins, stamped with this whole second.
    BeginPause(SimTime),
    /// The controller's pause ends.
    EndPause,
    /// Go on with the step of this index.
    SetStepIndex(u32),
    /// A full promotion or a rollback within the window: pause and abort are cleared.
    SkipSteps,
    /// The new set is the stable one from now on; pause and abort are cleared.
    PromoteToStable(TemplateHash),
}

/// One pass of the controller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pass {
    /// Its writes, in order.
    pub actions: Vec<Action>,
}

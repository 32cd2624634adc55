//! Things that happen to the cluster, for the timeline.

use crate::ids::{AnalysisRunId, NodeId, PodId, ReplicaSetId, ServiceId, WorkloadId};
use crate::units::SimTime;

/// How a container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodExit {
    /// By itself with code 0 after SIGTERM.
    Finished,
    /// By itself with another code.
    Crashed,
    /// For its memory.
    OutOfMemory,
    /// By SIGKILL at the end of its grace period.
    Killed,
    /// Told to by a failed liveness or startup probe.
    Unhealthy,
}

/// Which condition of a Deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionKind {
    /// `Available`.
    Available,
    /// `Progressing`.
    Progressing,
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Happening {
    /// The release was applied.
    Released,
    /// A person did something (index into the scenario's operators).
    Operated(u16),
    /// A ReplicaSet exists, of this revision.
    ReplicaSetCreated(WorkloadId, ReplicaSetId, u32),
    /// A ReplicaSet is of this revision now: its template was applied again.
    ReplicaSetRevised(ReplicaSetId, u32),
    /// A ReplicaSet's wanted size changed, from → to.
    ReplicaSetScaled(ReplicaSetId, u32, u32),
    /// The Deployment controller has carried out a change: the sync that read this bound, desired + surge,
    /// and all sizes of ReplicaSets as they stood, has ended well.
    DeploymentSynced(WorkloadId, u32),
    /// The ReplicaSet controller has carried out a change: the sync that read this size, and brought the
    /// pods to it, has ended.
    ReplicaSetSynced(ReplicaSetId, u32),
    /// A pod object exists.
    PodCreated(PodId, ReplicaSetId),
    /// A pod has a node.
    PodScheduled(PodId, NodeId),
    /// Its container runs; the number counts restarts.
    ContainerStarted(PodId, u32),
    /// Its container ended.
    ContainerExited(PodId, PodExit),
    /// The kubelet waits this many seconds before the next start.
    BackingOff(PodId, u32),
    /// The pod turned Ready.
    PodReady(PodId),
    /// The pod turned not Ready.
    PodUnready(PodId),
    /// The pod got its deletion mark.
    PodTerminating(PodId),
    /// SIGTERM reached the container.
    Sigterm(PodId),
    /// The pod object is gone.
    PodGone(PodId),
    /// The Service's slice lists the pod as ready.
    EndpointReady(ServiceId, PodId),
    /// The slice lists it as not ready or terminating.
    EndpointNotReady(ServiceId, PodId),
    /// The slice no longer lists it.
    EndpointRemoved(ServiceId, PodId),
    /// Every node's kube-proxy has followed the slice.
    ProxiesSettled(ServiceId),
    /// A condition changed: status is `Some(true)`, `Some(false)` or unknown; reason as upstream.
    Condition(WorkloadId, ConditionKind, Option<bool>, &'static str),
    /// The rollout is complete.
    Completed(WorkloadId),
    /// A Service points at the pods of this ReplicaSet from now on.
    ServiceSwitched(ServiceId, ReplicaSetId),
    /// A router was told to send this weight (parts of the maximum) to a Rollout's canary.
    WeightSet(WorkloadId, u32),
    /// A Rollout goes on with the step of this index; the number of steps means: past the last.
    StepReached(WorkloadId, u32),
    /// A Rollout waits: for time, or for a human.
    Paused(WorkloadId, Wait),
    /// A Rollout has given its update up.
    Aborted(WorkloadId),
    /// An experiment of a Rollout has begun, for the step of this index.
    ExperimentStarted(WorkloadId, u32),
    /// An experiment of a Rollout is over.
    ExperimentEnded(WorkloadId, Judgement),
    /// An analysis run has begun.
    AnalysisStarted(AnalysisRunId, AnalysisStage),
    /// A metric of a run (by index) was measured.
    Measured(AnalysisRunId, u16, Reading),
    /// A run is over.
    AnalysisEnded(AnalysisRunId, Judgement),
    /// An alert rule (by index) fires.
    AlertFired(u16),
    /// The person on call acts.
    OnCallActed,
}

/// What a paused Rollout waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Time: the pause ends by itself.
    Time,
    /// A human.
    Human,
}

/// Where in an update an analysis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalysisStage {
    /// Before the active Service is switched.
    PrePromotion,
    /// After it.
    PostPromotion,
    /// Beside the steps.
    Background,
    /// As the step of this index.
    Step(u16),
    /// Of an experiment.
    Experiment,
}

/// How an analysis, or one measurement of it, came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Well.
    Successful,
    /// Badly.
    Failed,
    /// Neither: a human has to look.
    Inconclusive,
    /// It could not be told.
    Error,
}

/// What a query came to, as far as a timeline shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The first number; absent where there was none.
    pub value: Option<f64>,
    /// What the conditions say of it.
    pub judgement: Judgement,
}

/// A happening and its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noted {
    /// When.
    pub at: SimTime,
    /// What.
    pub what: Happening,
}

//! What the control plane asks of its host.

use crate::control::argo_rollouts::TrafficWeights;
use crate::control::argo_rollouts::analysis::Phase;
use crate::engine::Urgency;
use crate::facts::Happening;
use crate::ids::{AnalysisRunId, ExperimentId, PodId, ReplicaSetId, ServiceId, WorkloadId};
use crate::units::SimTime;

/// Kinds of objects, each with a watch of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Deployments.
    Deployment,
    /// ReplicaSets.
    ReplicaSet,
    /// Pods.
    Pod,
    /// Rollouts.
    Rollout,
}

/// A controller with an API client of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controller {
    /// The Deployment controller.
    Deployment,
    /// The ReplicaSet controller.
    ReplicaSet,
    /// The controller of Rollouts and of their experiments.
    Rollout,
    /// The controller of analysis runs.
    Analysis,
}

/// Something that will happen inside the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlEvent {
    /// The oldest write in flight of a kind reaches the watchers.
    Arrive(Kind),
    /// A timer wakes a Deployment.
    WakeDeployment(WorkloadId),
    /// A worker takes a Deployment from the queue.
    SyncDeployment(WorkloadId),
    /// The next write of a Deployment's sync lands.
    WriteDeployment(WorkloadId),
    /// A timer wakes a ReplicaSet.
    WakeReplicaSet(ReplicaSetId),
    /// A worker takes a ReplicaSet from the queue.
    SyncReplicaSet(ReplicaSetId),
    /// The status of a ReplicaSet lands.
    WriteReplicaSet(ReplicaSetId),
    /// The creation of a ReplicaSet's pod lands.
    CreatePod(ReplicaSetId),
    /// The deletion of a ReplicaSet's pod lands.
    DeletePod(ReplicaSetId, PodId),
    /// A timer wakes a Rollout.
    WakeRollout(WorkloadId),
    /// A worker takes a Rollout from the queue.
    SyncRollout(WorkloadId),
    /// The next write of a Rollout's pass lands.
    WriteRollout(WorkloadId),
    /// The analysis controller hears of a run.
    WakeAnalysis(AnalysisRunId),
    /// A timer wakes an analysis run.
    AnalysisTimer(AnalysisRunId),
    /// A worker takes an analysis run from the queue.
    SyncAnalysis(AnalysisRunId),
    /// The answers that an analysis run waits for are there.
    AnswerAnalysis(AnalysisRunId),
    /// The written phase of a run reaches the watchers.
    AnalysisSeen(AnalysisRunId, Phase),
    /// The experiment controller hears of an experiment.
    WakeExperiment(ExperimentId),
    /// A timer wakes an experiment.
    ExperimentTimer(ExperimentId),
    /// A worker takes an experiment from the queue.
    SyncExperiment(ExperimentId),
    /// The next write of an experiment's pass lands.
    WriteExperiment(ExperimentId),
    /// The written phase of an experiment reaches the watchers.
    ExperimentSeen(ExperimentId, Phase),
    /// The oldest Event that a controller had to send lands.
    EventSent(Controller),
}

/// A metric of an analysis run that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The run.
    pub run: AnalysisRunId,
    /// The place of the metric in it.
    pub metric: usize,
}

/// What a Rollout's router is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouterOrder {
    /// The weights.
    Weigh(TrafficWeights),
    /// Which templates (hashes) are canary and stable.
    Point {
        /// The canary's.
        canary: u64,
        /// The stable one.
        stable: u64,
    },
    /// The header route of this step (index).
    HeaderRoute(u32),
    /// The mirror route of this step (index).
    MirrorRoute(u32),
    /// The routes of steps go.
    RemoveRoutes,
}

/// Filled by the control plane, emptied by the host.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// To schedule.
    pub events: Vec<(SimTime, Urgency, ControlEvent)>,
    /// Pods that exist now, without a node.
    pub pods_created: Vec<PodId>,
    /// Pods that got their deletion mark and have a node: the kubelet ends them with their grace.
    pub pods_deleted: Vec<PodId>,
    /// Pods removed at once: without a node, or finished, they need no kubelet.
    pub pods_gone: Vec<PodId>,
    /// Services that select the pods of another template (its hash) from now on.
    pub switched: Vec<(ServiceId, u64)>,
    /// What the routers of Rollouts were told.
    pub routed: Vec<(WorkloadId, RouterOrder)>,
    /// What analysis runs ask their Prometheus now.
    pub questions: Vec<Question>,
    /// What happened, for the timeline.
    pub happenings: Vec<Happening>,
}

impl Outbox {
    pub(super) fn schedule(&mut self, at: SimTime, event: ControlEvent) {
        self.events.push((at, Urgency::CONTROL, event));
    }
}

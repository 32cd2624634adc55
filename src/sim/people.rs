//! What people do to the cluster: the release, and the scenario's operators.

use super::control_plane::ControlPlane;
use super::event::Event;
use super::world::World;
use crate::control::deployment::Undo;
use crate::engine::{Purpose, Urgency};
use crate::facts::{ConditionKind, Happening};
use crate::ids::{PodId, WorkloadId};
use crate::laws::Law;
use crate::scenario::{Moment, Operation, WorkloadObject};
use crate::units::{SimDuration, SimTime};

/// Reason of a condition that operators may wait for.
const STUCK: &str = "ProgressDeadlineExceeded";
/// Reason of a paused Deployment.
const PAUSED: &str = "DeploymentPaused";

/// Who waits for what.
#[derive(Debug, Default)]
pub(super) struct People {
    /// By Deployment of the scenario.
    pub(super) workloads: Vec<WorkloadId>,
    /// By operator: already called, or bound to a time anyway.
    called: Vec<bool>,
}

impl People {
    pub(super) fn new(workloads: Vec<WorkloadId>, operators: usize) -> Self {
        Self {
            workloads,
            called: vec![false; operators],
        }
    }
}

impl World<'_> {
    /// Puts the release and all operators with a fixed time on the calendar.
    pub(super) fn plan_people(&mut self) {
        if let Some(release) = &self.variant.release {
            self.queue
                .schedule(release.at, Urgency::OUTSIDE, Event::Release);
        }
        for (index, operator) in (0u16..).zip(&self.variant.operators) {
            if let Moment::At(at) = operator.when {
                self.queue
                    .schedule(at, Urgency::OUTSIDE, Event::Operator(index));
            }
        }
    }

    /// Applies the manifests of the new version; only a changed template starts a rollout.
    pub(super) fn release(&mut self, now: SimTime) {
        let Some(release) = &self.variant.release else {
            return;
        };
        self.progress.released_at = Some(now);
        self.note(now, Happening::Released);
        for (index, deployment) in release.after.deployments.iter().enumerate() {
            let workload = self.people.workloads[index];
            self.control
                .apply(now, workload, deployment, &mut self.outbox);
        }
        self.empty_outbox(now);
    }

    /// Lets people hear of a condition they wait for.
    pub(super) fn people_hear(&mut self, now: SimTime, happening: Happening) {
        let Happening::Condition(workload, ConditionKind::Progressing, _, reason) = happening
        else {
            return;
        };
        for (index, operator) in (0u16..).zip(&self.variant.operators) {
            let waits = match &operator.when {
                Moment::WhenStuck(after) if reason == STUCK => Some(*after),
                Moment::WhenPaused(after) if reason == PAUSED => Some(*after),
                _ => None,
            };
            let target = self.people.workloads.get(operator.target) == Some(&workload);
            let called = &mut self.people.called[usize::from(index)];
            if let (Some(after), true, false) = (waits, target, *called) {
                *called = true;
                let at = now + self.reaction(index, after);
                self.queue
                    .schedule(at, Urgency::OUTSIDE, Event::Operator(index));
            }
        }
    }

    /// How long this person takes in this run, whatever the variant.
    fn reaction(&self, index: u16, after: Law) -> SimDuration {
        let uniform = self
            .key
            .purpose(Purpose::People)
            .at(u64::from(index))
            .uniform();
        SimDuration::from_secs_f64(after.quantile(uniform))
    }

    pub(super) fn operate(&mut self, now: SimTime, index: u16) {
        let operator = &self.variant.operators[usize::from(index)];
        let workload = self.people.workloads[operator.target];
        self.note(now, Happening::Operated(index));
        let (control, out) = (&mut self.control, &mut self.outbox);
        match &operator.operation {
            Operation::Apply(WorkloadObject::Deployment(deployment)) => {
                control.apply(now, workload, deployment, out);
            }
            Operation::Scale(replicas) => control.scale(now, workload, *replicas, out),
            Operation::Pause => control.pause(now, workload, out),
            Operation::Resume => control.resume(now, workload, out),
            // Nothing to go back to, or a paused Deployment: kubectl refuses and nothing happens.
            Operation::Undo => drop(control.undo(now, workload, Undo::Previous, out)),
            // There is no Rollout of that name: kubectl refuses and nothing happens.
            Operation::Promote
            | Operation::PromoteFull
            | Operation::Abort
            | Operation::Retry
            | Operation::Restart => {}
            Operation::DeletePod => {
                if let Some(pod) = oldest_active(control, workload) {
                    control.delete_pod(now, pod, out);
                }
            }
            Operation::EvictPod => {
                if let Some(pod) = oldest_active(control, workload) {
                    control.evict_pod(now, pod, out);
                }
            }
        }
        self.empty_outbox(now);
    }
}

fn oldest_active(control: &ControlPlane, workload: WorkloadId) -> Option<PodId> {
    let active = control.pods(workload).filter(|pod| pod.view.is_active());
    active.map(|pod| pod.view.id).min()
}

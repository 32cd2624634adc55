//! What people do to the cluster: the release, and the scenario's operators.

use super::control_plane::ControlPlane;
use super::event::Event;
use super::world::World;
use crate::control::deployment::Undo;
use crate::engine::{Purpose, Urgency};
use crate::facts::{ConditionKind, Happening, Wait};
use crate::ids::{PodId, WorkloadId};
use crate::laws::Law;
use crate::scenario::{Moment, Objects, Operation, WorkloadObject};
use crate::units::{SimDuration, SimTime};

/// Reason of a condition that operators may wait for.
const STUCK: &str = "ProgressDeadlineExceeded";
/// Reason of a paused Deployment.
const PAUSED: &str = "DeploymentPaused";

/// Who waits for what.
#[derive(Debug, Default)]
pub(super) struct People {
    /// By workload of the scenario.
    pub(super) workloads: Vec<WorkloadId>,
    called: Vec<Called>,
    /// Whose update a person gave up, and no controller after them.
    gave_up: Vec<WorkloadId>,
}

/// How often an operator was called, and whether they are on their way.
#[derive(Debug, Clone, Copy, Default)]
struct Called {
    busy: bool,
    times: u32,
}

impl People {
    pub(super) fn new(workloads: Vec<WorkloadId>, operators: usize) -> Self {
        Self {
            workloads,
            called: vec![Called::default(); operators],
            gave_up: Vec::new(),
        }
    }

    /// Whether it was a person who gave this workload's update up last.
    pub(super) fn gave_up(&self, workload: WorkloadId) -> bool {
        self.gave_up.contains(&workload)
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
        self.apply_objects(now, &release.after);
        self.release_mesh(now);
    }

    /// Applies every workload of some objects.
    pub(super) fn apply_objects(&mut self, now: SimTime, objects: &Objects) {
        let (deployments, rollouts) = self.people.workloads.split_at(objects.deployments.len());
        let (control, out) = (&mut self.control, &mut self.outbox);
        for (workload, deployment) in deployments.iter().zip(&objects.deployments) {
            control.apply(now, *workload, deployment, out);
        }
        for (workload, rollout) in rollouts.iter().zip(&objects.rollouts) {
            control.apply_rollout(now, *workload, rollout, out);
        }
        self.empty_outbox(now);
    }

    /// Lets people hear of a condition they wait for. Who has acted may be called again.
    pub(super) fn people_hear(&mut self, now: SimTime, happening: Happening) {
        if let Happening::Aborted(workload) = happening {
            self.people.gave_up.retain(|known| *known != workload);
        }
        let (workload, stuck, paused) = match happening {
            Happening::Condition(workload, ConditionKind::Progressing, _, reason) => {
                (workload, reason == STUCK, reason == PAUSED)
            }
            Happening::Paused(workload, Wait::Human) => (workload, false, true),
            _ => return,
        };
        for (index, operator) in (0u16..).zip(&self.variant.operators) {
            let waits = match &operator.when {
                Moment::WhenStuck(after) if stuck => Some(*after),
                Moment::WhenPaused(after) if paused => Some(*after),
                _ => None,
            };
            let target = self.people.workloads.get(operator.target) == Some(&workload);
            let called = &mut self.people.called[usize::from(index)];
            if let (Some(after), true, false) = (waits, target, called.busy) {
                called.busy = true;
                called.times += 1;
                let times = called.times;
                let at = now + self.reaction((index, times), after);
                self.queue
                    .schedule(at, Urgency::OUTSIDE, Event::Operator(index));
            }
        }
    }

    /// How long this person takes in this run, whatever the variant.
    fn reaction(&self, (index, times): (u16, u32), after: Law) -> SimDuration {
        let people = self.key.purpose(Purpose::People);
        // The first call keeps the place it had before anybody could be called twice.
        let luck = match times {
            0 | 1 => people,
            _ => people.entity(u64::from(times)),
        };
        let uniform = luck.at(u64::from(index)).uniform();
        SimDuration::from_secs_f64(after.quantile(uniform))
    }

    /// Gives an update up; of one that is over nothing is told, and nobody gave it up.
    pub(super) fn abort(&mut self, now: SimTime, workload: WorkloadId) {
        self.control.abort(now, workload, &mut self.outbox);
        let told = self
            .outbox
            .happenings
            .contains(&Happening::Aborted(workload));
        self.empty_outbox(now);
        if told {
            self.people.gave_up.push(workload);
        }
    }

    pub(super) fn operate(&mut self, now: SimTime, index: u16) {
        let operator = &self.variant.operators[usize::from(index)];
        let workload = self.people.workloads[operator.target];
        self.people.called[usize::from(index)].busy = false;
        self.note(now, Happening::Operated(index));
        let (control, out) = (&mut self.control, &mut self.outbox);
        match &operator.operation {
            Operation::Apply(WorkloadObject::Deployment(deployment)) => {
                control.apply(now, workload, deployment, out);
            }
            Operation::Apply(WorkloadObject::Rollout(rollout)) => {
                control.apply_rollout(now, workload, rollout, out);
            }
            Operation::Scale(replicas) => control.scale(now, workload, *replicas, out),
            Operation::Pause => control.pause(now, workload, out),
            Operation::Resume => control.resume(now, workload, out),
            // Nothing to go back to, or a paused Deployment: kubectl refuses and nothing happens.
            Operation::Undo => drop(control.undo(now, workload, Undo::Previous, out)),
            Operation::Promote => control.promote(now, workload, out),
            Operation::PromoteFull => control.promote_full(now, workload, out),
            Operation::Abort => return self.abort(now, workload),
            Operation::Retry => control.retry(now, workload, out),
            Operation::Restart => control.restart(now, workload, out),
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

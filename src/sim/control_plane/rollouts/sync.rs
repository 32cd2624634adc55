//! The Rollout controller's hands: it carries out what [`crate::control::argo_rollouts`] decides.
//!
//! A pass reads its own earlier writes at once (upstream writes them back into its caches), but sees
//! what others write (sizes and readiness of sets, phases of analyses) only after the watch.

use super::object::StrategyStatus;
use crate::control::argo_rollouts::{
    ControllerPause, Promotion, RolloutStrategy, Step, current_step, next_progress_check,
};
use crate::ids::WorkloadId;
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::{ControlEvent, Controller, Outbox};
use crate::units::{SimDuration, SimTime};

impl ControlPlane {
    /// The place of a Rollout among the Rollouts: Deployments have the lower numbers.
    pub(super) fn rollout_index(&self, id: WorkloadId) -> usize {
        id.index() - self.deployments.len()
    }

    pub(in crate::sim::control_plane) fn wake_rollout(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        out: &mut Outbox,
    ) {
        let index = self.rollout_index(id);
        if self.rollout_work[index].wake() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncRollout(id));
        }
    }

    pub(in crate::sim::control_plane) fn rollout_timer(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        out: &mut Outbox,
    ) {
        let index = self.rollout_index(id);
        if self.rollout_work[index].timer_fires(now) {
            self.wake_rollout(now, id, out);
        }
    }

    pub(in crate::sim::control_plane) fn sync_rollout(
        &mut self,
        now: SimTime,
        id: WorkloadId,
        out: &mut Outbox,
    ) {
        let index = self.rollout_index(id);
        self.rollout_work[index].start();
        let planned = self.plan_pass(now, id);
        self.rollout_work[index].writes.extend(planned);
        self.step_rollout(now, id, out);
    }

    /// Lets the next write come, or ends the pass.
    pub(super) fn step_rollout(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        let index = self.rollout_index(id);
        if self.rollout_work[index].writes.is_empty() {
            return self.end_rollout(now, id, out);
        }
        let at = self.landing(now, Controller::Rollout);
        out.schedule(at, ControlEvent::WriteRollout(id));
    }

    fn end_rollout(&mut self, now: SimTime, id: WorkloadId, out: &mut Outbox) {
        let index = self.rollout_index(id);
        let next = self.next_look(now, id);
        if let Some(at) = next.filter(|at| self.rollout_work[index].set_timer(*at)) {
            out.schedule(at, ControlEvent::WakeRollout(id));
        }
        if self.rollout_work[index].finish() {
            let at = now + self.draw(|config| config.controller);
            out.schedule(at, ControlEvent::SyncRollout(id));
        }
    }

    /// When the controller has to look again though nothing happens: the end of a pause, a scale-down
    /// deadline, the progress deadline. Strict ends are over a nanosecond later.
    fn next_look(&self, now: SimTime, id: WorkloadId) -> Option<SimTime> {
        let object = self.rollout_object(id);
        let plan = &self.plans[object.plan];
        let status = &object.status;
        let pause = match (status.strategy.pause(), &plan.spec.strategy) {
            (ControllerPause::Since(start), strategy) => {
                pause_length(strategy, &status.strategy).map(|length| start + length)
            }
            _ => None,
        };
        let sets = self.sets_of.of(id.index()).iter();
        let deadlines = sets
            .filter_map(|set| self.replica_sets.get(set.index()))
            .filter(|stored| stored.object.view.spec > 0)
            .filter_map(|stored| stored.object.scale_down_deadline);
        let progress = next_progress_check(status.progressing, plan.spec.progress_deadline);
        let wall = self.wall(now);
        let times = deadlines.chain(pause).chain(progress);
        let next = times.filter(|at| *at >= wall).min()?;
        Some(self.instant(next + SimDuration::from_nanos(1)))
    }
}

/// How long the present pause lasts by itself.
fn pause_length(strategy: &RolloutStrategy, status: &StrategyStatus) -> Option<SimDuration> {
    match (strategy, status) {
        (RolloutStrategy::BlueGreen(spec), _) => match spec.promotion {
            Promotion::After(length) => Some(length),
            Promotion::AtOnce | Promotion::ByHand => None,
        },
        (RolloutStrategy::Canary(spec), StrategyStatus::Canary(status)) => {
            match current_step(spec, &status.progress()) {
                Some(Step::Pause(length)) => length,
                _ => None,
            }
        }
        _ => None,
    }
}

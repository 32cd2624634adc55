//! The Rollout controller's hands: it carries out what [`crate::control::argo_rollouts`] decides.
//!
//! A pass reads its own earlier writes at once (upstream writes them back into its caches), but sees
//! what others write (sizes and readiness of sets, phases of analyses) only after the watch.

use super::object::StrategyStatus;
use crate::control::argo_rollouts::{blue_green, canary, progress};
use crate::ids::WorkloadId;
use crate::sim::control_plane::ControlPlane;
use crate::sim::control_plane::outbox::{ControlEvent, Controller, Outbox};
use crate::units::SimTime;

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

    /// When the controller has to look again though nothing happens.
    fn next_look(&self, now: SimTime, id: WorkloadId) -> Option<SimTime> {
        let wall = self.wall(now);
        let object = self.rollout_object(id);
        let sets = self.seen_rollout_sets(id, &object);
        let strategy = match object.status.strategy {
            StrategyStatus::BlueGreen(_) => {
                blue_green::requeue_at(&self.blue_green_view(&object, &sets), wall)
            }
            StrategyStatus::Canary(_) => {
                canary::requeue_at(&self.canary_view(&object, &sets), wall)
            }
        };
        let progress = self.progress_view((&object, &sets), &object.status);
        let progress = progress::requeue_at(&progress, wall);
        let restart = self.restart_look((&object, &sets), wall);
        let times = [strategy, progress, restart].into_iter().flatten();
        times.min().map(|at| self.instant(at))
    }
}

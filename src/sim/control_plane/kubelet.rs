//! What kubelets report.

use super::outbox::{Kind, Outbox};
use super::{ControlPlane, PodStatus};
use crate::api::{Part, Writer};
use crate::control::replica_set::Readiness;
use crate::facts::Happening;
use crate::ids::PodId;
use crate::units::SimTime;

impl ControlPlane {
    /// A pod's status is written; nothing happens if it says nothing new or the pod is gone.
    pub fn pod_status(&mut self, now: SimTime, pod: PodId, status: PodStatus, out: &mut Outbox) {
        let Some(stored) = self.pods.get(pod.index()) else {
            return;
        };
        let before = stored.object;
        let mut object = before;
        object.view.phase = status.phase;
        object.view.node = status.node;
        object.view.restarts = status.restarts;
        if status.ready != before.view.is_ready() {
            object.view.readiness = match status.ready {
                true => Readiness::Ready(Some(self.wall(now))),
                false => Readiness::NotReady,
            };
            out.happenings.push(match status.ready {
                true => Happening::PodReady(pod),
                false => Happening::PodUnready(pod),
            });
        }
        if object != before {
            let (part, writer) = (Part::Status, Writer::Kubelet);
            self.pods.write(pod.index(), object, part, writer);
            self.announce(now, Kind::Pod, out);
        }
    }

    /// A pod object is removed.
    pub fn pod_gone(&mut self, now: SimTime, pod: PodId, out: &mut Outbox) {
        if self.pods.get(pod.index()).is_some() {
            self.pods.remove(pod.index());
            self.announce(now, Kind::Pod, out);
            out.happenings.push(Happening::PodGone(pod));
        }
    }
}

//! What the kubelet tells the API, and what it tells the rest of the world to do.

use super::life::PodLife;
use super::worker::{ContainerState, ProbeKind, ProbeResult};
use crate::facts::{Happening, PodExit};
use crate::manifest::PodPhase;

/// The part of `status` that others react to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodStatus {
    /// Phase.
    pub phase: PodPhase,
    /// Whether `podIP` is set; here from the first time the container is seen.
    pub has_ip: bool,
    /// `started` of the serving container.
    pub started: bool,
    /// The Ready condition.
    pub ready: bool,
    /// Restarts of the serving container.
    pub restarts: u32,
}

impl PodStatus {
    /// Of a pod that nothing has happened to.
    pub const NEW: Self = Self {
        phase: PodPhase::Pending,
        has_ip: false,
        started: false,
        ready: false,
        restarts: 0,
    };
}

/// What a draining server does with keep-alive connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleConnections {
    /// Closes idle ones, and busy ones after their response.
    Close,
    /// Leaves them to the client.
    Keep,
}

/// What the pod's server does, for whoever carries requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The process listens and serves from now on, at age zero of its warm-up.
    Listen,
    /// The listener is closed; say [`super::Input::Drained`] once nothing holds the process.
    StopAccepting(IdleConnections),
    /// The process is gone with all that was in flight.
    End(PodExit),
    /// The kubelet is done: the object can be removed and the node's room released.
    Gone,
}

/// What came of one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Effects {
    /// For the carrier of requests and the world, in order.
    pub actions: Vec<Action>,
    /// For the timeline, in order.
    pub happenings: Vec<Happening>,
    /// The new status, if this call changed it; the last one if several times.
    pub status: Option<PodStatus>,
}

impl PodLife {
    /// Builds the status from what is seen and published (reference §3.1).
    pub(super) fn publish(&mut self, effects: &mut Effects) {
        let Some(container) = &mut self.seen.container else {
            return;
        };
        let id = container.id;
        let published = |kind: ProbeKind| {
            let prober = self.probers.iter().find(|prober| prober.kind == kind)?;
            Some(prober.worker.published_for(id) == Some(ProbeResult::Success))
        };
        let running = matches!(container.state, ContainerState::Running(_));
        container.started = running && published(ProbeKind::Startup).unwrap_or(true);
        let ready = container.started && published(ProbeKind::Readiness).unwrap_or(true);
        let phase = match (container.state, self.last_exit) {
            (ContainerState::Terminated { restarts: false }, Some((_, PodExit::Finished))) => {
                PodPhase::Succeeded
            }
            (ContainerState::Terminated { restarts: false }, _) => PodPhase::Failed,
            _ => PodPhase::Running,
        };
        self.seen.finished = phase.is_finished();
        let status = PodStatus {
            phase,
            has_ip: true,
            started: container.started,
            ready,
            restarts: id - 1,
        };
        if ready != self.status.ready {
            effects.happenings.push(match ready {
                true => Happening::PodReady(self.id),
                false => Happening::PodUnready(self.id),
            });
        }
        if status != self.status {
            self.status = status;
            effects.status = Some(status);
        }
    }
}

//! Pods between the scheduler, their kubelets and their servers.

use std::sync::Arc;

use super::control_plane::PodStatus;
use super::event::Event;
use super::world::World;
use crate::cluster::kubelet::{
    self, Action, Effects, Input, NodeClock, NodeImages, PodLife, PodPlan, Surroundings,
};
use crate::cluster::{Nodes, PodGroup, PodRequest, placement_retry_after};
use crate::control::replica_set::PodPhase;
use crate::engine::{Purpose, Ticket, Urgency};
use crate::facts::{Cause, Happening, PodExit, PodSize};
use crate::ids::{NodeId, PodId, ServiceId};
use crate::manifest::Labels;
use crate::traffic::{IdleConnections, Interrupt, InterruptKind, ServerSpec};
use crate::units::{SimDuration, SimTime};

/// How often a draining server looks whether its open connections are gone.
const DRAIN_POLL: SimDuration = SimDuration::SECOND;

/// What pods of one template have in common.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) template: u64,
    pub(super) plan: Arc<PodPlan>,
    pub(super) server: ServerSpec,
    pub(super) request: PodRequest,
    pub(super) size: PodSize,
    /// Services that select these pods.
    pub(super) services: Vec<ServiceId>,
    /// Labels of the template.
    pub(super) labels: Arc<Labels>,
}

/// One pod that exists.
#[derive(Debug)]
pub(super) struct Pod {
    pub(super) kind: usize,
    pub(super) group: PodGroup,
    pub(super) life: Option<PodLife>,
    pub(super) node: Option<NodeId>,
    /// Counted as ready: Ready and without a deletion mark.
    pub(super) ready: bool,
    pub(super) leaving: bool,
    /// Its process has closed the listener and waits for the work in hand.
    pub(super) draining: bool,
    pub(super) wake: Option<Ticket>,
    pub(super) attempts: u32,
}

impl Pod {
    /// A pod that no scheduler has looked at.
    pub(super) const fn unplaced(kind: usize, group: PodGroup) -> Self {
        Self {
            kind,
            group,
            life: None,
            node: None,
            ready: false,
            leaving: false,
            draining: false,
            wake: None,
            attempts: 0,
        }
    }
}

/// All pods, by number, and the nodes they live on.
#[derive(Debug)]
pub(super) struct Pods {
    pub(super) all: Vec<Option<Pod>>,
    pub(super) kinds: Vec<Kind>,
    pub(super) nodes: Nodes,
    pub(super) images: Vec<NodeImages>,
    pub(super) clocks: Vec<NodeClock>,
    /// Pods that no node takes, in the order of their attempts.
    pub(super) unplaced: Vec<PodId>,
}

impl Pods {
    pub(super) fn get(&self, pod: PodId) -> Option<&Pod> {
        self.all.get(pod.index())?.as_ref()
    }
    pub(super) fn get_mut(&mut self, pod: PodId) -> Option<&mut Pod> {
        self.all.get_mut(pod.index())?.as_mut()
    }
    pub(super) fn kind_of(&self, pod: &Pod) -> &Kind {
        &self.kinds[pod.kind]
    }
    pub(super) fn add(&mut self, id: PodId, pod: Pod) {
        if self.all.len() <= id.index() {
            self.all.resize_with(id.index() + 1, || None);
        }
        self.all[id.index()] = Some(pod);
    }
}

impl World<'_> {
    pub(super) fn pod_created(&mut self, now: SimTime, id: PodId) {
        let template = self.control.pod_template(id).hash;
        let kind = self.kind_of_template(template);
        let group = self.control.pod_group(id);
        self.pods.add(id, Pod::unplaced(kind, group));
        self.headcount.pod_created(now, self.pods.kinds[kind].size);
        let at = now
            + self.latency(|cluster| &cluster.latencies.watch)
            + self.latency(|cluster| &cluster.latencies.scheduler);
        self.queue
            .schedule(at, Urgency::CONTROL, Event::Schedule(id));
    }

    /// One attempt of the scheduler.
    pub(super) fn schedule_pod(&mut self, now: SimTime, id: PodId) {
        let Some(pod) = self.pods.get_mut(id).filter(|pod| pod.node.is_none()) else {
            return;
        };
        pod.attempts += 1;
        let (kind, group) = (pod.kind, pod.group);
        let luck = self
            .key
            .purpose(Purpose::Pod)
            .entity(u64::MAX)
            .at(id.index() as u64);
        let request = self.pods.kinds[kind].request;
        let Some(node) = self.pods.nodes.place(&request, group, luck) else {
            self.pods.unplaced.push(id);
            return;
        };
        if let Some(pod) = self.pods.get_mut(id) {
            pod.node = Some(node);
        }
        self.note(now, Happening::PodScheduled(id, node));
        self.report_status(now, id);
        let at = now + self.latency(|cluster| &cluster.latencies.watch);
        self.queue.schedule(at, Urgency::MACHINE, Event::Bound(id));
    }

    /// A pod is gone, and with it what kept others away: pods that no node took are tried again, each after its back-off.
    fn retry_unplaced(&mut self, now: SimTime) {
        for id in std::mem::take(&mut self.pods.unplaced) {
            if let Some(pod) = self.pods.get(id) {
                let at = now + placement_retry_after(pod.attempts);
                self.queue
                    .schedule(at, Urgency::CONTROL, Event::Schedule(id));
            }
        }
    }

    pub(super) fn bind(&mut self, now: SimTime, id: PodId) {
        let key = self.key;
        let Some(pod) = self.pods.get(id) else { return };
        let node = pod.node.expect("only a pod with a node is bound");
        let plan = Arc::clone(&self.pods.kind_of(pod).plan);
        let clock = self.pods.clocks[node.index()];
        let life = PodLife::new(id, plan, clock, (key, id.index() as u64));
        if let Some(pod) = self.pods.get_mut(id) {
            pod.life = Some(life);
        }
        self.tell_kubelet(now, id, Input::Bound);
    }

    pub(super) fn see_deletion(&mut self, now: SimTime, id: PodId) {
        let Some(pod) = self.pods.get(id) else { return };
        if pod.life.is_none() {
            // Its kubelet sees the binding and the deletion at once: there is nothing to stop.
            self.control.pod_gone(now, id, &mut self.outbox);
            self.empty_outbox(now);
            self.forget_pod(now, id);
            return;
        }
        let grace = self.pods.kind_of(pod).plan.grace;
        self.tell_kubelet(now, id, Input::Delete(grace));
    }

    pub(super) fn wake_pod(&mut self, now: SimTime, id: PodId) {
        if let Some(pod) = self.pods.get_mut(id) {
            pod.wake = None;
        }
        self.tell_kubelet(now, id, Input::Due);
    }

    pub(super) fn drained(&mut self, now: SimTime, id: PodId) {
        if !self.pods.get(id).is_some_and(|pod| pod.draining) {
            return;
        }
        let done = self.carrier.drained_at(now, id);
        // Connections that stay open may bring more: the server looks again.
        let at = done.unwrap_or(now + DRAIN_POLL);
        if at > now {
            self.queue
                .schedule(at, Urgency::MACHINE, Event::Drained(id));
        } else {
            self.tell_kubelet(now, id, Input::Drained);
        }
    }

    pub(super) fn interrupted(&mut self, interrupt: Interrupt) {
        let exit = match interrupt.kind {
            InterruptKind::Crashed => PodExit::Crashed,
            InterruptKind::OutOfMemory => PodExit::OutOfMemory,
        };
        self.tell_kubelet(interrupt.at, interrupt.pod, Input::Died(exit));
    }

    /// One call of a pod's kubelet, with all its consequences.
    pub(super) fn tell_kubelet(&mut self, now: SimTime, id: PodId, input: Input) {
        let queue_wait = self.carrier.queue_wait(now, id);
        let mut effects = std::mem::take(&mut self.effects);
        let Some(Some(pod)) = self.pods.all.get_mut(id.index()) else {
            return;
        };
        let (Some(life), Some(node)) = (pod.life.as_mut(), pod.node) else {
            return;
        };
        let images = &mut self.pods.images[node.index()];
        let mut around = Surroundings { images, queue_wait };
        life.handle(now, input, &mut around, &mut effects);
        let next = life.next_wake();
        if let Some(ticket) = pod.wake.take() {
            self.queue.cancel(ticket);
        }
        pod.wake = next.map(|at| self.queue.schedule(at, Urgency::MACHINE, Event::Pod(id)));
        self.follow(now, id, &mut effects);
        effects.actions.clear();
        effects.happenings.clear();
        effects.status = None;
        self.effects = effects;
    }

    fn follow(&mut self, now: SimTime, id: PodId, effects: &mut Effects) {
        for happening in &effects.happenings {
            // The write to the API notes readiness; saying it twice would be once too often.
            if !matches!(happening, Happening::PodReady(_) | Happening::PodUnready(_)) {
                self.note(now, *happening);
            }
        }
        if effects.status.is_some() {
            self.report_status(now, id);
        }
        for action in &effects.actions {
            match action {
                Action::Listen => self.listen(now, id),
                Action::StopAccepting(idle) => {
                    self.carrier.stop_accepting(now, id, carried(*idle));
                    self.pods
                        .get_mut(id)
                        .into_iter()
                        .for_each(|pod| pod.draining = true);
                    self.drained_soon(now, id);
                }
                Action::End(exit) => {
                    self.carrier.kill(now, id, cause_of(*exit));
                    self.pods
                        .get_mut(id)
                        .into_iter()
                        .for_each(|pod| pod.draining = false);
                }
                Action::Gone => {
                    self.control.pod_gone(now, id, &mut self.outbox);
                    self.empty_outbox(now);
                    self.forget_pod(now, id);
                }
            }
        }
    }

    /// Asks at this very instant, after the kubelet's call has returned.
    fn drained_soon(&mut self, now: SimTime, id: PodId) {
        self.queue
            .schedule(now, Urgency::MACHINE, Event::Drained(id));
    }

    pub(super) fn listen(&mut self, now: SimTime, id: PodId) {
        let Some(pod) = self.pods.get(id) else { return };
        let server = &self.pods.kind_of(pod).server;
        let server = ServerSpec {
            started_at: now,
            ..server.clone()
        };
        self.carrier.start_server(now, id, &server);
    }

    /// The API shows what the scheduler and the kubelet know.
    pub(super) fn report_status(&mut self, now: SimTime, id: PodId) {
        let Some(pod) = self.pods.get_mut(id) else {
            return;
        };
        let seen = pod.life.as_ref().map(PodLife::status);
        let ready = seen.is_some_and(|status| status.ready);
        let counts = ready && !pod.leaving;
        let changed = counts != pod.ready;
        pod.ready = counts;
        let status = PodStatus {
            phase: seen.map_or(PodPhase::Pending, |status| status.phase),
            ready,
            node: pod.node,
            restarts: seen.map_or(0, |status| status.restarts),
        };
        match (changed, counts) {
            (true, true) => self.headcount.ready(now),
            (true, false) => self.headcount.unready(now),
            (false, _) => {}
        }
        self.control.pod_status(now, id, status, &mut self.outbox);
        self.empty_outbox(now);
        self.endpoints_changed(now, id);
        self.discover(now, id);
    }

    /// A pod with a deletion mark is no longer counted as ready, whatever its condition says.
    pub(super) fn count_out(&mut self, now: SimTime, id: PodId) {
        let Some(pod) = self.pods.get_mut(id) else {
            return;
        };
        pod.leaving = true;
        if std::mem::take(&mut pod.ready) {
            self.headcount.unready(now);
        }
    }

    /// The pod object is gone: its room, its place in the counts, its address.
    pub(super) fn forget_pod(&mut self, now: SimTime, id: PodId) {
        let Some(pod) = self.pods.all.get_mut(id.index()).and_then(Option::take) else {
            return;
        };
        self.lose_target(now, id);
        if let Some(ticket) = pod.wake {
            self.queue.cancel(ticket);
        }
        let kind = &self.pods.kinds[pod.kind];
        let services = kind.services.clone();
        if pod.ready {
            self.headcount.unready(now);
        }
        self.headcount.pod_gone(now, kind.size);
        if let Some(node) = pod.node {
            let request = kind.request;
            self.pods.nodes.release(node, &request, pod.group);
            self.retry_unplaced(now);
        }
        for service in services {
            self.wake_endpoints(now, service);
        }
    }
}

fn carried(idle: kubelet::IdleConnections) -> IdleConnections {
    match idle {
        kubelet::IdleConnections::Close => IdleConnections::Close,
        kubelet::IdleConnections::Keep => IdleConnections::Keep,
    }
}

/// What clients with a request in flight meet.
fn cause_of(exit: PodExit) -> Cause {
    match exit {
        PodExit::Crashed | PodExit::OutOfMemory => Cause::Crash,
        PodExit::Finished | PodExit::Killed | PodExit::Unhealthy => Cause::Reset,
    }
}

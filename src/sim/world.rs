//! The world of one run: its rooms, its clock, its dispatch.

use super::control_plane::{ControlPlane, Outbox};
use super::event::Event;
use super::mesh::MeshWorld;
use super::network::Network;
use super::on_call::Watch;
use super::people::People;
use super::pods::Pods;
use super::recording::Recording;
use super::telemetry::Monitor;
use crate::cluster::ClusterSpec;
use crate::cluster::kubelet::Effects;
use crate::engine::{Key, Purpose, Queue, Urgency};
use crate::facts::{Happening, Headcount, Ledger};
use crate::laws::Law;
use crate::metrics::Alarm;
use crate::scenario::Variant;
use crate::traffic::Carrier;
use crate::units::{SimDuration, SimTime};

/// Everything that exists in one run.
pub(super) struct World<'a> {
    pub(super) variant: &'a Variant,
    pub(super) key: Key,
    pub(super) queue: Queue<Event>,
    pub(super) control: ControlPlane,
    pub(super) pods: Pods,
    pub(super) network: Network,
    /// Absent where no source meets one.
    pub(super) mesh: Option<MeshWorld>,
    pub(super) carrier: Carrier,
    pub(super) people: People,
    pub(super) watch: Watch,
    /// Absent where nobody asks.
    pub(super) monitor: Option<Monitor>,
    pub(super) ledger: Ledger,
    pub(super) headcount: Headcount,
    pub(super) progress: Progress,
    pub(super) recording: Option<Recording>,
    /// Filled and emptied within one event; kept for their memory.
    pub(super) outbox: Outbox,
    pub(super) effects: Effects,
    pub(super) hops: u64,
}

/// How far the rollout has come, as far as the report asks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) released_at: Option<SimTime>,
    pub(super) completed_at: Option<SimTime>,
    /// The first alarm or abort after the release.
    pub(super) alarm: Option<Alarm>,
}

impl World<'_> {
    /// Lives to the horizon and closes the books.
    pub(super) fn live(&mut self, horizon: SimTime) {
        loop {
            let next = self.queue.peek_time().filter(|at| *at < horizon);
            if let Some(interrupt) = self
                .carrier
                .advance(next.unwrap_or(horizon), &mut self.ledger)
            {
                self.queue.advance_to(interrupt.at);
                self.interrupted(interrupt);
                continue;
            }
            if next.is_none() {
                break;
            }
            let (now, event) = self.queue.pop().expect("an event was seen");
            self.dispatch(now, event);
        }
        self.carrier.finish(horizon, &mut self.ledger);
        self.ledger.close();
        self.headcount.close();
    }

    fn dispatch(&mut self, now: SimTime, event: Event) {
        match event {
            Event::Release => self.release(now),
            Event::Operator(index) => self.operate(now, index),
            Event::Control(event) => {
                self.control.handle(now, event, &mut self.outbox);
                self.empty_outbox(now);
            }
            Event::Schedule(pod) => self.schedule_pod(now, pod),
            Event::Bound(pod) => self.bind(now, pod),
            Event::DeletionSeen(pod) => self.see_deletion(now, pod),
            Event::Pod(pod) => self.wake_pod(now, pod),
            Event::Drained(pod) => self.drained(now, pod),
            Event::Endpoints(service) => self.reconcile_endpoints(now, service),
            Event::Proxies => self.program_proxies(now),
            Event::MeshSeen(change) => self.mesh_changed(now, change),
            Event::Push => self.push_mesh(now),
            Event::Scrape(pod) => self.scrape(now, pod),
            Event::Route(workload, order) => self.route(now, workload, order),
            Event::EvaluateRules => self.evaluate_rules(now),
            Event::OnCall => self.on_call_acts(now),
        }
    }

    /// Carries out what the control plane asked for.
    pub(super) fn empty_outbox(&mut self, now: SimTime) {
        let mut outbox = std::mem::take(&mut self.outbox);
        for (at, urgency, event) in outbox.events.drain(..) {
            self.queue.schedule(at, urgency, Event::Control(event));
        }
        for happening in outbox.happenings.drain(..) {
            self.note(now, happening);
        }
        for pod in outbox.pods_created.drain(..) {
            self.pod_created(now, pod);
        }
        for pod in outbox.pods_deleted.drain(..) {
            let at = now + self.latency(|cluster| &cluster.latencies.watch);
            self.queue
                .schedule(at, Urgency::MACHINE, Event::DeletionSeen(pod));
            self.count_out(now, pod);
            self.endpoints_changed(now, pod);
        }
        for pod in outbox.pods_gone.drain(..) {
            self.forget_pod(now, pod);
        }
        for (service, template) in outbox.switched.drain(..) {
            self.switch_service(now, service, template);
        }
        for (workload, order) in outbox.routed.drain(..) {
            let at = now
                + match self.is_routed_by_mesh(workload) {
                    true => self.latency(|cluster| &cluster.latencies.watch),
                    false => self.latency(|cluster| &cluster.latencies.endpoint_propagation),
                };
            self.queue
                .schedule(at, Urgency::CONTROL, Event::Route(workload, order));
        }
        for question in outbox.questions.drain(..) {
            self.answer(now, question);
        }
        // The calls above fill no outbox of their own, so its memory can be kept.
        self.outbox = outbox;
    }

    /// Takes note of a happening: for whoever waits for it, and for the timeline.
    pub(super) fn note(&mut self, now: SimTime, happening: Happening) {
        if let Happening::Completed(_) = happening {
            self.progress.completed_at = Some(now);
        }
        if matches!(happening, Happening::AlertFired(_) | Happening::Aborted(_)) {
            self.notice(now);
        }
        self.people_hear(now, happening);
        if let Some(recording) = &mut self.recording {
            recording.note(now, happening);
        }
    }

    /// Somebody or something has noticed the release going wrong.
    fn notice(&mut self, now: SimTime) {
        if self.progress.released_at.is_some() && self.progress.alarm.is_none() {
            self.progress.alarm = Some(Alarm {
                at: now,
                users_affected: self.ledger.users_affected(),
            });
        }
    }

    /// One hop through the cluster, drawn in the order in which hops happen.
    pub(super) fn latency(&mut self, law: fn(&ClusterSpec) -> &Law) -> SimDuration {
        self.hops += 1;
        let uniform = self
            .key
            .purpose(Purpose::Node)
            .entity(u64::MAX)
            .at(self.hops)
            .uniform();
        SimDuration::from_secs_f64(law(&self.variant.cluster).quantile(uniform))
    }
}

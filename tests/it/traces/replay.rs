//! One recorded rollout, done again by our control plane.

use std::collections::BTreeMap;

use rollcast::cluster::ClientLimit;
use rollcast::control::deployment::complete;
use rollcast::control::replica_set::PodPhase;
use rollcast::engine::{Key, Purpose, Queue, Urgency};
use rollcast::facts::{ConditionKind, Happening};
use rollcast::ids::{PodId, RunIndex, WorkloadId};
use rollcast::laws::Law;
use rollcast::routing::{EndpointPod, EndpointSlice};
use rollcast::sim::control_plane::{
    ControlEvent, ControlPlane, ControlPlaneConfig, Outbox, PodStatus, SettledPod,
};
use rollcast::units::{SimDuration, SimTime};
use serde_json::{Value, json};

use super::bounds::Bounds;
use super::kubelet::{Kubelet, Step};
use super::record::{self, Trace, list, seconds, version_of};
use super::slices::{self, PodName};
use super::states::{History, State};
use super::uids;

/// What came out.
pub(super) struct Replayed {
    pub(super) history: History,
    pub(super) conditions: Vec<(ConditionKind, &'static str, f64)>,
    pub(super) created: BTreeMap<u32, u32>,
    /// HTTP codes of evictions, in order.
    pub(super) evictions: Vec<u16>,
    /// What became of each pod's endpoint.
    pub(super) endpoints: BTreeMap<PodName, slices::Changes>,
    /// Sizes and pods beside their bounds.
    pub(super) bounds: Bounds,
}

enum Event {
    Control(ControlEvent),
    Action(usize),
    Kubelet(PodId, Step),
    /// The EndpointSlice controller looks.
    Endpoints,
}

struct Replay<'a> {
    trace: &'a Value,
    manifest: Value,
    plane: ControlPlane,
    /// One per Deployment.
    kubelets: Vec<Kubelet>,
    queue: Queue<Event>,
    out: Outbox,
    /// The Deployment that is compared; those beside it are copies of it.
    subject: WorkloadId,
    slice: Option<EndpointSlice>,
    names: BTreeMap<PodId, PodName>,
    luck: Key,
    draws: u64,
    result: Replayed,
}

/// How much API calls differ from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    /// As much as in the replays that told the record's classes: log-normal with σ 0.7.
    Varied,
    /// As much as this record's own calls did: log-normal through their 50 % and 99 % quantiles.
    Measured,
}

impl Spread {
    /// σ of the logarithm.
    fn scale(self, trace: &Trace) -> f64 {
        // z of the 99 % quantile of a normal distribution.
        const Z99: f64 = 2.326;
        let noise = |key: &str| trace.raw["noise"][key].as_f64().filter(|ms| *ms > 0.0);
        match (self, noise("api_ms_p50"), noise("api_ms_p99")) {
            (Self::Measured, Some(p50), Some(p99)) => libm::log(p99 / p50) / Z99,
            _ => 0.7,
        }
    }
}

/// Measured by the record: set-image to new ReplicaSet 10 ms, resize to first pod 8–9 ms, pod ready to
/// status 5 ms at the median. A hop here is watch + controller + write, 7–12 ms together as a rule. The
/// watch is quicker than the caller's next step: the answer to a write and its news leave together.
fn config(trace: &Trace, spread: Spread, key: Key) -> ControlPlaneConfig {
    let fraction = seconds(&trace.raw["t0_frac_s"]);
    let limit = |key: &str| {
        trace.raw["controller_manager"][key]
            .as_u64()
            .map(|n| n as u32)
    };
    ControlPlaneConfig {
        watch: uniform_ms(0.5, 1.5),
        controller: uniform_ms(1.5, 3.5),
        write: Law::LogNormal {
            location: libm::log(0.005),
            scale: spread.scale(trace),
        },
        wall_clock_fraction: SimDuration::from_secs_f64(fraction),
        client_limit: ClientLimit {
            per_second: limit("kube-api-qps").unwrap_or(2000),
            burst: limit("kube-api-burst").unwrap_or(4000),
        },
        rollout_client_limit: ClientLimit::default(),
        query_latency: SimDuration::ZERO,
        uids: uids::recorded(&trace.raw),
        key,
    }
}

fn uniform_ms(low: f64, high: f64) -> Law {
    Law::Uniform {
        low: low / 1e3,
        high: high / 1e3,
    }
}

fn at(seconds: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs_f64(seconds)
}

/// With calls varied widely.
pub(super) fn replay(trace: &Trace, luck: u32) -> Replayed {
    replay_with(trace, Spread::Varied, luck)
}

pub(super) fn replay_with(trace: &Trace, spread: Spread, luck: u32) -> Replayed {
    let copies = copies(trace);
    let luck = Key::of_run(1, RunIndex::new(luck));
    let mut replay = Replay {
        trace: &trace.raw,
        manifest: trace.raw["manifest"].clone(),
        plane: ControlPlane::new(config(trace, spread, luck.purpose(Purpose::ControlPlane))),
        kubelets: vec![Kubelet::new(&trace.raw["kubelet"]); copies.1],
        queue: Queue::new(),
        out: Outbox::default(),
        subject: WorkloadId::new(copies.0),
        slice: slices::slice_of(&trace.raw),
        names: BTreeMap::new(),
        luck: luck.purpose(Purpose::Node),
        draws: 0,
        result: Replayed {
            history: History::default(),
            conditions: Vec::new(),
            created: BTreeMap::new(),
            evictions: Vec::new(),
            endpoints: BTreeMap::new(),
            bounds: Bounds::of(&record::deployment(&trace.raw["manifest"])),
        },
    };
    replay.settle();
    replay.run();
    let created = &replay.kubelets[replay.subject.index()].created;
    replay.result.created.clone_from(created);
    replay.result
}

/// `name-2-of-4`: the second of four that were recorded side by side, under one client limit. The others
/// are taken to be like it.
fn copies(trace: &Trace) -> (u32, usize) {
    let mut parts = trace.name.rsplit('-');
    let (of, word, place) = (parts.next(), parts.next(), parts.next());
    let number = |part: Option<&str>| part.and_then(|digits| digits.parse::<u32>().ok());
    match (number(place), word, number(of)) {
        (Some(place), Some("of"), Some(of)) => (place - 1, of as usize),
        _ => (0, 1),
    }
}

impl Replay<'_> {
    fn settle(&mut self) {
        let deployment = record::deployment(&self.manifest);
        let pods = list(&self.trace["initial"], "pods");
        for copy in 0..self.kubelets.len() {
            let first = copy * pods.len();
            let settled = self.hold_settled(copy, first);
            self.plane.add_settled(&deployment, &settled, &mut self.out);
            for (index, pod) in (first..).zip(pods) {
                let id = PodId::new(index as u32);
                self.start_timers(id, seconds(&pod["created_s"]));
            }
        }
        record::budgets(self.trace)
            .into_iter()
            .for_each(|budget| self.plane.add_budget(budget));
        for action in list(self.trace, "pre_actions") {
            self.act(action);
        }
        self.endpoints();
        self.result.endpoints.clear();
        for (index, action) in list(self.trace, "actions").iter().enumerate() {
            // The write lands within the API call, 7 ms at the median.
            let sent = seconds(&action["sent_s"]) + 0.005;
            self.queue
                .schedule(at(sent), Urgency::OUTSIDE, Event::Action(index));
        }
        self.drain();
        self.note();
    }

    /// The pods of t = 0, from this number on.
    fn hold_settled(&mut self, copy: usize, first: usize) -> Vec<SettledPod> {
        let ago = |raw: &Value| SimDuration::from_secs_f64(-seconds(raw));
        let mut settled = Vec::new();
        for (index, pod) in (first..).zip(list(&self.trace["initial"], "pods")) {
            let number = |key: &str| pod[key].as_u64().expect("a number") as u32;
            let (version, ordinal) = (number("revision"), number("ordinal"));
            let kubelet = &mut self.kubelets[copy];
            let status = PodStatus {
                phase: record::initial_phase(pod),
                ready: pod["ready"] == true,
                node: (!pod["node"].is_null()).then(|| kubelet.node(version, ordinal)),
                restarts: 0,
            };
            let id = PodId::new(index as u32);
            kubelet.hold(id, version, ordinal, status);
            self.names.insert(id, (version, ordinal));
            settled.push(SettledPod {
                age: ago(&pod["created_s"]),
                ready_for: status.ready.then(|| ago(&pod["ready_s"])),
                node: status.node,
                phase: status.phase,
            });
        }
        settled
    }

    fn copy_of(&self, pod: PodId) -> usize {
        self.plane.workload_of(self.plane.owner_of(pod)).index()
    }

    fn kubelet(&mut self, pod: PodId) -> &mut Kubelet {
        let copy = self.copy_of(pod);
        &mut self.kubelets[copy]
    }

    /// The Service's slice follows the pods.
    fn endpoints(&mut self) {
        let Some(slice) = &mut self.slice else { return };
        let pods = self.plane.pods(self.subject).map(slices::endpoint_pod);
        let mut pods: Vec<EndpointPod> = pods.collect();
        pods.sort_by_key(|pod| pod.id);
        let before = slice.endpoints().to_vec();
        slice.reconcile(pods.into_iter());
        let now = self.queue.now().as_secs_f64();
        let after = slice.endpoints();
        let new = after.iter().filter(|endpoint| !before.contains(endpoint));
        let new = new.map(|endpoint| (endpoint.pod, Some(endpoint.conditions)));
        let left = |pod: PodId| after.iter().all(|endpoint| endpoint.pod != pod);
        let gone = before.iter().filter(|endpoint| left(endpoint.pod));
        let gone = gone.map(|endpoint| (endpoint.pod, None));
        for (pod, change) in new.chain(gone) {
            let changes = self.result.endpoints.entry(self.names[&pod]);
            changes.or_default().push((now, change));
        }
    }

    fn run(&mut self) {
        let end = at(seconds(&self.trace["summary"]["recorded_s"]));
        while self.queue.peek_time().is_some_and(|next| next <= end) {
            let (_, event) = self.queue.pop().expect("one is there");
            match event {
                Event::Control(event) => self.plane.handle(self.queue.now(), event, &mut self.out),
                Event::Action(index) => self.act(&list(self.trace, "actions")[index]),
                Event::Kubelet(pod, step) => self.step(pod, step),
                Event::Endpoints => {
                    self.endpoints();
                    continue;
                }
            }
            self.drain();
            self.note();
        }
    }

    /// Timer and API call of the fake kubelet: 5–10 ms.
    fn kubelet_latency(&mut self) -> f64 {
        self.draws += 1;
        0.005 + 0.005 * self.luck.at(self.draws).uniform()
    }

    fn start_timers(&mut self, pod: PodId, created: f64) {
        for (after, step) in self.kubelet(pod).timers(pod) {
            let due = created + after;
            let bound = self.kubelet(pod).pods[&pod].status.node.is_some();
            let over = step == Step::Bind && bound;
            if due + 0.01 >= 0.0 && !over {
                let due = due.max(0.0) + self.kubelet_latency();
                let event = Event::Kubelet(pod, step);
                self.queue.schedule(at(due), Urgency::MACHINE, event);
            }
        }
    }

    fn step(&mut self, pod: PodId, step: Step) {
        let now = self.queue.now();
        let node = match self.kubelet(pod).pods.contains_key(&pod) {
            true => self.kubelet(pod).node_of(pod),
            false => return,
        };
        if step == Step::Gone {
            self.kubelet(pod).pods.remove(&pod);
            return self.plane.pod_gone(now, pod, &mut self.out);
        }
        let held = self.kubelet(pod).pods.get_mut(&pod).expect("looked");
        if held.terminating || held.status.phase.is_finished() {
            return;
        }
        match step {
            Step::Bind => (held.status.node, held.status.phase) = (Some(node), PodPhase::Running),
            Step::Ready => held.status.ready = true,
            Step::Unready => held.status.ready = false,
            _ => (held.status.phase, held.status.ready) = (PodPhase::Failed, false),
        }
        let status = held.status;
        self.plane.pod_status(now, pod, status, &mut self.out);
    }

    fn act(&mut self, action: &Value) {
        match action["op"].as_str().expect("an action has a name") {
            "set-image" | "undo" => {
                let image = json!(action["image"]);
                self.manifest["spec"]["template"]["spec"]["containers"][0]["image"] = image;
                self.apply();
            }
            "scale" => self.patch(&json!({"spec": {"replicas": action["replicas"]}})),
            "pause" => self.patch(&json!({"spec": {"paused": true}})),
            "resume" => self.patch(&json!({"spec": {"paused": false}})),
            "patch" => self.patch(&action["patch"]),
            _ => self.act_on_pod(action),
        }
    }

    fn patch(&mut self, patch: &Value) {
        record::merge(&mut self.manifest, patch);
        self.apply();
    }

    fn apply(&mut self) {
        let deployment = record::deployment(&self.manifest);
        let now = self.queue.now();
        self.result.bounds.apply(&deployment);
        for copy in 0..self.kubelets.len() {
            let id = WorkloadId::new(copy as u32);
            self.plane.apply(now, id, &deployment, &mut self.out);
        }
    }

    fn act_on_pod(&mut self, action: &Value) {
        for copy in 0..self.kubelets.len() {
            if let Some(pod) = self.kubelets[copy].pick(action) {
                self.act_on(action, pod);
            }
        }
    }

    fn act_on(&mut self, action: &Value, pod: PodId) {
        let now = self.queue.now();
        match action["op"].as_str().expect("an action has a name") {
            "delete-pod" => self.plane.delete_pod(now, pod, &mut self.out),
            "evict-pod" => {
                let code = self.plane.evict_pod(now, pod, &mut self.out);
                self.result.evictions.push(code);
            }
            "pod-ready" => self.step(pod, Step::Ready),
            "pod-unready" => self.step(pod, Step::Unready),
            "pod-fail" => self.step(pod, Step::Fail),
            "deletion-cost" => {
                let cost = action["cost"].as_str().and_then(|text| text.parse().ok());
                let cost = cost.expect("a cost is a number in quotes");
                self.plane.set_deletion_cost(now, pod, cost, &mut self.out);
            }
            other => panic!("unknown action {other}"),
        }
    }

    /// Does what the control plane asks for.
    fn drain(&mut self) {
        let now = self.queue.now();
        let out = std::mem::take(&mut self.out);
        for (due, urgency, event) in out.events {
            self.queue.schedule(due, urgency, Event::Control(event));
        }
        for pod in out.pods_created {
            let image = &self.plane.pod_template(pod).containers[0].image;
            let version = version_of(image);
            let ordinal = self.kubelet(pod).meet(pod, version);
            self.names.insert(pod, (version, ordinal));
            self.start_timers(pod, now.as_secs_f64());
        }
        for pod in out.pods_gone {
            self.kubelet(pod).pods.remove(&pod);
        }
        for pod in out.pods_deleted {
            self.terminate(pod);
        }
        for happening in out.happenings {
            self.result.bounds.hear(happening, self.subject);
            if let Happening::Condition(id, kind, _, reason) = happening
                && id == self.subject
            {
                self.result
                    .conditions
                    .push((kind, reason, now.as_secs_f64()));
            }
        }
    }

    fn terminate(&mut self, pod: PodId) {
        let now = self.queue.now().as_secs_f64();
        if self.kubelet(pod).unready_on_delete(pod) {
            self.step(pod, Step::Unready);
        }
        let after = self.kubelet(pod).terminate_after(pod) + self.kubelet_latency();
        self.kubelet(pod)
            .pods
            .get_mut(&pod)
            .expect("it is held")
            .terminating = true;
        let event = Event::Kubelet(pod, Step::Gone);
        self.queue
            .schedule(at(now + after), Urgency::MACHINE, event);
    }

    fn note(&mut self) {
        let mut state = State::default();
        for set in self.plane.replica_sets(self.subject) {
            *state.specs.entry(set.template_hash as u32).or_default() += set.spec;
            state.available += set.status.available;
        }
        state.specs.retain(|_, size| *size > 0);
        for pod in self.plane.pods(self.subject) {
            state.pods += 1;
            state.active += u32::from(pod.view.is_active());
            state.ready += u32::from(pod.view.is_ready() && !pod.view.terminating);
        }
        let deployment = self.plane.deployment(self.subject);
        state.wanted = deployment.spec.replicas;
        state.complete = complete(&deployment, &deployment.status);
        let now = self.queue.now().as_secs_f64();
        self.result.bounds.judge(now, &self.plane, self.subject);
        self.result.history.note(now, state);
        self.watch_endpoints();
    }

    /// Pod ready to endpoint ready 7 ms at the median, deleting to terminating 13 (the record's noise).
    fn watch_endpoints(&mut self) {
        if self.slice.is_some() {
            let soon = self.queue.now() + SimDuration::from_millis(8);
            self.queue
                .schedule(soon, Urgency::MACHINE, Event::Endpoints);
        }
    }
}

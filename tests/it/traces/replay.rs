//! One recorded rollout, done again by our control plane.

use std::collections::BTreeMap;

use rollcast::cluster::ClientLimit;
use rollcast::control::deployment::complete;
use rollcast::control::replica_set::PodPhase;
use rollcast::engine::{Key, Purpose, Queue, Urgency};
use rollcast::facts::{ConditionKind, Happening};
use rollcast::ids::{PodId, RunIndex, WorkloadId};
use rollcast::laws::Law;
use rollcast::sim::control_plane::{
    ControlEvent, ControlPlane, ControlPlaneConfig, Outbox, PodStatus, SettledPod,
};
use rollcast::units::{SimDuration, SimTime};
use serde_json::{Value, json};

use super::kubelet::{Kubelet, Step};
use super::record::{self, Trace, list, seconds, version_of};
use super::states::{History, State};
use super::uids;

/// What came out.
pub(super) struct Replayed {
    pub(super) history: History,
    pub(super) conditions: Vec<(ConditionKind, &'static str, f64)>,
    pub(super) created: BTreeMap<u32, u32>,
    /// HTTP codes of evictions, in order.
    pub(super) evictions: Vec<u16>,
}

enum Event {
    Control(ControlEvent),
    Action(usize),
    Kubelet(PodId, Step),
}

struct Replay<'a> {
    trace: &'a Value,
    manifest: Value,
    plane: ControlPlane,
    kubelet: Kubelet,
    queue: Queue<Event>,
    out: Outbox,
    workload: WorkloadId,
    luck: Key,
    draws: u64,
    result: Replayed,
}

/// Measured by the record: set-image to new ReplicaSet 10 ms, resize to first pod 8–9 ms, pod ready to
/// status 5 ms at the median. A hop here is watch + controller + write, 7–12 ms together as a rule. The
/// watch is quicker than the caller's next step: the answer to a write and its news leave together.
fn config(trace: &Trace, key: Key) -> ControlPlaneConfig {
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
            scale: 0.7,
        },
        wall_clock_fraction: SimDuration::from_secs_f64(fraction),
        client_limit: ClientLimit {
            per_second: limit("kube-api-qps").unwrap_or(2000),
            burst: limit("kube-api-burst").unwrap_or(4000),
        },
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

pub(super) fn replay(trace: &Trace, luck: u32) -> Replayed {
    let luck = Key::of_run(1, RunIndex::new(luck));
    let mut replay = Replay {
        trace: &trace.raw,
        manifest: trace.raw["manifest"].clone(),
        plane: ControlPlane::new(config(trace, luck.purpose(Purpose::ControlPlane))),
        kubelet: Kubelet::new(&trace.raw["kubelet"]),
        queue: Queue::new(),
        out: Outbox::default(),
        workload: WorkloadId::new(0),
        luck: luck.purpose(Purpose::Node),
        draws: 0,
        result: Replayed {
            history: History::default(),
            conditions: Vec::new(),
            created: BTreeMap::new(),
            evictions: Vec::new(),
        },
    };
    replay.settle();
    replay.run();
    replay.result.created.clone_from(&replay.kubelet.created);
    replay.result
}

impl Replay<'_> {
    fn settle(&mut self) {
        let ago = |raw: &Value| SimDuration::from_secs_f64(-seconds(raw));
        let pods = list(&self.trace["initial"], "pods");
        for (index, pod) in pods.iter().enumerate() {
            let number = |key: &str| pod[key].as_u64().expect("a number") as u32;
            let status = PodStatus {
                phase: record::initial_phase(pod),
                ready: pod["ready"] == true,
                node: None,
                restarts: 0,
            };
            let id = PodId::new(index as u32);
            self.kubelet
                .hold(id, number("revision"), number("ordinal"), status);
            let node = self.kubelet.node_of(id);
            let held = self.kubelet.pods.get_mut(&id).expect("just held");
            held.status.node = (!pod["node"].is_null()).then_some(node);
        }
        let settled: Vec<SettledPod> = pods
            .iter()
            .zip(self.kubelet.pods.values())
            .map(|(pod, held)| SettledPod {
                age: ago(&pod["created_s"]),
                ready_for: held.status.ready.then(|| ago(&pod["ready_s"])),
                node: held.status.node,
                phase: held.status.phase,
            })
            .collect();
        let deployment = record::deployment(&self.manifest);
        self.workload = self.plane.add_settled(&deployment, &settled, &mut self.out);
        record::budgets(self.trace)
            .into_iter()
            .for_each(|budget| self.plane.add_budget(budget));
        for (index, pod) in pods.iter().enumerate() {
            self.start_timers(PodId::new(index as u32), seconds(&pod["created_s"]));
        }
        for action in list(self.trace, "pre_actions") {
            self.act(action);
        }
        for (index, action) in list(self.trace, "actions").iter().enumerate() {
            // The write lands within the API call, 7 ms at the median.
            let sent = seconds(&action["sent_s"]) + 0.005;
            self.queue
                .schedule(at(sent), Urgency::OUTSIDE, Event::Action(index));
        }
        self.drain();
        self.note();
    }

    fn run(&mut self) {
        let end = at(seconds(&self.trace["summary"]["recorded_s"]));
        while self.queue.peek_time().is_some_and(|next| next <= end) {
            let (_, event) = self.queue.pop().expect("one is there");
            match event {
                Event::Control(event) => self.plane.handle(self.queue.now(), event, &mut self.out),
                Event::Action(index) => self.act(&list(self.trace, "actions")[index]),
                Event::Kubelet(pod, step) => self.step(pod, step),
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
        for (after, step) in self.kubelet.timers(pod) {
            let due = created + after;
            let bound = self.kubelet.pods[&pod].status.node.is_some();
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
        let node = match self.kubelet.pods.contains_key(&pod) {
            true => self.kubelet.node_of(pod),
            false => return,
        };
        if step == Step::Gone {
            self.kubelet.pods.remove(&pod);
            return self.plane.pod_gone(now, pod, &mut self.out);
        }
        let held = self.kubelet.pods.get_mut(&pod).expect("looked");
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
        self.plane
            .apply(now, self.workload, &deployment, &mut self.out);
    }

    fn act_on_pod(&mut self, action: &Value) {
        let now = self.queue.now();
        let Some(pod) = self.kubelet.pick(action) else {
            return;
        };
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
            self.kubelet.meet(pod, version_of(image));
            self.start_timers(pod, now.as_secs_f64());
        }
        for pod in out.pods_gone {
            self.kubelet.pods.remove(&pod);
        }
        for pod in out.pods_deleted {
            self.terminate(pod);
        }
        for happening in out.happenings {
            if let Happening::Condition(_, kind, _, reason) = happening {
                self.result
                    .conditions
                    .push((kind, reason, now.as_secs_f64()));
            }
        }
    }

    fn terminate(&mut self, pod: PodId) {
        let now = self.queue.now().as_secs_f64();
        if self.kubelet.unready_on_delete(pod) {
            self.step(pod, Step::Unready);
        }
        let after = self.kubelet.terminate_after(pod) + self.kubelet_latency();
        self.kubelet
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
        for set in self.plane.replica_sets(self.workload) {
            *state.specs.entry(set.template_hash as u32).or_default() += set.spec;
            state.available += set.status.available;
        }
        state.specs.retain(|_, size| *size > 0);
        for pod in self.plane.pods(self.workload) {
            state.pods += 1;
            state.active += u32::from(pod.view.is_active());
            state.ready += u32::from(pod.view.is_ready() && !pod.view.terminating);
        }
        let deployment = self.plane.deployment(self.workload);
        state.wanted = deployment.spec.replicas;
        state.complete = complete(&deployment, &deployment.status);
        let now = self.queue.now().as_secs_f64();
        self.result.history.note(now, state);
    }
}

//! t = 0: everything is rolled out, seen by everybody and at rest.

use std::sync::Arc;

use super::control_plane::{
    ControlPlane, ControlPlaneConfig, Outbox, RolloutServices, SettledPod, Uids,
};
use super::mesh::MeshWorld;
use super::network::Network;
use super::on_call::Watch;
use super::people::People;
use super::pods::{Kind, Pod, Pods};
use super::recording::Recording;
use super::simulate::Case;
use super::telemetry::Monitor;
use super::world::{Progress, World};
use crate::cluster::kubelet::Surroundings;
use crate::cluster::kubelet::{Effects, Input, NodeClock, NodeImages, PodLife, PodPlan};
use crate::cluster::{ClusterSpec, Nodes, PodGroup, PodRequest};
use crate::control::argo_rollouts::experiment::experiment_hash;
use crate::control::argo_rollouts::{TEMPLATE_HASH_LABEL, template_hash};
use crate::control::replica_set::PodPhase;
use crate::engine::{Key, Purpose, Queue};
use crate::facts::{Headcount, Ledger, LedgerSpec, NodeSize, PodSize, Timeline, Window};
use crate::ids::{ImageId, NodeId, PodId, ServiceId, WorkloadId};
use crate::images::Behaviour;
use crate::manifest::{Labels, PodTemplate, Rollout, argo};
use crate::routing::{EndpointSlice, KubeProxies, Unready};
use crate::scenario::{
    Entry, Objects, Operation, Variant, Workload, WorkloadKind, serving_container,
};
use crate::traffic::{Carrier, CarrierSetup, ServerSpec, Version};
use crate::units::{Bytes, CpuMillis, SimDuration, SimTime};

/// Pods of t = 0 are this old: older than any window that is measured.
const SETTLED_AGE: SimDuration = SimDuration::from_secs(86_400 / 2);

impl<'a> World<'a> {
    /// The settled world of one run.
    pub(super) fn settle(case: &Case<'a>) -> Self {
        let variant = case.variant;
        let key = Key::of_run(case.seed, case.run);
        let monitor = Monitor::of(variant, key);
        let mesh = MeshWorld::of(variant, key);
        let fleets = mesh.as_ref().map(|mesh| mesh.fleet_specs(variant));
        let mut world = World {
            variant,
            key,
            queue: Queue::new(),
            control: ControlPlane::new(control_plane(variant, key)),
            pods: pods(&variant.cluster, key),
            network: network(case, key),
            carrier: Carrier::new(&CarrierSetup {
                fleets: fleets.as_deref().unwrap_or_default(),
                proxied: mesh.as_ref().map(MeshWorld::met).unwrap_or_default(),
                key,
                sources: &variant.traffic,
                populations: case.populations,
                entries: &entries(case),
                nodes: variant.cluster.nodes,
                metering: monitor.as_ref().map(Monitor::meters),
            }),
            mesh,
            people: People::default(),
            watch: Watch::new(variant.on_call.as_ref()),
            monitor,
            ledger: Ledger::new(ledger(case)),
            headcount: headcount(case),
            progress: Progress::default(),
            recording: case.recording.then(Recording::default),
            outbox: Outbox::default(),
            effects: Effects::default(),
            hops: 0,
        };
        world.learn_kinds(case);
        let templates = &variant.before.analysis_templates;
        world.control.keep_analysis_templates(templates);
        let workloads = variant.before.workloads().collect::<Vec<_>>();
        let settled = workloads
            .iter()
            .map(|workload| world.settle_workload(workload));
        let workloads = settled.collect();
        world.people = People::new(workloads, variant.operators.len());
        for budget in &variant.before.budgets {
            world.control.add_budget(budget.clone());
        }
        world.settle_network();
        world.settle_mesh();
        world.begin_recording(case);
        world.plan_people();
        world.plan_watch();
        world
    }

    /// Every template that may come to life in this run.
    fn learn_kinds(&mut self, case: &Case<'_>) {
        let variant = self.variant;
        let after = variant.release.iter().map(|release| &release.after);
        let stages = std::iter::once(&variant.before).chain(after);
        let applied = variant.operators.iter();
        let applied = applied.filter_map(|operator| match &operator.operation {
            Operation::Apply(object) => Some(object.view()),
            _ => None,
        });
        let images = variant.images_under(case.truths, case.truth);
        let shipped = variant
            .release
            .as_ref()
            .map_or(&[][..], |release| &release.to);
        for workload in stages.flat_map(Objects::workloads).chain(applied) {
            let template = workload.template;
            let known = |kind: &Kind| kind.template == template.hash;
            if self.pods.kinds.iter().any(known) {
                continue;
            }
            let container = serving_container(template, &images).expect("the scenario was checked");
            let (index, image, behaviour) = images
                .get_full(&container.image)
                .expect("a serving container has an image");
            let bad = !case.truth.real.is_empty() && shipped.contains(image);
            let id = ImageId::new(u32::try_from(index).expect("images fit 32 bits"));
            let plan = PodPlan::new(
                template,
                container,
                (id, behaviour.clone()),
                &variant.cluster.latencies,
            );
            let limits = container.resources;
            self.pods.kinds.push(Kind {
                template: template.hash,
                plan: Arc::new(plan),
                server: ServerSpec {
                    cpu_limit: limits.cpu_limit,
                    memory_limit: limits.memory_limit,
                    version: if bad { Version::Bad } else { Version::Sound },
                    ..server_of(behaviour)
                },
                request: PodRequest::of(template),
                size: size_of(template),
                services: services_of(self.variant, &workload),
                labels: Arc::new(labels_of(template)),
            });
        }
        if variant.has_experiments() {
            self.learn_kinds_of_experiments();
        }
    }

    /// Any template may come to life a second time, as that of an experiment: all but its hash is the same.
    fn learn_kinds_of_experiments(&mut self) {
        let twins = self.pods.kinds.iter().map(|kind| Kind {
            template: experiment_hash(kind.template),
            ..kind.clone()
        });
        let twins: Vec<Kind> = twins.collect();
        self.pods.kinds.extend(twins);
    }

    fn settle_workload(&mut self, workload: &Workload<'_>) -> WorkloadId {
        let kind = self.kind_of_template(workload.template.hash);
        let request = self.pods.kinds[kind].request;
        // Pods of t = 0 were made from a template that has no stable one beside it.
        let group = PodGroup {
            set: self.control.next_replica_set(),
            anti_affinity: None,
        };
        let first = self.pods.all.len();
        let mut settled = Vec::new();
        for ordinal in 0..workload.replicas as usize {
            let luck = self
                .key
                .purpose(Purpose::Pod)
                .entity(u64::MAX)
                .at((first + ordinal) as u64);
            settled.push(SettledPod {
                age: SETTLED_AGE,
                ready_for: Some(SETTLED_AGE),
                node: self.pods.nodes.place(&request, group, luck),
                phase: PodPhase::Running,
            });
        }
        // A pod that fits nowhere was never running: it waits, as it would in the real cluster.
        for pod in settled.iter_mut().filter(|pod| pod.node.is_none()) {
            (pod.ready_for, pod.phase) = (None, PodPhase::Pending);
        }
        let id = self.settle_object(workload, &settled);
        for (ordinal, pod) in settled.iter().enumerate() {
            let id = PodId::new(u32::try_from(first + ordinal).expect("pods fit 32 bits"));
            self.settle_pod(id, (kind, group), pod.node);
        }
        self.empty_outbox(SimTime::ZERO);
        id
    }

    /// The object itself, with its ReplicaSet and pods.
    fn settle_object(&mut self, workload: &Workload<'_>, pods: &[SettledPod]) -> WorkloadId {
        let objects = &self.variant.before;
        let named =
            |namespace: &str, name: &str| namespace == workload.namespace && name == workload.name;
        let (control, out) = (&mut self.control, &mut self.outbox);
        match workload.kind {
            WorkloadKind::Deployment => {
                let mut all = objects.deployments.iter();
                let found = all.find(|it| named(&it.namespace, &it.name));
                control.add_settled(found.expect("it is one of them"), pods, out)
            }
            WorkloadKind::Rollout => {
                let mut all = objects.rollouts.iter();
                let found = all.find(|it| named(&it.namespace, &it.name));
                let rollout = found.expect("it is one of them");
                let services = rollout_services(rollout, objects);
                let id = control.add_settled_rollout((rollout, services), pods, out);
                for service in [services.stable, services.new].into_iter().flatten() {
                    self.network.selected[service.index()] = Some(rollout.template.hash);
                }
                id
            }
        }
    }

    fn settle_pod(&mut self, id: PodId, (kind, group): (usize, PodGroup), node: Option<NodeId>) {
        let mut pod = Pod {
            node,
            attempts: 1,
            ..Pod::unplaced(kind, group)
        };
        self.headcount
            .pod_created(SimTime::ZERO, self.pods.kinds[kind].size);
        let Some(node) = node else {
            self.pods.add(id, pod);
            self.pods.unplaced.push(id);
            return;
        };
        let plan = Arc::clone(&self.pods.kinds[kind].plan);
        let clock = self.pods.clocks[node.index()];
        let mut life = PodLife::new(id, plan, clock, (self.key, id.index() as u64));
        let mut around = Surroundings {
            images: &mut self.pods.images[node.index()],
            queue_wait: SimDuration::ZERO,
        };
        life.settle(SimTime::ZERO, &mut around, &mut Effects::default());
        pod.life = Some(life);
        pod.ready = true;
        self.pods.add(id, pod);
        self.headcount.ready(SimTime::ZERO);
        let server = &self.pods.kinds[kind].server;
        // The processes of t = 0 have long been warm.
        let warm = ServerSpec {
            warm_up: None,
            started_at: SimTime::ZERO,
            ..server.clone()
        };
        self.carrier.start_server(SimTime::ZERO, id, &warm);
        self.tell_kubelet(SimTime::ZERO, id, Input::Due);
        self.discover(SimTime::ZERO, id);
    }

    fn settle_network(&mut self) {
        for service in 0..self.network.slices.len() {
            let namespace = &self.variant.before.services[service].namespace;
            let numbers = self.people.workloads.iter().copied();
            let workloads = numbers.zip(self.variant.before.workloads());
            let neighbours = workloads.filter(|(_, it)| it.namespace == *namespace);
            self.network.workloads[service] = neighbours.map(|(number, _)| number).collect();
            self.network.awake[service] = false;
            let pods = self.endpoint_pods(service);
            self.network.slices[service].reconcile(pods.into_iter());
            let publication = self.publication(service);
            for programmed in self.network.proxies.settle(&publication) {
                let (node, service) = (programmed.node, programmed.publication.service);
                self.carrier
                    .set_endpoints(SimTime::ZERO, node, service, &publication.backends);
            }
        }
    }

    fn begin_recording(&mut self, case: &Case<'_>) {
        let Some(mut recording) = self.recording.take() else {
            return;
        };
        recording.noted.clear();
        for workload in &self.people.workloads {
            for set in self.control.replica_sets(*workload) {
                recording.revise(set.id, 1);
            }
            for pod in self.control.pods(*workload) {
                recording.own(pod.view.id, pod.owner);
                recording.settled.push(pod.view.id);
            }
        }
        let objects = &self.variant.before;
        recording.services = objects.services.iter().map(|it| it.name.clone()).collect();
        let names = objects.workloads().map(|it| it.name.to_owned());
        recording.workloads = names.collect();
        let alerts = self.variant.on_call.iter().flat_map(|it| &it.alerts);
        recording.alerts = alerts.map(|alert| alert.name.clone()).collect();
        recording.count_from = case.count_from;
        self.recording = Some(recording);
    }

    pub(super) fn kind_of_template(&self, hash: u64) -> usize {
        let kinds = &self.pods.kinds;
        let known = kinds.iter().position(|kind| kind.template == hash);
        known.expect("pods are made from templates that were learnt at the start")
    }
}

fn control_plane(variant: &Variant, key: Key) -> ControlPlaneConfig {
    let (cluster, telemetry) = (&variant.cluster, &variant.telemetry);
    let fraction = key.purpose(Purpose::WallClock).at(0).uniform();
    ControlPlaneConfig {
        watch: cluster.latencies.watch,
        controller: cluster.latencies.controller,
        write: cluster.latencies.api_write,
        wall_clock_fraction: SimDuration::SECOND.mul_f64(fraction),
        client_limit: cluster.client_limit,
        rollout_client_limit: cluster.rollout_client_limit,
        query_latency: telemetry.query_latency,
        uids: Uids::Random,
        key: key.purpose(Purpose::ControlPlane),
    }
}

fn pods(cluster: &ClusterSpec, key: Key) -> Pods {
    let nodes = 0..cluster.nodes;
    Pods {
        all: Vec::new(),
        kinds: Vec::new(),
        nodes: Nodes::new(cluster),
        images: vec![NodeImages::new(cluster.pull_bytes_per_second); cluster.nodes as usize],
        clocks: nodes
            .map(|node| NodeClock::draw(key, NodeId::new(node)))
            .collect(),
        unplaced: Vec::new(),
    }
}

fn network(case: &Case<'_>, key: Key) -> Network {
    let services = &case.variant.before.services;
    let cluster = &case.variant.cluster;
    let slices = (0u32..).zip(services).map(|(index, service)| {
        let unready = match service.publish_not_ready_addresses {
            true => Unready::Published,
            false => Unready::Withheld,
        };
        EndpointSlice::new(ServiceId::new(index), unready)
    });
    let propagation = cluster.latencies.endpoint_propagation;
    Network {
        slices: slices.collect(),
        workloads: vec![Vec::new(); services.len()],
        selected: vec![None; services.len()],
        // Until the network is settled, nobody looks.
        awake: vec![true; services.len()],
        proxies: KubeProxies::new(cluster.nodes, services.len(), propagation, key),
        next_sync: None,
    }
}

fn entries(case: &Case<'_>) -> Vec<ServiceId> {
    // Who knocks at a gateway never asks a kube-proxy.
    let number = |entry: &Entry| {
        let index = entry.service().unwrap_or(0);
        ServiceId::new(u32::try_from(index).expect("32 bits"))
    };
    case.variant.entries.iter().map(number).collect()
}

fn ledger(case: &Case<'_>) -> LedgerSpec {
    let users = case
        .variant
        .traffic
        .iter()
        .map(|source| source.users.count)
        .collect();
    LedgerSpec {
        timeline: if case.recording {
            Timeline::PerSecond
        } else {
            Timeline::Absent
        },
        ..LedgerSpec::new(case.count_from, case.horizon, users)
    }
}

fn headcount(case: &Case<'_>) -> Headcount {
    let cluster = &case.variant.cluster;
    let window = Window {
        from: case.count_from,
        until: case.horizon,
    };
    let node = NodeSize {
        cpu: cluster.node_cpu,
        memory: cluster.node_memory,
        pods: cluster.node_pods,
    };
    Headcount::new(window, node)
}

/// The Services that a Rollout switches, by name in its namespace.
fn rollout_services(rollout: &Rollout, objects: &Objects) -> RolloutServices {
    let named = |name: Option<&String>| {
        let place = objects.services.iter().position(|service| {
            service.namespace == rollout.namespace && Some(&service.name) == name
        });
        place.map(|index| ServiceId::new(u32::try_from(index).expect("32 bits")))
    };
    match &rollout.strategy {
        argo::RolloutStrategy::BlueGreen(strategy) => RolloutServices {
            stable: named(Some(&strategy.active_service)),
            new: named(strategy.preview_service.as_ref()),
        },
        argo::RolloutStrategy::Canary(strategy) => RolloutServices {
            stable: named(strategy.stable_service.as_ref()),
            new: named(strategy.canary_service.as_ref()),
        },
    }
}

fn server_of(behaviour: &Behaviour) -> ServerSpec {
    ServerSpec::new(behaviour, SimTime::ZERO)
}

fn size_of(template: &PodTemplate) -> PodSize {
    let resources = template
        .containers
        .iter()
        .map(|container| container.resources);
    let (cpu, memory) = resources.fold((0, 0), |(cpu, memory), it| {
        (
            cpu + it.cpu_request.map_or(0, CpuMillis::as_millis),
            memory + it.memory_request.map_or(0, Bytes::as_u64),
        )
    });
    PodSize {
        cpu: CpuMillis::new(cpu),
        memory: Bytes::new(memory),
    }
}

/// A Rollout's pods carry the hash of their template, by which subsets tell them apart.
fn labels_of(template: &PodTemplate) -> Labels {
    let mut labels = template.labels.clone();
    labels.insert(TEMPLATE_HASH_LABEL.to_owned(), template_hash(template.hash));
    labels
}

fn services_of(variant: &Variant, workload: &Workload<'_>) -> Vec<ServiceId> {
    let selects = |service: &crate::manifest::Service| {
        service.namespace == workload.namespace
            && !service.selector.is_empty()
            && service.selector.matches(&workload.template.labels)
    };
    let services = (0u32..).zip(&variant.before.services);
    services
        .filter(|(_, it)| selects(it))
        .map(|(index, _)| ServiceId::new(index))
        .collect()
}

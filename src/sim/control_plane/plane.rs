//! The component: its state, its events, its clock and its luck.

use std::collections::BTreeMap;

use super::client::{Client, EventAllowance};
use super::deployment::PlannedAction;
use super::outbox::{ControlEvent, Kind, Outbox};
use super::replica_set::{Expectations, PodWrite};
use super::rollouts::{AnalysisRun, Experiment, RolloutObject, RolloutPlan, RolloutWrite};
use super::work::Work;
use super::{ControlPlaneConfig, DeploymentObject, PodObject, ReplicaSetObject, Uids};
use crate::api::{Children, Shelf};
use crate::control::replica_set::PodPhase;
use crate::ids::{ExperimentId, PodId, ReplicaSetId, WorkloadId};
use crate::laws::Law;
use crate::manifest::{AnalysisTemplate, PodDisruptionBudget, PodTemplate, Strategy};
use crate::units::{SimDuration, SimTime};

/// Pods of t = 0 were created before it; the wall clock starts a day earlier so that none lies before
/// its beginning.
const WALL_CLOCK_START: SimDuration = SimDuration::from_secs(86_400);

/// API server, Deployment, ReplicaSet and disruption controllers.
pub struct ControlPlane {
    pub(super) config: ControlPlaneConfig,
    pub(super) deployments: Shelf<DeploymentObject>,
    pub(super) replica_sets: Shelf<ReplicaSetObject>,
    pub(super) pods: Shelf<PodObject>,
    pub(super) sets_of: Children<ReplicaSetId>,
    pub(super) pods_of: Children<PodId>,
    pub(super) templates: Vec<PodTemplate>,
    /// Owner of every ReplicaSet there ever was, and its template.
    pub(super) set_born: Vec<(WorkloadId, usize)>,
    /// Owner of every pod there ever was.
    pub(super) pod_born: Vec<ReplicaSetId>,
    pub(super) names: Vec<(String, String)>,
    pub(super) selectors: Vec<crate::manifest::Selector>,
    pub(super) budgets: Vec<PodDisruptionBudget>,
    pub(super) evicted: Vec<(PodId, SimTime)>,
    pub(super) deployment_work: Vec<Work<PlannedAction>>,
    pub(super) deployment_client: Client,
    pub(super) deployment_events: Vec<EventAllowance>,
    pub(super) replica_set_work: Vec<Work<PodWrite>>,
    pub(super) replica_set_client: Client,
    pub(super) replica_set_events: Vec<EventAllowance>,
    pub(super) expectations: Vec<Expectations>,
    /// Numbered from the number of Deployments on, which all come before.
    pub(super) rollouts: Shelf<RolloutObject>,
    pub(super) plans: Vec<RolloutPlan>,
    pub(super) rollout_work: Vec<Work<RolloutWrite>>,
    pub(super) rollout_client: Client,
    /// The template (hash) that each Service has in its selector, if a Rollout wrote it there.
    pub(super) pointed: Vec<Option<u64>>,
    pub(super) analyses: Vec<AnalysisRun>,
    pub(super) analysis_templates: Vec<AnalysisTemplate>,
    pub(super) experiments: Vec<Experiment>,
    /// Sets that experiments have, and not their Rollout itself.
    pub(super) experiment_sets: BTreeMap<ReplicaSetId, ExperimentId>,
    /// Pods made so far from each template.
    pub(super) pods_made: Vec<usize>,
    draws: u64,
}

impl ControlPlane {
    /// An empty cluster.
    pub fn new(config: ControlPlaneConfig) -> Self {
        Self {
            config,
            deployments: Shelf::default(),
            replica_sets: Shelf::default(),
            pods: Shelf::default(),
            sets_of: Children::default(),
            pods_of: Children::default(),
            templates: Vec::new(),
            set_born: Vec::new(),
            pod_born: Vec::new(),
            names: Vec::new(),
            selectors: Vec::new(),
            budgets: Vec::new(),
            evicted: Vec::new(),
            deployment_work: Vec::new(),
            deployment_client: Client::default(),
            deployment_events: Vec::new(),
            replica_set_work: Vec::new(),
            replica_set_client: Client::default(),
            replica_set_events: Vec::new(),
            expectations: Vec::new(),
            rollouts: Shelf::default(),
            plans: Vec::new(),
            rollout_work: Vec::new(),
            rollout_client: Client::default(),
            pointed: Vec::new(),
            analyses: Vec::new(),
            analysis_templates: Vec::new(),
            experiments: Vec::new(),
            experiment_sets: BTreeMap::new(),
            pods_made: Vec::new(),
            draws: 0,
        }
    }

    /// The wall clock's time at an instant of the world: stamps in objects are cut to its seconds.
    pub fn wall(&self, now: SimTime) -> SimTime {
        now + (WALL_CLOCK_START + self.config.wall_clock_fraction)
    }

    /// The instant of the world at a time of the wall clock; zero for what lies before the start.
    pub fn instant(&self, wall: SimTime) -> SimTime {
        let offset = WALL_CLOCK_START + self.config.wall_clock_fraction;
        SimTime::from_nanos(wall.as_nanos().saturating_sub(offset.as_nanos()))
    }

    /// Lets one of its events happen.
    pub fn handle(&mut self, now: SimTime, event: ControlEvent, out: &mut Outbox) {
        match event {
            ControlEvent::Arrive(Kind::Deployment) => self.deployment_arrives(now, out),
            ControlEvent::Arrive(Kind::ReplicaSet) => self.replica_set_arrives(now, out),
            ControlEvent::Arrive(Kind::Pod) => self.pod_arrives(now, out),
            ControlEvent::WakeDeployment(id) => {
                if self.deployment_work[id.index()].timer_fires(now) {
                    self.wake_deployment(now, id, out);
                }
            }
            ControlEvent::SyncDeployment(id) => self.sync_deployment(now, id, out),
            ControlEvent::WriteDeployment(id) => self.write_deployment(now, id, out),
            ControlEvent::WakeReplicaSet(id) => {
                if self.replica_set_work[id.index()].timer_fires(now) {
                    self.wake_replica_set(now, id, out);
                }
            }
            ControlEvent::SyncReplicaSet(id) => self.sync_replica_set(now, id, out),
            ControlEvent::WriteReplicaSet(id) => self.write_replica_set(now, id, out),
            ControlEvent::CreatePod(id) => self.pod_creation_lands(now, id, out),
            ControlEvent::DeletePod(id, pod) => self.pod_deletion_lands(now, (id, pod), out),
            ControlEvent::Arrive(Kind::Rollout) => self.rollout_arrives(now, out),
            ControlEvent::WakeRollout(id) => self.rollout_timer(now, id, out),
            ControlEvent::SyncRollout(id) => self.sync_rollout(now, id, out),
            ControlEvent::WriteRollout(id) => self.write_rollout(now, id, out),
            ControlEvent::WakeAnalysis(id) => self.wake_analysis(now, id, out),
            ControlEvent::AnalysisTimer(id) => self.analysis_timer(now, id, out),
            ControlEvent::SyncAnalysis(id) => self.sync_analysis(now, id, out),
            ControlEvent::AnswerAnalysis(id) => self.answers_arrive(now, id, out),
            ControlEvent::AnalysisSeen(id, phase) => self.analysis_seen(now, (id, phase), out),
            ControlEvent::WakeExperiment(id) => self.wake_experiment(now, id, out),
            ControlEvent::ExperimentTimer(id) => self.experiment_timer(now, id, out),
            ControlEvent::SyncExperiment(id) => self.sync_experiment(now, id, out),
            ControlEvent::WriteExperiment(id) => self.write_experiment(now, id, out),
            ControlEvent::ExperimentSeen(id, phase) => {
                self.experiment_seen(now, (id, phase), out);
            }
            ControlEvent::EventSent(controller) => self.event_sent(now, controller, out),
        }
    }

    fn deployment_arrives(&mut self, now: SimTime, out: &mut Outbox) {
        if let Some(news) = self.deployments.deliver() {
            self.wake_deployment(now, WorkloadId::new(news.index as u32), out);
        }
    }

    fn rollout_arrives(&mut self, now: SimTime, out: &mut Outbox) {
        if let Some(news) = self.rollouts.deliver() {
            let number = self.deployments.len() + news.index;
            self.wake_rollout(now, WorkloadId::new(number as u32), out);
        }
    }

    /// Whether a workload is a Rollout: those are numbered after all Deployments.
    pub(super) fn is_rollout(&self, id: WorkloadId) -> bool {
        id.index() >= self.deployments.len()
    }

    /// The owner of something that has changed looks again.
    fn wake_owner(&mut self, now: SimTime, owner: WorkloadId, out: &mut Outbox) {
        match self.is_rollout(owner) {
            true => self.wake_rollout(now, owner, out),
            false => self.wake_deployment(now, owner, out),
        }
    }

    fn replica_set_arrives(&mut self, now: SimTime, out: &mut Outbox) {
        let Some(news) = self.replica_sets.deliver() else {
            return;
        };
        let id = ReplicaSetId::new(news.index as u32);
        let owner = self.set_born[news.index].0;
        match news.after {
            Some(_) => self.wake_replica_set(now, id, out),
            None => self.sets_of.remove(owner.index(), id),
        }
        match self.experiment_sets.get(&id) {
            Some(experiment) => self.wake_experiment(now, *experiment, out),
            None => self.wake_owner(now, owner, out),
        }
    }

    /// A pod wakes its ReplicaSet; its Deployment only as the last pod of a Recreate.
    fn pod_arrives(&mut self, now: SimTime, out: &mut Outbox) {
        let Some(news) = self.pods.deliver() else {
            return;
        };
        let id = PodId::new(news.index as u32);
        let set = self.pod_born[news.index];
        if news.before.is_none() {
            self.expectations[set.index()].creation_seen();
        }
        if news.after.is_none_or(|pod| pod.object.view.terminating) {
            self.expectations[set.index()].deletion_seen(id);
        }
        if news.after.is_none() {
            self.pods_of.remove(set.index(), id);
            self.last_pod_gone(now, set, out);
        }
        self.wake_replica_set(now, set, out);
    }

    fn last_pod_gone(&mut self, now: SimTime, set: ReplicaSetId, out: &mut Outbox) {
        let owner = self.set_born[set.index()].0;
        let recreates = self
            .deployments
            .seen(owner.index())
            .is_some_and(|stored| stored.object.view.spec.strategy == Strategy::Recreate);
        if recreates && self.seen_pods_of(owner).next().is_none() {
            self.wake_deployment(now, owner, out);
        }
    }

    /// Pods of a Deployment as watchers know them.
    pub(super) fn seen_pods_of(&self, owner: WorkloadId) -> impl Iterator<Item = &PodObject> {
        let sets = self.sets_of.of(owner.index()).iter();
        sets.flat_map(|set| self.pods_of.of(set.index()))
            .filter_map(|pod| self.pods.seen(pod.index()))
            .map(|stored| &stored.object)
    }

    /// Schedules the arrival of a write just made.
    pub(super) fn announce(&mut self, now: SimTime, kind: Kind, out: &mut Outbox) {
        let latency = self.draw(|config| config.watch);
        let at = match kind {
            Kind::Deployment => self.deployments.arrival(now, latency),
            Kind::ReplicaSet => self.replica_sets.arrival(now, latency),
            Kind::Pod => self.pods.arrival(now, latency),
            Kind::Rollout => self.rollouts.arrival(now, latency),
        };
        out.schedule(at, ControlEvent::Arrive(kind));
    }

    /// A latency of the given law.
    pub(super) fn draw(&mut self, law: fn(&ControlPlaneConfig) -> Law) -> SimDuration {
        self.draws += 1;
        let uniform = self.config.key.at(self.draws).uniform();
        SimDuration::from_secs_f64(law(&self.config).quantile(uniform))
    }

    /// The uid of the next pod made from a template.
    pub(super) fn draw_uid(&mut self, template: usize) -> u64 {
        let nth = self.pods_made[template];
        self.pods_made[template] += 1;
        let hash = self.templates[template].hash;
        let known = match &self.config.uids {
            Uids::Random => None,
            Uids::Known(uids) => uids.get(&hash).and_then(|uids| uids.get(nth)).copied(),
        };
        known.unwrap_or_else(|| self.draw_bits())
    }

    /// Random bits: names and uids.
    pub(super) fn draw_bits(&mut self) -> u64 {
        self.draws += 1;
        self.config.key.at(self.draws).bits()
    }

    /// Marks a pod for deletion; one that no kubelet holds, or that has finished, is gone at once.
    pub(super) fn mark(&mut self, now: SimTime, pod: PodId, out: &mut Outbox) {
        let Some(stored) = self.pods.get(pod.index()) else {
            return;
        };
        let mut object = stored.object;
        let held = object.view.node.is_some() && !object.view.phase.is_finished();
        if object.view.terminating {
            return;
        }
        if !held {
            out.pods_gone.push(pod);
            self.pod_gone(now, pod, out);
            return;
        }
        object.view.terminating = true;
        let (part, writer) = (crate::api::Part::Metadata, crate::api::Writer::People);
        self.pods.write(pod.index(), object, part, writer);
        self.announce(now, Kind::Pod, out);
        out.pods_deleted.push(pod);
        out.happenings
            .push(crate::facts::Happening::PodTerminating(pod));
    }

    /// The phase of a pod that no kubelet has touched.
    pub(super) const FIRST_PHASE: PodPhase = PodPhase::Pending;
}

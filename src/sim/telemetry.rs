//! Monitoring of the world: which pods are scraped when, and what queries see.
//!
//! Nothing is counted and nothing scraped in a world where nobody asks. Pods become targets once
//! they have an address, and stop being so when their object is gone. Scrapes come last among the
//! events of an instant, and look: they move nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::control_plane::Question;
use super::event::Event;
use super::world::World;
use crate::engine::{Key, Urgency};
use crate::facts::MeterSpec;
use crate::ids::PodId;
use crate::manifest::hash_label;
use crate::scenario::{Variant, WorkloadKind};
use crate::telemetry::promql::{Answer, Query, Version};
use crate::telemetry::{Labels, Monitored, Scraper, Target, Wanted, label_name};
use crate::units::SimTime;

/// Kubernetes makes generated names of these: no vowels, nothing that looks alike
/// (k8s.io/apimachinery `pkg/util/rand`, `alphanums`).
const NAME_LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// The monitoring of one world.
#[derive(Debug)]
pub(super) struct Monitor {
    scraper: Scraper,
    version: Version,
}

impl Monitor {
    /// Absent where nobody asks.
    pub(super) fn of(variant: &Variant, key: Key) -> Option<Self> {
        let queries = watched_queries(variant);
        if queries.is_empty() {
            return None;
        }
        let services = variant.before.services.iter();
        let monitored = Monitored {
            key,
            spec: variant.telemetry,
            wanted: wanted(&queries),
            services: services.map(|service| service.name.clone()).collect(),
        };
        Some(Self {
            scraper: Scraper::new(monitored),
            version: variant.telemetry.version,
        })
    }

    /// What processes must count.
    pub(super) fn meters(&self) -> &Arc<MeterSpec> {
        self.scraper.meters()
    }
}

/// Every query that somebody in this world asks: alert rules, and analyses of Rollouts where there may
/// be an update. Hashes of pods stand for those of a run: they are no names of metrics.
pub(super) fn watched_queries(variant: &Variant) -> Vec<Query> {
    let alerts = variant.on_call.iter().flat_map(|on_call| &on_call.alerts);
    let read = |query: &String| query.parse().expect("the scenario was checked");
    let asked = alerts.map(|alert| read(&alert.query));
    let analyses = variant.analysis_queries();
    asked.chain(analyses.iter().map(read)).collect()
}

fn wanted(queries: &[Query]) -> Wanted {
    let names: Option<Vec<BTreeSet<String>>> = queries.iter().map(Query::metric_names).collect();
    match names {
        Some(names) => Wanted::Named(names.into_iter().flatten().collect()),
        None => Wanted::All,
    }
}

impl World<'_> {
    /// What a query answers now, from what was scraped until now; or why a Prometheus would not answer.
    ///
    /// # Panics
    /// In a world without monitoring: its query is not among [`watched_queries`].
    pub(super) fn ask(&mut self, now: SimTime, query: &Query) -> Result<Answer, String> {
        let monitor = self.monitor.as_mut().expect("queries are watched");
        let storage = monitor.scraper.storage(now);
        let answer = query.evaluate(storage, now, monitor.version);
        answer.map_err(|error| error.to_string())
    }

    /// Answers an analysis run.
    pub(super) fn answer(&mut self, now: SimTime, question: Question) {
        let query = self.control.query_of(question).clone();
        let answer = self.ask(now, &query);
        self.control.answer(question, answer);
    }

    /// Makes a pod a target as soon as it has an address.
    pub(super) fn discover(&mut self, now: SimTime, id: PodId) {
        let Some(monitor) = &self.monitor else { return };
        let life = self.pods.get(id).and_then(|pod| pod.life.as_ref());
        let has_ip = life.is_some_and(|life| life.status().has_ip);
        if !has_ip || monitor.scraper.has_target(id) {
            return;
        }
        let target = self.target(id);
        if let Some(monitor) = &mut self.monitor {
            let first = monitor.scraper.add_target(now, target);
            self.queue
                .schedule(first, Urgency::OBSERVE, Event::Scrape(id));
        }
    }

    /// Scrapes a pod, unless it is gone.
    pub(super) fn scrape(&mut self, now: SimTime, id: PodId) {
        let Some(monitor) = &mut self.monitor else {
            return;
        };
        if !monitor.scraper.has_target(id) {
            return;
        }
        let meter = self.carrier.read_meter(now, id);
        if let Some(next) = monitor.scraper.scrape(now, id, meter) {
            self.queue
                .schedule(next, Urgency::OBSERVE, Event::Scrape(id));
        }
    }

    /// A pod's object is gone.
    pub(super) fn lose_target(&mut self, now: SimTime, id: PodId) {
        if let Some(monitor) = &mut self.monitor {
            monitor.scraper.remove_target(now, id);
        }
    }

    fn target(&self, id: PodId) -> Target {
        let template = self.control.pod_template(id);
        let number = self.control.workload_of(self.control.owner_of(id));
        let mut workloads = self.variant.before.workloads();
        let workload = workloads.nth(number.index()).expect("it owns the pod");
        let hash = hash_label(template.hash);
        let own = template.labels.iter();
        let mapped = own.map(|(name, value)| (label_name(name), value.clone()));
        // Mapped from the label that the controller puts on its pods.
        let hash_name = match workload.kind {
            WorkloadKind::Deployment => "pod_template_hash",
            WorkloadKind::Rollout => "rollouts_pod_template_hash",
        };
        let hash_label = (hash_name.to_owned(), hash.clone());
        let pod = self.pods.get(id).expect("a target is a pod");
        Target {
            pod: id,
            name: format!("{}-{hash}-{}", workload.name, name_suffix(id)),
            namespace: workload.namespace.to_owned(),
            workload: workload.name.to_owned(),
            labels: mapped.chain([hash_label]).collect::<Labels>(),
            services: self.pods.kind_of(pod).services.clone(),
        }
    }
}

/// Five letters that no two pods have alike.
fn name_suffix(pod: PodId) -> String {
    let digit = |place: u32| letter(pod.index() / NAME_LETTERS.len().pow(place));
    (0..5).rev().map(digit).collect()
}

fn letter(number: usize) -> char {
    char::from(NAME_LETTERS[number % NAME_LETTERS.len()])
}

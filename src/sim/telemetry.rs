//! Monitoring of the world: which pods are scraped when, and what queries see.
//!
//! Nothing is counted and nothing scraped in a world where nobody asks. Pods become targets once
//! they have an address, and stop being so when their object is gone. Scrapes come last among the
//! events of an instant, and look: they move nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::Event;
use super::world::World;
use crate::engine::{Key, Urgency};
use crate::facts::MeterSpec;
use crate::ids::PodId;
use crate::scenario::Variant;
use crate::telemetry::promql::{Answer, EvaluationError, Query, Version};
use crate::telemetry::{Labels, Monitored, Scraper, Target, Wanted};
use crate::units::SimTime;

/// Kubernetes makes generated names of these: no vowels, nothing that looks alike
/// (k8s.io/apimachinery `pkg/util/rand`, `alphanums`).
const NAME_LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// By this label pods of one revision are told from others, mapped from `pod-template-hash` that
/// the Deployment controller puts on its pods.
const HASH_LABEL: &str = "pod_template_hash";

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

/// Every query that somebody in this world asks: the alert rules.
pub(super) fn watched_queries(variant: &Variant) -> Vec<Query> {
    let alerts = variant.on_call.iter().flat_map(|on_call| &on_call.alerts);
    let read = |query: &str| query.parse().expect("the scenario was checked");
    alerts.map(|alert| read(&alert.query)).collect()
}

fn wanted(queries: &[Query]) -> Wanted {
    let names: Option<Vec<BTreeSet<String>>> = queries.iter().map(Query::metric_names).collect();
    match names {
        Some(names) => Wanted::Named(names.into_iter().flatten().collect()),
        None => Wanted::All,
    }
}

impl World<'_> {
    /// What a query answers now, from what was scraped until now.
    ///
    /// # Errors
    /// Where a Prometheus would answer with an error.
    ///
    /// # Panics
    /// In a world without monitoring: its query is not among [`watched_queries`].
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the stories ask; nobody in the world does yet")
    )]
    pub(super) fn ask(&mut self, now: SimTime, query: &Query) -> Result<Answer, EvaluationError> {
        let monitor = self.monitor.as_mut().expect("queries are watched");
        let storage = monitor.scraper.storage(now);
        query.evaluate(storage, now, monitor.version)
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
        let workload = self.control.workload_of(self.control.owner_of(id));
        let deployment = &self.variant.before.deployments[workload.index()];
        let hash = template_hash_text(template.hash);
        let own = template.labels.iter();
        let mapped = own.map(|(name, value)| (label_name(name), value.clone()));
        let hash_label = (HASH_LABEL.to_owned(), hash.clone());
        let pod = self.pods.get(id).expect("a target is a pod");
        Target {
            pod: id,
            name: format!("{}-{hash}-{}", deployment.name, name_suffix(id)),
            namespace: deployment.namespace.clone(),
            workload: deployment.name.clone(),
            labels: mapped.chain([hash_label]).collect::<Labels>(),
            services: self.pods.kind_of(pod).services.clone(),
        }
    }
}

/// The value of [`HASH_LABEL`]: a hash of 32 bits in letters fit for names, as Kubernetes writes it
/// (k8s.io/apimachinery `pkg/util/rand`, `SafeEncodeString`).
pub(super) fn template_hash_text(hash: u64) -> String {
    let folded = (hash ^ (hash >> 32)) as u32;
    let digits = folded.to_string().into_bytes().into_iter();
    digits.map(|digit| letter(usize::from(digit))).collect()
}

/// Five letters that no two pods have alike.
fn name_suffix(pod: PodId) -> String {
    let digit = |place: u32| letter(pod.index() / NAME_LETTERS.len().pow(place));
    (0..5).rev().map(digit).collect()
}

fn letter(number: usize) -> char {
    char::from(NAME_LETTERS[number % NAME_LETTERS.len()])
}

/// A label of a pod as a `labelmap` rule writes it: what no metric's label may hold is `_`.
fn label_name(name: &str) -> String {
    let fit = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter,
        false => '_',
    };
    name.chars().map(fit).collect()
}

//! One pod that is scraped, and its series.

use super::exposition::{Exposition, TallyLabels};
use super::{Labels, SeriesId, Storage};
use crate::facts::{Status, Tally};
use crate::ids::{PodId, ServiceId};
use crate::units::SimTime;

/// A pod, as monitoring finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which.
    pub pod: PodId,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// Name of the workload it belongs to, as the mesh says it.
    pub workload: String,
    /// Labels mapped from the pod's own (`rollouts_pod_template_hash` …); on all its series.
    pub labels: Labels,
    /// The Services that select it.
    pub services: Vec<ServiceId>,
}

impl Target {
    /// Labels of all its series.
    pub fn own_labels(&self) -> Labels {
        let mut labels = self.labels.clone();
        labels.set("namespace", &self.namespace);
        labels.set("pod", &self.name);
        labels
    }

    /// Labels of what it answers with this code through a Service, as an application counts it.
    pub fn http_labels(&self, service: &str, code: &str) -> Labels {
        let mut labels = self.own_labels();
        for (name, value) in [("service", service), ("status", code), ("code", code)] {
            labels.set(name, value);
        }
        labels
    }

    /// The same as the mesh counts it.
    pub fn istio_labels(&self, service: &str, code: &str) -> Labels {
        let mut labels = self.own_labels();
        let host = format!("{service}.{}.svc.cluster.local", self.namespace);
        for (name, value) in [
            ("reporter", "destination"),
            ("destination_workload", &self.workload),
            ("destination_workload_namespace", &self.namespace),
            ("destination_service", &host),
            ("destination_service_name", service),
            // A Service and the pods it selects are of one namespace.
            ("destination_service_namespace", &self.namespace),
            ("response_code", code),
        ] {
            labels.set(name, value);
        }
        labels
    }

    fn labels_of(&self, service: &str, status: Status) -> TallyLabels {
        TallyLabels {
            http: self.http_labels(service, status.code()),
            istio: self.istio_labels(service, status.code()),
        }
    }
}

/// The series of one Service and status.
#[derive(Debug, Clone)]
struct Row {
    through: ServiceId,
    status: Status,
    series: Vec<SeriesId>,
    /// When the last scrape that had them was.
    scraped: SimTime,
    /// Whether they went stale since.
    stale: bool,
}

/// A target under way.
#[derive(Debug, Clone)]
pub(super) struct Tracked {
    pub(super) target: Target,
    up: Option<SeriesId>,
    rows: Vec<Row>,
    /// When the next scrape is due.
    pub(super) next: SimTime,
    /// Whether there was a scrape yet.
    scraped: bool,
}

impl Tracked {
    /// A target whose first scrape is due at `first`.
    pub(super) fn new(target: Target, first: SimTime) -> Self {
        Self {
            target,
            up: None,
            rows: Vec::new(),
            next: first,
            scraped: false,
        }
    }

    /// Notes whether the target answered.
    pub(super) fn record_up(&mut self, now: SimTime, up: bool, storage: &mut Storage) {
        let series = self
            .up
            .get_or_insert_with(|| storage.series("up", self.target.own_labels()));
        storage.record(*series, now, f64::from(u8::from(up)));
    }

    /// Notes what a scrape read of one tally; `service` names its Service.
    pub(super) fn record(
        &mut self,
        now: SimTime,
        (tally, service): (&Tally, &str),
        exposition: &Exposition,
        storage: &mut Storage,
    ) {
        let (through, status) = (tally.through(), tally.status());
        let known = |row: &Row| row.through == through && row.status == status;
        let place = self.rows.iter().position(known).unwrap_or_else(|| {
            let labels = self.target.labels_of(service, status);
            self.rows.push(Row {
                through,
                status,
                series: exposition.series(&labels, storage),
                scraped: now,
                stale: false,
            });
            self.rows.len() - 1
        });
        let row = &mut self.rows[place];
        (row.scraped, row.stale) = (now, false);
        let mut values = Vec::with_capacity(row.series.len());
        exposition.values(tally, &mut values);
        for (series, value) in row.series.iter().zip(values) {
            storage.record(*series, now, value);
        }
    }

    /// Ends what the scrape at `now` no longer had.
    pub(super) fn finish_scrape(&mut self, now: SimTime, storage: &mut Storage) {
        self.scraped = true;
        let missing = |row: &&mut Row| row.scraped < now && !row.stale;
        for row in self.rows.iter_mut().filter(missing) {
            row.stale = true;
            let series = row.series.iter();
            series.for_each(|series| storage.mark_stale(*series, now));
        }
    }

    /// All series that have not gone stale; absent if it was never scraped.
    pub(super) fn live(&self) -> Option<Vec<SeriesId>> {
        let rows = self.rows.iter().filter(|row| !row.stale);
        let series = rows.flat_map(|row| row.series.iter().copied());
        self.scraped
            .then(|| self.up.into_iter().chain(series).collect())
    }
}

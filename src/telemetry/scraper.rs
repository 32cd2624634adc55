//! A Prometheus that scrapes pods.
//!
//! ```text
//! discovered ──(phase)──▶ scrape ──interval──▶ scrape … ──▶ removed
//!                          │ up 1, samples                     │ markers, when a new target of
//!                          │ up 0, markers: no process         ▼ this address would have shown
//! ```
//!
//! * A target is scraped at instants of a fixed grid; the phase of the grid is the target's own.
//! * What a scrape no longer has goes stale at once; when the target itself is gone, Prometheus
//!   waits for its next scrape but one, and a tenth of an interval more, before it marks the
//!   series stale as of the next scrape (prometheus/prometheus `scrape/scrape.go`,
//!   `endOfRunStaleness`).
//!
//! Invariant: the order and the values of samples depend on meters and times alone.

use std::sync::Arc;

use super::exposition::{Exposition, Wanted};
use super::spec::{SeriesBirth, TelemetrySpec};
use super::target::{Target, Tracked};
use super::{SeriesId, Storage};
use crate::engine::{Key, Purpose};
use crate::facts::{Meter, MeterSpec, Status, Tally};
use crate::ids::{PodId, ServiceId};
use crate::units::{SimDuration, SimTime};

/// Statuses whose counters an application that knows its routes exposes from the start.
const FROM_THE_START: [Status; 2] = [Status::Ok, Status::Error];

/// What a scraper needs to know before the first target.
#[derive(Debug, Clone)]
pub struct Monitored {
    /// The luck of the run.
    pub key: Key,
    /// `[telemetry]`.
    pub spec: TelemetrySpec,
    /// Which metrics somebody asks for.
    pub wanted: Wanted,
    /// Names of the Services, by number.
    pub services: Vec<String>,
}

/// The series of a target that is gone, and when they are marked stale.
#[derive(Debug, Clone)]
struct Ending {
    written: SimTime,
    at: SimTime,
    series: Vec<SeriesId>,
}

/// Scrapes pods into a [`Storage`].
#[derive(Debug, Clone)]
pub struct Scraper {
    key: Key,
    interval: SimDuration,
    birth: SeriesBirth,
    services: Vec<String>,
    exposition: Exposition,
    meters: Arc<MeterSpec>,
    /// By pod number.
    targets: Vec<Option<Tracked>>,
    endings: Vec<Ending>,
    storage: Storage,
}

impl Scraper {
    /// Without targets.
    pub fn new(monitored: Monitored) -> Self {
        let spec = monitored.spec;
        let (exposition, meters) = Exposition::new(&monitored.wanted, spec.version);
        Self {
            key: monitored.key.purpose(Purpose::Scrape),
            interval: spec.scrape.max(SimDuration::from_millis(1)),
            birth: spec.birth,
            services: monitored.services,
            exposition,
            meters: Arc::new(meters),
            targets: Vec::new(),
            endings: Vec::new(),
            storage: Storage::default(),
        }
    }

    /// What processes must count so that all that is wanted can be read.
    pub fn meters(&self) -> &Arc<MeterSpec> {
        &self.meters
    }

    /// A pod got an address: it is a target now. Says when the first scrape is due.
    pub fn add_target(&mut self, now: SimTime, target: Target) -> SimTime {
        let pod = target.pod;
        let first = self.first_scrape(now, pod);
        if self.targets.len() <= pod.index() {
            self.targets.resize_with(pod.index() + 1, || None);
        }
        self.targets[pod.index()] = Some(Tracked::new(target, first));
        first
    }

    /// Whether a pod is a target.
    pub fn has_target(&self, pod: PodId) -> bool {
        matches!(self.targets.get(pod.index()), Some(Some(_)))
    }

    /// The first instant of the pod's own grid that is not past.
    fn first_scrape(&self, now: SimTime, pod: PodId) -> SimTime {
        let interval = self.interval.as_nanos();
        let uniform = self.key.entity(pod.index() as u64).at(0).uniform();
        let phase = (uniform * interval as f64) as u64;
        let since = now.as_nanos() % interval;
        now + SimDuration::from_nanos((phase + interval - since) % interval)
    }

    /// Scrapes a pod; `meter` is absent where no process listens. Says when the next scrape is
    /// due; absent for a pod that is no target.
    pub fn scrape(&mut self, now: SimTime, pod: PodId, meter: Option<&Meter>) -> Option<SimTime> {
        let target = self.targets.get_mut(pod.index())?.as_mut()?;
        if self.exposition.up {
            target.record_up(now, meter.is_some(), &mut self.storage);
        }
        if let Some(meter) = meter {
            let born = unborn(target, meter, self.birth, &self.meters);
            for tally in meter.tallies().iter().chain(&born) {
                let service = &*self.services[tally.through().index()];
                target.record(now, (tally, service), &self.exposition, &mut self.storage);
            }
        }
        target.finish_scrape(now, &mut self.storage);
        target.next = now + self.interval;
        Some(target.next)
    }

    /// A pod is gone: it is scraped no more.
    pub fn remove_target(&mut self, now: SimTime, pod: PodId) {
        let target = self.targets.get_mut(pod.index()).and_then(Option::take);
        let Some(target) = target else { return };
        let Some(series) = target.live() else { return };
        let at = target.next.max(now);
        let written = at + self.interval + self.interval / 10;
        self.endings.push(Ending {
            written,
            at,
            series,
        });
    }

    /// What is stored at an instant.
    pub fn storage(&mut self, now: SimTime) -> &Storage {
        let storage = &mut self.storage;
        for ending in self.endings.extract_if(.., |ending| ending.written <= now) {
            let series = ending.series.into_iter();
            series.for_each(|series| storage.mark_stale(series, ending.at));
        }
        storage
    }
}

/// Counters at zero that the process has had from its start, though it never counted in them.
fn unborn(target: &Tracked, meter: &Meter, birth: SeriesBirth, spec: &MeterSpec) -> Vec<Tally> {
    if birth == SeriesBirth::FirstRequest {
        return Vec::new();
    }
    let services = target.target.services.iter();
    let all = services.flat_map(|service| FROM_THE_START.map(|status| (*service, status)));
    let unknown = |(service, status): &(ServiceId, Status)| {
        let mut known = meter.tallies().iter();
        !known.any(|tally| tally.through() == *service && tally.status() == *status)
    };
    all.filter(unknown)
        .map(|(service, status)| Tally::zero(service, status, spec))
        .collect()
}

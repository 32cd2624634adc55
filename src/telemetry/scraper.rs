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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Response;
    use crate::ids::RunIndex;
    use crate::telemetry::Labels;
    use crate::telemetry::promql::{Query, Version};

    const POD: PodId = PodId::new(0);

    fn scraper(names: &[&str], birth: SeriesBirth) -> Scraper {
        Scraper::new(Monitored {
            key: Key::of_run(7, RunIndex::new(0)),
            spec: TelemetrySpec {
                birth,
                ..TelemetrySpec::default()
            },
            wanted: Wanted::Named(names.iter().map(|name| (*name).to_owned()).collect()),
            services: vec!["active".to_owned(), "preview".to_owned()],
        })
    }

    fn target(pod: PodId) -> Target {
        Target {
            pod,
            name: format!("app-{}", pod.index()),
            namespace: "shop".to_owned(),
            workload: "app".to_owned(),
            labels: Labels::from_iter([("pod_template_hash", "abc")]),
            services: vec![ServiceId::new(0), ServiceId::new(1)],
        }
    }

    /// A process that answered so often through `active` with each status.
    fn meter(scraper: &Scraper, counts: &[(Status, u64)]) -> Meter {
        let mut meter = Meter::default();
        for (status, count) in counts {
            let response = Response {
                through: ServiceId::new(0),
                status: *status,
                arrived: SimTime::ZERO,
                ended: SimTime::ZERO + SimDuration::from_millis(7),
            };
            (0..*count).for_each(|_| meter.count(&response, scraper.meters()));
        }
        meter
    }

    /// `query` at `at`, each member as its labels and value.
    fn ask(scraper: &mut Scraper, at: SimTime, query: &str) -> String {
        let query: Query = query.parse().unwrap();
        let answer = query.evaluate(scraper.storage(at), at, Version::Three);
        let crate::telemetry::promql::Answer::Vector(readings) = answer.unwrap() else {
            panic!("a vector");
        };
        let one = readings.iter().map(|r| format!("{} {}", r.labels, r.value));
        one.collect::<Vec<_>>().join("; ")
    }

    fn ask_counts(scraper: &mut Scraper, at: SimTime) -> String {
        ask(
            scraper,
            at,
            "sum by (service, status) (http_requests_total)",
        )
    }

    fn seconds(seconds: u64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    #[test]
    fn a_series_is_born_at_its_first_request_and_bears_these_labels() {
        let mut scraper = scraper(
            &["http_requests_total", "istio_requests_total"],
            SeriesBirth::FirstRequest,
        );
        let first = scraper.add_target(SimTime::ZERO, target(POD));
        scraper.scrape(first, POD, Some(&Meter::default()));
        assert_eq!(scraper.storage(first).all().count(), 0);
        let read = meter(&scraper, &[(Status::Unavailable, 3)]);
        let second = first + seconds(15);
        scraper.scrape(second, POD, Some(&read));
        let pod = r#"namespace="shop", pod="app-0", pod_template_hash="abc""#;
        assert_eq!(
            ask(&mut scraper, second, "http_requests_total"),
            format!(
                r#"{{__name__="http_requests_total", code="503", {pod}, service="active", status="503"}} 3"#
            )
        );
        assert_eq!(
            ask(&mut scraper, second, "istio_requests_total > 0"),
            format!(
                r#"{{__name__="istio_requests_total", {}, {pod}, reporter="destination", response_code="503"}} 3"#,
                r#"destination_service="active.shop.svc.cluster.local", destination_service_name="active", destination_service_namespace="shop", destination_workload="app", destination_workload_namespace="shop""#
            )
        );
    }

    #[test]
    fn series_of_the_start_stand_at_zero_for_every_service_and_status() {
        let mut scraper = scraper(&["http_requests_total"], SeriesBirth::Start);
        let first = scraper.add_target(SimTime::ZERO, target(POD));
        let read = meter(&scraper, &[(Status::Ok, 2)]);
        scraper.scrape(first, POD, Some(&read));
        let expected = [
            r#"{service="active", status="200"} 2"#,
            r#"{service="active", status="500"} 0"#,
            r#"{service="preview", status="200"} 0"#,
            r#"{service="preview", status="500"} 0"#,
        ];
        assert_eq!(ask_counts(&mut scraper, first), expected.join("; "));
    }

    #[test]
    fn a_target_without_a_process_is_down_and_its_series_go_stale_at_once() {
        let mut scraper = scraper(&["up", "http_requests_total"], SeriesBirth::FirstRequest);
        let first = scraper.add_target(SimTime::ZERO, target(POD));
        let read = meter(&scraper, &[(Status::Ok, 40), (Status::Error, 2)]);
        let at = |scrape: u64| first + seconds(15) * scrape;
        scraper.scrape(at(0), POD, Some(&read));
        assert_eq!(
            ask_counts(&mut scraper, at(0)),
            r#"{service="active", status="200"} 40; {service="active", status="500"} 2"#
        );
        scraper.scrape(at(1), POD, None);
        assert_eq!(ask(&mut scraper, at(1), "sum(up)"), "{} 0");
        assert_eq!(ask_counts(&mut scraper, at(1)), "");
        scraper.scrape(at(2), POD, None);
        // After the restart the counter begins again, and only with what the new process counted.
        let anew = meter(&scraper, &[(Status::Ok, 5)]);
        scraper.scrape(at(3), POD, Some(&anew));
        assert_eq!(ask(&mut scraper, at(3), "sum(up)"), "{} 1");
        assert_eq!(
            ask_counts(&mut scraper, at(3)),
            r#"{service="active", status="200"} 5"#
        );
        let resets = r#"resets(http_requests_total{status="200"}[1m]) > 0"#;
        assert!(ask(&mut scraper, at(3), resets).ends_with(" 1"));
    }

    #[test]
    fn a_target_that_is_gone_is_seen_until_its_scrape_but_one_and_a_tenth() {
        let mut scraper = scraper(&["up", "http_requests_total"], SeriesBirth::FirstRequest);
        let first = scraper.add_target(SimTime::ZERO, target(POD));
        let read = meter(&scraper, &[(Status::Ok, 4)]);
        scraper.scrape(first, POD, Some(&read));
        scraper.remove_target(first + seconds(2), POD);
        assert!(!scraper.has_target(POD));
        assert_eq!(scraper.scrape(first + seconds(15), POD, Some(&read)), None);
        // Its next scrape would be at 15 s, the one after at 30 s, and 1.5 s more.
        let written = first + SimDuration::from_millis(31_500);
        let before = SimTime::from_nanos(written.as_nanos() - 1);
        assert_eq!(ask(&mut scraper, before, "sum(up)"), "{} 1");
        assert_eq!(ask(&mut scraper, written, "sum(up)"), "");
        assert_eq!(ask_counts(&mut scraper, written), "");
    }

    #[test]
    fn a_target_that_was_never_scraped_leaves_nothing() {
        let mut scraper = scraper(&["up"], SeriesBirth::FirstRequest);
        let first = scraper.add_target(SimTime::from_secs(3), target(POD));
        scraper.remove_target(first, POD);
        assert_eq!(scraper.storage(first + seconds(100)).all().count(), 0);
    }

    #[test]
    fn each_target_has_a_phase_of_its_own_whenever_it_is_found() {
        let interval = seconds(15).as_nanos();
        let phase = |run: u32, pod: u32, found: u64| {
            let mut scraper = Scraper::new(Monitored {
                key: Key::of_run(7, RunIndex::new(run)),
                spec: TelemetrySpec::default(),
                wanted: Wanted::All,
                services: Vec::new(),
            });
            let found = SimTime::from_nanos(found * 1_234_567_891);
            let first = scraper.add_target(found, target(PodId::new(pod)));
            assert!(first >= found && first < found + seconds(15));
            first.as_nanos() % interval
        };
        assert_eq!(phase(0, 4, 0), phase(0, 4, 99));
        assert_ne!(phase(0, 4, 0), phase(1, 4, 0));
        // Uniform on 15 s: the mean of 1000 is within 4 x 15 / sqrt(12 x 1000) = 0.55 s of 7.5 s.
        let mean = (0..1000).map(|pod| phase(0, pod, 0) as f64).sum::<f64>() / 1e12;
        assert!((mean - 7.5).abs() < 0.55, "{mean}");
    }
}

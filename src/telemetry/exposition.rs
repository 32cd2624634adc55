//! Which metrics servers expose, and how a meter becomes their values.

use std::collections::BTreeSet;

use super::bounds::{Dialect, le};
use super::promql::Version;
use super::{Labels, SeriesId, Storage};
use crate::facts::{MeterSpec, Tally};
use crate::units::SimDuration;

/// What a value of a family says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// Whether the target could be scraped.
    Up,
    /// Answers so far.
    Count(Dialect),
    /// Durations so far, added.
    Sum(Dialect),
    /// Answers so far that took at most `le`.
    Bucket(Dialect),
}

/// One metric that there is in the simulated world.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// Its labels besides `namespace`, `pod` and those mapped from the pod.
    pub labels: &'static [&'static str],
    /// What it counts.
    pub meaning: &'static str,
    says: Says,
}

const HTTP: &[&str] = &["service", "status", "code"];
const ISTIO: &[&str] = &[
    "reporter",
    "destination_workload",
    "destination_workload_namespace",
    "destination_service",
    "destination_service_name",
    "destination_service_namespace",
    "response_code",
];

/// All metrics that there are. A query for any other name sees nothing: nobody exports it.
///
/// `status` and `code` say the same: exporters differ in the name, a query may use either.
pub const FAMILIES: [Family; 9] = [
    Family {
        name: "up",
        labels: &[],
        meaning: "1 if the last scrape of the pod succeeded, else 0",
        says: Says::Up,
    },
    Family {
        name: "http_requests_total",
        labels: HTTP,
        meaning: "requests answered",
        says: Says::Count(Dialect::Http),
    },
    Family {
        name: "http_request_duration_seconds_bucket",
        labels: HTTP,
        meaning: "requests answered within `le` seconds",
        says: Says::Bucket(Dialect::Http),
    },
    Family {
        name: "http_request_duration_seconds_sum",
        labels: HTTP,
        meaning: "seconds from arrival to answer, added",
        says: Says::Sum(Dialect::Http),
    },
    Family {
        name: "http_request_duration_seconds_count",
        labels: HTTP,
        meaning: "requests answered",
        says: Says::Count(Dialect::Http),
    },
    Family {
        name: "istio_requests_total",
        labels: ISTIO,
        meaning: "requests answered, as the destination's sidecar reports",
        says: Says::Count(Dialect::Istio),
    },
    Family {
        name: "istio_request_duration_milliseconds_bucket",
        labels: ISTIO,
        meaning: "requests answered within `le` whole milliseconds",
        says: Says::Bucket(Dialect::Istio),
    },
    Family {
        name: "istio_request_duration_milliseconds_sum",
        labels: ISTIO,
        meaning: "whole milliseconds from arrival to answer, added",
        says: Says::Sum(Dialect::Istio),
    },
    Family {
        name: "istio_request_duration_milliseconds_count",
        labels: ISTIO,
        meaning: "requests answered, as the destination's sidecar reports",
        says: Says::Count(Dialect::Istio),
    },
];

/// Which metrics somebody asks for; only these are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All there are: some query selects without a name.
    All,
    /// These names; those that nobody exports are of no consequence.
    Named(BTreeSet<String>),
}

impl Wanted {
    fn has(&self, family: &Family) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(family.name),
        }
    }
}

/// Labels of the series of one tally, for both dialects.
#[derive(Debug, Clone)]
pub(super) struct TallyLabels {
    pub(super) http: Labels,
    pub(super) istio: Labels,
}

impl TallyLabels {
    fn of(&self, dialect: Dialect) -> &Labels {
        match dialect {
            Dialect::Http => &self.http,
            Dialect::Istio => &self.istio,
        }
    }
}

/// A family that is wanted; for histograms the bounds, each with its place among the meter's edges.
#[derive(Debug, Clone)]
struct Exposed {
    name: &'static str,
    says: Says,
    bounds: Vec<(String, usize)>,
}

/// How meters are read: which families, and how their histograms are cut.
#[derive(Debug, Clone)]
pub(super) struct Exposition {
    pub(super) up: bool,
    families: Vec<Exposed>,
}

impl Exposition {
    /// What is wanted, and what processes must count for it.
    pub(super) fn new(wanted: &Wanted, version: Version) -> (Self, MeterSpec) {
        let asked = || FAMILIES.iter().filter(|family| wanted.has(family));
        let edges = asked().flat_map(|family| match family.says {
            Says::Bucket(dialect) => edges_of(dialect),
            _ => Vec::new(),
        });
        let spec = MeterSpec::new(edges.collect());
        let up = asked().any(|family| family.says == Says::Up);
        let counted = asked().filter(|family| family.says != Says::Up);
        let families = counted.map(|family| Exposed {
            name: family.name,
            says: family.says,
            bounds: match family.says {
                Says::Bucket(dialect) => bounds_within(dialect, &spec, version),
                _ => Vec::new(),
            },
        });
        let families = families.collect();
        (Self { up, families }, spec)
    }

    /// The series of one tally, in the order of [`Exposition::values`].
    pub(super) fn series(&self, labels: &TallyLabels, storage: &mut Storage) -> Vec<SeriesId> {
        let mut series = Vec::new();
        for family in &self.families {
            match family.says {
                Says::Up => {}
                Says::Count(dialect) | Says::Sum(dialect) => {
                    series.push(storage.series(family.name, labels.of(dialect).clone()));
                }
                Says::Bucket(dialect) => {
                    let bounds = family.bounds.iter().map(|(le, _)| le.as_str());
                    for le in bounds.chain(["+Inf"]) {
                        let mut labels = labels.of(dialect).clone();
                        labels.set("le", le);
                        series.push(storage.series(family.name, labels));
                    }
                }
            }
        }
        series
    }

    /// What the series of a tally say now.
    pub(super) fn values(&self, tally: &Tally, values: &mut Vec<f64>) {
        for family in &self.families {
            match family.says {
                Says::Up => {}
                Says::Count(_) => values.push(tally.count() as f64),
                Says::Sum(Dialect::Http) => values.push(tally.total().as_secs_f64()),
                Says::Sum(Dialect::Istio) => values.push(tally.whole_millis() as f64),
                Says::Bucket(_) => {
                    let mut bounds = family.bounds.iter().map(|(_, edge)| *edge).peekable();
                    for (edge, count) in tally.at_most().enumerate() {
                        if bounds.next_if_eq(&edge).is_some() {
                            values.push(count as f64);
                        }
                    }
                    values.push(tally.count() as f64);
                }
            }
        }
    }
}

fn edges_of(dialect: Dialect) -> Vec<SimDuration> {
    let bounds = dialect.bounds().iter();
    bounds.map(|bound| dialect.edge(*bound)).collect()
}

fn bounds_within(dialect: Dialect, spec: &MeterSpec, version: Version) -> Vec<(String, usize)> {
    let place = |bound: &f64| {
        let edge = spec.edges().binary_search(&dialect.edge(*bound));
        (le(*bound, version), edge.expect("the spec has all edges"))
    };
    dialect.bounds().iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Meter, Response, Status};
    use crate::ids::ServiceId;
    use crate::units::SimTime;

    fn tally(spec: &MeterSpec, micros: &[u64]) -> Tally {
        let mut meter = Meter::default();
        for length in micros {
            let response = Response {
                through: ServiceId::new(0),
                status: Status::Ok,
                arrived: SimTime::ZERO,
                ended: SimTime::ZERO + SimDuration::from_nanos(length * 1000),
            };
            meter.count(&response, spec);
        }
        meter.tallies()[0].clone()
    }

    /// Values by `le` (or by metric name where there is none) of these durations [us].
    fn exposed(names: &[&str], micros: &[u64]) -> Vec<(String, f64)> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let (exposition, spec) = Exposition::new(&Wanted::Named(names), Version::Two);
        let labels = TallyLabels {
            http: Labels::NONE,
            istio: Labels::NONE,
        };
        let mut storage = Storage::default();
        let series = exposition.series(&labels, &mut storage);
        let mut values = Vec::new();
        exposition.values(&tally(&spec, micros), &mut values);
        assert_eq!(series.len(), values.len());
        let said = series.iter().map(|id| {
            let series = storage.get(*id);
            match series.labels().get("le") {
                "" => series.name().to_owned(),
                le => le.to_owned(),
            }
        });
        said.zip(values).collect()
    }

    #[test]
    fn each_dialect_cuts_the_same_durations_its_own_way() {
        // 5.9 ms: within 0.01 s there, within 5 (whole) ms here.
        let micros = [4_000, 5_900, 20_000_000];
        let http = exposed(&["http_request_duration_seconds_bucket"], &micros);
        let count = |exposed: &[(String, f64)], le: &str| {
            let found = exposed.iter().find(|(known, _)| known == le);
            found.expect("a bound").1
        };
        assert_eq!((http.len(), count(&http, "0.005")), (12, 1.0));
        assert_eq!((count(&http, "0.01"), count(&http, "10")), (2.0, 2.0));
        assert_eq!(count(&http, "+Inf"), 3.0);
        let both = [
            "istio_request_duration_milliseconds_bucket",
            "http_request_duration_seconds_bucket",
        ];
        let both = exposed(&both, &micros);
        assert_eq!(both[..12], http);
        let istio = &both[12..];
        assert_eq!((istio.len(), count(istio, "1")), (20, 0.0));
        assert_eq!((count(istio, "5"), count(istio, "10000")), (2.0, 2.0));
        assert_eq!((count(istio, "30000"), count(istio, "+Inf")), (3.0, 3.0));
    }

    #[test]
    fn only_what_somebody_asks_for_is_exposed() {
        let names = ["http_requests_total", "node_cpu_seconds_total"];
        let said = exposed(&names, &[1000; 7]);
        assert_eq!(said, [("http_requests_total".to_owned(), 7.0)]);
        let sums = [
            "istio_request_duration_milliseconds_sum",
            "http_request_duration_seconds_sum",
        ];
        // 1.5 + 2.25 ms; in whole milliseconds 1 + 2.
        let said = exposed(&sums, &[1500, 2250]);
        assert_eq!((said[0].1, said[1].1), (0.003_75, 3.0));
    }
}

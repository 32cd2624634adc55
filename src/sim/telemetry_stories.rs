//! Stories of monitored worlds: what queries see beside what the facts say.

use std::path::Path;
use std::sync::Arc;

use super::simulate::Case;
use super::world::World;
use super::{Job, Simulation};
use crate::facts::Cause;
use crate::ids::{PodId, RunIndex};
use crate::images::Truth;
use crate::laws::Law;
use crate::scenario::{Alert, OnCall, OnCallAction, Scenario, Variant, load};
use crate::telemetry::promql::{Answer, Query};
use crate::traffic::Population;
use crate::units::{Ratio, SimDuration, SimTime};

const HORIZON: SimTime = SimTime::from_secs(600);

/// The query of the guide's AnalysisTemplate, for the guide's Service.
const GUIDE: &str = "\
sum(rate(http_requests_total{service=\"user-service\", status=~\"2..\"}[5m])) / \
sum(rate(http_requests_total{service=\"user-service\"}[5m]))";

fn guide() -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/guide/rolling.toml");
    load(&path).expect("it is shipped without errors").scenario
}

/// Somebody asks these queries, and does nothing.
fn asked_by(queries: &[&str]) -> Option<OnCall> {
    let alert = |query: &&str| Alert {
        name: (*query).to_owned(),
        query: (*query).to_owned(),
        hold: SimDuration::ZERO,
    };
    Some(OnCall {
        alerts: queries.iter().map(alert).collect(),
        notice: Law::Constant(60.0),
        act: Law::Constant(60.0),
        action: OnCallAction::Nothing,
    })
}

/// Releases nothing, errs so often, and is asked these queries.
fn standing_still(scenario: &Scenario, error_rate: &str, queries: &[&str]) -> Variant {
    let mut variant = scenario.variants[0].clone();
    variant.release = None;
    for image in variant.images.values_mut() {
        image.error_rate = error_rate.parse().unwrap();
        image.users = Ratio::ONE;
    }
    variant.on_call = asked_by(queries);
    variant
}

/// The guide's scenario and what its worlds share.
struct Guide {
    scenario: Scenario,
    populations: Vec<Arc<Population>>,
    truth: Truth,
}

impl Guide {
    fn new() -> Self {
        let scenario = guide();
        let sources = scenario.variants[0].traffic.iter();
        let populations = sources.map(|source| Arc::new(Population::new(&source.users)));
        Self {
            populations: populations.collect(),
            truth: Truth::default(),
            scenario,
        }
    }

    /// A world of this variant, lived to the horizon and counted from its first instant.
    fn lived<'a>(&'a self, variant: &'a Variant) -> World<'a> {
        let mut world = World::settle(&Case {
            variant,
            count_from: SimTime::ZERO,
            horizon: HORIZON,
            run: RunIndex::new(0),
            seed: self.scenario.seed,
            truths: &self.scenario.truths,
            truth: &self.truth,
            populations: &self.populations,
            recording: false,
        });
        world.live(HORIZON);
        world
    }
}

/// Scrapes all pods once more, so that monitoring knows all there is to know.
fn scrape_all(world: &mut World<'_>) {
    for pod in 0..world.pods.all.len() {
        world.scrape(HORIZON, PodId::new(pod as u32));
    }
}

fn ask(world: &mut World<'_>, query: &str) -> Vec<f64> {
    let query: Query = query.parse().unwrap();
    world.ask(HORIZON, &query).unwrap().values()
}

#[test]
fn the_guides_query_reads_the_error_rate_that_was_set() {
    let guide = Guide::new();
    let variant = standing_still(&guide.scenario, "5%", &[GUIDE]);
    let mut world = guide.lived(&variant);
    let good = ask(&mut world, GUIDE);
    // 200/s over at least 300 s less two scrapes are 54,000 requests; a share of 5 % of them has a
    // standard error of sqrt(0.05 x 0.95 / 54,000) = 0.00094. Four of these.
    let [good] = good[..] else {
        panic!("one number: {good:?}")
    };
    assert!((good - 0.95).abs() < 4.0 * 0.00094, "{good}");
}

#[test]
fn where_nobody_dies_the_last_scrape_is_what_the_ledger_counts() {
    let guide = Guide::new();
    let by_status = "sum by (status) (http_requests_total)";
    let variant = standing_still(&guide.scenario, "2%", &[by_status, "istio_requests_total"]);
    let mut world = guide.lived(&variant);
    let before = ask(&mut world, by_status);
    scrape_all(&mut world);
    let ledger = &world.ledger;
    let facts = [ledger.good(), ledger.failed_by(Cause::Defect)].map(|count| count as f64);
    assert_eq!(
        ledger.total(),
        ledger.good() + ledger.failed_by(Cause::Defect)
    );
    assert_eq!(ask(&mut world, by_status), facts);
    let istio = "sum by (response_code) (istio_requests_total{reporter=\"destination\"})";
    assert_eq!(ask(&mut world, istio), facts);
    // What the regular scrapes had missed is at most what comes within one interval.
    let missed = facts[0] - before[0];
    assert!(missed > 0.0 && missed < 15.0 * 200.0 * 1.2, "{missed}");
}

#[test]
fn quantiles_of_scraped_histograms_lie_in_the_bucket_of_the_true_ones() {
    let guide = Guide::new();
    let seconds = "http_request_duration_seconds_bucket";
    let millis = "istio_request_duration_milliseconds_bucket";
    let variant = standing_still(&guide.scenario, "0%", &[seconds, millis]);
    let mut world = guide.lived(&variant);
    scrape_all(&mut world);
    let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];
    for q in [0.25, 0.5, 0.9, 0.99, 0.999] {
        // Within 0.8 %, as the ledger states; whoever is that near a bound may be beyond it.
        let true_value = world.ledger.latencies().quantile(q).unwrap().as_secs_f64();
        let below = bounds.iter().rfind(|bound| **bound < true_value * 0.992);
        let above = bounds.iter().find(|bound| **bound >= true_value * 1.008);
        let bucket = *below.unwrap_or(&0.0)..=*above.unwrap();
        let asked = |name| format!("histogram_quantile({q}, sum by (le) ({name}))");
        let read = ask(&mut world, &asked(seconds))[0];
        assert!(
            bucket.contains(&read),
            "{q}: {read} s, in fact {true_value}"
        );
        // The mesh cuts durations to whole milliseconds before it compares them.
        let read = ask(&mut world, &asked(millis))[0] / 1000.0;
        let bucket = bucket.start() - 0.001..=*bucket.end();
        assert!(
            bucket.contains(&read),
            "{q}: {read} s, in fact {true_value}"
        );
    }
}

#[test]
fn a_process_that_crashes_takes_its_counters_along() {
    let guide = Guide::new();
    let total = "sum(http_requests_total)";
    let mut variant = standing_still(&guide.scenario, "0%", &[total, "up"]);
    for image in variant.images.values_mut() {
        image.crash.per_request = "0.01%".parse().unwrap();
    }
    let mut world = guide.lived(&variant);
    let resets = ask(&mut world, "sum(resets(http_requests_total[10m]))")[0];
    let down = ask(
        &mut world,
        "sum(count_over_time(up[10m])) - sum(sum_over_time(up[10m]))",
    )[0];
    // 200/s for 600 s at 0.01 % are about 12 crashes, each followed by 10 s of start-up.
    assert!((3.0..=20.0).contains(&resets), "{resets}");
    assert!((3.0..=40.0).contains(&down), "{down}");
    scrape_all(&mut world);
    let said = ask(&mut world, total)[0];
    assert!(said < 0.8 * world.ledger.good() as f64, "{said}");
}

#[test]
fn each_pod_of_a_rollout_becomes_a_target_and_the_old_ones_vanish() {
    let guide = Guide::new();
    let mut variant = guide.scenario.variants[0].clone();
    variant.on_call = asked_by(&["up", "http_requests_total"]);
    let mut world = guide.lived(&variant);
    let created = world.pods.all.len() as f64;
    let left = world.pods.all.iter().flatten().count() as f64;
    assert!(left < created, "the rollout replaced pods");
    assert_eq!(
        ask(&mut world, "count(count_over_time(up[10m]))"),
        [created]
    );
    assert_eq!(ask(&mut world, "count(up)"), [left]);
    let revisions = "count(group by (pod_template_hash) (sum_over_time(up[10m])))";
    assert_eq!(ask(&mut world, revisions), [2.0]);
    let now = "count(group by (pod_template_hash) (up))";
    assert_eq!(ask(&mut world, now), [1.0]);
    let other = ask(&mut world, "http_requests_total{service!=\"user-service\"}");
    assert_eq!(other, [0.0; 0]);
}

#[test]
fn whoever_looks_moves_nothing() {
    let mut scenario = guide();
    scenario.horizon = SimTime::from_secs(300);
    let simulation = Simulation::new(&scenario);
    for share in ["0%", "50%"] {
        for variant in scenario.variants.iter().take(4) {
            let mut variant = variant.clone();
            for image in variant.images.values_mut() {
                image.cpu_share = share.parse().unwrap();
                image.crash.per_request = "0.005%".parse().unwrap();
            }
            let outcome = |variant: &Variant| {
                simulation.run(&Job {
                    variant,
                    count_from: scenario.count_from(variant),
                    run: RunIndex::new(1),
                })
            };
            let unseen = outcome(&variant);
            variant.on_call = asked_by(&[GUIDE, "{namespace=\"production\"}"]);
            assert_eq!(outcome(&variant), unseen, "{}, {share}", variant.name);
        }
    }
}

#[test]
fn a_query_without_a_name_sees_all_there_is() {
    let guide = Guide::new();
    let nameless = "count by (__name__) ({namespace=~\".+\"})";
    let variant = standing_still(&guide.scenario, "5%", &[nameless]);
    let mut world = guide.lived(&variant);
    let query: Query = nameless.parse().unwrap();
    let Answer::Vector(readings) = world.ask(HORIZON, &query).unwrap() else {
        panic!("a vector");
    };
    let names = readings.iter().map(|it| it.labels.get("__name__"));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    let families = crate::telemetry::FAMILIES.iter().map(|family| family.name);
    let mut families: Vec<_> = families.collect();
    families.sort_unstable();
    assert_eq!(names, families);
}

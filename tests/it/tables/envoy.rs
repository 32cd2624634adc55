//! Upstream's tables of Envoy through the decisions of `routing::envoy`.
//!
//! Every list (and every object) of a file is known by name to a function of its own; of each row
//! the named fields, where it has them, must come out. A list that nobody knows, a row that cannot
//! be read and a row that expects nothing are failures.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rollcast::engine::{Draw, Key};
use rollcast::ids::RunIndex;
use rollcast::routing::envoy::balancing::{
    HealthBasis, Host, LeastRequestSettings, LevelTally, PriorityLoads, PriorityRules, RoundRobin,
    Sampling, SlowStart, Tally, View,
};
use rollcast::routing::envoy::outlier::{
    Detector, Ejection, FirstEjection, Observation, OutlierSettings, SuccessRates,
};
use rollcast::units::{Ratio, SimDuration, SimTime};
use serde_json::{Value, json};

use super::folder;
use super::row::{Got, Row, agree};

/// File stem, list or object, the fields it may expect, what computes them.
type List = (
    &'static str,
    &'static str,
    &'static [&'static str],
    fn(&Row) -> Got,
);

const LOADS: &[&str] = &["healthyLoad", "degradedLoad", "panic"];

const LISTS: [List; 11] = [
    ("envoy-lb-picks", "cases", &["picks"], picks),
    ("envoy-lb-picks", "slow_start", &["factor"], slow_start),
    (
        "envoy-lb-picks",
        "least_request_formula",
        &["bias_default", "choice_count_default"],
        least_request,
    ),
    ("envoy-lb-priority-load", "cases", LOADS, loads),
    (
        "envoy-lb-priority-load",
        "weighted_priority_health",
        LOADS,
        weighted_loads,
    ),
    (
        "envoy-outlier-detection",
        "eject_backoff_trace",
        &["events"],
        trace,
    ),
    (
        "envoy-outlier-detection",
        "max_eject_time",
        &["ejected_for_s"],
        ejected_for,
    ),
    (
        "envoy-outlier-detection",
        "max_eject_time_not_aligned",
        &["ejected_for_s"],
        ejected_for,
    ),
    (
        "envoy-outlier-detection",
        "max_ejection_percent",
        &["eject"],
        percent,
    ),
    (
        "envoy-outlier-detection",
        "overflow_older_version",
        &["first_ejected", "second_ejected", "ejections_overflow"],
        older_overflow,
    ),
    (
        "envoy-outlier-detection",
        "success_rate_threshold",
        &["mean", "variance", "stdev", "threshold"],
        success_rate,
    ),
];

#[test]
fn upstreams_envoy_tables_come_out_of_the_decisions() {
    let mut failures = Vec::new();
    let mut stems: Vec<String> = std::fs::read_dir(folder())
        .expect("the folder of tables can be read")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
        .filter(|stem| stem.starts_with("envoy-"))
        .collect();
    stems.sort();
    assert!(!stems.is_empty(), "no table in {}", folder().display());
    for stem in stems {
        failures.extend(run(&stem));
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// Runs all lists of one file and returns what disagrees.
fn run(stem: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder().join(format!("{stem}.json")));
    let table: Value = match text.map(|text| serde_json::from_str(&text)) {
        Ok(Ok(table)) => table,
        other => return vec![format!("{stem}: {other:?}")],
    };
    let (mut rows, mut failures) = (0, Vec::new());
    for (name, content) in table.as_object().into_iter().flatten() {
        let cases = match content {
            Value::Array(cases) => cases.as_slice(),
            Value::Object(_) => std::slice::from_ref(content),
            _ => continue,
        };
        let list = LISTS
            .iter()
            .find(|(file, list, ..)| *file == stem && list == name);
        rows += cases.len();
        for (index, case) in cases.iter().enumerate() {
            let wrong = match list {
                Some(list) => check(list, &Row::new(&table, case)),
                None => Some("nobody knows this list".to_owned()),
            };
            failures.extend(wrong.map(|wrong| format!("{stem}: {name}[{index}]: {wrong}: {case}")));
        }
    }
    println!("{stem}: {} of {rows} rows", rows - failures.len());
    failures
}

/// What is wrong with one row, if anything.
fn check((_, _, fields, compute): &List, row: &Row) -> Option<String> {
    let expected = row.object("expect").unwrap_or(*row);
    let mut expected = fields.iter().filter(|field| expected.has(field)).peekable();
    if expected.peek().is_none() {
        return Some("nothing is expected".to_owned());
    }
    let got = match catch_unwind(AssertUnwindSafe(|| compute(row))) {
        Err(_) => return Some("panicked".to_owned()),
        Ok(Err(error)) => return Some(error),
        Ok(Ok(got)) => got,
    };
    let whole = row.object("expect").unwrap_or(*row);
    let wrong = expected.find(|field| !agree(&got[**field], whole.raw(field)));
    wrong.map(|field| {
        format!(
            "{field}: got {}, expected {}",
            got[*field],
            whole.raw(field)
        )
    })
}

fn hosts(weights: &[u32]) -> Vec<Host> {
    let host = Host::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80));
    let weighted = weights.iter().map(|weight| Host {
        weight: *weight,
        ..host
    });
    weighted.collect()
}

fn picks(row: &Row) -> Got {
    if row.text("lb")? != "ROUND_ROBIN" {
        return Err("unknown policy".to_owned());
    }
    let hosts = hosts(&counts(row.raw("weights"))?);
    let view = View {
        hosts: &hosts,
        now: SimTime::ZERO,
    };
    let eligible: Vec<u32> = (0..).take(hosts.len()).collect();
    let mut policy = RoundRobin::new(None, u64::from(row.count("seed")?));
    policy.refresh(view, &eligible);
    let wanted = row.raw("picks").as_array().map_or(0, Vec::len);
    let picked: Vec<_> = (0..wanted).map(|_| policy.pick(view, &eligible)).collect();
    Ok(json!({ "picks": picked }))
}

fn slow_start(row: &Row) -> Got {
    let percent = f64::from(row.count("min_pct")?);
    let millis = |key: &str| Ok::<_, String>(SimDuration::from_millis(row.count(key)?.into()));
    let ramp = SlowStart {
        window: millis("window_ms")?,
        aggression: row.raw("aggression").as_f64().ok_or("no `aggression`")?,
        minimum: Ratio::from_fraction(percent / 100.0).ok_or("not a share")?,
    };
    // The table gives six decimals.
    let factor = (ramp.factor(millis("age_ms")?) * 1e6).round() / 1e6;
    Ok(json!({ "factor": factor }))
}

fn least_request(_: &Row) -> Got {
    let settings = LeastRequestSettings::default();
    let choices = match settings.sampling {
        Sampling::Choices(choices, _) => choices,
        Sampling::FullScan => return Err("no choices".to_owned()),
    };
    Ok(json!({ "bias_default": settings.bias, "choice_count_default": choices }))
}

fn counts(value: &Value) -> Result<Vec<u32>, String> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let count = |item: &Value| item.as_u64().and_then(|count| u32::try_from(count).ok());
    let read = |item: &Value| count(item).ok_or_else(|| format!("not a count: {item}"));
    list.iter().map(read).collect()
}

fn loads_of(levels: &[LevelTally], rules: PriorityRules) -> Value {
    let loads = PriorityLoads::of(levels, &rules);
    let panic: Vec<bool> = (0..levels.len()).map(|level| loads.panics(level)).collect();
    json!({ "healthyLoad": loads.healthy(), "degradedLoad": loads.degraded(), "panic": panic })
}

fn level(row: &Row) -> Result<LevelTally, String> {
    let hosts = Tally {
        all: row.count("hosts")?.into(),
        healthy: row.count("healthy")?.into(),
        degraded: row.count_or("degraded", 0)?.into(),
        excluded: row.count_or("excluded", 0)?.into(),
    };
    Ok(LevelTally {
        hosts,
        weights: hosts,
    })
}

fn loads(row: &Row) -> Got {
    let input = row.object("in")?;
    let levels: Result<Vec<LevelTally>, String> =
        input.list("priorities")?.iter().map(level).collect();
    let rules = PriorityRules {
        overprovisioning: input.count("overprovisioning")?,
        panic_threshold: input.count("panicThreshold")?,
        basis: HealthBasis::Hosts,
    };
    Ok(loads_of(&levels?, rules))
}

fn weighted_level(row: &Row) -> Result<LevelTally, String> {
    let of = |key: &str| counts(row.raw(key));
    let (healthy, degraded) = (of("healthy")?, of("degraded")?);
    let (excluded, unhealthy) = (of("excluded")?, of("unhealthy")?);
    let tally = |size: fn(&[u32]) -> u64| Tally {
        all: size(&healthy) + size(&degraded) + size(&excluded) + size(&unhealthy),
        healthy: size(&healthy),
        degraded: size(&degraded),
        excluded: size(&excluded),
    };
    Ok(LevelTally {
        hosts: tally(|weights| weights.len() as u64),
        weights: tally(|weights| weights.iter().map(|weight| u64::from(*weight)).sum()),
    })
}

fn weighted_loads(row: &Row) -> Got {
    let first = weighted_level(&row.object("p0_weights")?)?;
    let second = match row.object("p1_weights") {
        Ok(weights) => weighted_level(&weights)?,
        Err(_) => level(&row.object("p1")?)?,
    };
    let rules = PriorityRules {
        overprovisioning: row.count("overprovisioning")?,
        basis: HealthBasis::Weights,
        ..PriorityRules::default()
    };
    Ok(loads_of(&[first, second], rules))
}

fn luck() -> Draw {
    Key::of_run(1, RunIndex::new(0)).at(0)
}

fn detector(hosts: u32, settings: OutlierSettings) -> Detector {
    let mut detector = Detector::new(settings);
    (0..hosts).for_each(|_| detector.add());
    detector
}

/// Answers 500 until the streak is complete, and ejects.
fn fail(detector: &mut Detector, host: u32, now: SimTime) -> Option<Ejection> {
    let mut seen = (0..5).map(|_| detector.observe(host, Observation::Answer(500)));
    let trigger = seen.find_map(|trigger| trigger)?;
    Some(detector.eject(host, trigger, now, &mut luck()))
}

fn times(row: &Row) -> Result<OutlierSettings, String> {
    let seconds = |key: &str| {
        row.seconds_or_none(key)?
            .ok_or_else(|| format!("no `{key}`"))
    };
    Ok(OutlierSettings {
        interval: row
            .seconds_or_none("interval_s")?
            .unwrap_or(SimDuration::from_secs(10)),
        base_ejection_time: seconds("base_s")?,
        max_ejection_time: seconds("max_s")?,
        max_ejection_percent: 100,
        ..OutlierSettings::default()
    })
}

fn trace(row: &Row) -> Got {
    let settings = times(&row.object("in")?)?;
    let mut detector = detector(1, settings);
    let mut events = Vec::new();
    for event in row.list("events")? {
        let at = || event.raw("t").as_u64().map(SimTime::from_secs);
        match event.text("do")? {
            "5x500" => drop(fail(&mut detector, 0, at().ok_or("no time")?)),
            "tick" => drop(detector.tick(at().ok_or("no time")?)),
            // "110..600": one tick each interval.
            "50 healthy ticks" => (11..=60).for_each(|tick| {
                detector.tick(SimTime::from_secs(10 * tick));
            }),
            other => return Err(format!("unknown event `{other}`")),
        }
        let mut story = json!({
            "t": event.raw("t"),
            "do": event.raw("do"),
            "ejected": detector.is_ejected(0),
        });
        if event.has("backoff") {
            story["backoff"] = json!(detector.multiplier(0));
        }
        events.push(story);
    }
    Ok(json!({ "events": events }))
}

/// How long the n-th ejection in a row lasts, seen at ticks; the host fails again as it returns.
fn ejected_for(row: &Row) -> Got {
    let settings = times(row)?;
    let mut detector = detector(1, settings);
    let (mut now, mut lasted) = (SimTime::ZERO, SimDuration::ZERO);
    for _ in 0..row.count("nth_consecutive_ejection")? {
        let since = now;
        if fail(&mut detector, 0, now) != Some(Ejection::Ejected) {
            return Err("not ejected".to_owned());
        }
        while detector.is_ejected(0) {
            now += settings.interval;
            detector.tick(now);
        }
        lasted = now - since;
    }
    Ok(json!({ "ejected_for_s": lasted.as_secs() }))
}

fn percent(row: &Row) -> Got {
    let always = row.flag("always_eject_one")?;
    let settings = OutlierSettings {
        max_ejection_percent: row.count("percent")?,
        first_ejection: match always {
            true => FirstEjection::AlwaysAllowed,
            false => FirstEjection::Counts,
        },
        ..OutlierSettings::default()
    };
    let hosts = usize::try_from(row.count("hosts")?).expect("small");
    Ok(json!({ "eject": settings.allows_one_more(row.count("active")?, hosts) }))
}

fn older_overflow(row: &Row) -> Got {
    let settings = OutlierSettings {
        max_ejection_percent: row.count("percent")?,
        first_ejection: FirstEjection::AlwaysAllowed,
        ..OutlierSettings::default()
    };
    let mut detector = detector(row.count("hosts")?, settings);
    let outcomes = [0, 1].map(|host| fail(&mut detector, host, SimTime::ZERO));
    let overflows = outcomes
        .iter()
        .filter(|outcome| **outcome == Some(Ejection::Overflow));
    Ok(json!({
        "first_ejected": detector.is_ejected(0),
        "second_ejected": detector.is_ejected(1),
        "ejections_overflow": overflows.count(),
    }))
}

fn success_rate(row: &Row) -> Got {
    let rates: Vec<f64> = counts(row.raw("rates"))?
        .into_iter()
        .map(f64::from)
        .collect();
    let rates = SuccessRates::of(&rates).ok_or("no rates")?;
    let factor = row.raw("stdev_factor").as_f64().ok_or("no factor")?;
    Ok(json!({
        "mean": rates.mean,
        "variance": rates.deviation * rates.deviation,
        "stdev": rates.deviation,
        "threshold": rates.threshold(factor),
    }))
}

#[test]
fn every_envoy_table_is_among_the_committed_ones_and_unknown_rows_fail() {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let table = json!({ "cases": [{ "expect": { "no such": 1 } }] });
    for list in &LISTS {
        assert!(own.join(format!("{}.json", list.0)).exists(), "{}", list.0);
        let row = Row::new(&table, &table["cases"][0]);
        assert!(check(list, &row).is_some(), "{} {}", list.0, list.1);
    }
}

//! Upstream's tables of Istio through the functions of `routing::mesh`.
//!
//! A file holds several lists of rows, each about a function of its own. A file or a list that nobody
//! knows, a row that cannot be read, and an expectation that nothing computes are failures.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rollcast::manifest::Labels;
use rollcast::manifest::istio::{Distribute, Failover, LocalityLb, Retries};
use rollcast::routing::mesh::{
    Backoff, Change, Debounce, DebounceSpec, EndpointChanges, Hashing, Locality, Place,
    RetryPolicy, distributed_weights, priorities,
};
use rollcast::units::{SimDuration, SimTime};
use serde_json::{Value, json};

use super::folder;
use super::row::{Row, agree};

/// What a row's function came to, and what the row expects.
type Outcome = Result<(Value, Value), String>;

/// File stem, list, what computes a row of it.
type List = (&'static str, &'static str, fn(&Row) -> Outcome);

const LISTS: [List; 7] = [
    ("istio-retry", "outbound", outbound),
    ("istio-retry", "inbound", inbound),
    ("istio-retry", "backoff_ms_derived", backoff),
    ("istio-locality", "distribute", distribute),
    ("istio-locality", "failover", failover),
    ("istio-debounce", "cases", gathered),
    ("istio-debounce", "derived", pushed_at),
];

/// Lists that are settings of a table and no rows.
const SETTINGS: [(&str, &str); 1] = [("istio-locality", "proxy")];

fn retries(row: &Row) -> Result<Option<Retries>, String> {
    if !row.has("in") {
        return Ok(None);
    }
    let row = row.object("in")?;
    let known = [
        "attempts",
        "retryOn",
        "perTryTimeout_s",
        "backoff_s",
        "retryRemoteLocalities",
        "retryIgnorePreviousHosts",
    ];
    let written = known.iter().filter(|key| row.has(key)).count();
    if row.fields() != written {
        return Err("a field of `in` that nobody knows".to_owned());
    }
    Ok(Some(Retries {
        attempts: row.count("attempts")?,
        per_try_timeout: row.seconds_or_none("perTryTimeout_s")?,
        retry_on: row.raw("retryOn").as_str().map(str::to_owned),
        backoff: row.seconds_or_none("backoff_s")?,
        retry_remote_localities: row.raw("retryRemoteLocalities") == true,
        retry_ignore_previous_hosts: row.raw("retryIgnorePreviousHosts").as_bool(),
    }))
}

fn told(policy: Option<RetryPolicy>, row: &Row) -> Outcome {
    let expected = row.present("expect")?.clone();
    let Some(policy) = policy else {
        return Ok((Value::Null, expected));
    };
    let words: Vec<String> = policy.conditions.iter().map(ToString::to_string).collect();
    let got = json!({
        "num_retries": policy.retries,
        "retry_on": words.join(","),
        "codes": policy.status_codes,
        "per_try_timeout_s": policy.per_try_timeout.map(SimDuration::as_secs_f64),
        "base_interval_s": policy.backoff.base().as_secs_f64(),
        "previous_hosts": policy.previous_hosts,
        "host_selection_retry_max_attempts": policy.host_selection_attempts,
        "previous_priorities_update_frequency": policy.previous_priorities_update_frequency,
    });
    Ok((got, expected))
}

fn outbound(row: &Row) -> Outcome {
    let hashing = match row.flag("consistentHash")? {
        true => Hashing::Consistent,
        false => Hashing::Not,
    };
    told(RetryPolicy::outbound(retries(row)?.as_ref(), hashing), row)
}

fn inbound(row: &Row) -> Outcome {
    told(RetryPolicy::inbound(retries(row)?.as_ref()), row)
}

/// A bound above the longest wait is none: what is drawn beyond is cut to it.
fn backoff(row: &Row) -> Outcome {
    let base = SimDuration::from_millis(u64::from(row.count("base")?));
    let backoff = Backoff::from_base(base);
    let bound = backoff.bound(row.count("retry_index")?);
    let within = (bound <= backoff.max()).then(|| bound.as_millis_f64());
    let got = json!({ "max": backoff.max().as_millis_f64(), "upper_exclusive": within });
    let expected = json!({
        "max": row.present("max")?,
        "upper_exclusive": row.present("upper_exclusive")?,
    });
    Ok((got, expected))
}

/// Three parts; null means that nothing is known.
fn locality(value: &Value) -> Result<Locality, String> {
    if value.is_null() {
        return Ok(Locality::default());
    }
    let parts: Option<Vec<&str>> = value
        .as_array()
        .map(|parts| parts.iter().filter_map(Value::as_str).collect());
    match parts.as_deref() {
        Some([region, zone, subzone]) => Ok(Locality::new(region, zone, subzone)),
        _ => Err(format!("no locality: {value}")),
    }
}

fn localities(row: &Row) -> Result<Vec<Locality>, String> {
    let list = row.raw("localities").as_array();
    let list = list.ok_or("`localities` is no list")?;
    list.iter().map(locality).collect()
}

/// The rule is for the proxy's own locality, and all groups weigh the same before.
fn distribute(row: &Row) -> Outcome {
    let proxy = locality(row.table().raw("proxy"))?;
    let to = row.raw("to").as_object().ok_or("`to` is no map")?;
    let weight = |value: &Value| value.as_u64().and_then(|weight| u32::try_from(weight).ok());
    let to: Option<_> = to
        .iter()
        .map(|(place, value)| Some((place.clone(), weight(value)?)))
        .collect();
    let rule = Distribute {
        from: format!("{}/{}/{}", proxy.region, proxy.zone, proxy.subzone),
        to: to.ok_or("`to` has a weight that is none")?,
    };
    let groups: Vec<(Locality, u32)> = localities(row)?.into_iter().map(|one| (one, 1)).collect();
    let weights = distributed_weights(&[rule], &proxy, &groups).ok_or("no rule is for it")?;
    let weights: Vec<u32> = weights.into_iter().map(Option::unwrap_or_default).collect();
    Ok((json!(weights), row.present("weights")?.clone()))
}

/// Without a rule upstream's row has the setting switched off, which leaves all priorities at 0.
fn failover(row: &Row) -> Outcome {
    let place = |locality| Place {
        locality,
        labels: Labels::new(),
    };
    let proxy = place(locality(row.table().raw("proxy"))?);
    let pods: Vec<Place> = localities(row)?.into_iter().map(place).collect();
    let got = match row.has("rule") {
        false => vec![0; pods.len()],
        true => {
            let rule = row.object("rule")?;
            let setting = LocalityLb {
                failover: vec![Failover {
                    from: rule.text("from")?.to_owned(),
                    to: rule.text("to")?.to_owned(),
                }],
                ..LocalityLb::default()
            };
            priorities(&setting, &proxy, &pods)
        }
    };
    Ok((json!(got), row.present("priorities")?.clone()))
}

const fn at(millis: u64) -> SimTime {
    SimTime::from_nanos(millis * 1_000_000)
}

/// Begins of the pushes of changes of endpoints alone, and of the others, in ms.
fn pushes(spec: DebounceSpec, length: u64, changes: &[(u64, Change)]) -> (Vec<u64>, Vec<u64>) {
    let mut debounce = Debounce::new(spec);
    let (mut partial, mut full, mut done) = (Vec::new(), Vec::new(), None);
    let mut left = changes.iter().copied().peekable();
    loop {
        let next = left.peek().map(|(millis, _)| at(*millis));
        let times = [next, done, debounce.next_wake()];
        let Some(now) = times.into_iter().flatten().min() else {
            return (partial, full);
        };
        let millis = now.as_nanos() / 1_000_000;
        if next == Some(now) {
            let (_, change) = left.next().expect("just seen");
            partial.extend(debounce.change(now, change).map(|_| millis));
            continue;
        }
        let push = match done == Some(now) {
            true => {
                done = None;
                debounce.pushed(now)
            }
            false => debounce.wake(now),
        };
        if push.is_some() {
            full.push(millis);
            done = Some(now + SimDuration::from_millis(length));
        }
    }
}

/// After 50 ms, at most 100 ms, endpoints at once, pushes of 200 ms, as the table's `source` says.
fn gathered(row: &Row) -> Outcome {
    let spec = DebounceSpec {
        after: SimDuration::from_millis(50),
        max: SimDuration::from_millis(100),
        endpoints: EndpointChanges::AtOnce,
    };
    let list = row.raw("events").as_array().ok_or("`events` is no list")?;
    let change = |event: &Value| match (event[0].as_str(), event[1].as_u64()) {
        (Some("F"), Some(millis)) => Ok((millis, Change::Config)),
        (Some("E"), Some(millis)) => Ok((millis, Change::Endpoints)),
        _ => Err(format!("no event: {event}")),
    };
    let changes: Vec<(u64, Change)> = list.iter().map(change).collect::<Result<_, _>>()?;
    let (partial, full) = pushes(spec, 200, &changes);
    let until = row.raw("checkAt").as_u64().unwrap_or(u64::MAX);
    let begun = |times: &[u64]| times.iter().filter(|time| **time <= until).count();
    let got = json!({ "partial": begun(&partial), "full": begun(&full) });
    Ok((got, row.present("expect")?.clone()))
}

/// When the first push begins.
fn pushed_at(row: &Row) -> Outcome {
    let millis = |key| Ok::<_, String>(SimDuration::from_millis(u64::from(row.count(key)?)));
    let spec = DebounceSpec {
        after: millis("after_ms")?,
        max: millis("max_ms")?,
        endpoints: EndpointChanges::Debounced,
    };
    let times: Vec<u64> = match row.raw("events_ms") {
        Value::String(text) if text == "every 50ms for 20s" => (0..20_000).step_by(50).collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_u64).collect(),
        other => return Err(format!("no events: {other}")),
    };
    let changes: Vec<(u64, Change)> = times.iter().map(|ms| (*ms, Change::Config)).collect();
    let (_, full) = pushes(spec, 0, &changes);
    let first = *full.first().ok_or("nothing is pushed")?;
    let expected = row.count("push_at_ms")?;
    let tolerance = u64::from(row.count_or("tolerance_ms", 0)?);
    let close = first.abs_diff(u64::from(expected)) <= tolerance;
    let got = if close { u64::from(expected) } else { first };
    Ok((json!(got), json!(expected)))
}

fn stems() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the folder of tables can be read");
    let mut stems: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
        .filter(|stem| stem.starts_with("istio-"))
        .collect();
    stems.sort();
    stems
}

#[test]
fn upstreams_istio_tables_come_out_of_the_mesh() {
    let stems = stems();
    assert!(!stems.is_empty(), "no table in {}", folder().display());
    let failures: Vec<String> = stems.iter().flat_map(|stem| run(stem)).collect();
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
    for (name, cases) in table.as_object().into_iter().flatten() {
        let Some(cases) = cases.as_array() else {
            continue;
        };
        if SETTINGS.contains(&(stem, name)) {
            continue;
        }
        rows += cases.len();
        for (index, case) in cases.iter().enumerate() {
            let list = LISTS
                .iter()
                .find(|(file, list, _)| *file == stem && list == name);
            let wrong = match list {
                Some((_, _, compute)) => check(*compute, &Row::new(&table, case)),
                None => Some("nobody knows this list".to_owned()),
            };
            failures.extend(wrong.map(|wrong| format!("{stem}: {name}[{index}]: {wrong}: {case}")));
        }
    }
    println!("{stem}: {} of {rows} rows", rows - failures.len());
    if rows == 0 {
        failures.push(format!("{stem}: no rows"));
    }
    failures
}

/// What is wrong with one row, if anything.
fn check(compute: fn(&Row) -> Outcome, row: &Row) -> Option<String> {
    let (got, expected) = match catch_unwind(AssertUnwindSafe(|| compute(row))) {
        Err(_) => return Some("panicked".to_owned()),
        Ok(Err(error)) => return Some(error),
        Ok(Ok(outcome)) => outcome,
    };
    match (&expected, &got) {
        (Value::Object(fields), Value::Object(_)) => fields
            .iter()
            .find(|(name, expected)| got.get(name).is_none_or(|got| !agree(got, expected)))
            .map(|(name, expected)| format!("{name}: got {}, expected {expected}", got[name])),
        _ => (!agree(&got, &expected)).then(|| format!("got {got}, expected {expected}")),
    }
}

#[test]
fn every_istio_table_is_among_the_committed_ones() {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for (stem, ..) in LISTS {
        assert!(
            own.join(format!("{stem}.json")).exists(),
            "{stem} is missing"
        );
    }
}

#[test]
fn a_row_without_an_expectation_is_a_failure() {
    let table = json!({ "cases": [{ "in": null, "consistentHash": false }] });
    let row = Row::new(&table, &table["cases"][0]);
    for (stem, list, compute) in LISTS {
        assert!(check(compute, &row).is_some(), "{stem} {list}");
    }
}

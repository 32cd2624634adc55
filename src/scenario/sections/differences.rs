//! The keys that an image and a risk share.

use super::quantities::{count, factor, law};
use crate::document::{Diagnostic, MapReader, Node, Value};
use crate::images::{Differences, Health, OnSigterm, WarmUp};
use crate::laws::Unit;
use crate::units::{Ratio, SimDuration};

const CONCURRENCY_MAX: u32 = 1_000_000;

/// The keys read by [`read_differences`], for a risk's default name and for messages.
pub(super) const KEYS: [&str; 15] = [
    "start-up",
    "warm-up",
    "service-time",
    "cpu-share",
    "concurrency",
    "queue",
    "memory",
    "error-rate",
    "users",
    "crash",
    "size",
    "on-sigterm",
    "drain-limit",
    "closes-idle-connections",
    "health",
];

/// Reads the keys of a behaviour, each optional.
pub(super) fn read_differences(reader: &mut MapReader<'_, '_>) -> Differences {
    let mut read = Differences {
        start_up: law(reader, "start-up", Unit::Seconds),
        warm_up: read_warm_up(reader),
        cpu_share: reader.quantity("cpu-share"),
        concurrency: count(reader, "concurrency", CONCURRENCY_MAX),
        queue: reader.optional("queue"),
        error_rate: law(reader, "error-rate", Unit::Share),
        users: reader.quantity("users"),
        size: reader.quantity("size"),
        on_sigterm: read_on_sigterm(reader),
        drain_limit: reader.quantity("drain-limit"),
        closes_idle_connections: reader.optional("closes-idle-connections"),
        ..Differences::default()
    };
    read_service_time(reader, &mut read);
    read_memory(reader, &mut read);
    read_crash(reader, &mut read);
    read_health(reader, &mut read);
    read
}

fn is_map(reader: &mut MapReader<'_, '_>, key: &'static str) -> bool {
    reader.node(key).is_some_and(|node| node.as_map().is_some())
}

/// `"lognormal(…)"`, or `{ factor = 4 }`, or a law and a factor together in one map.
fn read_service_time(reader: &mut MapReader<'_, '_>, read: &mut Differences) {
    if !is_map(reader, "service-time") {
        read.service_time = law(reader, "service-time", Unit::Seconds);
        return;
    }
    if let Some(mut map) = reader.map("service-time") {
        read.service_time_factor = factor(&mut map, "factor");
        map.finish();
    }
}

fn read_warm_up(reader: &mut MapReader<'_, '_>) -> Option<WarmUp> {
    let mut map = reader.map("warm-up")?;
    let factor = factor(&mut map, "factor");
    let period = map.required_quantity("period");
    let span = map.value_span("factor");
    if factor.is_some_and(|factor| factor < 1.0) {
        let finding = Diagnostic::error("a container that warms up is slower at first")
            .at(span)
            .label("expected a factor of at least 1");
        map.problems().push(finding);
    }
    map.finish();
    Some(WarmUp {
        factor: factor?,
        period: period?,
    })
}

fn read_memory(reader: &mut MapReader<'_, '_>, read: &mut Differences) {
    if let Some(mut map) = reader.map("memory") {
        read.memory_base = map.quantity("base");
        read.memory_per_request = map.quantity("per-request");
        read.memory_growth_per_hour = map.quantity("growth-per-hour");
        map.finish();
    }
}

fn read_crash(reader: &mut MapReader<'_, '_>, read: &mut Differences) {
    if let Some(mut map) = reader.map("crash") {
        read.crash_on_start = map.quantity("on-start");
        read.crash_after = law(&mut map, "after", Unit::Seconds);
        read.crash_per_request = map.quantity("per-request");
        map.finish();
    }
}

fn read_on_sigterm(reader: &mut MapReader<'_, '_>) -> Option<OnSigterm> {
    if is_map(reader, "on-sigterm") {
        let mut map = reader.map("on-sigterm")?;
        let period: Option<SimDuration> = map.required_quantity("keep-serving");
        map.finish();
        return period.map(OnSigterm::KeepServing);
    }
    let words = [
        ("exit", OnSigterm::Exit),
        ("stop-accepting", OnSigterm::StopAccepting),
    ];
    let before = reader.problems().errors();
    let word = reader.word("on-sigterm", &words);
    if reader.problems().errors() > before {
        let hint = "to go on serving for a while, write `{ keep-serving = \"15s\" }`";
        let span = reader.value_span("on-sigterm");
        reader.problems().push(Diagnostic::note(hint).at(span));
    }
    word
}

fn read_health(reader: &mut MapReader<'_, '_>, read: &mut Differences) {
    if let Some(mut map) = reader.map("health") {
        read.health_startup = read_endpoint(&mut map, "startup");
        read.health_readiness = read_endpoint(&mut map, "readiness");
        read.health_liveness = read_endpoint(&mut map, "liveness");
        read.health_time_out_under_load = map.optional("time-out-under-load");
        map.finish();
    }
}

fn read_endpoint<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Option<Health> {
    let node = reader.node(key)?;
    if matches!(node.value, Value::Map(_)) {
        return read_dependencies(reader, key);
    }
    let words = [
        ("always", Health::Always),
        ("after-start-up", Health::AfterStartUp),
    ];
    reader.word(key, &words)
}

fn read_dependencies<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Option<Health> {
    let mut map = reader.map(key)?;
    let names = map.entries("dependencies");
    let problems = map.problems();
    let mut dependencies = Vec::new();
    for (name, entry) in names.into_iter().flatten() {
        dependencies.extend(share_of(&entry.node, name, problems).map(|s| (name.clone(), s)));
    }
    map.finish();
    names.map(|_| Health::Dependencies(dependencies))
}

/// A share straight from a node whose name is free.
fn share_of(node: &Node, name: &str, problems: &mut crate::document::Diagnostics) -> Option<Ratio> {
    let text = node.as_text().unwrap_or_default();
    text.parse()
        .map_err(|error: crate::units::UnitError| {
            let finding = Diagnostic::error(format!("`{name}`: `{}` cannot be read", error.value));
            problems.push(finding.at(node.span).label(error.rule));
        })
        .ok()
}

/// What an image without `like` has to say, for there is no sensible default.
pub(super) fn require_basics(reader: &mut MapReader<'_, '_>, read: &Differences) {
    let span = reader.span();
    let missing: Vec<&str> = [
        ("start-up", read.start_up.is_none()),
        ("service-time", read.service_time.is_none()),
        ("concurrency", read.concurrency.is_none()),
    ]
    .into_iter()
    .filter(|(key, absent)| *absent && !reader.has(key))
    .map(|(key, _)| key)
    .collect();
    for key in missing {
        let finding = Diagnostic::error(format!("an image without `like` needs `{key}`"))
            .at(span)
            .hint(format!("add `{}`", example(key)));
        reader.problems().push(finding);
    }
}

fn example(key: &str) -> &'static str {
    match key {
        "start-up" => "start-up = \"lognormal(p50 = 8s, p99 = 20s)\"",
        "service-time" => "service-time = \"lognormal(p50 = 8ms, p99 = 60ms)\"",
        _ => "concurrency = 8",
    }
}

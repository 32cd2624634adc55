//! `[traffic.NAME]`.

use super::arrivals::read_arrivals;
use super::heads::read_heads;
use super::quantities::count;
use crate::document::{Diagnostic, Diagnostics, Map, MapReader, Node, Span};
use crate::scenario::library::Library;
use crate::traffic::{Activity, Clients, KeepAlive, Retries, TrafficSpec, Users};
use crate::units::SimDuration;

const USERS_MAX: u32 = 100_000_000;
const CONNECTIONS_MAX: u32 = 1_000_000;
const ATTEMPTS_MAX: i64 = 100;

/// One source of traffic and where it is written.
pub(in crate::scenario) struct Source {
    /// What it sends.
    pub(in crate::scenario) spec: TrafficSpec,
    /// `entry`, an object's name, and where it is written.
    pub(in crate::scenario) entry: Option<(String, Span)>,
    /// Where the source is named.
    pub(in crate::scenario) span: Span,
}

/// Reads every source.
pub(in crate::scenario) fn read_traffic(
    map: Option<&Map>,
    library: &mut Library,
    problems: &mut Diagnostics,
) -> Vec<Source> {
    map.into_iter()
        .flatten()
        .filter_map(|(name, entry)| {
            let arrivals = entry.node.child("arrivals");
            let arrivals = arrivals.and_then(|node| read_arrivals(node, library, problems));
            let reader = MapReader::open(&entry.node, "a source of traffic", problems)?;
            let (entry_name, users, mut spec) = read_source(reader, name);
            spec.arrivals = arrivals?;
            spec.users = users?;
            Some(Source {
                spec,
                entry: entry_name,
                span: entry.key_span,
            })
        })
        .collect()
}

type Entry = Option<(String, Span)>;

fn read_source(mut reader: MapReader<'_, '_>, name: &str) -> (Entry, Option<Users>, TrafficSpec) {
    reader.required_node("arrivals");
    let users = read_users(&mut reader);
    let spec = TrafficSpec {
        heads: read_heads(&mut reader),
        name: name.to_owned(),
        arrivals: crate::traffic::Arrivals::Poisson {
            rate: crate::units::Rate::ZERO,
        },
        users: users.unwrap_or(Users {
            count: 1,
            activity: Activity::Uniform,
        }),
        clients: read_clients(&mut reader).unwrap_or(Clients::NewConnection),
        timeout: read_timeout(&mut reader),
        retries: read_retries(&mut reader),
    };
    let entry: Option<String> = reader.optional("entry");
    let span = reader.value_span("entry");
    reader.finish();
    (entry.map(|entry| (entry, span)), users, spec)
}

fn read_timeout(reader: &mut MapReader<'_, '_>) -> SimDuration {
    let timeout: SimDuration = reader
        .quantity("timeout")
        .unwrap_or(SimDuration::from_secs(30));
    if timeout.is_zero() {
        let finding = Diagnostic::error("a client that never waits")
            .at(reader.value_span("timeout"))
            .label("expected a time-out above `0s`");
        reader.problems().push(finding);
    }
    timeout
}

fn read_users(reader: &mut MapReader<'_, '_>) -> Option<Users> {
    reader.required_node("users")?;
    let mut users = reader.map("users")?;
    let number = count(&mut users, "count", USERS_MAX);
    if number.is_none() && !users.has("count") {
        users.required_node("count");
    }
    let activity = match users.node("activity") {
        None => Some(Activity::Uniform),
        Some(node) => read_activity(node, users.problems()),
    };
    users.finish();
    Some(Users {
        count: number?,
        activity: activity?,
    })
}

/// `"uniform"` or `"zipf(1.1)"`.
fn read_activity(node: &Node, problems: &mut Diagnostics) -> Option<Activity> {
    let text = node.as_text().unwrap_or_default().trim();
    if text == "uniform" {
        return Some(Activity::Uniform);
    }
    let inner = text
        .strip_prefix("zipf(")
        .and_then(|rest| rest.strip_suffix(')'));
    let exponent = inner.and_then(|number| number.trim().parse::<f64>().ok());
    let exponent = exponent.filter(|exponent| (0.0..=4.0).contains(exponent));
    if exponent.is_none() {
        let finding = Diagnostic::error(format!("`activity`: `{text}` cannot be read"))
            .at(node.span)
            .label("expected `uniform`, or `zipf(1.1)` with an exponent from 0 to 4");
        problems.push(finding);
    }
    exponent.map(|exponent| Activity::Zipf { exponent })
}

fn read_clients(reader: &mut MapReader<'_, '_>) -> Option<Clients> {
    let written = reader.node("clients")?;
    if written.as_map().is_none() {
        return reader.word("clients", &[("new-connection", Clients::NewConnection)]);
    }
    let mut clients = reader.map("clients")?;
    clients.required_node("keep-alive");
    let read = clients.map("keep-alive").and_then(read_keep_alive);
    clients.finish();
    read.map(Clients::KeepAlive)
}

fn read_keep_alive(mut pool: MapReader<'_, '_>) -> Option<KeepAlive> {
    let connections = count(&mut pool, "connections", CONNECTIONS_MAX);
    if connections.is_none() && !pool.has("connections") {
        pool.required_node("connections");
    }
    let lifetime = pool.quantity("lifetime");
    let idle = pool.quantity("idle").unwrap_or(SimDuration::from_secs(60));
    pool.finish();
    Some(KeepAlive {
        connections: connections?,
        lifetime,
        idle: Some(idle),
    })
}

fn read_retries(reader: &mut MapReader<'_, '_>) -> Retries {
    let mut retries = Retries::default();
    if let Some(mut map) = reader.map("retries") {
        let attempts = map.number_within("attempts", 0..=ATTEMPTS_MAX);
        retries.attempts = attempts.map_or(0, |attempts| attempts as u32);
        retries.backoff = map.quantity("backoff").unwrap_or(retries.backoff);
        retries.backoff_max = map.quantity("backoff-max").unwrap_or(retries.backoff_max);
        retries.on_error = map.optional("on-error").unwrap_or(retries.on_error);
        map.finish();
    }
    retries
}

//! How a proxy picks among pods.

use super::LocalityLb;
use super::amounts::{length_or_zero, required_length};
use super::locality::read_locality;
use crate::document::{Diagnostic, MapReader};
use crate::units::{Ratio, SimDuration};

/// `loadBalancer` (destination_rule.proto, reference progressive-delivery.md §5.4).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadBalancer {
    /// `simple` or `consistentHash`.
    pub policy: LbPolicy,
    /// `localityLbSetting`; default none: the mesh's own, which is failover by locality.
    pub locality: Option<LocalityLb>,
    /// `warmup`, or the older `warmupDurationSecs`.
    pub warmup: Option<Warmup>,
}

/// Which pod comes next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LbPolicy {
    /// `LEAST_REQUEST`, `LEAST_CONN` (the older name), `UNSPECIFIED`; the default.
    #[default]
    LeastRequest,
    /// `ROUND_ROBIN`.
    RoundRobin,
    /// `RANDOM`.
    Random,
    /// `PASSTHROUGH`: the address the client asked for.
    Passthrough,
    /// `consistentHash`.
    ConsistentHash(ConsistentHash),
}

/// `consistentHash`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistentHash {
    /// What is hashed; without it a random pod is picked.
    pub key: Option<HashKey>,
    /// By which table.
    pub algorithm: HashAlgorithm,
}

/// What is hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HashKey {
    /// `httpHeaderName`.
    Header(String),
    /// `httpCookie`: by name; with a `ttl` the proxy makes one where it is missing.
    Cookie {
        /// `name`.
        name: String,
        /// `ttl`; zero makes a cookie of the session.
        ttl: Option<SimDuration>,
    },
    /// `useSourceIp`.
    SourceIp,
    /// `httpQueryParameterName`.
    QueryParameter(String),
}

/// By which table a hash finds its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashAlgorithm {
    /// `ringHash`, the default, with at least this many points (default 1024).
    Ring(u64),
    /// `maglev`, with this many places, a prime.
    Maglev(u64),
}

/// A new pod gets fewer requests for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Warmup {
    /// `duration`.
    pub duration: SimDuration,
    /// `minimumPercent`: where its weight begins, default 10 %.
    pub minimum: Ratio,
    /// `aggression`: above 1 it grows faster at first, default 1.
    pub aggression: f64,
}

const SIMPLE: [(&str, LbPolicy); 6] = [
    ("LEAST_REQUEST", LbPolicy::LeastRequest),
    ("ROUND_ROBIN", LbPolicy::RoundRobin),
    ("RANDOM", LbPolicy::Random),
    ("PASSTHROUGH", LbPolicy::Passthrough),
    ("LEAST_CONN", LbPolicy::LeastRequest),
    ("UNSPECIFIED", LbPolicy::LeastRequest),
];
/// The proxy's default for a ring.
const RING_MIN: u64 = 1024;
const MAGLEV_MAX: u64 = 5_000_011;

/// Reads `loadBalancer`.
pub(super) fn read_load_balancer(map: &mut MapReader<'_, '_>) -> Option<LoadBalancer> {
    let mut map = map.map("loadBalancer")?;
    if map.has("simple") && map.has("consistentHash") {
        exclusive(&mut map, ["simple", "consistentHash"]);
    }
    let simple = map.word("simple", &SIMPLE);
    let hash = map.map("consistentHash").map(read_hash);
    let locality = read_locality(&mut map);
    let older = length_or_zero(&mut map, "warmupDurationSecs");
    let warmup = map.map("warmup").map(read_warmup);
    Some(LoadBalancer {
        policy: hash
            .map(LbPolicy::ConsistentHash)
            .or(simple)
            .unwrap_or_default(),
        locality,
        warmup: warmup.unwrap_or(older.map(linear)),
    })
}

fn exclusive(map: &mut MapReader<'_, '_>, [one, other]: [&str; 2]) {
    let finding = Diagnostic::error(format!("`{one}` and `{other}` exclude each other"));
    let finding = finding.at(map.key_span(other));
    map.problems().push(finding.hint("keep one of them"));
}

fn linear(duration: SimDuration) -> Warmup {
    Warmup {
        duration,
        minimum: Ratio::from_fraction(0.1).expect("a tenth is a share"),
        aggression: 1.0,
    }
}

fn read_warmup(mut map: MapReader<'_, '_>) -> Option<Warmup> {
    let duration = required_length(&mut map, "duration");
    let minimum = map.optional::<f64>("minimumPercent").unwrap_or(10.0);
    let share = Ratio::from_fraction(minimum / 100.0);
    if share.is_none() {
        let finding = Diagnostic::error(format!("`minimumPercent` is {minimum}"));
        let finding = finding.at(map.value_span("minimumPercent"));
        map.problems().push(finding.label("expected 0 to 100"));
    }
    let aggression = map.optional::<f64>("aggression").unwrap_or(1.0);
    if aggression <= 0.0 {
        let finding = Diagnostic::error(format!("`aggression` is {aggression}"));
        let finding = finding.at(map.value_span("aggression"));
        map.problems().push(finding.label("expected more than 0"));
    }
    Some(Warmup {
        duration: duration?,
        minimum: share?,
        aggression,
    })
}

fn read_hash(mut map: MapReader<'_, '_>) -> ConsistentHash {
    let keys = [
        "httpHeaderName",
        "httpCookie",
        "useSourceIp",
        "httpQueryParameterName",
    ];
    let written: Vec<&str> = keys.into_iter().filter(|key| map.has(key)).collect();
    if let [one, other, ..] = written[..] {
        exclusive(&mut map, [one, other]);
    }
    if map.has("ringHash") && map.has("maglev") {
        exclusive(&mut map, ["ringHash", "maglev"]);
    }
    let header = map.optional("httpHeaderName").map(HashKey::Header);
    let query = map.optional("httpQueryParameterName");
    let source = map.optional("useSourceIp").unwrap_or(false);
    let cookie = map.map("httpCookie").and_then(read_cookie);
    ConsistentHash {
        key: header
            .or(cookie)
            .or(query.map(HashKey::QueryParameter))
            .or(source.then_some(HashKey::SourceIp)),
        algorithm: read_algorithm(&mut map),
    }
}

fn read_cookie(mut map: MapReader<'_, '_>) -> Option<HashKey> {
    let name = map.required("name");
    let ttl = length_or_zero(&mut map, "ttl");
    Some(HashKey::Cookie { name: name?, ttl })
}

/// The older `minimumRingSize` beside the key counts where no algorithm is written.
fn read_algorithm(map: &mut MapReader<'_, '_>) -> HashAlgorithm {
    let older = map.optional::<u64>("minimumRingSize").unwrap_or(0);
    let chosen = ["ringHash", "maglev"].into_iter().find(|key| map.has(key));
    if let Some(chosen) = chosen.filter(|_| older != 0) {
        exclusive(map, ["minimumRingSize", chosen]);
    }
    let or_default = |size: u64| if size == 0 { RING_MIN } else { size };
    if let Some(mut ring) = map.map("ringHash") {
        let size = ring.optional("minimumRingSize").unwrap_or(0);
        return HashAlgorithm::Ring(or_default(size));
    }
    let Some(mut maglev) = map.map("maglev") else {
        return HashAlgorithm::Ring(or_default(older));
    };
    let size = maglev.optional::<u64>("tableSize").unwrap_or(0);
    if size >= MAGLEV_MAX || !is_prime(size) {
        let finding = Diagnostic::error(format!("`tableSize` is {size}"));
        let finding = finding.at(maglev.value_span("tableSize"));
        let rule = format!("expected a prime number below {MAGLEV_MAX}");
        maglev.problems().push(
            finding
                .label(rule)
                .hint("write `65537`, the proxy's default"),
        );
    }
    HashAlgorithm::Maglev(size)
}

/// Istio, after the proxy, lets 1 pass.
fn is_prime(number: u64) -> bool {
    let odd = |n: u64| {
        let mut factors = (3..).step_by(2).take_while(|factor| factor * factor <= n);
        factors.all(|factor| !n.is_multiple_of(factor))
    };
    match number {
        0 => false,
        1..=3 => true,
        n => n % 2 == 1 && odd(n),
    }
}

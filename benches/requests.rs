//! Speed of the request path with full accounting, beside bare loops on a plain queueing model:
//! `cargo bench --bench requests`.
//!
//! `carrier` runs the guide's kind of service (6 pods of concurrency 8, 200 requests a second,
//! lognormal service, 50,000 users by zipf 1.1, new connections) through [`Carrier`] and
//! [`Ledger`]. The other carriers change one thing each: `keep-alive` (a pool of 100 connections),
//! `retrying` (5 % errors, two further attempts), `memory` (a limit that a full queue would reach),
//! `proxied` (through a client proxy as Istio sets it up: LEAST_REQUEST, retries by default; 3 pods)
//! and `throttled` (half the service time burns a CPU quota of 400m: ends cannot be predicted, so
//! this is the event path). The yardsticks (Poisson arrivals, power of two choices over 10 pods of 8 servers,
//! exponential service, ρ 0.7) account for nothing but a mean: `classic` takes two events a request
//! from one heap, `lazy` keeps no global heap, `floor` draws the numbers alone. Absolute times
//! wander between machines; compare ratios within one run.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use rollcast::engine::Key;
use rollcast::facts::{Ledger, LedgerSpec};
use rollcast::ids::{NodeId, PodId, RunIndex, ServiceId};
use rollcast::images::Memory;
use rollcast::laws::{Law, Unit};
use rollcast::routing::envoy::balancing::{ClusterSettings, LeastRequestSettings, Policy};
use rollcast::routing::envoy::retries::RetryPolicy;
use rollcast::traffic::mesh::{FleetSpec, HostSpec, RouteSpec, Routing, UpstreamSpec};
use rollcast::traffic::{
    Activity, Arrivals, Carrier, CarrierSetup, Clients, KeepAlive, Population, Retries, ServerSpec,
    TrafficSpec, Users, Version,
};
use rollcast::units::{Bytes, CpuMillis, Rate, Ratio, SimDuration, SimTime};

const REQUESTS: u64 = 180_000;
const PODS: usize = 10;
const SERVERS: usize = 8;
const SERVICE: f64 = 0.05;
const GAP: f64 = SERVICE / (PODS as f64 * SERVERS as f64 * 0.7);

/// A time that can be compared.
#[derive(Clone, Copy, PartialEq)]
struct At(f64);
impl Eq for At {}
impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

fn exponential(rng: &mut Xoshiro256PlusPlus) -> f64 {
    Exp1.sample(rng)
}

/// What happens at a time: an arrival, or the departure of the request in a slab's place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Departure(u32),
}

#[derive(Clone, Default)]
struct Queue {
    busy: usize,
    waiting: VecDeque<f64>,
}

fn classic(requests: u64) -> f64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut heap = BinaryHeap::with_capacity(256);
    let mut pods = vec![Queue::default(); PODS];
    let mut slab: Vec<(usize, f64)> = Vec::new();
    let mut free: Vec<u32> = Vec::new();
    let (mut sum, mut done, mut arrived) = (0.0, 0, 0);
    heap.push(Reverse((At(0.0), Event::Arrival)));
    while let Some(Reverse((At(now), event))) = heap.pop() {
        match event {
            Event::Arrival => {
                arrived += 1;
                if arrived < requests {
                    let next = now + exponential(&mut rng) * GAP;
                    heap.push(Reverse((At(next), Event::Arrival)));
                }
                let (a, b) = (rng.random_range(0..PODS), rng.random_range(0..PODS));
                let load = |pod: usize| pods[pod].busy + pods[pod].waiting.len();
                let pod = if load(a) <= load(b) { a } else { b };
                if pods[pod].busy == SERVERS {
                    pods[pod].waiting.push_back(now);
                    continue;
                }
                pods[pod].busy += 1;
                let place = free.pop().unwrap_or_else(|| {
                    slab.push((0, 0.0));
                    slab.len() as u32 - 1
                });
                slab[place as usize] = (pod, now);
                let end = now + exponential(&mut rng) * SERVICE;
                heap.push(Reverse((At(end), Event::Departure(place))));
            }
            Event::Departure(place) => {
                let (pod, arrival) = slab[place as usize];
                sum += now - arrival;
                done += 1;
                if let Some(arrival) = pods[pod].waiting.pop_front() {
                    slab[place as usize] = (pod, arrival);
                    let end = now + exponential(&mut rng) * SERVICE;
                    heap.push(Reverse((At(end), Event::Departure(place))));
                } else {
                    pods[pod].busy -= 1;
                    free.push(place);
                }
            }
        }
    }
    sum / f64::from(done)
}

#[derive(Clone, Default)]
struct LazyPod {
    free: [f64; SERVERS],
    departures: BinaryHeap<Reverse<At>>,
}

fn lazy(requests: u64) -> f64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut pods = vec![LazyPod::default(); PODS];
    let (mut now, mut sum) = (0.0, 0.0);
    for _ in 0..requests {
        now += exponential(&mut rng) * GAP;
        let (a, b) = (rng.random_range(0..PODS), rng.random_range(0..PODS));
        for pod in [a, b] {
            let departures = &mut pods[pod].departures;
            while departures
                .peek()
                .is_some_and(|Reverse(At(end))| *end <= now)
            {
                departures.pop();
            }
        }
        let shorter = pods[a].departures.len() <= pods[b].departures.len();
        let pod = &mut pods[if shorter { a } else { b }];
        let first = (1..SERVERS).fold(0, |best, k| {
            if pod.free[k] < pod.free[best] {
                k
            } else {
                best
            }
        });
        let end = pod.free[first].max(now) + exponential(&mut rng) * SERVICE;
        pod.free[first] = end;
        pod.departures.push(Reverse(At(end)));
        sum += end - now;
    }
    sum / requests as f64
}

fn floor(requests: u64) -> f64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut sum = 0.0;
    for _ in 0..requests {
        sum += exponential(&mut rng) + exponential(&mut rng);
        sum += (rng.random_range(0..PODS) + rng.random_range(0..PODS)) as f64;
    }
    sum
}

fn source() -> TrafficSpec {
    TrafficSpec {
        heads: Vec::new(),
        name: "user-service".to_owned(),
        arrivals: Arrivals::Poisson {
            rate: Rate::per_second(200.0).expect("a rate"),
        },
        users: Users {
            count: 50_000,
            activity: Activity::Zipf { exponent: 1.1 },
        },
        clients: Clients::NewConnection,
        timeout: SimDuration::from_secs(30),
        retries: Retries::default(),
    }
}

fn server() -> ServerSpec {
    ServerSpec {
        service_time: Law::parse("lognormal(p50 = 8ms, p99 = 60ms)", Unit::Seconds).expect("a law"),
        warm_up: None,
        concurrency: 8,
        queue: None,
        cpu_share: Ratio::ZERO,
        cpu_limit: None,
        memory: Memory::default(),
        memory_limit: None,
        error_rate: "0.02%".parse().expect("a share"),
        users: Ratio::ONE,
        crash_per_request: Ratio::ZERO,
        version: Version::Sound,
        started_at: SimTime::ZERO,
    }
}

/// What is carried: one source, and one kind of process.
struct Load {
    name: &'static str,
    source: TrafficSpec,
    server: ServerSpec,
    pods: u32,
    fleets: Vec<FleetSpec>,
}

fn loads() -> [Load; 6] {
    let plain = |name| Load {
        name,
        source: source(),
        server: server(),
        pods: 6,
        fleets: Vec::new(),
    };
    let names = [
        "carrier",
        "proxied",
        "keep-alive",
        "retrying",
        "memory",
        "throttled",
    ];
    let mut loads = names.map(plain);
    let [_, proxied, kept, retrying, memory, throttled] = &mut loads;
    let balancing = ClusterSettings::of(Policy::LeastRequest(LeastRequestSettings::default()));
    proxied.pods = 3;
    proxied.fleets.push(FleetSpec {
        proxies: 1,
        upstreams: vec![UpstreamSpec::new(ServiceId::new(0), balancing)],
    });
    kept.source.clients = Clients::KeepAlive(KeepAlive {
        connections: 100,
        lifetime: None,
        idle: Some(SimDuration::from_secs(60)),
    });
    retrying.server.error_rate = "5%".parse().expect("a share");
    retrying.source.retries.attempts = 2;
    memory.server.memory.base = Bytes::new(180 << 20);
    memory.server.memory.per_request = Bytes::new(1 << 20);
    memory.server.memory_limit = Some(Bytes::new(256 << 20));
    throttled.server.cpu_share = "50%".parse().expect("a share");
    throttled.server.cpu_limit = Some(CpuMillis::new(400));
    loads
}

/// One whole run: carrier and ledger set up, 15 minutes carried, users' uptime closed.
fn carry(run: u32, load: &Load, population: &Arc<Population>) -> u64 {
    let horizon = SimTime::from_secs(REQUESTS / 200);
    let service = ServiceId::new(0);
    let mut carrier = Carrier::new(&CarrierSetup {
        fleets: &load.fleets,
        proxied: &[(!load.fleets.is_empty()).then_some(0)],
        key: Key::of_run(1, RunIndex::new(run)),
        sources: std::slice::from_ref(&load.source),
        populations: std::slice::from_ref(population),
        entries: &[service],
        nodes: 3,
        metering: None,
    });
    let pods: Vec<PodId> = (0..load.pods).map(PodId::new).collect();
    pods.iter()
        .for_each(|pod| carrier.start_server(SimTime::ZERO, *pod, &load.server));
    if !load.fleets.is_empty() {
        let hosts: Vec<HostSpec> = pods.iter().map(|pod| HostSpec::new(*pod)).collect();
        let route = RouteSpec {
            retries: Some(RetryPolicy::istio()),
            ..RouteSpec::to(0)
        };
        let routing = Routing {
            routes: vec![route],
            chosen: vec![vec![Some(0)]],
        };
        carrier.set_hosts(SimTime::ZERO, (0, 0, 0), &hosts);
        carrier.set_routing(SimTime::ZERO, 0, 0, &Arc::new(routing));
    }
    for node in (0..3).map(NodeId::new) {
        carrier.set_endpoints(SimTime::ZERO, node, service, &pods);
    }
    let mut ledger = Ledger::new(LedgerSpec::new(
        SimTime::ZERO,
        horizon,
        vec![load.source.users.count],
    ));
    assert_eq!(carrier.advance(horizon, &mut ledger), None);
    carrier.finish(horizon, &mut ledger);
    ledger.total()
}

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("requests");
    group.throughput(Throughput::Elements(REQUESTS));
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let population = Arc::new(Population::new(&source().users));
    for load in loads() {
        let mut run = 0;
        group.bench_function(load.name, |bencher| {
            bencher.iter(|| {
                run += 1;
                carry(run, &load, &population)
            });
        });
    }
    group.bench_function("classic", |bencher| {
        bencher.iter(|| classic(black_box(REQUESTS)));
    });
    group.bench_function("lazy", |bencher| {
        bencher.iter(|| lazy(black_box(REQUESTS)));
    });
    group.bench_function("floor", |bencher| {
        bencher.iter(|| floor(black_box(REQUESTS)));
    });
    group.finish();
}

criterion_group!(benches, requests);
criterion_main!(benches);

//! From Istio's settings to Envoy's (istio/istio at 86c9f01f, pilot/pkg/networking/core:
//! cluster_traffic_policy.go, loadbalancer.go; reference progressive-delivery.md §5).

use super::{Abort, Fault, UpstreamSpec};
use crate::ids::ServiceId;
use crate::manifest::istio::{
    self, AbortStatus, HashAlgorithm, LbPolicy, LoadBalancer, OutlierDetection, Warmup,
};
use crate::routing::envoy::balancing::{
    ClusterSettings, LeastRequestSettings, MaglevSize, Policy, PriorityRules, RingSize, SlowStart,
};
use crate::routing::envoy::breakers::{BreakerLimits, RetryLimit};
use crate::routing::envoy::outlier::OutlierSettings;
use crate::routing::envoy::retries::{BackOff, HostSelection, RetryOn, RetryPolicy};
use crate::routing::mesh;
use crate::units::Ratio;

/// Envoy's bound on the points of a ring.
const RING_MAX: u32 = 8 * 1024 * 1024;

/// How requests are sent to the hosts of a cluster.
pub fn upstream_of(service: ServiceId, policy: &mesh::ClusterPolicy) -> UpstreamSpec {
    let pool = &policy.connection_pool;
    let retries = match policy.retry_budget {
        Some(budget) => RetryLimit::Budget {
            share: budget.share,
            at_least: budget.min_retry_concurrency,
        },
        None => RetryLimit::AtOnce(pool.max_retries),
    };
    let outliers = policy.outlier_detection.as_ref();
    UpstreamSpec {
        limits: BreakerLimits {
            connections: pool.max_connections,
            pending: pool.max_pending_requests,
            requests: pool.max_requests,
            retries,
        },
        requests_per_connection: pool.max_requests_per_connection,
        outliers: outliers.map(outlier_settings),
        ..UpstreamSpec::new(service, balancing(&policy.load_balancer, outliers))
    }
}

/// With outlier detection Istio writes its `minHealthPercent` (0) as the panic threshold; without it
/// Envoy's 50 stays.
fn balancing(written: &LoadBalancer, outliers: Option<&OutlierDetection>) -> ClusterSettings {
    let defaults = PriorityRules::default();
    ClusterSettings {
        priorities: PriorityRules {
            panic_threshold: outliers.map_or(defaults.panic_threshold, |it| percent(it.min_health)),
            ..defaults
        },
        ..ClusterSettings::of(policy(written))
    }
}

fn policy(written: &LoadBalancer) -> Policy {
    let slow_start = written.warmup.map(slow_start);
    match &written.policy {
        LbPolicy::LeastRequest => Policy::LeastRequest(LeastRequestSettings {
            slow_start,
            ..LeastRequestSettings::default()
        }),
        LbPolicy::RoundRobin => Policy::RoundRobin(slow_start),
        LbPolicy::Random | LbPolicy::Passthrough => Policy::Random,
        LbPolicy::ConsistentHash(hash) => match hash.algorithm {
            HashAlgorithm::Ring(minimum) => {
                let minimum = u32::try_from(minimum).unwrap_or(u32::MAX);
                Policy::RingHash(RingSize::new(minimum, RING_MAX.max(minimum)).unwrap_or_default())
            }
            HashAlgorithm::Maglev(size) => {
                let size = u32::try_from(size).ok().and_then(MaglevSize::new);
                Policy::Maglev(size.unwrap_or_default())
            }
        },
    }
}

fn slow_start(warmup: Warmup) -> SlowStart {
    SlowStart {
        window: warmup.duration,
        aggression: warmup.aggression,
        minimum: warmup.minimum,
    }
}

fn outlier_settings(written: &OutlierDetection) -> OutlierSettings {
    let base = written.base_ejection_time;
    OutlierSettings {
        consecutive_5xx: written.consecutive_5xx.unwrap_or(0),
        consecutive_gateway_errors: written.consecutive_gateway_errors.unwrap_or(0),
        consecutive_local_errors: written.consecutive_local_failures,
        interval: written.interval,
        base_ejection_time: base,
        max_ejection_time: OutlierSettings::default().max_ejection_time.max(base),
        max_ejection_percent: percent(written.max_ejection),
        ..OutlierSettings::default()
    }
}

fn percent(share: Ratio) -> u32 {
    share.as_parts_per_billion() / 10_000_000
}

/// What is done to requests of a route on purpose.
pub fn fault(written: &istio::Fault) -> Fault {
    let delay = written.delay.map(|delay| (delay.share, delay.length));
    let abort = written.abort.as_ref().map(|abort| Abort {
        share: abort.share,
        status: match &abort.status {
            AbortStatus::Http(status) => *status,
            AbortStatus::Grpc(name) => http_status(name),
        },
    });
    Fault { delay, abort }
}

/// What a plain client sees of a gRPC status (envoy `source/common/grpc/status.cc`,
/// `grpcToHttpStatus`).
fn http_status(grpc: &str) -> u16 {
    match grpc {
        "OK" => 200,
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => 400,
        "UNAUTHENTICATED" => 401,
        "PERMISSION_DENIED" => 403,
        "NOT_FOUND" => 404,
        "ALREADY_EXISTS" | "ABORTED" => 409,
        "RESOURCE_EXHAUSTED" => 429,
        "CANCELLED" => 499,
        "UNIMPLEMENTED" => 501,
        "UNAVAILABLE" => 503,
        "DEADLINE_EXCEEDED" => 504,
        _ => 500,
    }
}

/// When a proxy tries again.
pub fn retry_policy(written: &mesh::RetryPolicy) -> RetryPolicy {
    let conditions = written.conditions.iter();
    let named = conditions.filter_map(|one| RetryOn::named(&one.to_string()));
    RetryPolicy {
        retries: written.retries,
        on: named.fold(RetryOn::NOTHING, |all, one| all | one),
        status_codes: written.status_codes.clone(),
        per_try_timeout: written.per_try_timeout,
        host_selection: match written.previous_hosts {
            true => HostSelection::AvoidTried {
                reselections: written.host_selection_attempts,
            },
            false => HostSelection::Any,
        },
        back_off: BackOff::new(written.backoff.base(), Some(written.backoff.max()))
            .unwrap_or_default(),
    }
}

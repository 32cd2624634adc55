//! One upstream of one proxy: hosts, connections, limits, checks, outliers.

mod checks;
mod hosts;
mod link;
mod outliers;
mod pools;

use super::UpstreamSpec;
use crate::ids::ServiceId;
use crate::routing::envoy::balancing::{Cluster, Host, View};
use crate::routing::envoy::breakers::Breakers;
use crate::routing::envoy::health_check::HealthCheckSettings;
use crate::routing::envoy::outlier::{Detector, MergeWindow};
use crate::units::{SimDuration, SimTime};
use link::{Link, find};

/// What becomes of an attempt at a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::traffic) enum Connected {
    /// It is sent.
    Sent,
    /// It waits for a connection.
    Waits,
    /// Nobody listens.
    Refused,
    /// A breaker is open.
    Overflow,
}

/// When a proxy looks at an upstream again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::traffic) enum Outlook {
    /// To take in changes of health.
    Refresh(u64),
    /// For the tick of outlier detection.
    Tick(u64),
    /// For a check of a host.
    Check { at: u64, pod: u32, awaited: u32 },
}

/// How hosts are checked.
#[derive(Debug, Clone, Copy)]
struct Checks {
    settings: HealthCheckSettings,
    /// The second check of hosts that are known from the start [ns].
    second: u64,
}

#[derive(Debug, Clone)]
struct Outliers {
    detector: Detector,
    interval: SimDuration,
    /// The first tick [ns].
    phase: u64,
    ticking: bool,
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub(in crate::traffic) struct Upstream {
    pub(in crate::traffic) service: ServiceId,
    balancer: Cluster,
    hosts: Vec<Host>,
    links: Vec<Link>,
    /// Connections to pods that are no hosts any more.
    leaving: Vec<Link>,
    pub(in crate::traffic) breakers: Breakers,
    requests_per_connection: u32,
    outliers: Option<Outliers>,
    checks: Option<Checks>,
    merging: MergeWindow,
}

impl Upstream {
    /// Without hosts. Rotations begin at `start`; ticks at `phase` of the interval, in 0 .. 1.
    pub(super) fn new(spec: &UpstreamSpec, start: u64, phase: f64) -> Self {
        let outliers = spec.outliers.map(|settings| Outliers {
            detector: Detector::new(settings),
            interval: settings.interval,
            phase: spec
                .first_tick
                .unwrap_or_else(|| settings.interval.mul_f64(phase))
                .as_nanos(),
            ticking: false,
        });
        let checks = spec.health_check.map(|settings| Checks {
            settings,
            second: spec
                .second_check
                .unwrap_or_else(|| settings.interval.mul_f64(phase))
                .as_nanos(),
        });
        let mut balancer = Cluster::new(spec.balancing.clone(), start);
        balancer.refresh(View {
            hosts: &[],
            now: SimTime::ZERO,
        });
        Self {
            service: spec.service,
            balancer,
            hosts: Vec::new(),
            links: Vec::new(),
            leaving: Vec::new(),
            breakers: Breakers::new(spec.limits),
            requests_per_connection: spec.requests_per_connection.unwrap_or(u32::MAX),
            outliers,
            checks,
            merging: MergeWindow::new(spec.merge_window),
        }
    }
}

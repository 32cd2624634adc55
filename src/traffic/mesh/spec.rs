//! What proxies are told.

use crate::ids::{PodId, ServiceId};
use crate::routing::envoy::balancing::{ClusterSettings, Health};
use crate::routing::envoy::breakers::BreakerLimits;
use crate::routing::envoy::health_check::HealthCheckSettings;
use crate::routing::envoy::outlier::{MergeWindow, OutlierSettings};
use crate::routing::envoy::retries::RetryPolicy;
use crate::units::{Ratio, SimDuration};

/// Client proxies with the same settings.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetSpec {
    /// How many; users are spread over them. At least 1.
    pub proxies: u32,
    /// Where they may send requests to.
    pub upstreams: Vec<UpstreamSpec>,
}

/// A cluster in the proxy's sense: hosts, and how requests are sent to them.
#[derive(Debug, Clone, PartialEq)]
pub struct UpstreamSpec {
    /// The Service that its hosts' answers are counted for.
    pub service: ServiceId,
    /// How a host is chosen.
    pub balancing: ClusterSettings,
    /// Limits of each proxy.
    pub limits: BreakerLimits,
    /// A connection is closed after this many requests; absent: never.
    pub requests_per_connection: Option<u32>,
    /// Which hosts are left out for a while; absent: none.
    pub outliers: Option<OutlierSettings>,
    /// When the first tick of outlier detection is, counted from t = 0; absent: drawn within the
    /// interval, for each proxy.
    pub first_tick: Option<SimDuration>,
    /// How each proxy checks its hosts itself; absent: it does not. A host is first checked when
    /// the proxy hears of it.
    pub health_check: Option<HealthCheckSettings>,
    /// When hosts that are known at t = 0 are checked for the second time; absent: drawn within the
    /// interval, for each proxy.
    pub second_check: Option<SimDuration>,
    /// How long changes of health may wait for each other; zero: not at all.
    pub merge_window: SimDuration,
}

impl UpstreamSpec {
    /// Hosts of a Service chosen in this way, without limits, outlier detection, checks and a bound
    /// on connections.
    pub const fn new(service: ServiceId, balancing: ClusterSettings) -> Self {
        Self {
            service,
            balancing,
            limits: BreakerLimits::ISTIO,
            requests_per_connection: None,
            outliers: None,
            first_tick: None,
            health_check: None,
            second_check: None,
            merge_window: MergeWindow::DEFAULT,
        }
    }
}

/// A host as a proxy hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostSpec {
    /// The pod.
    pub pod: PodId,
    /// Its weight; at least 1.
    pub weight: u32,
    /// Its priority level.
    pub priority: u32,
    /// Its locality within the level.
    pub locality: u32,
    /// Its health as the control plane, or a check, has it.
    pub health: Health,
}

impl HostSpec {
    /// A healthy host like all others.
    pub const fn new(pod: PodId) -> Self {
        Self {
            pod,
            weight: 1,
            priority: 0,
            locality: 0,
            health: Health::Healthy,
        }
    }
}

/// One generation of routes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Routing {
    /// All routes.
    pub routes: Vec<RouteSpec>,
    /// By source and class of its users ([`TrafficSpec::heads`](super::super::TrafficSpec::heads)):
    /// the route of their requests, or none (404 `NR`). A source that does not meet these proxies has
    /// no entry or an empty one.
    pub chosen: Vec<Vec<Option<u16>>>,
}

/// What happens to the requests of a route.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteSpec {
    /// Where they go.
    pub action: Action,
    /// Over all tries; absent: no end but the client's patience.
    pub timeout: Option<SimDuration>,
    /// Absent: nothing is tried again.
    pub retries: Option<RetryPolicy>,
    /// Who gets copies, and of how many.
    pub mirrors: Vec<(u16, Ratio)>,
    /// What is done to them first.
    pub fault: Fault,
}

impl RouteSpec {
    /// All to one upstream, without a time-out and retries.
    pub fn to(upstream: u16) -> Self {
        Self::split(&[(Target::Upstream(upstream), 1)])
    }
    /// To these, by weight; no timeout, no retries.
    pub fn split(shares: &[(Target, u32)]) -> Self {
        Self {
            action: Action::Forward(shares.to_vec()),
            timeout: None,
            retries: None,
            mirrors: Vec::new(),
            fault: Fault::default(),
        }
    }
}

/// Where requests of a route go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// To one of these, by weight; chosen once, retries stay there.
    Forward(Vec<(Target, u32)>),
    /// They are answered by the proxy with this status.
    Respond(u16),
}

/// Where a share of the requests goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// An upstream of the fleet.
    Upstream(u16),
    /// The proxy knows no such cluster: 503 `NC`.
    Unknown,
}

/// An injected fault.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fault {
    /// A share of the requests waits this long first.
    pub delay: Option<(Ratio, SimDuration)>,
    /// A share of the requests is answered by the proxy.
    pub abort: Option<Abort>,
}

/// Requests that are answered with an error instead of being forwarded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Abort {
    /// Of how many.
    pub share: Ratio,
    /// With which status.
    pub status: u16,
}

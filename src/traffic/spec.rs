//! What a scenario says about a source of traffic (scenario.md, "Traffic").

use crate::units::{Rate, Ratio, SimDuration};

/// One source of requests.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficSpec {
    /// Its name in the scenario.
    pub name: String,
    /// When requests come.
    pub arrivals: Arrivals,
    /// Who sends them.
    pub users: Users,
    /// How they connect.
    pub clients: Clients,
    /// The client gives up an attempt after this long. Default 30 s.
    pub timeout: SimDuration,
    /// What the client does after a failed attempt. Default: nothing.
    pub retries: Retries,
    /// What requests look like, by class of users; the last class takes the rest. Only proxies look
    /// at it.
    pub heads: Vec<Head>,
}

/// What requests of some users look like.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Head {
    /// Of which share of the users.
    pub share: Ratio,
    /// `host`, as the client writes it.
    pub authority: String,
    /// `path`, with its query.
    pub path: String,
    /// `method`.
    pub method: String,
    /// `headers`: names in lower case, and values.
    pub headers: Vec<(String, String)>,
}

/// When requests come (open loop).
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// `arrivals.poisson = { rate = "400/s" }`.
    Poisson {
        /// Mean rate.
        rate: Rate,
    },
    /// `arrivals.constant = { rate = "400/s" }`: equal gaps.
    Constant {
        /// The rate.
        rate: Rate,
    },
    /// `arrivals.piecewise`, `diurnal`, `ramp` or a CSV of rates: Poisson with this rate, linear
    /// between the points, constant after the last.
    Piecewise {
        /// Time since t = 0 and rate there; ascending, the first at zero.
        points: Vec<(SimDuration, Rate)>,
        /// Start again after this long; absent: never.
        period: Option<SimDuration>,
        /// Hold each rate until the next point instead of interpolating.
        step: bool,
    },
    /// `arrivals.bursts`: a two-state Poisson process (MMPP).
    Bursts {
        /// Rate in the quiet state.
        quiet: Rate,
        /// Rate in the busy state.
        busy: Rate,
        /// Mean time in the quiet state (exponential).
        quiet_for: SimDuration,
        /// Mean time in the busy state (exponential).
        busy_for: SimDuration,
    },
}

/// Who sends requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Users {
    /// How many distinct users. At least 1.
    pub count: u32,
    /// How unequal they are.
    pub activity: Activity,
}

/// How requests spread over users.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activity {
    /// All alike. The default.
    Uniform,
    /// `zipf(1.1)`: the k-th user's share is proportional to k^-exponent.
    Zipf {
        /// Exponent, 0 ..= 4.
        exponent: f64,
    },
}

/// How clients connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// A new connection for each attempt. The default.
    NewConnection,
    /// A pool of connections that requests draw from.
    KeepAlive(KeepAlive),
}

/// A pool of client connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// Size of the pool. At least 1.
    pub connections: u32,
    /// A connection is closed after this long. Default: never.
    pub lifetime: Option<SimDuration>,
    /// An unused connection is closed after this long. Default 60 s.
    pub idle: Option<SimDuration>,
}

/// What a client does after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retries {
    /// Further attempts at most. Default 0.
    pub attempts: u32,
    /// Pause before the first further attempt, doubling each time. Default 100 ms. Without jitter:
    /// requests that fail together come back together, as with clients that add none.
    pub backoff: SimDuration,
    /// Longest pause. Default 10 s.
    pub backoff_max: SimDuration,
    /// Whether errors of the application (5xx) are tried again; connection failures, resets,
    /// overflow and time-outs always are. Default true.
    pub on_error: bool,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 0,
            backoff: SimDuration::from_millis(100),
            backoff_max: SimDuration::from_secs(10),
            on_error: true,
        }
    }
}

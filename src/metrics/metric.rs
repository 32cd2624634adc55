//! The list of metrics that tables, JSON, CSV and gates hang on (product.md, "The numbers").

use crate::facts::Cause;

/// What a number is, for its interval and its print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In 0 ..= 1, printed as a percentage.
    Share,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// A count.
    Count,
    /// US dollars.
    Usd,
    /// Hours.
    Hours,
    /// Minutes.
    Minutes,
}

/// One measured quantity of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// Good requests / all requests, from the release to the horizon.
    Availability,
    /// Sum of 1-second slots whose error ratio exceeds the threshold.
    DowntimeSeconds,
    /// Slots without any request, excluded from downtime.
    EmptySeconds,
    /// Windowed user-uptime, width in minutes; 0 = the whole run.
    UserUptime(u16),
    /// All user intents.
    RequestsTotal,
    /// Failed user intents, all causes.
    RequestsFailedTotal,
    /// Failed user intents of one cause.
    RequestsFailed(Cause),
    /// Share of distinct users with at least one failed request.
    UsersAffected,
    /// Share of distinct users who were served by a bad version.
    UsersExposed,
    /// Minutes in which users were down, summed over users.
    UserMinutesLost,
    /// Latency quantiles from intended arrival.
    LatencyP50,
    /// 95 %.
    LatencyP95,
    /// 99 %.
    LatencyP99,
    /// 99.9 %.
    LatencyP999,
    /// Requests × prices of the whole run, downtime included if priced.
    CostUsd,
    /// Pod-hours from the release to the horizon.
    PodHours,
    /// Node-hours from the release to the horizon.
    NodeHours,
    /// Release to promoted and complete.
    RolloutSeconds,
    /// First bad response to last bad response.
    RecoverySeconds,
    /// Smallest number of ready pods.
    ReadyPodsMin,
    /// Largest number of pods, terminating ones included.
    PodsMax,
}

const WINDOWS_MINUTES: [u16; 3] = [1, 5, 0];

impl Metric {
    /// Every metric, in the order of reports.
    pub fn all() -> &'static [Self] {
        use std::sync::OnceLock;
        static ALL: OnceLock<Vec<Metric>> = OnceLock::new();
        ALL.get_or_init(|| {
            let mut all = vec![
                Self::Availability,
                Self::DowntimeSeconds,
                Self::EmptySeconds,
            ];
            all.extend(WINDOWS_MINUTES.map(Self::UserUptime));
            all.extend([Self::RequestsTotal, Self::RequestsFailedTotal]);
            all.extend(Cause::ALL.map(Self::RequestsFailed));
            all.extend([
                Self::UsersAffected,
                Self::UsersExposed,
                Self::UserMinutesLost,
                Self::LatencyP50,
                Self::LatencyP95,
                Self::LatencyP99,
                Self::LatencyP999,
                Self::CostUsd,
                Self::PodHours,
                Self::NodeHours,
                Self::RolloutSeconds,
                Self::RecoverySeconds,
                Self::ReadyPodsMin,
                Self::PodsMax,
            ]);
            all
        })
    }

    /// Position in [`Metric::all`].
    pub fn index(self) -> usize {
        Self::all()
            .iter()
            .position(|metric| *metric == self)
            .expect("every metric is listed")
    }
}

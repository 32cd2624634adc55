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
    /// Share of distinct users with a failed request before the first alarm or abort.
    UsersAffectedBeforeAlarm,
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
    /// First response of a bad version to the first alarm or abort.
    DetectionSeconds,
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
                Self::UsersAffectedBeforeAlarm,
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
                Self::DetectionSeconds,
                Self::RecoverySeconds,
                Self::ReadyPodsMin,
                Self::PodsMax,
            ]);
            all
        })
    }

    /// Name in JSON, CSV, tables and gates; a dot opens a nested object (`requests_failed.total`).
    pub fn name(self) -> String {
        let (family, member) = self.parts();
        dotted(family, member)
    }

    /// Name of its excess over the release-free twin: the family carries the suffix
    /// (`downtime_seconds_excess`, `requests_failed_excess.total`).
    pub fn excess_name(self) -> String {
        let (family, member) = self.parts();
        dotted(&format!("{family}_excess"), member)
    }

    /// The metric of this name; `requests_failed` alone means its total.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::named(name, Self::name, "requests_failed")
    }

    /// The metric whose excess has this name; `requests_failed_excess` alone means its total.
    pub fn from_excess_name(name: &str) -> Option<Self> {
        Self::named(name, Self::excess_name, "requests_failed_excess")
    }

    fn named(name: &str, spell: fn(Self) -> String, total: &str) -> Option<Self> {
        if name == total {
            return Some(Self::RequestsFailedTotal);
        }
        Self::all().iter().copied().find(|it| spell(*it) == name)
    }

    /// Family and member of the name: `("requests_failed", Some("total"))`.
    pub fn parts(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Availability => ("availability", None),
            Self::DowntimeSeconds => ("downtime_seconds", None),
            Self::EmptySeconds => ("empty_seconds", None),
            Self::UserUptime(minutes) => ("user_uptime", Some(window_name(minutes))),
            Self::RequestsTotal => ("requests_total", None),
            Self::RequestsFailedTotal => ("requests_failed", Some("total")),
            Self::RequestsFailed(cause) => ("requests_failed", Some(cause.name())),
            Self::UsersAffected => ("users_affected", None),
            Self::UsersAffectedBeforeAlarm => ("users_affected_before_alarm", None),
            Self::UsersExposed => ("users_exposed", None),
            Self::UserMinutesLost => ("user_minutes_lost", None),
            Self::LatencyP50 => ("latency_p50_ms", None),
            Self::LatencyP95 => ("latency_p95_ms", None),
            Self::LatencyP99 => ("latency_p99_ms", None),
            Self::LatencyP999 => ("latency_p999_ms", None),
            Self::CostUsd => ("cost_usd", None),
            Self::PodHours => ("pod_hours", None),
            Self::NodeHours => ("node_hours", None),
            Self::RolloutSeconds => ("rollout_seconds", None),
            Self::DetectionSeconds => ("detection_seconds", None),
            Self::RecoverySeconds => ("recovery_seconds", None),
            Self::ReadyPodsMin => ("ready_pods_min", None),
            Self::PodsMax => ("pods_max", None),
        }
    }

    /// What the number is.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Availability
            | Self::UserUptime(_)
            | Self::UsersAffected
            | Self::UsersAffectedBeforeAlarm
            | Self::UsersExposed => Kind::Share,
            Self::DowntimeSeconds
            | Self::EmptySeconds
            | Self::RolloutSeconds
            | Self::DetectionSeconds
            | Self::RecoverySeconds => Kind::Seconds,
            Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 | Self::LatencyP999 => {
                Kind::Milliseconds
            }
            Self::RequestsTotal
            | Self::RequestsFailedTotal
            | Self::RequestsFailed(_)
            | Self::ReadyPodsMin
            | Self::PodsMax => Kind::Count,
            Self::CostUsd => Kind::Usd,
            Self::PodHours | Self::NodeHours => Kind::Hours,
            Self::UserMinutesLost => Kind::Minutes,
        }
    }

    /// Which end of the scale hurts the user (or, for a count of requests, is the larger load).
    pub const fn worst(self) -> Worst {
        match self {
            Self::Availability | Self::UserUptime(_) | Self::ReadyPodsMin => Worst::Smallest,
            _ => Worst::Largest,
        }
    }

    /// One sentence for help and the report.
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Availability => "good requests / all requests, from the release to the horizon",
            Self::DowntimeSeconds => "one-second slots whose error ratio exceeds the threshold",
            Self::EmptySeconds => "one-second slots without a request, not counted as downtime",
            Self::UserUptime(_) => "windowed user-uptime: the worst window of this width",
            Self::RequestsTotal => "user intents, good or failed",
            Self::RequestsFailedTotal => "user intents that failed after all attempts",
            Self::RequestsFailed(_) => "user intents whose last attempt failed for this cause",
            Self::UsersAffected => "share of distinct users with at least one failed request",
            Self::UsersAffectedBeforeAlarm => {
                "share of distinct users with a failed request before the first alarm or abort"
            }
            Self::UsersExposed => "share of distinct users who were served by a bad version",
            Self::UserMinutesLost => "minutes in which users were down, summed over users",
            Self::LatencyP50 => "median latency from intended arrival, retries included",
            Self::LatencyP95 => "95 % quantile of latency from intended arrival",
            Self::LatencyP99 => "99 % quantile of latency from intended arrival",
            Self::LatencyP999 => "99.9 % quantile of latency from intended arrival",
            Self::CostUsd => "resource requests x prices, and downtime where it has a price",
            Self::PodHours => "hours of pods, from creation to removal",
            Self::NodeHours => "hours of nodes that the pods need",
            Self::RolloutSeconds => "from the release to promoted and complete",
            Self::DetectionSeconds => {
                "from the first response of a bad version to the first alarm or abort"
            }
            Self::RecoverySeconds => "from the first bad response to the last",
            Self::ReadyPodsMin => "smallest number of ready pods",
            Self::PodsMax => "largest number of pods, terminating ones included",
        }
    }

    /// Position in [`Metric::all`].
    pub fn index(self) -> usize {
        Self::all()
            .iter()
            .position(|metric| *metric == self)
            .expect("every metric is listed")
    }
}

/// Which end of a metric's scale is the worst run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worst {
    /// The smallest value (availability).
    Smallest,
    /// The largest value.
    Largest,
}

fn dotted(family: &str, member: Option<&str>) -> String {
    member.map_or_else(|| family.to_owned(), |member| format!("{family}.{member}"))
}

/// Only the widths of [`Metric::all`] have a name.
fn window_name(minutes: u16) -> &'static str {
    match minutes {
        0 => "run",
        1 => "1m",
        5 => "5m",
        _ => panic!("user-uptime has windows of 1 min, 5 min and the run"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_metric_and_no_two_agree() {
        let mut names = Vec::new();
        for metric in Metric::all() {
            assert_eq!(Metric::from_name(&metric.name()), Some(*metric));
            assert_eq!(
                Metric::from_excess_name(&metric.excess_name()),
                Some(*metric)
            );
            names.extend([metric.name(), metric.excess_name()]);
            assert!(!metric.doc().is_empty());
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn dots_and_suffixes_stand_where_the_format_says() {
        let crash = Metric::RequestsFailed(Cause::Crash);
        assert_eq!(crash.name(), "requests_failed.crash");
        assert_eq!(crash.excess_name(), "requests_failed_excess.crash");
        assert_eq!(Metric::UserUptime(0).name(), "user_uptime.run");
        assert_eq!(
            Metric::from_name("requests_failed"),
            Some(Metric::RequestsFailedTotal)
        );
        assert_eq!(Metric::from_name("availability_excess"), None);
    }
}

//! From the facts of a run to its metrics (product.md, "The numbers").

use super::{Metric, Prices, RunMetrics};
use crate::facts::{Cause, Headcount, Ledger};
use crate::units::{Ratio, SimDuration, SimTime};

/// What a run left behind; ledger and headcount are closed and count the same window.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Requests.
    pub ledger: &'a Ledger,
    /// Pods.
    pub headcount: &'a Headcount,
    /// From the release to promoted and complete; absent if that was not reached.
    pub rollout: Option<SimDuration>,
    /// The first alarm or abort after the release; absent: nobody noticed anything.
    pub alarm: Option<Alarm>,
    /// Prices of the scenario.
    pub prices: Prices,
    /// A second is down if its error ratio exceeds this.
    pub downtime_threshold: Ratio,
}

/// The first time that anybody or anything noticed the release going wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// When.
    pub at: SimTime,
    /// Distinct users with a failed request until then.
    pub users_affected: u32,
}

/// The metrics of one run; what has no meaning in it (a ratio of nothing) is absent.
pub fn measure(facts: &Facts<'_>) -> RunMetrics {
    let mut metrics = RunMetrics::default();
    measure_requests(facts, &mut metrics);
    measure_users(facts, &mut metrics);
    measure_resources(facts, &mut metrics);
    metrics
}

fn measure_requests(facts: &Facts<'_>, metrics: &mut RunMetrics) {
    let ledger = facts.ledger;
    let total = ledger.total() as f64;
    // A ratio of no requests is not finite, which counts as absent.
    metrics.set(Metric::Availability, ledger.good() as f64 / total);
    metrics.set(Metric::RequestsTotal, total);
    metrics.set(Metric::RequestsFailedTotal, ledger.failed() as f64);
    for cause in Cause::ALL {
        metrics.set(
            Metric::RequestsFailed(cause),
            ledger.failed_by(cause) as f64,
        );
    }
    let down = ledger.downtime_seconds(facts.downtime_threshold);
    metrics.set(Metric::DowntimeSeconds, down as f64);
    metrics.set(Metric::EmptySeconds, ledger.empty_seconds() as f64);
    for (metric, share) in [
        (Metric::LatencyP50, 0.5),
        (Metric::LatencyP95, 0.95),
        (Metric::LatencyP99, 0.99),
        (Metric::LatencyP999, 0.999),
    ] {
        if let Some(latency) = ledger.latencies().quantile(share) {
            metrics.set(metric, latency.as_millis_f64());
        }
    }
    // An alarm before the first response of a bad version is of something else.
    if let (Some(first), Some(alarm)) = (ledger.exposed_from(), facts.alarm)
        && first <= alarm.at
    {
        metrics.set(Metric::DetectionSeconds, (alarm.at - first).as_secs_f64());
    }
    if let Some((first, last)) = ledger.bad_responses() {
        metrics.set(Metric::RecoverySeconds, (last - first).as_secs_f64());
    }
    if let Some(rollout) = facts.rollout {
        metrics.set(Metric::RolloutSeconds, rollout.as_secs_f64());
    }
}

fn measure_users(facts: &Facts<'_>, metrics: &mut RunMetrics) {
    let ledger = facts.ledger;
    let users = f64::from(ledger.users());
    metrics.set(
        Metric::UsersAffected,
        f64::from(ledger.users_affected()) / users,
    );
    if let Some(alarm) = facts.alarm {
        let hurt = f64::from(alarm.users_affected) / users;
        metrics.set(Metric::UsersAffectedBeforeAlarm, hurt);
    }
    metrics.set(
        Metric::UsersExposed,
        f64::from(ledger.users_exposed()) / users,
    );
    metrics.set(Metric::UserMinutesLost, ledger.user_minutes_lost());
    for metric in Metric::all() {
        let Metric::UserUptime(minutes) = *metric else {
            continue;
        };
        let width = (minutes > 0).then(|| SimDuration::from_secs(u64::from(minutes) * 60));
        if let Some(uptime) = ledger.user_uptime(width) {
            metrics.set(*metric, uptime);
        }
    }
}

fn measure_resources(facts: &Facts<'_>, metrics: &mut RunMetrics) {
    let headcount = facts.headcount;
    let requests = facts.prices.of_requests(headcount).as_usd();
    let downtime = facts.ledger.user_minutes_lost() * facts.prices.user_minute.as_usd();
    metrics.set(Metric::CostUsd, requests + downtime);
    metrics.set(Metric::PodHours, headcount.pod_hours());
    metrics.set(Metric::NodeHours, headcount.node_hours());
    if let (Some(ready), Some(pods)) = (headcount.ready_min(), headcount.pods_max()) {
        metrics.set(Metric::ReadyPodsMin, f64::from(ready));
        metrics.set(Metric::PodsMax, f64::from(pods));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{LedgerSpec, NodeSize, PodSize, RequestFact, Verdict, Window};
    use crate::ids::{SourceId, UserId};
    use crate::units::{Bytes, CpuMillis, Money, SimTime};

    fn ledger(verdicts: &[Verdict]) -> Ledger {
        let end = SimTime::from_secs(10);
        let mut ledger = Ledger::new(LedgerSpec::new(SimTime::ZERO, end, vec![4]));
        for (second, verdict) in (0..).zip(verdicts) {
            let intended = SimTime::from_secs(second);
            ledger.record(&RequestFact {
                source: SourceId::new(0),
                user: UserId::new(second as u32 % 4),
                intended,
                settled: intended + SimDuration::from_millis(500),
                verdict: *verdict,
                attempts: 1,
                exposed: second == 3,
            });
        }
        ledger.close();
        ledger
    }

    fn measured(ledger: &Ledger) -> RunMetrics {
        let window = Window {
            from: SimTime::ZERO,
            until: SimTime::from_secs(10),
        };
        let node = NodeSize {
            cpu: CpuMillis::new(4000),
            memory: Bytes::new(16 << 30),
            pods: 110,
        };
        let mut headcount = Headcount::new(window, node);
        headcount.pod_created(SimTime::ZERO, PodSize::default());
        headcount.close();
        measure(&Facts {
            ledger,
            headcount: &headcount,
            rollout: None,
            alarm: Some(Alarm {
                at: SimTime::from_secs(9),
                users_affected: 1,
            }),
            prices: Prices {
                user_minute: Money::from_usd(60.0),
                ..Prices::default()
            },
            downtime_threshold: "5%".parse().unwrap(),
        })
    }

    #[test]
    fn five_requests_give_the_pencils_metrics() {
        let failed = Verdict::Failed(Cause::Reset);
        let good = Verdict::Good;
        let metrics = measured(&ledger(&[good, failed, failed, good, good]));
        let get = |metric| metrics.get(metric);
        assert_eq!(get(Metric::Availability), Some(0.6));
        assert_eq!(get(Metric::DowntimeSeconds), Some(2.0));
        assert_eq!(get(Metric::EmptySeconds), Some(5.0));
        assert_eq!(get(Metric::RequestsFailed(Cause::Reset)), Some(2.0));
        assert_eq!(get(Metric::RequestsFailed(Cause::Crash)), Some(0.0));
        assert_eq!(get(Metric::UsersAffected), Some(0.5));
        assert_eq!(get(Metric::UsersExposed), Some(0.25));
        // Failures settle at 1.5 s and 2.5 s.
        assert_eq!(get(Metric::RecoverySeconds), Some(1.0));
        assert_eq!(get(Metric::RolloutSeconds), None);
        // The fourth request is the first of a bad version: it settles at 3.5 s.
        assert_eq!(get(Metric::DetectionSeconds), Some(5.5));
        assert_eq!(get(Metric::UsersAffectedBeforeAlarm), Some(0.25));
        // Users 1 and 2 are down from their failure to the end: 9 s + 8 s, at one dollar a second.
        assert!((get(Metric::CostUsd).unwrap() - 17.0).abs() < 1e-9);
        assert_eq!(get(Metric::PodHours), Some(10.0 / 3600.0));
    }

    #[test]
    fn a_run_without_requests_has_no_availability() {
        let metrics = measured(&ledger(&[]));
        assert_eq!(metrics.get(Metric::Availability), None);
        assert_eq!(metrics.get(Metric::LatencyP99), None);
        assert_eq!(metrics.get(Metric::RecoverySeconds), None);
        assert_eq!(metrics.get(Metric::DowntimeSeconds), Some(0.0));
    }
}

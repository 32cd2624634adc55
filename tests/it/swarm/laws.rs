//! Laws of requests, time and money, each judged on one watched run.

use rollcast::facts::{Cause, Happening};
use rollcast::metrics::{Kind, Metric};
use rollcast::scenario::{Scenario, Variant};
use rollcast::sim::Watched;
use rollcast::units::SimTime;

use super::Held;

/// All of them.
pub(super) const LAWS: [fn(&Seen<'_>) -> Held; 5] = [
    requests_balance,
    causes_and_shares_add_up,
    time_never_goes_back,
    pod_seconds_add_up,
    money_adds_up,
];

/// A run, and what it was asked.
pub(super) struct Seen<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) count_from: SimTime,
    pub(super) watched: &'a Watched,
}

impl Seen<'_> {
    fn get(&self, metric: Metric) -> Option<f64> {
        self.watched.outcome.metrics.get(metric)
    }

    pub(super) fn variant(&self) -> &Variant {
        &self.scenario.variants[0]
    }
}

pub(super) fn hold(holds: bool, why: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(why()) }
}

/// Requests in = good + failed + in flight.
fn requests_balance(seen: &Seen<'_>) -> Held {
    let balance = seen.watched.balance;
    let out = balance.good + balance.failed + balance.unsettled;
    // With a later start of counting, those of the warm-up are on no account.
    let holds = match seen.count_from == SimTime::ZERO {
        true => balance.arrived == out,
        false => balance.arrived >= out,
    };
    hold(holds, || format!("requests do not balance: {balance:?}"))
}

/// Causes and seconds sum up to the failed; availability = good / total; shares are shares.
fn causes_and_shares_add_up(seen: &Seen<'_>) -> Held {
    let balance = seen.watched.balance;
    let causes = Cause::ALL
        .iter()
        .filter_map(|cause| seen.get(Metric::RequestsFailed(*cause)));
    let by_cause: f64 = causes.sum();
    let seconds = seen.watched.recording.failures.iter().flatten();
    let by_second: u64 = seconds.map(|count| u64::from(*count)).sum();
    let failed = seen.get(Metric::RequestsFailedTotal);
    hold(
        failed == Some(balance.failed as f64)
            && by_cause == balance.failed as f64
            && by_second == balance.failed,
        || format!("failed: {failed:?}, by cause {by_cause}, by second {by_second}, {balance:?}"),
    )?;
    let total = balance.good + balance.failed;
    let share = (total > 0).then(|| balance.good as f64 / total as f64);
    let availability = seen.get(Metric::Availability);
    hold(availability == share, || {
        format!("availability {availability:?}, not {share:?}")
    })?;
    for metric in Metric::all()
        .iter()
        .filter(|metric| metric.kind() == Kind::Share)
    {
        let inside = seen
            .get(*metric)
            .is_none_or(|value| (0.0..=1.0).contains(&value));
        hold(inside, || {
            format!("{} is {:?}", metric.name(), seen.get(*metric))
        })?;
    }
    Ok(())
}

fn time_never_goes_back(seen: &Seen<'_>) -> Held {
    let noted = &seen.watched.recording.noted;
    let back = noted.windows(2).find(|pair| pair[1].at < pair[0].at);
    hold(back.is_none(), || format!("time goes back: {back:?}"))?;
    let late = noted.iter().find(|noted| noted.at > seen.scenario.horizon);
    hold(late.is_none(), || format!("after the horizon: {late:?}"))
}

/// Pod-nanoseconds of the counted time, from the moments at which pods came and went.
fn pod_nanos(seen: &Seen<'_>) -> u128 {
    let recording = &seen.watched.recording;
    let left = |from: SimTime| {
        let from = from.max(seen.count_from);
        i128::from(seen.scenario.horizon.saturating_since(from).as_nanos())
    };
    let settled = recording.settled.len() as i128 * left(SimTime::ZERO);
    let moved = recording.noted.iter().map(|noted| match noted.what {
        Happening::PodCreated(..) => left(noted.at),
        Happening::PodGone(_) => -left(noted.at),
        _ => 0,
    });
    u128::try_from(settled + moved.sum::<i128>()).expect("a pod goes after it came")
}

fn pod_seconds_add_up(seen: &Seen<'_>) -> Held {
    let hours = pod_nanos(seen) as f64 / 3.6e12;
    let counted = seen.get(Metric::PodHours);
    hold(counted == Some(hours), || {
        format!("pod-hours: {counted:?} counted, {hours} from moments")
    })
}

/// Requests × time × price, plus priced minutes of downtime.
fn money_adds_up(seen: &Seen<'_>) -> Held {
    let variant = seen.variant();
    let resources = variant.before.deployments[0].template.containers[0].resources;
    let cpu = resources.cpu_request.map_or(0, |cpu| cpu.as_millis()) as f64 / 1000.0;
    let memory = resources.memory_request.map_or(0, |memory| memory.as_u64()) as f64;
    let prices = variant.prices;
    let hour =
        cpu * prices.vcpu_hour.as_usd() + memory / f64::from(1 << 30) * prices.gib_hour.as_usd();
    let lost = seen.get(Metric::UserMinutesLost).unwrap_or(0.0);
    let usd = pod_nanos(seen) as f64 / 3.6e12 * hour + lost * prices.user_minute.as_usd();
    let counted = seen.get(Metric::CostUsd).ok_or("no cost")?;
    // Each of the two amounts is rounded to a billionth of a dollar; the sum is one of doubles.
    let slack = 2e-9 + usd * 1e-12;
    hold((counted - usd).abs() <= slack, || {
        format!("cost {counted}, not {usd}")
    })
}

//! The laws, each judged on one watched run.

use rollcast::control::deployment::resolve_fenceposts;
use rollcast::facts::{Cause, Happening};
use rollcast::ids::{PodId, ReplicaSetId};
use rollcast::manifest::Strategy;
use rollcast::metrics::{Kind, Metric};
use rollcast::scenario::{Operation, Scenario, Variant};
use rollcast::sim::Watched;
use rollcast::units::{SimDuration, SimTime};

use super::Held;

/// All of them.
pub(super) const LAWS: [fn(&Seen<'_>) -> Held; 6] = [
    requests_balance,
    causes_and_shares_add_up,
    time_never_goes_back,
    pods_stay_within_their_bounds,
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

    fn variant(&self) -> &Variant {
        &self.scenario.variants[0]
    }
}

fn hold(holds: bool, why: impl FnOnce() -> String) -> Held {
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

/// Pods of each ReplicaSet without and with a deletion mark, and its wanted size.
#[derive(Default)]
struct Sets(Vec<Set>);

#[derive(Default, Clone)]
struct Set {
    wanted: u32,
    active: Vec<PodId>,
    leaving: Vec<PodId>,
    unmarked_since: Option<SimTime>,
}

impl Set {
    /// How long there have been more pods than wanted, none of them marked.
    fn unmarked(&mut self, now: SimTime) -> SimDuration {
        let too_many = self.active.len() > self.wanted as usize;
        let since = *self.unmarked_since.get_or_insert(now);
        if !too_many {
            self.unmarked_since = None;
        }
        now.saturating_since(since)
    }
}

impl Sets {
    fn of(&mut self, set: ReplicaSetId) -> &mut Set {
        let length = self.0.len().max(set.index() + 1);
        self.0.resize_with(length, Set::default);
        &mut self.0[set.index()]
    }
}

/// How long a ReplicaSet may take to mark pods that it no longer wants: a watch, a turn of its
/// controller and a write, below a second each.
const UNMARKED_AT_MOST: SimDuration = SimDuration::from_secs(3);

/// Pods ≤ desired + surge + terminating. The Deployment controller counts wanted sizes (reference
/// kubernetes.md §1.2), so those sum up to desired + surge at most at every moment; pods above
/// their set's wanted size are marked for deletion as soon as its controller knows.
fn pods_stay_within_their_bounds(seen: &Seen<'_>) -> Held {
    let recording = &seen.watched.recording;
    let bound = most_pods(seen.variant());
    let mut sets = Sets::default();
    for pod in &recording.settled {
        let set = sets.of(recording.owners[pod.index()]);
        set.active.push(*pod);
        set.wanted += 1;
    }
    for noted in &recording.noted {
        let told = || format!("at {}: {:?}", noted.at, noted.what);
        match noted.what {
            Happening::ReplicaSetScaled(set, _, to) => sets.of(set).wanted = to,
            Happening::PodCreated(pod, set) => sets.of(set).active.push(pod),
            Happening::PodTerminating(pod) => {
                let set = sets.of(recording.owners[pod.index()]);
                let place = set.active.iter().position(|it| *it == pod);
                let place = place.ok_or_else(|| format!("{}: marked twice", told()))?;
                let pod = set.active.swap_remove(place);
                set.leaving.push(pod);
            }
            Happening::PodGone(pod) => {
                // A pod without a node is gone at once, without a mark.
                let set = sets.of(recording.owners[pod.index()]);
                let before = set.active.len() + set.leaving.len();
                set.active.retain(|it| *it != pod);
                set.leaving.retain(|it| *it != pod);
                let after = set.active.len() + set.leaving.len();
                hold(after + 1 == before, || {
                    format!("{}: it was not there", told())
                })?;
            }
            _ => {}
        }
        let wanted: u32 = sets.0.iter().map(|set| set.wanted).sum();
        hold(wanted <= bound, || {
            format!("{}: {wanted} wanted of {bound}", told())
        })?;
        let slow = sets
            .0
            .iter_mut()
            .any(|set| set.unmarked(noted.at) > UNMARKED_AT_MOST);
        hold(!slow, || {
            format!("{}: more pods than wanted, unmarked for long", told())
        })?;
    }
    Ok(())
}

/// desired + surge, for the largest number that is ever desired.
fn most_pods(variant: &Variant) -> u32 {
    let deployment = &variant.before.deployments[0];
    let scaled = variant
        .operators
        .iter()
        .map(|operator| match operator.operation {
            Operation::Scale(replicas) => replicas,
            _ => 0,
        });
    let desired = scaled.fold(deployment.replicas, u32::max);
    let surge = match deployment.strategy {
        Strategy::Recreate => 0,
        Strategy::RollingUpdate {
            max_surge,
            max_unavailable,
        } => resolve_fenceposts(Some(max_surge), Some(max_unavailable), desired).surge,
    };
    desired + surge
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

//! When a canary Rollout has to be looked at again, though nothing happens.

use super::super::{ControllerPause, SetView, Step};
use super::CanaryView;
use crate::units::{SimDuration, SimTime};

/// Wait before an unverified weight is looked at again (upstream's `GetRolloutVerifyRetryInterval`).
const VERIFY_AGAIN: SimDuration = SimDuration::from_secs(10);

/// The first instant at which a pass over the same view may do something else: the end of a timed
/// pause (strict, so one tick later), a scale-down deadline, another look at an unverified weight. The
/// progress deadline and a restart have their own ([`super::super::progress::requeue_at`],
/// [`super::super::restart::requeue_at`]).
pub fn requeue_at(seen: &CanaryView<'_>, now: SimTime) -> Option<SimTime> {
    let pause_end = match (seen.step(), seen.status.pause) {
        (Some((_, Step::Pause(Some(length)))), ControllerPause::Since(start)) => {
            Some(start + length + SimDuration::from_nanos(1))
        }
        _ => None,
    };
    let weights = seen.status.weights.map(|routed| routed.weights);
    let unverified = weights.is_some_and(|weights| weights.verified == Some(false));
    let verified_at = unverified.then_some(now + VERIFY_AGAIN);
    let new = seen.sets.new.filter(|_| seen.is_aborted());
    let waiting = seen.sets.older.iter().chain(new);
    let deadlines = waiting.filter(|set| set.spec > 0);
    let times = deadlines.filter_map(|set: &SetView| set.scale_down_deadline);
    let times = times.chain(pause_end).chain(verified_at);
    times.filter(|at| *at > now).min()
}

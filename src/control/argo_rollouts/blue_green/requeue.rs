//! When a blue-green Rollout has to be looked at again, though nothing happens.

use super::super::{ControllerPause, Promotion, SetView};
use super::BlueGreenView;
use crate::units::{SimDuration, SimTime};

/// The first instant at which a pass over the same view may do something else: the end of a timed
/// pause (strict, so one tick later) or a scale-down deadline. The progress deadline and a restart
/// have their own ([`super::super::progress::requeue_at`], [`super::super::restart::requeue_at`]).
pub fn requeue_at(seen: &BlueGreenView<'_>, now: SimTime) -> Option<SimTime> {
    let pause_end = match (seen.spec.promotion, seen.status.pause) {
        (Promotion::After(length), ControllerPause::Since(start)) => {
            Some(start + length + SimDuration::from_nanos(1))
        }
        _ => None,
    };
    let new = seen.sets.new.filter(|_| seen.is_aborted());
    let waiting = seen.sets.older.iter().chain(new);
    let deadlines = waiting.filter(|set| set.spec > 0);
    let times = deadlines.filter_map(|set: &SetView| set.scale_down_deadline);
    times.chain(pause_end).filter(|at| *at > now).min()
}

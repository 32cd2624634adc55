//! How one pass sizes its sets, whatever the strategy.

use super::delays::RESYNC;
use super::{
    NewSet, RolloutSpec, SetView, Sets, TemplateHash, aborted_new_set, delays_scale_down_on_abort,
};
use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// One write to a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetChange {
    /// Take its scale-down deadline.
    ClearDeadline(TemplateHash),
    /// Write a scale-down deadline, a whole second.
    SetDeadline(TemplateHash, SimTime),
    /// Size it (pods), and note `spec.replicas` on it, which may be the only change.
    Resize(TemplateHash, u32),
}

/// Whether `spec.replicas` is another than the new or the stable set was last told: such a pass only
/// sizes sets (reference §1.2 step 0, upstream's `isScalingEvent`). Sets without pods do not count.
pub fn is_scaling_event(rollout: &RolloutSpec, sets: &Sets<'_>) -> bool {
    let told_otherwise =
        |set: &SetView| set.spec > 0 && set.desired.is_some_and(|told| told != rollout.replicas);
    let mut used = sets.new.into_iter().chain(sets.distinct_stable());
    used.any(told_otherwise)
}

/// Whether an update goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// It does, or there is none.
    Going,
    /// It is aborted, and there is a stable set to go back to.
    Aborted,
}

impl Update {
    /// Of a status and its sets.
    pub(super) const fn of(aborted: bool, sets: &Sets<'_>) -> Self {
        match (aborted, sets.stable) {
            (true, Some(_)) => Self::Aborted,
            _ => Self::Going,
        }
    }
}

/// What the sizing of every set in a pass depends on.
#[derive(Debug, Clone, Copy)]
pub struct Sizing<'a> {
    /// The Rollout's spec.
    pub rollout: &'a RolloutSpec,
    /// Whether the update goes on.
    pub update: Update,
}

impl Sizing<'_> {
    /// Whether the new set waits for a deadline before it goes.
    fn delays_new(&self) -> bool {
        self.update == Update::Aborted && delays_scale_down_on_abort(self.rollout)
    }

    /// The sets in use lose their deadlines, in case they were older ones before (upstream's
    /// `removeScaleDownDeadlines`).
    pub fn clear_deadlines(&self, sets: &Sets<'_>) -> Vec<SetChange> {
        let delays = self.delays_new();
        let new = sets.new.filter(|_| !delays).into_iter();
        let used = new.chain(sets.distinct_stable());
        let marked = used.filter(|set| set.scale_down_deadline.is_some());
        marked
            .map(|set| SetChange::ClearDeadline(set.hash))
            .collect()
    }

    /// Brings a set to this size: nothing if it is there and was told `spec.replicas`. A set that
    /// goes loses its deadline, unless an aborted one waits for its own (upstream's `scaleReplicaSet`).
    pub fn resize(&self, set: &SetView, size: u32) -> Vec<SetChange> {
        let told = set.desired == Some(self.rollout.replicas);
        if set.spec == size && told {
            return Vec::new();
        }
        let mut changes = vec![SetChange::Resize(set.hash, size)];
        if size == 0 && set.scale_down_deadline.is_some() && !self.delays_new() {
            changes.push(SetChange::ClearDeadline(set.hash));
        }
        changes
    }

    /// Sizes the new set, whose size would be `wanted` (upstream's `reconcileNewReplicaSet`).
    pub fn size_new(&self, sets: &Sets<'_>, wanted: u32, now: SimTime) -> Vec<SetChange> {
        let Some(new) = sets.new else {
            return Vec::new();
        };
        let fate = match self.update {
            Update::Aborted => aborted_new_set(self.rollout, (new, sets.stable), wanted, now),
            Update::Going => NewSet::Size(wanted),
        };
        let cleared = SetView {
            scale_down_deadline: new.scale_down_deadline.filter(|_| self.delays_new()),
            ..*new
        };
        match fate {
            NewSet::Size(size) => self.resize(&cleared, size),
            NewSet::Keep => self.resize(new, new.spec),
            NewSet::Deadline(at) => {
                let mut changes = self.resize(new, new.spec);
                changes.push(SetChange::SetDeadline(new.hash, at));
                changes
            }
        }
    }

    /// What becomes of an older set that keeps `kept_size` until a deadline (reference §1.7,
    /// upstream's `scaleDownDelayHelper`): the first so many get one, the rest goes at once. `kept`
    /// counts those so far.
    ///
    /// A delay of 0 writes no deadline and keeps the size, in every pass: such sets never go
    /// (upstream's open bug 1992).
    pub fn delayed(
        &self,
        (set, kept_size): (&SetView, u32),
        kept: &mut u32,
        now: SimTime,
    ) -> Vec<SetChange> {
        let limit = self.rollout.scale_down_revision_limit();
        match set.scale_down_deadline {
            None if *kept < limit => {
                *kept += 1;
                let delay = self.rollout.scale_down_delay();
                let deadline = SetChange::SetDeadline(set.hash, stamp(now + delay));
                (!delay.is_zero()).then_some(deadline).into_iter().collect()
            }
            None => self.resize_older(set, 0),
            Some(deadline) => {
                *kept += 1;
                let stays = *kept <= limit && deadline > now;
                self.resize_older(set, if stays { kept_size } else { 0 })
            }
        }
    }

    /// As [`Self::resize`], but what an older set was told is of no account.
    pub fn resize_older(&self, set: &SetView, size: u32) -> Vec<SetChange> {
        match set.spec == size {
            true => Vec::new(),
            false => self.resize(set, size),
        }
    }
}

/// Whether one of the changes moves the size of one of the sets.
pub(super) fn moves_size(changes: &[SetChange], sets: &Sets<'_>) -> bool {
    changes.iter().any(|change| match change {
        SetChange::Resize(hash, size) => {
            sets.all().any(|set| set.hash == *hash && set.spec != *size)
        }
        _ => false,
    })
}

impl RolloutSpec {
    /// Pods of the present number that may be missing (upstream's `MaxUnavailable`).
    pub(super) fn may_be_missing(&self) -> u32 {
        self.fenceposts().unavailable.min(self.replicas)
    }
}

/// Whether a deadline is too far off for the controller to wait for it (upstream's
/// `reconcileNewReplicaSet`): it looks again at its resync, and sizes the set as if there were none.
pub(super) fn is_beyond_resync(deadline: SimTime, now: SimTime) -> bool {
    deadline.saturating_since(now) >= RESYNC
}

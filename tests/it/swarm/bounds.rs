//! Pods <= desired + surge + terminating, in every world, at every happening.
//!
//! `terminating` reads as "marked for deletion, or beyond the size of its ReplicaSet": the removal of the
//! latter is decided, but its controller has not marked it yet. Read as "marked" alone, the line fails
//! for milliseconds, here as in rollouts recorded from the real controllers (tests/it/traces/surplus.rs).
//! Three laws without any time constant make it up:
//!
//! * **Sizes.** The sizes of all ReplicaSets sum up to desired + surge at most. The Deployment
//!   controller raises a size only by what desired + surge leaves (reference kubernetes.md 1.3, 1.6), and
//!   a change of desired is carried out by one sync; until it has ended the older bound counts as well.
//! * **Pods.** A ReplicaSet's active pods are at most the largest of its sizes since the one that its
//!   controller carried out last. That is a theorem: a sync changes pods only when it has seen all its
//!   earlier creations and deletions (expectations), so all pods that are active are among those it sees;
//!   it creates or deletes exactly the difference to the size it read. Hence there are never more than
//!   that size, or than there were before, and nobody else creates pods. A surplus over the present size
//!   therefore consists of pods of a ReplicaSet that was told to shrink.
//! * **Marks.** A pod is marked once, and goes once.
//!
//! Not checked: that ReplicaSets are right to have these sizes (tables and traces do that). The Deployment
//! controller has no expectations: if a template changes back within milliseconds of a resize, a sync that
//! has not seen the resize may raise another ReplicaSet by as much again. No drawn world has met that.

use rollcast::control::deployment::resolve_fenceposts;
use rollcast::facts::{Happening, Noted};
use rollcast::ids::{PodId, ReplicaSetId};
use rollcast::manifest::{Deployment, Strategy};
use rollcast::scenario::{Operation, Operator};
use rollcast::sim::Recording;

use super::Held;
use super::laws::{Seen, hold};
use crate::sizes::{Excess, Sizes, Surpluses};

/// Judges one run; what it had too much goes to `into`.
pub(super) fn pods_stay_within_their_bounds(seen: &Seen<'_>, into: &mut Excess) -> Held {
    let mut rollout = Rollout::settled(seen);
    let mut of_sets = Surpluses::default();
    let mut of_bound = Surpluses::default();
    for noted in &seen.watched.recording.noted {
        let told = |why: String| format!("at {}: {:?}: {why}", noted.at, noted.what);
        rollout.happen(seen, noted).map_err(told)?;
        rollout.judge().map_err(told)?;
        let at = noted.at.as_secs_f64();
        for (index, set) in rollout.sets.iter().enumerate() {
            of_sets.note(at, index, set.surplus());
        }
        let active = rollout.total(Set::active);
        let surplus = active.saturating_sub(rollout.bound.present());
        of_bound.note(at, 0, surplus);
    }
    let scales = |it: &Operator| matches!(it.operation, Operation::Scale(_));
    let steady = !seen.variant().operators.iter().any(scales);
    let end = seen.scenario.horizon.as_secs_f64();
    into.take(Excess::of(end, of_sets, steady.then_some(of_bound)));
    Ok(())
}

/// A ReplicaSet: its sizes, its pods without and with a deletion mark.
struct Set {
    sizes: Sizes,
    active: Vec<PodId>,
    marked: Vec<PodId>,
}

impl Set {
    fn of_size(size: u32) -> Self {
        Self {
            sizes: Sizes::settled(size),
            active: Vec::new(),
            marked: Vec::new(),
        }
    }

    fn active(&self) -> u32 {
        self.active.len() as u32
    }

    /// Active pods that the size has no place for: their removal is decided, but they are not marked.
    fn surplus(&self) -> u32 {
        self.active().saturating_sub(self.sizes.present())
    }
}

/// A Deployment and its ReplicaSets.
struct Rollout {
    /// desired + surge.
    bound: Sizes,
    sets: Vec<Set>,
}

impl Rollout {
    /// As it stands at t = 0.
    fn settled(seen: &Seen<'_>) -> Self {
        let deployment = &seen.variant().before.deployments[0];
        let mut rollout = Self {
            bound: Sizes::settled(bound(deployment, deployment.replicas)),
            sets: vec![Set::of_size(deployment.replicas)],
        };
        let settled = &seen.watched.recording.settled;
        rollout.sets[0].active.extend(settled);
        rollout
    }

    fn set(&mut self, set: ReplicaSetId) -> &mut Set {
        let length = self.sets.len().max(set.index() + 1);
        self.sets.resize_with(length, || Set::of_size(0));
        &mut self.sets[set.index()]
    }

    fn set_of(&mut self, recording: &Recording, pod: PodId) -> &mut Set {
        self.set(recording.owners[pod.index()])
    }

    fn happen(&mut self, seen: &Seen<'_>, noted: &Noted) -> Held {
        let recording = &seen.watched.recording;
        match noted.what {
            Happening::Operated(index) => self.operate(seen, usize::from(index)),
            Happening::Released => self.release(seen),
            Happening::DeploymentSynced(_, bound) => {
                hold(self.bound.carried_out(bound), || {
                    "it never had it".to_owned()
                })?;
            }
            Happening::ReplicaSetScaled(set, from, to) => {
                let sizes = &mut self.set(set).sizes;
                hold(sizes.present() == from, || "another size".to_owned())?;
                sizes.change(to);
            }
            Happening::ReplicaSetSynced(set, size) => {
                let had = self.set(set).sizes.carried_out(size);
                hold(had, || "it never had it".to_owned())?;
            }
            Happening::PodCreated(pod, set) => self.set(set).active.push(pod),
            Happening::PodTerminating(pod) => {
                let set = self.set_of(recording, pod);
                let place = set.active.iter().position(|it| *it == pod);
                let place = place.ok_or("marked twice")?;
                let pod = set.active.swap_remove(place);
                set.marked.push(pod);
            }
            Happening::PodGone(pod) => {
                // A pod without a node is gone at once, without a mark.
                let set = self.set_of(recording, pod);
                let before = set.active.len() + set.marked.len();
                set.active.retain(|it| *it != pod);
                set.marked.retain(|it| *it != pod);
                let after = set.active.len() + set.marked.len();
                hold(after + 1 == before, || "it was not there".to_owned())?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The release brings its manifest's own number of replicas.
    fn release(&mut self, seen: &Seen<'_>) {
        let release = seen.variant().release.as_ref().expect("it was released");
        let deployment = &release.after.deployments[0];
        self.bound.change(bound(deployment, deployment.replicas));
    }

    fn operate(&mut self, seen: &Seen<'_>, index: usize) {
        let deployment = &seen.variant().before.deployments[0];
        match seen.variant().operators[index].operation {
            Operation::Scale(replicas) => self.bound.change(bound(deployment, replicas)),
            Operation::Apply(_) => unreachable!("no drawn operator applies a manifest"),
            _ => {}
        }
    }

    fn total(&self, of: fn(&Set) -> u32) -> u32 {
        self.sets.iter().map(of).sum()
    }

    fn judge(&self) -> Held {
        let bound = self.bound.most();
        let sizes = self.total(|set| set.sizes.present());
        hold(sizes <= bound, || format!("sizes {sizes} of {bound}"))?;
        for set in &self.sets {
            let (active, most) = (set.active(), set.sizes.most());
            hold(active <= most, || format!("{active} active of {most}"))?;
        }
        let marked = self.total(|set| set.marked.len() as u32);
        let pods = self.total(Set::active) + marked;
        let terminating = marked + self.total(Set::surplus);
        hold(pods <= bound + terminating, || {
            format!("{pods} pods, {terminating} of them terminating, of {bound}")
        })
    }
}

/// desired + surge.
fn bound(deployment: &Deployment, desired: u32) -> u32 {
    let surge = match deployment.strategy {
        Strategy::Recreate => 0,
        Strategy::RollingUpdate {
            max_surge,
            max_unavailable,
        } => resolve_fenceposts(Some(max_surge), Some(max_unavailable), desired).surge,
    };
    desired + surge
}

/// The longest surplus over a size in rollouts recorded under the shipped client limit, which holds in
/// drawn worlds too [s] (11 rollouts of 10 to 100 pods; tests/it/traces.rs prints it).
const LONGEST_RECORDED_S: f64 = 1.393;

/// Watch, turn and write at their default latencies, on average: 27.5 + 55 + 7.5 ms.
const HOP_S: f64 = 0.090;

/// Surpluses end as soon as in the record: none lasts longer than the longest there, and the median is
/// one hop. There it is 9 ms beside hops of 7 to 12 ms, so that here it is 9/12 to 9/7 of a hop. A
/// median of fewer than thirty says too little.
pub(super) fn surpluses_end_as_recorded(excess: &Excess) -> Held {
    let (surpluses, line) = (&excess.of_sets, || excess.line());
    hold(surpluses.length_s(1.0) <= LONGEST_RECORDED_S, line)?;
    let hops = surpluses.length_s(0.5) / HOP_S;
    let usual = (9.0 / 12.0..=9.0 / 7.0).contains(&hops);
    hold(usual || surpluses.over.len() < 30, line)
}

//! Which ReplicaSet is the new one, which revision it has, and which one an undo goes back to.

use super::{DeploymentSpec, ReplicaSetView};
use crate::ids::ReplicaSetId;

/// The ReplicaSet whose template is the Deployment's; the oldest if there are several.
pub fn find_new(spec: &DeploymentSpec, sets: &[ReplicaSetView]) -> Option<ReplicaSetView> {
    let same = |set: &&ReplicaSetView| set.template_hash == spec.template_hash;
    let oldest = sets.iter().filter(same).min_by_key(|set| set.age_order());
    oldest.copied()
}

/// The highest revision, 0 if there is none; unreadable ones are skipped.
pub fn max_revision(sets: &[ReplicaSetView]) -> i64 {
    let numbers = sets.iter().filter_map(|set| set.revision.number());
    numbers.max().unwrap_or(0).max(0)
}

/// The revision that the new ReplicaSet gets: one above all old ones.
pub fn next_revision(old: &[ReplicaSetView]) -> i64 {
    max_revision(old).saturating_add(1)
}

/// The second-highest revision, 0 if there is none: where an undo goes by default.
pub fn last_revision(sets: &[ReplicaSetView]) -> i64 {
    let (mut highest, mut second) = (0, 0);
    for number in sets.iter().filter_map(|set| set.revision.number()) {
        if number >= highest {
            (highest, second) = (number, highest);
        } else if number > second {
            second = number;
        }
    }
    second
}

/// Where an undo goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// To the revision before the present one.
    Previous,
    /// To this revision.
    To(i64),
}

/// Why an undo does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoRefused {
    /// A paused Deployment is not rolled back.
    Paused,
    /// There is no such revision (any more).
    NoSuchRevision,
    /// The template is already that revision's.
    AlreadyThere,
}

/// The ReplicaSet whose template an undo brings back (reference kubernetes.md §1.8, §1.10).
///
/// # Errors
/// If there is nothing to go back to, or the Deployment is paused.
pub fn undo_target(
    spec: &DeploymentSpec,
    sets: &[ReplicaSetView],
    undo: Undo,
) -> Result<ReplicaSetId, UndoRefused> {
    if spec.paused {
        return Err(UndoRefused::Paused);
    }
    let wanted = match undo {
        Undo::Previous => last_revision(sets),
        Undo::To(revision) => revision,
    };
    let target = sets
        .iter()
        .find(|set| wanted > 0 && set.revision.number() == Some(wanted))
        .ok_or(UndoRefused::NoSuchRevision)?;
    if target.template_hash == spec.template_hash {
        return Err(UndoRefused::AlreadyThere);
    }
    Ok(target.id)
}

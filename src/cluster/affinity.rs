//! Inter-pod anti-affinity by node: which pods keep which others away (reference kubernetes.md §5,
//! plug-in InterPodAffinity, topology key `kubernetes.io/hostname`).
//!
//! ```text
//! required   new pod ─ its rule ─▶ pods on the node      either one keeps the node closed
//!                    ◀─ their rules ─
//! preferred  the same two ways, each match costs the node its weight
//! ```
//!
//! Pods are told apart by their ReplicaSet, which is what a rule of Argo Rollouts selects by the
//! label `rollouts-pod-template-hash`. Rules that manifests write themselves are not modelled.

use std::collections::BTreeMap;

use crate::ids::ReplicaSetId;
use crate::manifest::argo::AntiAffinity;

/// A term of `podAntiAffinity`: whose pods are not wanted on the same node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AntiAffinityTerm {
    /// The set whose pods are avoided.
    pub avoids: ReplicaSetId,
    /// How strictly.
    pub strictness: AntiAffinity,
}

/// What placement asks of a pod beside room: pods of one group are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodGroup {
    /// Whose it is.
    pub set: ReplicaSetId,
    /// The term it was made with.
    pub anti_affinity: Option<AntiAffinityTerm>,
}

impl PodGroup {
    /// How strictly these pods avoid those, if they do.
    fn avoids(self, other: Self) -> Option<AntiAffinity> {
        let term = self.anti_affinity?;
        (term.avoids == other.set).then_some(term.strictness)
    }

    fn requires_distance(self, other: Self) -> bool {
        self.avoids(other) == Some(AntiAffinity::Required)
    }

    fn preference(self, other: Self) -> i64 {
        match self.avoids(other) {
            Some(AntiAffinity::Preferred(weight)) => i64::from(weight),
            Some(AntiAffinity::Required) | None => 0,
        }
    }
}

/// The pods of one node, by group.
///
/// Invariant: no count is 0.
#[derive(Debug, Clone, Default)]
pub(super) struct Tenants(BTreeMap<PodGroup, u32>);

impl Tenants {
    /// One more pod of this group.
    pub(super) fn add(&mut self, group: PodGroup) {
        *self.0.entry(group).or_insert(0) += 1;
    }

    /// One pod less of this group.
    ///
    /// # Panics
    /// If there was none.
    pub(super) fn remove(&mut self, group: PodGroup) {
        let count = self.0.get_mut(&group);
        let count = count.expect("a pod leaves with the group it came with");
        *count -= 1;
        if *count == 0 {
            self.0.remove(&group);
        }
    }

    /// Whether no required term stands against a pod of this group: neither its own, nor one of a
    /// pod that is here.
    pub(super) fn admit(&self, group: PodGroup) -> bool {
        let mut here = self.0.keys();
        !here.any(|here| group.requires_distance(*here) || here.requires_distance(group))
    }

    /// InterPodAffinity before normalising: −Σ weight, over each preferred term of the pod and each
    /// pod here that it matches, and over each preferred term of a pod here that matches the pod.
    pub(super) fn affinity(&self, group: PodGroup) -> i64 {
        let each = |here: PodGroup| group.preference(here) + here.preference(group);
        let costs = self.0.iter();
        -costs
            .map(|(here, count)| i64::from(*count) * each(*here))
            .sum::<i64>()
    }
}

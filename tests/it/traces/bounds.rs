//! Sizes and active pods of a replay beside what bounds them, at every event.

use std::collections::BTreeMap;

use rollcast::control::deployment::{DeploymentSpec, max_surge};
use rollcast::facts::Happening;
use rollcast::ids::{ReplicaSetId, WorkloadId};
use rollcast::manifest::Deployment;
use rollcast::sim::control_plane::ControlPlane;

use crate::sizes::{Excess, Sizes, Surpluses};

/// The bounds of one Deployment and of its ReplicaSets, and what broke them.
pub(super) struct Bounds {
    /// desired + surge.
    bound: Sizes,
    sets: BTreeMap<ReplicaSetId, Sizes>,
    of_sets: Surpluses,
    /// `None` once desired + surge has changed.
    of_bound: Option<Surpluses>,
    pub(super) broken: Vec<String>,
}

impl Bounds {
    pub(super) fn of(deployment: &Deployment) -> Self {
        Self {
            bound: Sizes::settled(bound(deployment)),
            sets: BTreeMap::new(),
            of_sets: Surpluses::default(),
            of_bound: Some(Surpluses::default()),
            broken: Vec::new(),
        }
    }

    pub(super) fn apply(&mut self, deployment: &Deployment) {
        let bound = bound(deployment);
        if bound != self.bound.present() {
            self.of_bound = None;
        }
        self.bound.change(bound);
    }

    /// What was too much, up to `at` seconds.
    pub(super) fn excess(&self, at: f64) -> Excess {
        Excess::of(at, self.of_sets.clone(), self.of_bound.clone())
    }

    /// Happenings of other Deployments pass by.
    pub(super) fn hear(&mut self, happening: Happening, subject: WorkloadId) {
        let known = match happening {
            Happening::DeploymentSynced(id, bound) if id == subject => {
                self.bound.carried_out(bound)
            }
            Happening::ReplicaSetScaled(set, from, to) => {
                let sizes = self.sets.entry(set).or_insert(Sizes::settled(from));
                let known = sizes.present() == from;
                sizes.change(to);
                known
            }
            Happening::ReplicaSetSynced(set, size) => {
                let sizes = self.sets.entry(set).or_insert(Sizes::settled(size));
                sizes.carried_out(size)
            }
            _ => true,
        };
        if !known {
            self.broken.push(format!("{happening:?}: it never had it"));
        }
    }

    pub(super) fn judge(&mut self, at: f64, plane: &ControlPlane, subject: WorkloadId) {
        let mut active: BTreeMap<ReplicaSetId, u32> = BTreeMap::new();
        for pod in plane.pods(subject).filter(|pod| pod.view.is_active()) {
            *active.entry(pod.owner).or_default() += 1;
        }
        let mut total = 0;
        for set in plane.replica_sets(subject) {
            total += set.spec;
            let active = active.get(&set.id).copied().unwrap_or(0);
            let sizes = self.sets.entry(set.id).or_insert(Sizes::settled(set.spec));
            if active > sizes.most() {
                let most = sizes.most();
                self.broken
                    .push(format!("{at:.3}: {active} active of {most}"));
            }
            let surplus = active.saturating_sub(set.spec);
            self.of_sets.note(at, set.id.index(), surplus);
        }
        if let Some(of_bound) = &mut self.of_bound {
            let active: u32 = active.values().sum();
            let surplus = active.saturating_sub(self.bound.present());
            of_bound.note(at, 0, surplus);
        }
        if total > self.bound.most() {
            let bound = self.bound.most();
            self.broken
                .push(format!("{at:.3}: sizes {total} of {bound}"));
        }
    }
}

/// desired + surge.
pub(super) fn bound(deployment: &Deployment) -> u32 {
    deployment.replicas + max_surge(&DeploymentSpec::from(deployment))
}

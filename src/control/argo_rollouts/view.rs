//! What the Rollout controller sees.

use crate::units::SimTime;

/// Hash of a pod template: equal hashes are equal templates. Label `rollouts-pod-template-hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateHash(u64);

impl TemplateHash {
    /// From a number that stands for the template.
    pub const fn new(hash: u64) -> Self {
        Self(hash)
    }
}

/// A ReplicaSet of a Rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetView {
    /// Hash of its template; no two sets of a Rollout share it.
    pub hash: TemplateHash,
    /// Annotation `rollout.argoproj.io/revision`.
    pub revision: i64,
    /// `metadata.creationTimestamp`.
    pub created: SimTime,
    /// `spec.replicas` (pods).
    pub spec: u32,
    /// `status.replicas`: pods created and not ending.
    pub replicas: u32,
    /// `status.availableReplicas` (pods).
    pub available: u32,
    /// Annotation `rollout.argoproj.io/desired-replicas`; `None`: missing or invalid.
    pub desired: Option<u32>,
    /// Annotation `scale-down-deadline`, a whole second.
    pub scale_down_deadline: Option<SimTime>,
}

impl SetView {
    /// Whether all of `wanted` pods are wanted of it and available.
    pub const fn all_available(&self, wanted: u32) -> bool {
        self.spec == wanted && self.available == wanted
    }
    /// Whether all of `wanted` pods are wanted of it and created.
    pub const fn all_created(&self, wanted: u32) -> bool {
        self.spec == wanted && self.replicas == wanted
    }
    /// Whether it is what the Rollout wants in full, heard of its size, and is available (upstream's
    /// `IsSaturated`).
    pub fn is_saturated(&self, replicas: u32) -> bool {
        self.all_available(replicas) && self.desired == Some(replicas)
    }
}

/// The sets of a Rollout by their part in the update.
#[derive(Debug, Clone, Copy)]
pub struct Sets<'a> {
    /// The set of the present template, if created.
    pub new: Option<&'a SetView>,
    /// The set that was last fully promoted, if any; may be the new one.
    pub stable: Option<&'a SetView>,
    /// All others.
    pub older: &'a [SetView],
}

impl<'a> Sets<'a> {
    /// The stable set, if it is another than the new one.
    pub fn distinct_stable(&self) -> Option<&'a SetView> {
        let same = |stable: &SetView| self.new.is_some_and(|new| new.hash == stable.hash);
        self.stable.filter(|stable| !same(stable))
    }
    /// Every set once: older, new, stable.
    pub fn all(&self) -> impl Iterator<Item = &'a SetView> {
        self.older
            .iter()
            .chain(self.new)
            .chain(self.distinct_stable())
    }
}

/// How far a canary has come, as its status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanaryStatus {
    /// Where the update stands.
    pub stage: Stage,
    /// `currentStepIndex`; absent where there are no steps.
    pub step_index: Option<u32>,
    /// `abort`.
    pub abort: bool,
    /// `promoteFull`: a human skips all that is left.
    pub promote_full: bool,
    /// `canary.weights`: what the router was last told, with traffic routing only.
    pub weights: Option<TrafficWeights>,
}

/// Where an update stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was ever promoted.
    InitialDeploy,
    /// The present template is the stable one.
    Stable,
    /// The present template is another than the stable one.
    Updating,
}

/// Weights that a router holds (parts of the maximum weight).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficWeights {
    /// Of the canary.
    pub canary: u32,
    /// Of the stable set.
    pub stable: u32,
    /// Whether the router's back end was seen to hold them; `None` where nobody verifies.
    pub verified: Option<bool>,
}

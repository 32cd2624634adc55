//! The rule against stable pods, from the Rollout to the templates of its sets.

use crate::cluster::AntiAffinityTerm;
use crate::control::argo_rollouts::{TemplateHash, anti_affinity_rule};
use crate::ids::{ReplicaSetId, WorkloadId};
use crate::sim::control_plane::ControlPlane;

impl ControlPlane {
    /// What pods of the present template are to avoid now.
    pub(super) fn anti_affinity_of_new(&self, id: WorkloadId) -> Option<AntiAffinityTerm> {
        let object = self.rollout_object(id);
        let written = self.plans[object.spec.plan]
            .rollout
            .strategy
            .anti_affinity();
        let current = TemplateHash::new(self.templates[object.spec.template].hash);
        let rule = anti_affinity_rule(written, current, object.status.strategy.stable())?;
        Some(AntiAffinityTerm {
            avoids: self.set_of_template(id, rule.avoids)?,
            strictness: rule.strictness,
        })
    }

    /// The set that a Rollout itself has of a template.
    pub(super) fn set_of_template(
        &self,
        id: WorkloadId,
        wanted: TemplateHash,
    ) -> Option<ReplicaSetId> {
        let hash = |set: ReplicaSetId| TemplateHash::new(self.template_of(set).hash);
        self.own_sets(id).find(|set| hash(*set) == wanted)
    }
}

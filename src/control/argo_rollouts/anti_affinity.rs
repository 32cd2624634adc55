//! Keeping new pods away from the nodes of stable ones.

use super::TemplateHash;
use crate::manifest::argo::AntiAffinity;

/// The rule that a set's template carries: no pod (or rather none) on a node, by
/// `kubernetes.io/hostname`, that runs a pod of this template in the same namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AntiAffinityRule {
    /// Template of the pods to avoid.
    pub avoids: TemplateHash,
    /// How strictly.
    pub strictness: AntiAffinity,
}

/// The rule to inject into the template of the set of `current` (reference §1.11, upstream's
/// `GenerateReplicaSetAffinity`): against the stable template, if that is another.
///
/// It is injected when a set is created and when it takes a new revision; pods keep the rule they were
/// made with, and a set keeps its rule once it is stable itself. Upstream renews a rule also when
/// the new set's avoids a template that is stable no longer
/// (`IfInjectedAntiAffinityRuleNeedsUpdate`). That cannot be: only a promotion changes what is stable,
/// to the template of the new set itself, and each set that becomes the new one takes a new revision.
pub fn anti_affinity_rule(
    written: Option<AntiAffinity>,
    current: TemplateHash,
    stable: Option<TemplateHash>,
) -> Option<AntiAffinityRule> {
    let avoids = stable.filter(|stable| *stable != current)?;
    written.map(|strictness| AntiAffinityRule { avoids, strictness })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: TemplateHash = TemplateHash::new(2);
    const OLD: TemplateHash = TemplateHash::new(1);

    #[test]
    fn only_an_update_from_a_stable_template_carries_a_rule() {
        let rule = |stable| anti_affinity_rule(Some(AntiAffinity::Preferred(7)), NEW, stable);
        assert_eq!(rule(None), None);
        assert_eq!(rule(Some(NEW)), None);
        assert_eq!(rule(Some(OLD)).map(|rule| rule.avoids), Some(OLD));
        assert_eq!(anti_affinity_rule(None, NEW, Some(OLD)), None);
    }
}

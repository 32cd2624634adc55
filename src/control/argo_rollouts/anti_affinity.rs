//! Keeping new pods away from the nodes of stable ones.

use super::TemplateHash;

/// `antiAffinity` of a strategy, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AntiAffinity {
    /// `requiredDuringSchedulingIgnoredDuringExecution`: no new pod beside a stable one.
    Required,
    /// `preferredDuringSchedulingIgnoredDuringExecution`, with this weight (1 to 100). It wins where
    /// both are written.
    Preferred(u32),
}

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
pub fn anti_affinity_rule(
    written: Option<AntiAffinity>,
    current: TemplateHash,
    stable: Option<TemplateHash>,
) -> Option<AntiAffinityRule> {
    let avoids = stable.filter(|stable| *stable != current)?;
    written.map(|strictness| AntiAffinityRule { avoids, strictness })
}

/// Whether the rule that the new set's template carries names a template that is no longer stable
/// (upstream's `IfInjectedAntiAffinityRuleNeedsUpdate`); pods keep the rule they were made with, and a
/// set keeps its rule once it is stable itself.
pub fn rule_is_stale(
    rule: Option<AntiAffinityRule>,
    current: TemplateHash,
    stable: Option<TemplateHash>,
) -> bool {
    rule.is_some_and(|rule| stable != Some(current) && stable != Some(rule.avoids))
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

    #[test]
    fn a_rule_is_stale_once_another_template_is_stable_but_not_once_its_own_is() {
        let rule = anti_affinity_rule(Some(AntiAffinity::Required), NEW, Some(OLD));
        assert!(!rule_is_stale(rule, NEW, Some(OLD)));
        assert!(rule_is_stale(rule, NEW, Some(TemplateHash::new(3))));
        assert!(!rule_is_stale(rule, NEW, Some(NEW)));
    }
}

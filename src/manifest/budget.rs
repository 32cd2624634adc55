//! PodDisruptionBudgets.

use super::Selector;
use crate::units::IntOrPercent;

/// A PodDisruptionBudget (reference kubernetes.md §6).
#[derive(Debug, Clone, PartialEq)]
pub struct PodDisruptionBudget {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.selector`.
    pub selector: Selector,
    /// `spec.minAvailable`; exclusive with the next.
    pub min_available: Option<IntOrPercent>,
    /// `spec.maxUnavailable`.
    pub max_unavailable: Option<IntOrPercent>,
    /// `spec.unhealthyPodEvictionPolicy`, default IfHealthyBudget.
    pub unhealthy: UnhealthyPodEviction,
}

/// Which unready pods may be evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnhealthyPodEviction {
    /// Freely if the healthy ones meet the budget.
    #[default]
    IfHealthyBudget,
    /// Always.
    AlwaysAllow,
}

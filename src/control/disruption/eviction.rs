//! The eviction call.

use super::BudgetStatus;
use crate::control::replica_set::PodPhase;
use crate::manifest::UnhealthyPodEviction;
use crate::units::SimDuration;

/// What a client is told to wait when the budget has not been observed yet.
pub const UNOBSERVED_RETRY: SimDuration = SimDuration::from_secs(10);

/// The pod to evict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvictionPod {
    /// `status.phase`.
    pub phase: PodPhase,
    /// Whether its Ready condition is true.
    pub ready: bool,
    /// Whether it has a deletion mark.
    pub terminating: bool,
}

/// A budget whose selector matches the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObservedBudget {
    /// Its status as last written.
    pub status: BudgetStatus,
    /// Whether the status belongs to the present spec.
    pub observed: bool,
    /// `spec.unhealthyPodEvictionPolicy`.
    pub unhealthy: UnhealthyPodEviction,
}

/// The answer to an eviction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eviction {
    /// Deleted, no budget asked.
    Free,
    /// Deleted, and the budget now allows one disruption less and remembers the pod.
    Spends,
    /// Refused by the budget; try again, after this long if it says so.
    Refused(Option<SimDuration>),
    /// More than one budget matches the pod: never answered.
    TooManyBudgets,
}

impl Eviction {
    /// Whether the pod is deleted.
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Free | Self::Spends)
    }
    /// The HTTP status of the call.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Free | Self::Spends => 201,
            Self::Refused(_) => 429,
            Self::TooManyBudgets => 500,
        }
    }
}

/// Decides an eviction against the budgets that match the pod.
pub fn evict(pod: EvictionPod, budgets: &[ObservedBudget]) -> Eviction {
    if pod.terminating || pod.phase.is_finished() || pod.phase == PodPhase::Pending {
        return Eviction::Free;
    }
    match budgets {
        [] => Eviction::Free,
        [budget] if !pod.ready && is_free_of(budget) => Eviction::Free,
        [budget] => spend(budget),
        _ => Eviction::TooManyBudgets,
    }
}

/// Whether the budget lets go of unready pods without counting them.
fn is_free_of(budget: &ObservedBudget) -> bool {
    let status = &budget.status;
    match budget.unhealthy {
        UnhealthyPodEviction::AlwaysAllow => true,
        UnhealthyPodEviction::IfHealthyBudget => {
            status.healthy >= status.desired && status.desired > 0
        }
    }
}

fn spend(budget: &ObservedBudget) -> Eviction {
    if !budget.observed {
        Eviction::Refused(Some(UNOBSERVED_RETRY))
    } else if budget.status.allowed == 0 {
        Eviction::Refused(None)
    } else {
        Eviction::Spends
    }
}

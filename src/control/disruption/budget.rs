//! What a PodDisruptionBudget allows.

use crate::manifest::PodDisruptionBudget;
use crate::units::{IntOrPercent, SimDuration, SimTime};

/// How long an evicted pod counts as disrupted before the controller stops believing that its
/// deletion will come.
pub const DISRUPTED_MEMORY: SimDuration = SimDuration::from_secs(120);

/// What a budget limits. Percentages round up, both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetLimit {
    /// `minAvailable`.
    MinAvailable(IntOrPercent),
    /// `maxUnavailable`.
    MaxUnavailable(IntOrPercent),
}

impl BudgetLimit {
    /// The limit of a manifest; a budget that names neither allows nothing.
    pub fn of(budget: &PodDisruptionBudget) -> Self {
        match (budget.max_unavailable, budget.min_available) {
            (Some(max), _) => Self::MaxUnavailable(max),
            (None, Some(min)) => Self::MinAvailable(min),
            (None, None) => Self::MaxUnavailable(IntOrPercent::Int(0)),
        }
    }
}

/// A controller that owns pods of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Tells owners apart.
    pub id: u32,
    /// `spec.replicas` of its scale (for ReplicaSets of a Deployment: the Deployment's).
    pub scale: u32,
}

/// A pod that the budget's selector matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetPod {
    /// Who owns it; `None`: nobody, it adds no scale.
    pub owner: Option<Owner>,
    /// Whether its Ready condition is true.
    pub ready: bool,
    /// Whether it has a deletion mark.
    pub terminating: bool,
    /// When its eviction was allowed, if it was.
    pub evicted: Option<SimTime>,
}

/// `status` of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BudgetStatus {
    /// `disruptionsAllowed`.
    pub allowed: u32,
    /// `currentHealthy`.
    pub healthy: u32,
    /// `desiredHealthy`.
    pub desired: u32,
    /// `expectedPods`.
    pub expected: u32,
}

/// The status of a budget over its `pods` as of `now`.
pub fn budget_status(limit: BudgetLimit, pods: &[BudgetPod], now: SimTime) -> BudgetStatus {
    let scale = scale_of_owners(pods);
    let up = |value: IntOrPercent| {
        let total = i32::try_from(scale).unwrap_or(i32::MAX);
        u32::try_from(value.scaled_up(total)).unwrap_or(0)
    };
    let (expected, desired) = match limit {
        BudgetLimit::MaxUnavailable(most) => (scale, scale.saturating_sub(up(most))),
        BudgetLimit::MinAvailable(least @ IntOrPercent::Int(_)) => (pods.len() as u32, up(least)),
        BudgetLimit::MinAvailable(least) => (scale, up(least)),
    };
    let healthy = pods.iter().filter(|pod| is_healthy(pod, now)).count() as u32;
    BudgetStatus {
        allowed: match expected {
            0 => 0,
            _ => healthy.saturating_sub(desired),
        },
        healthy,
        desired,
        expected,
    }
}

fn is_healthy(pod: &BudgetPod, now: SimTime) -> bool {
    let going = |at: SimTime| now <= at + DISRUPTED_MEMORY;
    pod.ready && !pod.terminating && !pod.evicted.is_some_and(going)
}

fn scale_of_owners(pods: &[BudgetPod]) -> u32 {
    let mut owners: Vec<Owner> = pods.iter().filter_map(|pod| pod.owner).collect();
    owners.sort_by_key(|owner| owner.id);
    owners.dedup_by_key(|owner| owner.id);
    owners.iter().map(|owner| owner.scale).sum()
}

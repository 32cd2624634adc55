//! Deployments.

use super::{PodTemplate, Selector};
use crate::units::{IntOrPercent, SimDuration};

/// A Deployment with its defaults filled in (reference kubernetes.md §1.0).
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, default `default`.
    pub namespace: String,
    /// `spec.replicas`, default 1.
    pub replicas: u32,
    /// `spec.strategy`, default RollingUpdate 25 % / 25 %.
    pub strategy: Strategy,
    /// `spec.minReadySeconds`, default 0.
    pub min_ready: SimDuration,
    /// `spec.progressDeadlineSeconds`, default 600 s; `None` for 2147483647 (no deadline).
    pub progress_deadline: Option<SimDuration>,
    /// `spec.revisionHistoryLimit`, default 10.
    pub revision_history_limit: u32,
    /// `spec.paused`, default false.
    pub paused: bool,
    /// `spec.selector`.
    pub selector: Selector,
    /// `spec.template`.
    pub template: PodTemplate,
}

/// How old pods are replaced by new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// All old pods end before new ones start.
    Recreate,
    /// Bit by bit.
    RollingUpdate {
        /// Pods above the wanted number; percentages round up.
        max_surge: IntOrPercent,
        /// Pods that may be missing; percentages round down.
        max_unavailable: IntOrPercent,
    },
}

//! Clusters: what a proxy balances over.

use std::fmt;

use super::{ClusterPolicy, Host};
use crate::manifest::{Labels, Selector};

/// A cluster of a table, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClusterIndex(u32);

impl ClusterIndex {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("clusters are numbered in u32"))
    }
    /// As an index into [`RouteTable::clusters`](super::RouteTable::clusters).
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whom a cluster means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClusterName {
    /// The Service.
    pub host: Host,
    /// Which of its pods; `None` for all.
    pub subset: Option<String>,
    /// At which port.
    pub port: u16,
}

impl fmt::Display for ClusterName {
    /// As in the proxy: `outbound|80|v1|reviews.prod.svc.cluster.local`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subset = self.subset.as_deref().unwrap_or_default();
        write!(f, "outbound|{}|{subset}|{}", self.port, self.host)
    }
}

/// Pods of a Service at a port, and how requests are sent to them. Limits, queues and outliers are
/// counted for each cluster and proxy apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Whom it means.
    pub name: ClusterName,
    /// Which pods; without any the proxy knows no such cluster and answers 503 (flag `NC`).
    pub members: Result<Members, Missing>,
    /// How.
    pub policy: ClusterPolicy,
}

/// Why there is no such cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// No Service has this host.
    Service,
    /// No DestinationRule has this subset.
    Subset,
}

/// Which pods belong to a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Which Service, as an index into those of [`Mesh`](super::Mesh).
    pub service: usize,
    /// Its namespace; its pods live there.
    pub namespace: String,
    /// Its selector; an empty one selects nothing.
    pub selector: Selector,
    /// Labels of the subset; empty for all pods of the Service.
    pub labels: Labels,
}

impl Members {
    /// Whether a pod of the Service's namespace belongs to it.
    pub fn contains(&self, pod: &Labels) -> bool {
        let mut labels = self.labels.iter();
        !self.selector.is_empty()
            && self.selector.matches(pod)
            && labels.all(|(name, value)| pod.get(name) == Some(value))
    }
}

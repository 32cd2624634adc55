//! One route of a table.

use super::request::{fits, takes_everything};
use super::{ClusterIndex, RequestHead, RetryPolicy};
use crate::manifest::istio::{Fault, RequestMatch};
use crate::units::{Ratio, SimDuration};

/// Where a route is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Namespace of the VirtualService.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Which of `spec.http`.
    pub http: usize,
    /// Which of its `match`; `None` where it has none.
    pub matched: Option<usize>,
}

/// A route, compiled for one proxy.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Name of the route and of the match, with a dot between; empty where neither has one.
    pub name: String,
    /// Where it is written; `None` where no VirtualService is for the host.
    pub origin: Option<Origin>,
    /// Which requests; `None` takes all.
    pub condition: Option<RequestMatch>,
    /// What happens to them.
    pub action: Action,
    /// Over all tries; `None` never runs out.
    pub timeout: Option<SimDuration>,
    /// `None`: nothing is tried again.
    pub retries: Option<RetryPolicy>,
    /// Who gets copies, and of how many; none of 0 %.
    pub mirrors: Vec<(ClusterIndex, Ratio)>,
    /// Injected before anything else.
    pub fault: Fault,
}

impl Route {
    /// Whether it is for a request.
    pub fn accepts(&self, request: &RequestHead<'_>) -> bool {
        let condition = self.condition.as_ref();
        condition.is_none_or(|condition| fits(condition, request))
    }
    /// Whether it is for every request.
    pub fn is_catch_all(&self) -> bool {
        self.condition.as_ref().is_none_or(takes_everything)
    }
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// It is passed on.
    Forward(Split),
    /// It is answered with this code and sent elsewhere.
    Redirect(u16),
    /// It is answered with this status.
    Respond(u16),
}

/// Clusters and their shares. A request's cluster is chosen once, whoever is healthy; its retries stay
/// there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    shares: Vec<(ClusterIndex, u32)>,
    total: u64,
}

impl Split {
    /// A single destination gets all, whatever its weight; of several those of weight 0 get nothing.
    /// `None` where nothing is left.
    pub fn new(weighted: &[(ClusterIndex, u32)]) -> Option<Self> {
        let shares: Vec<(ClusterIndex, u32)> = match weighted {
            [(cluster, _)] => vec![(*cluster, 1)],
            several => several.iter().copied().filter(|(_, w)| *w > 0).collect(),
        };
        let total = shares.iter().map(|(_, weight)| u64::from(*weight)).sum();
        (total > 0).then_some(Self { shares, total })
    }
    /// Clusters and weights, in the order of the file.
    pub fn shares(&self) -> &[(ClusterIndex, u32)] {
        &self.shares
    }
    /// The sum of the weights.
    pub const fn total(&self) -> u64 {
        self.total
    }
    /// The cluster for a luck in 0 .. 1: weights lie side by side in the order of the file.
    pub fn pick(&self, luck: f64) -> ClusterIndex {
        let mut left = ((luck * self.total as f64) as u64).min(self.total - 1);
        for (cluster, weight) in &self.shares {
            match left.checked_sub(u64::from(*weight)) {
                None => return *cluster,
                Some(rest) => left = rest,
            }
        }
        unreachable!("the weights sum to the total")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(index: usize) -> ClusterIndex {
        ClusterIndex::new(index)
    }

    #[test]
    fn weights_are_relative() {
        let split = Split::new(&[(cluster(0), 3), (cluster(1), 0), (cluster(2), 1)]).unwrap();
        assert_eq!(split.shares(), [(cluster(0), 3), (cluster(2), 1)]);
        // Quarters: three for the first, one for the last.
        for (luck, picked) in [(0.0, 0), (0.5, 0), (0.74, 0), (0.75, 2), (0.999_999, 2)] {
            assert_eq!(split.pick(luck), cluster(picked), "{luck}");
        }
    }

    #[test]
    fn a_single_destination_needs_no_weight() {
        let split = Split::new(&[(cluster(7), 0)]).unwrap();
        assert_eq!(split.pick(0.3), cluster(7));
        assert_eq!(Split::new(&[(cluster(0), 0), (cluster(1), 0)]), None);
        assert_eq!(Split::new(&[]), None);
    }
}

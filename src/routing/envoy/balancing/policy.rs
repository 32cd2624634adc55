//! What a cluster's balancer is told: its settings, and of each request what matters for the pick.

use super::{LeastRequestSettings, MaglevSize, PriorityRules, RingSize, SlowStart};

/// The load-balancing policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Policy {
    /// ROUND_ROBIN; Envoy's default.
    RoundRobin(Option<SlowStart>),
    /// LEAST_REQUEST; Istio's default.
    LeastRequest(LeastRequestSettings),
    /// RANDOM.
    Random,
    /// RING_HASH.
    RingHash(RingSize),
    /// MAGLEV.
    Maglev(MaglevSize),
}

/// What happens to requests of a level in panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PanicTraffic {
    /// They go to any host: the default.
    #[default]
    AnyHost,
    /// They fail (`fail_traffic_on_panic`).
    Fails,
}

/// A cluster's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterSettings {
    /// How a host is chosen among equals.
    pub policy: Policy,
    /// Priorities and panic.
    pub priorities: PriorityRules,
    /// What panic does.
    pub panic: PanicTraffic,
    /// Weights by priority and locality where load goes by locality; a locality without a weight
    /// gets nothing. Default none.
    pub locality_weights: Option<Vec<Vec<u32>>>,
}

impl ClusterSettings {
    /// This policy with Envoy's defaults for the rest.
    pub fn of(policy: Policy) -> Self {
        Self {
            policy,
            priorities: PriorityRules::default(),
            panic: PanicTraffic::AnyHost,
            locality_weights: None,
        }
    }
    /// Weights of the localities of a level, where load goes by them.
    pub(super) fn localities(&self, level: usize) -> Option<&[u32]> {
        let weights = self.locality_weights.as_ref()?;
        Some(weights.get(level).map_or(&[], Vec::as_slice))
    }
}

/// What a pick needs to know of the request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// Its hash, by [`super::combined_hash`]; only hash policies look at it.
    pub hash: Option<u64>,
    /// Hosts to avoid: those that earlier attempts went to, under the previous-hosts predicate.
    pub tried: &'a [u32],
    /// How often a host to avoid is picked anew before it is taken after all
    /// (`host_selection_retry_max_attempts`); Istio's default 5.
    pub reselections: u32,
}

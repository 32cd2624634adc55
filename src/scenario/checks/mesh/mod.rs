//! What can be told of Istio's objects without a run (reference progressive-delivery.md §5).
//!
//! Each rule looks at a [`MeshView`]: the routes that each source's proxies know, and which of them its
//! requests take. Weights that a Rollout writes are taken half and half there: both sides get requests at
//! some time. Left out: what a release changes in VirtualServices, DestinationRules and Gateways, which
//! no run changes either; the routes that `setHeaderRoute` and `setMirrorRoute` add; copies to
//! mirrors; templates that an operator applies.

mod entries;
mod idle;
mod limits;
mod policies;
mod rollouts;
mod shadows;
mod subsets;
mod timeouts;
mod view;
mod weights;
mod words;

use super::finding::Finding;
pub(super) use view::MeshView;

/// All rules.
pub(super) const OF_MESHES: [fn(&MeshView<'_>) -> Vec<Finding>; 22] = [
    entries::no_route,
    subsets::subsets_without_pods,
    subsets::destinations_unknown,
    weights::weights_are_relative,
    weights::weight_of_the_only_destination,
    shadows::routes_shadowed,
    idle::gateway_missing,
    idle::virtual_service_unmet,
    idle::destination_rule_unmet,
    idle::retries_never_fire,
    idle::retry_limits_without_retries,
    policies::hash_without_key,
    policies::warmup_ignored,
    policies::ejection_never_allowed,
    policies::nothing_ejects,
    policies::port_unknown,
    limits::connections_below_load,
    limits::requests_below_load,
    timeouts::tries_outlast_the_route,
    timeouts::slow_tries_not_retried,
    timeouts::client_gives_up_first,
    rollouts::router_refused,
];

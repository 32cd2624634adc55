//! What Rollouts write into the objects of the mesh.

use super::plan::Rules;
use crate::control::argo_rollouts::{IstioParties, TrafficWeights};
use crate::ids::WorkloadId;
use crate::manifest::Rollout;
use crate::manifest::argo::{CanaryStep, IstioRouting, RolloutStrategy};
use crate::routing::mesh::Change;
use crate::scenario::Objects;
use crate::sim::control_plane::RouterOrder;
use crate::sim::world::World;
use crate::units::SimTime;

impl Rules {
    /// The objects at rest: every Rollout is fully promoted, its stable set gets everything.
    pub(super) fn settled(objects: &Objects) -> Self {
        let mut rules = Self::of(objects);
        for rollout in &objects.rollouts {
            let hash = rollout.template.hash;
            let all_stable = TrafficWeights {
                canary: 0,
                stable: 100,
                verified: None,
            };
            rules.obey(rollout, RouterOrder::Weigh(all_stable));
            rules.obey(
                rollout,
                RouterOrder::Point {
                    canary: hash,
                    stable: hash,
                },
            );
        }
        rules
    }

    /// Whether a Rollout names a VirtualService that is there.
    fn serves(&self, rollout: &Rollout) -> bool {
        let Some(parties) = IstioParties::of(rollout) else {
            return false;
        };
        let mut services = self.virtual_services.iter();
        services.any(|one| names(parties.istio, rollout, (&one.name, &one.namespace)))
    }

    /// Writes what a Rollout orders into the objects that it names.
    fn obey(&mut self, rollout: &Rollout, order: RouterOrder) {
        let Some(parties) = IstioParties::of(rollout) else {
            return;
        };
        if let RouterOrder::Point { canary, stable } = order {
            let wanted = parties.istio.destination_rule.as_ref();
            let rules = self.destination_rules.iter_mut();
            for rule in rules.filter(|rule| {
                let here = rule.namespace == rollout.namespace;
                here && wanted.is_some_and(|wanted| wanted.name == rule.name)
            }) {
                parties.point_subsets(rule, canary, stable);
            }
            return;
        }
        let services = self.virtual_services.iter_mut();
        for service in
            services.filter(|one| names(parties.istio, rollout, (&one.name, &one.namespace)))
        {
            match order {
                RouterOrder::Weigh(weights) => parties.set_weights(service, weights),
                RouterOrder::HeaderRoute(index) => {
                    if let Some(CanaryStep::SetHeaderRoute(route)) = step(rollout, index) {
                        parties.set_header_route(service, route);
                    }
                }
                RouterOrder::MirrorRoute(index) => {
                    if let Some(CanaryStep::SetMirrorRoute(route)) = step(rollout, index) {
                        parties.set_mirror_route(service, route);
                    }
                }
                RouterOrder::RemoveRoutes => parties.remove_managed_routes(service),
                RouterOrder::Point { .. } => {}
            }
        }
    }
}

impl World<'_> {
    /// Whether a Rollout's router is the mesh of this run.
    pub(in crate::sim) fn is_routed_by_mesh(&self, workload: WorkloadId) -> bool {
        let Some(mesh) = &self.mesh else {
            return false;
        };
        mesh.rules.serves(self.control.rollout_manifest(workload))
    }

    /// The objects of the mesh change as a Rollout orders.
    pub(in crate::sim) fn route_by_mesh(
        &mut self,
        now: SimTime,
        workload: WorkloadId,
        order: RouterOrder,
    ) {
        if let Some(mesh) = &mut self.mesh {
            let rollout = self.control.rollout_manifest(workload);
            mesh.rules.obey(rollout, order);
        }
        self.mesh_changed(now, Change::Config);
    }
}

fn step(rollout: &Rollout, index: u32) -> Option<&CanaryStep> {
    match &rollout.strategy {
        RolloutStrategy::Canary(canary) => canary.steps.get(index as usize),
        RolloutStrategy::BlueGreen(_) => None,
    }
}

/// Whether a VirtualService is one of those a Rollout names.
fn names(istio: &IstioRouting, rollout: &Rollout, (name, namespace): (&str, &str)) -> bool {
    let mut all = istio.virtual_services.iter();
    all.any(|one| one.full_name(&rollout.namespace) == (namespace, name))
}

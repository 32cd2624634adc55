//! Typed objects out of the raw ones of a world.

use super::Objects;
use crate::document::Diagnostics;
use crate::manifest::{Deployment, ObjectSet, PodDisruptionBudget, Service};

/// Reads every object that has a typed view; what is wrong is among the problems.
pub(super) fn read_objects(set: &ObjectSet, problems: &mut Diagnostics) -> Objects {
    let mut objects = Objects::default();
    for object in set.iter() {
        match object.name.kind.as_str() {
            "Deployment" => objects
                .deployments
                .extend(Deployment::read(object, problems)),
            "Service" => objects.services.extend(Service::read(object, problems)),
            "PodDisruptionBudget" => {
                objects
                    .budgets
                    .extend(PodDisruptionBudget::read(object, problems));
            }
            _ => {}
        }
    }
    objects
}

//! Typed objects out of the raw ones of a world.

use super::Objects;
use crate::document::Diagnostics;
use crate::manifest::ObjectSet;

/// Reads every object that has a typed view; what is wrong is among the problems.
pub(super) fn read_objects(set: &ObjectSet, problems: &mut Diagnostics) -> Objects {
    Objects {
        deployments: set.deployments(problems),
        services: set.services(problems),
        budgets: set.budgets(problems),
        rollouts: set.rollouts(problems),
        analysis_templates: set.analysis_templates(problems),
        gateways: set.gateways(problems),
        virtual_services: set.virtual_services(problems),
        destination_rules: set.destination_rules(problems),
    }
}

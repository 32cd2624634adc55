//! Istio's objects among those of a world.

use super::{DestinationRule, Gateway, VirtualService};
use crate::document::Diagnostics;
use crate::manifest::{Object, ObjectSet};

/// The group of Istio's kinds; every version of it (v1, v1beta1, v1alpha3) has the same fields.
const GROUP: &str = "networking.istio.io";

impl ObjectSet {
    /// Typed views of the Gateways (of Istio, not of the Gateway API).
    pub fn gateways(&self, problems: &mut Diagnostics) -> Vec<Gateway> {
        let read = |object| Gateway::read(object, problems);
        of_istio(self, "Gateway").filter_map(read).collect()
    }

    /// Typed views of the VirtualServices.
    pub fn virtual_services(&self, problems: &mut Diagnostics) -> Vec<VirtualService> {
        let read = |object| VirtualService::read(object, problems);
        of_istio(self, "VirtualService").filter_map(read).collect()
    }

    /// Typed views of the DestinationRules.
    pub fn destination_rules(&self, problems: &mut Diagnostics) -> Vec<DestinationRule> {
        let read = |object| DestinationRule::read(object, problems);
        of_istio(self, "DestinationRule").filter_map(read).collect()
    }
}

fn of_istio<'a>(set: &'a ObjectSet, kind: &'a str) -> impl Iterator<Item = &'a Object> {
    let fits = move |object: &&Object| object.group() == GROUP && object.name.kind == kind;
    set.iter().filter(fits)
}

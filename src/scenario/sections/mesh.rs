//! `[mesh]`: what no manifest says of a mesh.

use super::quantities::{count, law};
use crate::document::{Diagnostics, MapReader, Node};
use crate::laws::Unit;
use crate::routing::mesh::{EndpointChanges, MeshSpec};

const PROXIES_MAX: u32 = 1_000;

const ENDPOINT_CHANGES: [(&str, EndpointChanges); 2] = [
    ("debounced", EndpointChanges::Debounced),
    ("at-once", EndpointChanges::AtOnce),
];

/// Reads `[mesh]`; absent keys keep their defaults.
pub(in crate::scenario) fn read_mesh(node: Option<&Node>, problems: &mut Diagnostics) -> MeshSpec {
    let mut spec = MeshSpec::default();
    let Some(mut reader) = node.and_then(|node| MapReader::open(node, "`mesh`", problems)) else {
        return spec;
    };
    let debounce = &mut spec.debounce;
    debounce.after = reader.quantity("debounce").unwrap_or(debounce.after);
    debounce.max = reader.quantity("debounce-max").unwrap_or(debounce.max);
    let endpoints = reader.word("endpoint-changes", &ENDPOINT_CHANGES);
    debounce.endpoints = endpoints.unwrap_or(debounce.endpoints);
    spec.push = law(&mut reader, "push", Unit::Seconds).unwrap_or(spec.push);
    let proxies = count(&mut reader, "gateway-proxies", PROXIES_MAX);
    spec.gateway_proxies = proxies.unwrap_or(spec.gateway_proxies);
    let sidecars = count(&mut reader, "sidecars", PROXIES_MAX);
    spec.sidecars = sidecars.unwrap_or(spec.sidecars);
    let always = reader.optional("always-eject-one");
    spec.always_eject_one = always.unwrap_or(spec.always_eject_one);
    reader.finish();
    spec
}

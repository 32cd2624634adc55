//! Istio's objects, from what is written to what proxies make of it.

mod errors;
mod guide;
mod tables;

use rollcast::document::{Colour, Diagnostics, Sources, parse_yaml};
use rollcast::manifest::istio::{DestinationRule, Gateway, VirtualService};
use rollcast::manifest::{Labels, ObjectSet, Service};
use rollcast::routing::mesh::{Client, ClusterIndex, Mesh, RouteTable};

/// Typed objects of a text, and what was told of them.
struct World {
    gateways: Vec<Gateway>,
    virtual_services: Vec<VirtualService>,
    destination_rules: Vec<DestinationRule>,
    services: Vec<Service>,
    told: String,
}

impl World {
    fn read(text: &str) -> Self {
        let (mut sources, mut problems) = (Sources::default(), Diagnostics::default());
        let mut objects = ObjectSet::default();
        for document in parse_yaml(&mut sources, "mesh.yaml", text).expect("it is YAML") {
            objects.add(document, &mut problems);
        }
        objects.check_fields(&mut problems);
        let gateways = objects.gateways(&mut problems);
        let virtual_services = objects.virtual_services(&mut problems);
        let destination_rules = objects.destination_rules(&mut problems);
        Self {
            gateways,
            virtual_services,
            destination_rules,
            services: objects.services(&mut problems),
            told: problems.render(&sources, Colour::Plain),
        }
    }

    /// Read without a word.
    fn good(text: &str) -> Self {
        let world = Self::read(text);
        assert_eq!(world.told, "");
        world
    }

    fn table(&self, client: &Client, port: u16) -> RouteTable {
        let mesh = Mesh {
            gateways: &self.gateways,
            virtual_services: &self.virtual_services,
            destination_rules: &self.destination_rules,
            services: &self.services,
        };
        RouteTable::compile(&mesh, client, port)
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn sidecar(namespace: &str, pairs: &[(&str, &str)]) -> Client {
    Client::Sidecar {
        namespace: namespace.to_owned(),
        labels: labels(pairs),
    }
}

fn edge() -> Client {
    Client::Gateway {
        namespace: "istio-system".to_owned(),
        labels: labels(&[("istio", "ingressgateway"), ("app", "edge")]),
    }
}

/// Names of clusters, as the proxy writes them.
fn names(table: &RouteTable, clusters: &[ClusterIndex]) -> Vec<String> {
    let name = |index: &ClusterIndex| table.cluster(*index).name.to_string();
    clusters.iter().map(name).collect()
}

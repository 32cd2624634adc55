//! Whose proxy it is.

use crate::manifest::Labels;
use crate::manifest::istio::{Gateway, MESH, RequestMatch};

/// A proxy that routes requests: each has a table of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// Beside a pod.
    Sidecar {
        /// Of the pod.
        namespace: String,
        /// Of the pod.
        labels: Labels,
    },
    /// At the edge.
    Gateway {
        /// Of the proxy's pod.
        namespace: String,
        /// Of the proxy's pod; Gateways select by them.
        labels: Labels,
    },
}

impl Client {
    /// Its namespace.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Sidecar { namespace, .. } | Self::Gateway { namespace, .. } => namespace,
        }
    }
    /// Its labels.
    pub fn labels(&self) -> &Labels {
        match self {
            Self::Sidecar { labels, .. } | Self::Gateway { labels, .. } => labels,
        }
    }
    /// Whether a Gateway is meant for it: it carries all labels of the selector.
    pub fn follows(&self, gateway: &Gateway) -> bool {
        let edge = matches!(self, Self::Gateway { .. });
        edge && is_subset(&gateway.selector, self.labels())
    }
}

/// What a VirtualService is bound to, from its own namespace: `mesh`, or `namespace/name`
/// (model/config.go `resolveGatewayName`).
pub fn bound_gateway(written: &str, namespace: &str) -> String {
    if written == MESH {
        return written.to_owned();
    }
    if let Some((other, name)) = written.split_once('/') {
        let other = if other == "." { namespace } else { other };
        return format!("{other}/{name}");
    }
    // The older way to write it is the name of a Service: name.namespace.svc.cluster.local.
    let mut labels = written.split('.');
    let name = labels.next().unwrap_or_default();
    format!("{}/{name}", labels.next().unwrap_or(namespace))
}

/// Whether a match is for this proxy at this door (`mesh`, or a Gateway) and port
/// (route.go `sourceMatchHTTP`).
pub(super) fn is_for(
    condition: &RequestMatch,
    client: &Client,
    (door, namespace, port): (&str, &str, u16),
) -> bool {
    if condition.port.is_some_and(|wanted| wanted != port) {
        return false;
    }
    if !condition.gateways.is_empty() {
        let mut bound = condition.gateways.iter();
        return bound.any(|gateway| bound_gateway(gateway, namespace) == door);
    }
    let source = condition.source_namespace.as_deref();
    is_subset(&condition.source_labels, client.labels())
        && source.is_none_or(|source| source == client.namespace())
}

fn is_subset(wanted: &Labels, labels: &Labels) -> bool {
    wanted
        .iter()
        .all(|(name, value)| labels.get(name) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::bound_gateway;

    #[test]
    fn a_gateway_is_bound_by_name_or_with_its_namespace() {
        for (written, bound) in [
            ("mesh", "mesh"),
            ("edge", "prod/edge"),
            ("./edge", "prod/edge"),
            ("infra/edge", "infra/edge"),
            ("edge.infra", "infra/edge"),
            ("edge.infra.svc.cluster.local", "infra/edge"),
        ] {
            assert_eq!(bound_gateway(written, "prod"), bound);
        }
    }
}

//! `trafficRouting` of a canary and the routers' own settings.

use super::shape::Shape::{Anything, Many, Map, One, Text, Texts, Whole};
use super::shape::{ToldBy, Type, none, not, plain};

pub(super) static ROUTING: Type = plain(
    "`trafficRouting`",
    ToldBy::View,
    &[
        (Anything, "maxTrafficWeight"),
        (Many(&MANAGED_ROUTE), "managedRoutes"),
        (One(&ISTIO), "istio"),
        (One(&NGINX), "nginx"),
        (One(&ALB), "alb"),
        (One(&SMI), "smi"),
        (One(&TRAEFIK), "traefik"),
        (One(&AMBASSADOR), "ambassador"),
        (One(&APISIX), "apisix"),
        (One(&APP_MESH), "appMesh"),
        (Map, "plugins"),
    ],
);

static MANAGED_ROUTE: Type = plain("a managed route", ToldBy::View, &[(Anything, "name")]);

static ISTIO: Type = plain(
    "`istio`",
    ToldBy::View,
    &[
        (One(&VIRTUAL_SERVICE), "virtualService"),
        (Many(&VIRTUAL_SERVICE), "virtualServices"),
        (One(&DESTINATION_RULE), "destinationRule"),
    ],
);

static VIRTUAL_SERVICE: Type = plain(
    "a VirtualService of `istio`",
    ToldBy::Tables,
    &[
        (Text, "name"),
        (Texts, "routes"),
        (Many(&TLS_ROUTE), "tlsRoutes"),
        (Many(&TCP_ROUTE), "tcpRoutes"),
    ],
);

static TLS_ROUTE: Type = plain(
    "a TLS route",
    ToldBy::Tables,
    &[(Whole, "port"), (Texts, "sniHosts")],
);

static TCP_ROUTE: Type = plain("a TCP route", ToldBy::Tables, &[(Whole, "port")]);

static DESTINATION_RULE: Type = plain(
    "a DestinationRule of `istio`",
    ToldBy::Tables,
    &[
        (Text, "name canarySubsetName stableSubsetName"),
        (Texts, "additionalSubsetNames"),
    ],
);

const ANNOTATIONS: &str = "annotations of an Ingress change nothing";

static NGINX: Type = Type {
    called: "`nginx`",
    told_by: ToldBy::View,
    fields: &[
        (Text, "annotationPrefix stableIngress"),
        (Texts, "stableIngresses"),
    ],
    unmodelled: &[
        not("additionalIngressAnnotations", "", ANNOTATIONS),
        not("canaryIngressAnnotations", "", ANNOTATIONS),
    ],
    also: none,
};

static ALB: Type = Type {
    called: "`alb`",
    told_by: ToldBy::View,
    fields: &[
        (Text, "annotationPrefix ingress rootService"),
        (Texts, "ingresses"),
        (Whole, "servicePort"),
    ],
    unmodelled: &[not(
        "stickinessConfig",
        "",
        "every request is split anew by weight",
    )],
    also: none,
};

static SMI: Type = plain(
    "`smi`",
    ToldBy::View,
    &[(Text, "rootService trafficSplitName")],
);

static TRAEFIK: Type = plain(
    "`traefik`",
    ToldBy::View,
    &[(Text, "weightedTraefikServiceName")],
);

static AMBASSADOR: Type = plain("`ambassador`", ToldBy::View, &[(Texts, "mappings")]);

static APISIX: Type = plain("`apisix`", ToldBy::View, &[(One(&APISIX_ROUTE), "route")]);

static APISIX_ROUTE: Type = plain(
    "`route` of `apisix`",
    ToldBy::Tables,
    &[(Text, "name"), (Texts, "rules")],
);

static APP_MESH: Type = plain(
    "`appMesh`",
    ToldBy::View,
    &[
        (One(&APP_MESH_SERVICE), "virtualService"),
        (One(&NODE_GROUP), "virtualNodeGroup"),
    ],
);

static APP_MESH_SERVICE: Type = plain(
    "`virtualService` of `appMesh`",
    ToldBy::Tables,
    &[(Text, "name"), (Texts, "routes")],
);

static NODE_GROUP: Type = plain(
    "`virtualNodeGroup`",
    ToldBy::Tables,
    &[(One(&NODE), "canaryVirtualNodeRef stableVirtualNodeRef")],
);

static NODE: Type = plain("a virtual node", ToldBy::Tables, &[(Text, "name")]);

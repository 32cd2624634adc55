//! Objects with a typed view, down to what is theirs alone.

use super::analysis::ANALYSIS_TEMPLATE;
use super::destination_rule::DESTINATION_RULE;
use super::gateway::GATEWAY;
use super::pods::TEMPLATE;
use super::rollout::ROLLOUT;
use super::shape::Shape::{Anything, Flag, Many, Map, One, Text, TextMap, Texts};
use super::shape::Shape::{Whole, WholeOrText};
use super::shape::{ToldBy, Type, Unmodelled, none};
use super::virtual_service::VIRTUAL_SERVICE;

const ALL_PODS: &str = "every ready pod gets its share of the requests";

/// The common top of an object whose typed view opens `spec`.
pub(super) const fn object(
    called: &'static str,
    fields: &'static [(super::shape::Shape, &'static str)],
) -> Type {
    Type {
        called,
        told_by: ToldBy::View,
        fields,
        unmodelled: &[],
        also: none,
    }
}

pub(super) static DEPLOYMENT: Type = object(
    "a Deployment",
    &[
        (Text, "apiVersion kind"),
        (Anything, "status"),
        (One(&METADATA), "metadata"),
        (One(&DEPLOYMENT_SPEC), "spec"),
    ],
);

pub(super) static SERVICE: Type = object(
    "a Service",
    &[
        (Text, "apiVersion kind"),
        (Anything, "status"),
        (One(&METADATA), "metadata"),
        (One(&SERVICE_SPEC), "spec"),
    ],
);

pub(super) static BUDGET: Type = object(
    "a PodDisruptionBudget",
    &[
        (Text, "apiVersion kind"),
        (Anything, "status"),
        (One(&METADATA), "metadata"),
        (One(&BUDGET_SPEC), "spec"),
    ],
);

pub(super) static METADATA: Type = Type {
    called: "`metadata`",
    told_by: ToldBy::Tables,
    fields: &[
        (Text, "generateName namespace resourceVersion selfLink uid"),
        (
            Anything,
            "name creationTimestamp deletionTimestamp managedFields ownerReferences",
        ),
        (Whole, "generation deletionGracePeriodSeconds"),
        (Texts, "finalizers"),
        (TextMap, "labels annotations"),
    ],
    unmodelled: &[],
    also: none,
};

static DEPLOYMENT_SPEC: Type = Type {
    called: "`spec` of a Deployment",
    told_by: ToldBy::View,
    fields: &[
        (
            Anything,
            "replicas minReadySeconds progressDeadlineSeconds revisionHistoryLimit paused",
        ),
        (One(&STRATEGY), "strategy"),
        (One(&SELECTOR), "selector"),
        (One(&TEMPLATE), "template"),
    ],
    unmodelled: &[],
    also: none,
};

static STRATEGY: Type = Type {
    called: "`strategy`",
    told_by: ToldBy::View,
    fields: &[(Anything, "type"), (One(&ROLLING_UPDATE), "rollingUpdate")],
    unmodelled: &[],
    also: none,
};

static ROLLING_UPDATE: Type = Type {
    called: "`rollingUpdate`",
    told_by: ToldBy::View,
    fields: &[(Anything, "maxSurge maxUnavailable")],
    unmodelled: &[],
    also: none,
};

pub(super) static SELECTOR: Type = Type {
    called: "`selector`",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "matchLabels"),
        (Many(&EXPRESSION), "matchExpressions"),
    ],
    unmodelled: &[],
    also: none,
};

static EXPRESSION: Type = Type {
    called: "a match expression",
    told_by: ToldBy::View,
    fields: &[(Anything, "key operator values")],
    unmodelled: &[],
    also: none,
};

static BUDGET_SPEC: Type = Type {
    called: "`spec` of a PodDisruptionBudget",
    told_by: ToldBy::View,
    fields: &[
        (
            Anything,
            "minAvailable maxUnavailable unhealthyPodEvictionPolicy",
        ),
        (One(&SELECTOR), "selector"),
    ],
    unmodelled: &[],
    also: none,
};

static SERVICE_SPEC: Type = Type {
    called: "`spec` of a Service",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "selector publishNotReadyAddresses"),
        (
            Text,
            "clusterIP ipFamilyPolicy loadBalancerClass loadBalancerIP",
        ),
        (
            Texts,
            "clusterIPs externalIPs ipFamilies loadBalancerSourceRanges",
        ),
        (Flag, "allocateLoadBalancerNodePorts"),
        (Whole, "healthCheckNodePort"),
        (Map, "sessionAffinityConfig"),
        (Many(&SERVICE_PORT), "ports"),
        (Text, "externalName type"),
    ],
    unmodelled: &[
        Unmodelled {
            name: "sessionAffinity",
            quiet: "None",
            instead: ALL_PODS,
        },
        Unmodelled {
            name: "internalTrafficPolicy",
            quiet: "Cluster",
            instead: ALL_PODS,
        },
        Unmodelled {
            name: "externalTrafficPolicy",
            quiet: "Cluster",
            instead: ALL_PODS,
        },
        Unmodelled {
            name: "trafficDistribution",
            quiet: "",
            instead: ALL_PODS,
        },
    ],
    also: none,
};

static SERVICE_PORT: Type = Type {
    called: "a port of a Service",
    told_by: ToldBy::Tables,
    fields: &[
        (Text, "appProtocol name protocol"),
        (Whole, "nodePort port"),
        (WholeOrText, "targetPort"),
    ],
    unmodelled: &[],
    also: none,
};

/// Every type from the top, for hints about fields in a wrong place.
pub(super) static TOPS: [&Type; 8] = [
    &DEPLOYMENT,
    &SERVICE,
    &BUDGET,
    &ROLLOUT,
    &ANALYSIS_TEMPLATE,
    &GATEWAY,
    &VIRTUAL_SERVICE,
    &DESTINATION_RULE,
];

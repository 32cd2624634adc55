//! Analysis templates, and how a Rollout asks for them.

use super::rollout::POD_METADATA;
use super::shape::Shape::{Anything, Flag, List, Many, Map, One, Text, Whole};
use super::shape::{Shape, ToldBy, Type, Unmodelled, none, not, plain};
use super::top::{METADATA, object};

pub(super) static ANALYSIS_TEMPLATE: Type = object("an AnalysisTemplate", FIELDS);

pub(super) static CLUSTER_ANALYSIS_TEMPLATE: Type = object("a ClusterAnalysisTemplate", FIELDS);

const FIELDS: &[(Shape, &str)] = &[
    (Text, "apiVersion kind"),
    (Anything, "status"),
    (One(&METADATA), "metadata"),
    (One(&SPEC), "spec"),
];

static SPEC: Type = plain(
    "`spec` of an AnalysisTemplate",
    ToldBy::View,
    &[
        (Many(&TEMPLATE_ARGUMENT), "args"),
        (Many(&METRIC), "metrics"),
        (Many(&DRY_RUN), "dryRun"),
        (Many(&RETENTION), "measurementRetention"),
        (Many(&TEMPLATE_REF), "templates"),
    ],
);

/// What a strategy or a step asks for.
pub(super) static ANALYSIS: Type = plain(
    "an analysis",
    ToldBy::View,
    &[
        (Many(&TEMPLATE_REF), "templates"),
        (Many(&ARGUMENT), "args"),
        (Many(&DRY_RUN), "dryRun"),
        (Many(&RETENTION), "measurementRetention"),
        (One(&POD_METADATA), "analysisRunMetadata"),
    ],
);

/// The same in the background of a canary.
pub(super) static BACKGROUND: Type = plain(
    "`analysis` of a canary",
    ToldBy::View,
    &[
        (Anything, "startingStep"),
        (Many(&TEMPLATE_REF), "templates"),
        (Many(&ARGUMENT), "args"),
        (Many(&DRY_RUN), "dryRun"),
        (Many(&RETENTION), "measurementRetention"),
        (One(&POD_METADATA), "analysisRunMetadata"),
    ],
);

static TEMPLATE_REF: Type = plain(
    "a reference to a template",
    ToldBy::View,
    &[(Anything, "templateName clusterScope")],
);

pub(super) static ARGUMENT: Type = plain(
    "an argument",
    ToldBy::View,
    &[(Anything, "name value"), (One(&VALUE_FROM), "valueFrom")],
);

static VALUE_FROM: Type = plain(
    "`valueFrom`",
    ToldBy::View,
    &[
        (Anything, "podTemplateHashValue"),
        (One(&FIELD_REF), "fieldRef"),
    ],
);

static FIELD_REF: Type = plain("`fieldRef`", ToldBy::View, &[(Anything, "fieldPath")]);

static TEMPLATE_ARGUMENT: Type = plain(
    "an argument of a template",
    ToldBy::View,
    &[
        (Anything, "name value"),
        (One(&TEMPLATE_VALUE_FROM), "valueFrom"),
    ],
);

static TEMPLATE_VALUE_FROM: Type = plain(
    "`valueFrom` of a template",
    ToldBy::View,
    &[
        (One(&SECRET_REF), "secretKeyRef"),
        (One(&FIELD_REF), "fieldRef"),
    ],
);

static SECRET_REF: Type = plain("`secretKeyRef`", ToldBy::View, &[(Anything, "name key")]);

pub(super) static DRY_RUN: Type = plain("a dry run", ToldBy::View, &[(Anything, "metricName")]);

/// How many measurements are kept, which changes nothing.
static RETENTION: Type = plain(
    "`measurementRetention`",
    ToldBy::Tables,
    &[(Text, "metricName"), (Whole, "limit")],
);

static METRIC: Type = plain(
    "a metric",
    ToldBy::View,
    &[
        (Anything, "name interval initialDelay count"),
        (
            Anything,
            "failureLimit inconclusiveLimit consecutiveErrorLimit",
        ),
        (
            Anything,
            "consecutiveSuccessLimit successCondition failureCondition",
        ),
        (One(&PROVIDER), "provider"),
    ],
);

static PROVIDER: Type = Type {
    called: "`provider`",
    told_by: ToldBy::View,
    fields: &[(One(&PROMETHEUS), "prometheus")],
    unmodelled: &[
        nobody("kayenta"),
        nobody("web"),
        nobody("datadog"),
        nobody("wavefront"),
        nobody("newRelic"),
        nobody("job"),
        nobody("cloudWatch"),
        nobody("graphite"),
        nobody("influxdb"),
        nobody("skywalking"),
        nobody("plugin"),
    ],
    also: none,
};

/// A provider without a model.
const fn nobody(name: &'static str) -> Unmodelled {
    not(name, "", "an analysis that asks it is refused")
}

static PROMETHEUS: Type = Type {
    called: "`prometheus`",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "address query"),
        (Map, "authentication"),
        (List, "headers"),
        (Flag, "insecure"),
        (Whole, "timeout"),
    ],
    unmodelled: &[not("rangeQuery", "", "the query is asked at one instant")],
    also: none,
};

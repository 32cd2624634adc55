//! Steps of a canary.

use super::analysis::{ANALYSIS, ARGUMENT, DRY_RUN};
use super::rollout::POD_METADATA;
use super::shape::Shape::{Anything, Many, Map, One};
use super::shape::{ToldBy, Type, none, not, plain};

pub(super) static STEP: Type = plain(
    "a step",
    ToldBy::View,
    &[
        (Anything, "setWeight"),
        (One(&PAUSE), "pause"),
        (One(&ANALYSIS), "analysis"),
        (One(&SCALE), "setCanaryScale"),
        (One(&HEADER_ROUTE), "setHeaderRoute"),
        (One(&MIRROR_ROUTE), "setMirrorRoute"),
        (One(&EXPERIMENT), "experiment"),
        (One(&PLUGIN), "plugin"),
    ],
);

static PAUSE: Type = plain("`pause`", ToldBy::View, &[(Anything, "duration")]);

static SCALE: Type = plain(
    "`setCanaryScale`",
    ToldBy::View,
    &[(Anything, "replicas weight matchTrafficWeight")],
);

static HEADER_ROUTE: Type = plain(
    "`setHeaderRoute`",
    ToldBy::View,
    &[(Anything, "name"), (Many(&HEADER_MATCH), "match")],
);

static HEADER_MATCH: Type = plain(
    "a match of a header",
    ToldBy::View,
    &[(Anything, "headerName"), (One(&TEXT_MATCH), "headerValue")],
);

static MIRROR_ROUTE: Type = plain(
    "`setMirrorRoute`",
    ToldBy::View,
    &[(Anything, "name percentage"), (Many(&ROUTE_MATCH), "match")],
);

/// The names of headers are free; the view reads them.
static ROUTE_MATCH: Type = plain(
    "a match of a route",
    ToldBy::View,
    &[(One(&TEXT_MATCH), "method path"), (Anything, "headers")],
);

static TEXT_MATCH: Type = plain(
    "a match of a text",
    ToldBy::View,
    &[(Anything, "exact prefix regex")],
);

static PLUGIN: Type = plain(
    "a plugin step",
    ToldBy::View,
    &[(Anything, "name"), (Map, "config")],
);

static EXPERIMENT: Type = plain(
    "an experiment",
    ToldBy::View,
    &[
        (Anything, "duration scaleDownDelaySeconds"),
        (Many(&EXPERIMENT_TEMPLATE), "templates"),
        (Many(&EXPERIMENT_ANALYSIS), "analyses"),
        (Many(&DRY_RUN), "dryRun"),
        (One(&POD_METADATA), "analysisRunMetadata"),
    ],
);

static EXPERIMENT_TEMPLATE: Type = Type {
    called: "a template of an experiment",
    told_by: ToldBy::View,
    fields: &[(Anything, "name specRef replicas weight")],
    unmodelled: &[
        not("service", "", "it gets no Service of its own"),
        not("selector", "", "its pods are found as the Rollout's are"),
        not("metadata", "", "its pods carry the template's labels alone"),
    ],
    also: none,
};

static EXPERIMENT_ANALYSIS: Type = plain(
    "an analysis of an experiment",
    ToldBy::View,
    &[
        (
            Anything,
            "name templateName clusterScope requiredForCompletion",
        ),
        (Many(&ARGUMENT), "args"),
    ],
);

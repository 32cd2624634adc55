//! Rollouts, down to `blueGreen` and what both strategies share.

use super::analysis::ANALYSIS;
use super::canary::CANARY;
use super::pods::TEMPLATE;
use super::shape::Shape::{Anything, One, Text, TextMap, Whole};
use super::shape::{ToldBy, Type, none, not, plain};
use super::top::{METADATA, SELECTOR, object};

pub(super) static ROLLOUT: Type = object(
    "a Rollout",
    &[
        (Text, "apiVersion kind"),
        (Anything, "status"),
        (One(&METADATA), "metadata"),
        (One(&SPEC), "spec"),
    ],
);

static SPEC: Type = Type {
    called: "`spec` of a Rollout",
    told_by: ToldBy::View,
    fields: &[
        (
            Anything,
            "replicas minReadySeconds progressDeadlineSeconds progressDeadlineAbort",
        ),
        (Anything, "revisionHistoryLimit paused"),
        // The view refuses it.
        (Anything, "workloadRef"),
        (One(&ROLLBACK_WINDOW), "rollbackWindow"),
        (One(&HISTORY), "analysis"),
        (One(&STRATEGY), "strategy"),
        (One(&SELECTOR), "selector"),
        (One(&TEMPLATE), "template"),
    ],
    unmodelled: &[not("restartAt", "", "no pod is restarted at a time of day")],
    also: none,
};

static ROLLBACK_WINDOW: Type = plain("`rollbackWindow`", ToldBy::View, &[(Anything, "revisions")]);

/// How many runs are kept, which changes nothing.
static HISTORY: Type = plain(
    "`analysis` of a Rollout",
    ToldBy::Tables,
    &[(
        Whole,
        "successfulRunHistoryLimit unsuccessfulRunHistoryLimit",
    )],
);

static STRATEGY: Type = plain(
    "`strategy` of a Rollout",
    ToldBy::View,
    &[(One(&BLUE_GREEN), "blueGreen"), (One(&CANARY), "canary")],
);

static BLUE_GREEN: Type = plain(
    "`blueGreen`",
    ToldBy::View,
    &[
        (
            Anything,
            "activeService previewService previewReplicaCount maxUnavailable",
        ),
        (Anything, "autoPromotionEnabled autoPromotionSeconds"),
        (
            Anything,
            "scaleDownDelaySeconds scaleDownDelayRevisionLimit abortScaleDownDelaySeconds",
        ),
        (One(&ANALYSIS), "prePromotionAnalysis postPromotionAnalysis"),
        (One(&ANTI_AFFINITY), "antiAffinity"),
        (One(&POD_METADATA), "previewMetadata activeMetadata"),
    ],
);

pub(super) static ANTI_AFFINITY: Type = plain(
    "`antiAffinity`",
    ToldBy::View,
    &[
        (
            One(&REQUIREMENT),
            "requiredDuringSchedulingIgnoredDuringExecution",
        ),
        (
            One(&PREFERENCE),
            "preferredDuringSchedulingIgnoredDuringExecution",
        ),
    ],
);

static REQUIREMENT: Type = plain("a requirement", ToldBy::View, &[]);

static PREFERENCE: Type = plain("a preference", ToldBy::View, &[(Anything, "weight")]);

/// What pods or runs carry for a while.
pub(super) static POD_METADATA: Type = plain(
    "metadata for a while",
    ToldBy::Tables,
    &[(TextMap, "labels annotations")],
);

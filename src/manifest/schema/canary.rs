//! `canary` of a Rollout.

use super::analysis::BACKGROUND;
use super::rollout::{ANTI_AFFINITY, POD_METADATA};
use super::routers::ROUTING;
use super::shape::Shape::{Anything, Many, One};
use super::shape::{ToldBy, Type, plain};
use super::steps::STEP;

pub(super) static CANARY: Type = plain(
    "`canary`",
    ToldBy::View,
    &[
        (
            Anything,
            "canaryService stableService maxSurge maxUnavailable",
        ),
        (Anything, "dynamicStableScale minPodsPerReplicaSet"),
        (
            Anything,
            "scaleDownDelaySeconds scaleDownDelayRevisionLimit abortScaleDownDelaySeconds",
        ),
        // The view refuses it.
        (Anything, "pingPong"),
        (One(&THRESHOLD), "replicaProgressThreshold"),
        (One(&ROUTING), "trafficRouting"),
        (One(&BACKGROUND), "analysis"),
        (One(&ANTI_AFFINITY), "antiAffinity"),
        (One(&POD_METADATA), "canaryMetadata stableMetadata"),
        (Many(&STEP), "steps"),
    ],
);

static THRESHOLD: Type = plain(
    "`replicaProgressThreshold`",
    ToldBy::View,
    &[(Anything, "type value")],
);

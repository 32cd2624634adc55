//! VirtualServices.

use super::shape::Shape::{Anything, Many, Map, One, Text};
use super::shape::{ToldBy, Type, none, not, plain};
use super::top::{METADATA, object};

const NOT_HTTP: &str = "only HTTP is routed";

pub(super) static VIRTUAL_SERVICE: Type = object(
    "a VirtualService",
    &[
        (Text, "apiVersion kind"),
        (Anything, "status"),
        (One(&METADATA), "metadata"),
        (One(&SPEC), "spec"),
    ],
);

static SPEC: Type = Type {
    called: "`spec` of a VirtualService",
    told_by: ToldBy::View,
    fields: &[(Anything, "hosts gateways"), (Many(&ROUTE), "http")],
    unmodelled: &[
        not("tls", "", NOT_HTTP),
        not("tcp", "", NOT_HTTP),
        not("exportTo", "", "every namespace sees it"),
    ],
    also: none,
};

/// The view refuses `delegate`. The path a server sees and what browsers may ask from elsewhere change
/// nothing in a rollout.
static ROUTE: Type = plain(
    "a route of `http`",
    ToldBy::View,
    &[
        (Anything, "name timeout mirrorPercent delegate"),
        (Many(&MATCH), "match"),
        (Many(&WEIGHTED), "route"),
        (One(&REDIRECT), "redirect"),
        (One(&ANSWER), "directResponse"),
        (One(&RETRIES), "retries"),
        (One(&FAULT), "fault"),
        (One(&DESTINATION), "mirror"),
        (Many(&MIRROR), "mirrors"),
        (One(&SHARE), "mirrorPercentage"),
        (Map, "rewrite corsPolicy"),
        (One(&HEADERS), "headers"),
    ],
);

/// The view says what is wrong inside a condition.
static MATCH: Type = plain(
    "a match",
    ToldBy::View,
    &[
        (Anything, "name uri scheme method authority headers port"),
        (Anything, "withoutHeaders queryParams ignoreUriCase"),
        (Anything, "sourceLabels sourceNamespace gateways"),
        (Text, "statPrefix"),
    ],
);

static WEIGHTED: Type = plain(
    "a destination of `route`",
    ToldBy::View,
    &[
        (Anything, "weight"),
        (One(&DESTINATION), "destination"),
        (One(&HEADERS), "headers"),
    ],
);

static DESTINATION: Type = plain(
    "a destination",
    ToldBy::View,
    &[(Anything, "host subset"), (One(&PORT_NUMBER), "port")],
);

pub(super) static PORT_NUMBER: Type = plain("`port`", ToldBy::View, &[(Anything, "number")]);

static MIRROR: Type = plain(
    "a mirror",
    ToldBy::View,
    &[
        (One(&DESTINATION), "destination"),
        (One(&SHARE), "percentage"),
    ],
);

static SHARE: Type = plain("a percentage", ToldBy::View, &[(Anything, "value")]);

static REDIRECT: Type = plain(
    "`redirect`",
    ToldBy::View,
    &[
        (Anything, "uri prefixRewrite authority scheme port"),
        (Anything, "redirectCode"),
        (Text, "derivePort"),
    ],
);

static ANSWER: Type = plain(
    "`directResponse`",
    ToldBy::View,
    &[(Anything, "status"), (Map, "body")],
);

static RETRIES: Type = plain(
    "`retries`",
    ToldBy::View,
    &[
        (Anything, "attempts perTryTimeout retryOn backoff"),
        (Anything, "retryRemoteLocalities retryIgnorePreviousHosts"),
    ],
);

static FAULT: Type = plain(
    "`fault`",
    ToldBy::View,
    &[(One(&DELAY), "delay"), (One(&ABORT), "abort")],
);

static DELAY: Type = plain(
    "`delay`",
    ToldBy::View,
    &[
        (Anything, "percent fixedDelay exponentialDelay"),
        (One(&SHARE), "percentage"),
    ],
);

static ABORT: Type = plain(
    "`abort`",
    ToldBy::View,
    &[
        (Anything, "httpStatus grpcStatus http2Error"),
        (One(&SHARE), "percentage"),
    ],
);

static HEADERS: Type = plain(
    "`headers` of a route",
    ToldBy::View,
    &[(One(&EDITS), "request response")],
);

static EDITS: Type = plain(
    "edits of headers",
    ToldBy::View,
    &[(Anything, "set add remove")],
);

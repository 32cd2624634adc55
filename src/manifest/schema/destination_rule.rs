//! DestinationRules.

use super::shape::Shape::{Anything, Looked, Many, Map, One, Text, Whole};
use super::shape::{ToldBy, Type, none, not, plain};
use super::top::{METADATA, object};
use super::virtual_service::PORT_NUMBER;
use crate::document::{Diagnostic, Diagnostics, Node};

pub(super) static DESTINATION_RULE: Type = object(
    "a DestinationRule",
    &[
        (Text, "apiVersion kind"),
        (Anything, "status"),
        (One(&METADATA), "metadata"),
        (One(&SPEC), "spec"),
    ],
);

static SPEC: Type = Type {
    called: "`spec` of a DestinationRule",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "host"),
        (One(&POLICY), "trafficPolicy"),
        (Many(&SUBSET), "subsets"),
    ],
    unmodelled: &[
        not("exportTo", "", "every namespace sees it"),
        not("workloadSelector", "", "every client follows it"),
    ],
    also: none,
};

static SUBSET: Type = plain(
    "a subset",
    ToldBy::View,
    &[(Anything, "name labels"), (One(&POLICY), "trafficPolicy")],
);

/// Encryption between proxies changes nothing in a rollout.
static POLICY: Type = Type {
    called: "`trafficPolicy`",
    told_by: ToldBy::View,
    fields: &[
        (One(&BALANCER), "loadBalancer"),
        (One(&POOL), "connectionPool"),
        (One(&OUTLIERS), "outlierDetection"),
        (One(&BUDGET), "retryBudget"),
        (Many(&PORT), "portLevelSettings"),
        (Map, "tls proxyProtocol"),
    ],
    unmodelled: &[not("tunnel", "", "requests go straight to the host")],
    also: none,
};

static PORT: Type = plain(
    "a setting of `portLevelSettings`",
    ToldBy::View,
    &[
        (One(&PORT_NUMBER), "port"),
        (One(&BALANCER), "loadBalancer"),
        (One(&POOL), "connectionPool"),
        (One(&OUTLIERS), "outlierDetection"),
        (Map, "tls"),
    ],
);

static BUDGET: Type = Type {
    called: "`retryBudget`",
    told_by: ToldBy::View,
    fields: &[(Anything, "percent minRetryConcurrency")],
    unmodelled: &[not(
        "budgetInterval",
        "",
        "it is held against the requests under way",
    )],
    also: none,
};

static BALANCER: Type = Type {
    called: "`loadBalancer`",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "simple warmupDurationSecs"),
        (One(&HASH), "consistentHash"),
        (One(&LOCALITY), "localityLbSetting"),
        (One(&WARMUP), "warmup"),
    ],
    unmodelled: &[not(
        "zoneAwareLbSetting",
        "",
        "near pods are preferred as without it",
    )],
    also: none,
};

static HASH: Type = plain(
    "`consistentHash`",
    ToldBy::View,
    &[
        (Anything, "httpHeaderName useSourceIp"),
        (Anything, "httpQueryParameterName minimumRingSize"),
        (One(&COOKIE), "httpCookie"),
        (One(&RING), "ringHash"),
        (One(&MAGLEV), "maglev"),
    ],
);

static COOKIE: Type = plain(
    "`httpCookie`",
    ToldBy::View,
    &[
        (Anything, "name ttl"),
        (Text, "path"),
        (Anything, "attributes"),
    ],
);

static RING: Type = plain("`ringHash`", ToldBy::View, &[(Anything, "minimumRingSize")]);

static MAGLEV: Type = plain("`maglev`", ToldBy::View, &[(Anything, "tableSize")]);

static WARMUP: Type = plain(
    "`warmup`",
    ToldBy::View,
    &[(Anything, "duration minimumPercent aggression")],
);

static LOCALITY: Type = plain(
    "`localityLbSetting`",
    ToldBy::View,
    &[
        (Anything, "enabled failoverPriority"),
        (Many(&DISTRIBUTE), "distribute"),
        (Many(&FAILOVER), "failover"),
    ],
);

static DISTRIBUTE: Type = plain("a distribution", ToldBy::View, &[(Anything, "from to")]);

static FAILOVER: Type = plain("a failover", ToldBy::View, &[(Anything, "from to")]);

static POOL: Type = plain(
    "`connectionPool`",
    ToldBy::View,
    &[(One(&TCP), "tcp"), (One(&HTTP), "http")],
);

static TCP: Type = plain(
    "`tcp` of a connection pool",
    ToldBy::View,
    &[
        (Anything, "maxConnections connectTimeout"),
        (Anything, "maxConnectionDuration idleTimeout"),
        (Map, "tcpKeepalive"),
    ],
);

static HTTP: Type = Type {
    called: "`http` of a connection pool",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "http1MaxPendingRequests http2MaxRequests"),
        (Anything, "maxRequestsPerConnection maxRetries idleTimeout"),
        (Looked(look_at_upgrade), "h2UpgradePolicy"),
        (Whole, "maxConcurrentStreams"),
        (Map, "http2KeepAlive"),
    ],
    unmodelled: &[not("useClientProtocol", "false", HTTP_1)],
    also: none,
};

const HTTP_1: &str = "requests travel over HTTP/1.1";

/// Two of the three words change nothing.
fn look_at_upgrade(node: &Node, problems: &mut Diagnostics) {
    let finding = match node.as_text() {
        Some("DEFAULT" | "DO_NOT_UPGRADE") => return,
        Some("UPGRADE") => Diagnostic::note("not modelled: `h2UpgradePolicy: UPGRADE`")
            .label(format!("here {HTTP_1}")),
        _ => Diagnostic::error("`h2UpgradePolicy` cannot be read")
            .label("expected `DEFAULT`, `DO_NOT_UPGRADE` or `UPGRADE`"),
    };
    problems.push(finding.at(node.span));
}

static OUTLIERS: Type = plain(
    "`outlierDetection`",
    ToldBy::View,
    &[
        (Anything, "consecutiveErrors consecutive5xxErrors"),
        (
            Anything,
            "consecutiveGatewayErrors consecutiveLocalOriginFailures",
        ),
        (
            Anything,
            "splitExternalLocalOriginErrors interval baseEjectionTime",
        ),
        (Anything, "maxEjectionPercent minHealthPercent"),
        (Anything, "outlierDetectionHttpErrorCodes"),
    ],
);

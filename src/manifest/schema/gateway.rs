//! Gateways of Istio.

use super::shape::Shape::{Anything, Flag, List, Many, One, Text, Texts};
use super::shape::{ToldBy, Type, none, not, plain};
use super::top::{METADATA, object};

pub(super) static GATEWAY: Type = object(
    "a Gateway",
    &[
        (Text, "apiVersion kind"),
        (Anything, "status"),
        (One(&METADATA), "metadata"),
        (One(&SPEC), "spec"),
    ],
);

static SPEC: Type = plain(
    "`spec` of a Gateway",
    ToldBy::View,
    &[(Anything, "selector"), (Many(&SERVER), "servers")],
);

static SERVER: Type = plain(
    "a server",
    ToldBy::View,
    &[
        (Anything, "hosts"),
        (Text, "name bind defaultEndpoint"),
        (One(&PORT), "port"),
        (One(&TLS), "tls"),
    ],
);

static PORT: Type = Type {
    called: "a port of a server",
    told_by: ToldBy::View,
    fields: &[(Anything, "number name protocol")],
    unmodelled: &[not("targetPort", "0", "it changes nothing, as in Istio")],
    also: none,
};

/// Keys and certificates change nothing in a rollout.
static TLS: Type = plain(
    "`tls` of a server",
    ToldBy::View,
    &[
        (Anything, "httpsRedirect mode"),
        (Text, "serverCertificate privateKey caCertificates caCrl"),
        (Text, "credentialName caCertCredentialName"),
        (Text, "minProtocolVersion maxProtocolVersion"),
        (Texts, "credentialNames subjectAltNames cipherSuites"),
        (Texts, "verifyCertificateSpki verifyCertificateHash"),
        (List, "tlsCertificates"),
        (Flag, "insecureSkipVerify"),
    ],
);

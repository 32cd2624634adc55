//! Pod templates, containers, probes and handlers.

use super::placement::{look_at_affinity, look_at_spread};
use super::shape::Shape::{Anything, Flag, List, Looked, Many, Map, One, Text, TextMap, Texts};
use super::shape::Shape::{Whole, WholeOrText};
use super::shape::{ToldBy, Type, none, not};

const ANYWHERE: &str = "pods may go to any node";

pub(super) static TEMPLATE: Type = Type {
    called: "a pod template",
    told_by: ToldBy::View,
    fields: &[
        (One(&TEMPLATE_METADATA), "metadata"),
        (One(&POD_SPEC), "spec"),
    ],
    unmodelled: &[],
    also: none,
};

/// As of an object, but the view reads the labels.
static TEMPLATE_METADATA: Type = Type {
    called: "`metadata` of a pod template",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "labels"),
        (TextMap, "annotations"),
        (Anything, "creationTimestamp"),
        (Text, "name generateName namespace"),
        (Texts, "finalizers"),
    ],
    unmodelled: &[],
    also: none,
};

static POD_SPEC: Type = Type {
    called: "`spec` of a pod",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "restartPolicy terminationGracePeriodSeconds"),
        (Many(&CONTAINER), "containers"),
        (
            Text,
            "dnsPolicy hostname hostnameOverride preemptionPolicy runtimeClassName",
        ),
        (Text, "serviceAccount serviceAccountName subdomain"),
        (
            Flag,
            "automountServiceAccountToken enableServiceLinks hostIPC hostPID hostUsers",
        ),
        (Flag, "setHostnameAsFQDN shareProcessNamespace"),
        (
            List,
            "ephemeralContainers hostAliases imagePullSecrets tolerations volumes",
        ),
        (Map, "dnsConfig os securityContext"),
        (Looked(look_at_affinity), "affinity"),
        (Looked(look_at_spread), "topologySpreadConstraints"),
    ],
    unmodelled: &[
        not("initContainers", "", "pods start without them"),
        not(
            "readinessGates",
            "",
            "pods are ready without waiting for them",
        ),
        not("schedulingGates", "", "pods are scheduled at once"),
        not("schedulingGroup", "", "pods are scheduled one by one"),
        not("resourceClaims", "", "pods do not wait for devices"),
        not("resources", "", "only the resources of containers count"),
        not("overhead", "", "only the resources of containers count"),
        not("activeDeadlineSeconds", "", "pods live on past it"),
        not("nodeName", "", ANYWHERE),
        not("nodeSelector", "", ANYWHERE),
        not(
            "hostNetwork",
            "false",
            "ports of pods on one node never collide",
        ),
        not("priority", "0", "no pod gives way to another"),
        not("priorityClassName", "", "no pod gives way to another"),
        not(
            "schedulerName",
            "default-scheduler",
            "pods go where the fewest are",
        ),
    ],
    also: none,
};

static CONTAINER: Type = Type {
    called: "a container",
    told_by: ToldBy::View,
    fields: &[
        (Anything, "name image imagePullPolicy"),
        (
            Text,
            "terminationMessagePath terminationMessagePolicy workingDir",
        ),
        (Flag, "stdin stdinOnce tty"),
        (Texts, "args command"),
        (List, "env envFrom resizePolicy volumeDevices volumeMounts"),
        (Map, "securityContext"),
        (Many(&CONTAINER_PORT), "ports"),
        (One(&RESOURCES), "resources"),
        (One(&PROBE), "startupProbe readinessProbe livenessProbe"),
        (One(&LIFECYCLE), "lifecycle"),
    ],
    unmodelled: &[
        not(
            "restartPolicy",
            "Always",
            "a container that ends is always restarted",
        ),
        not(
            "restartPolicyRules",
            "",
            "a container that ends is always restarted",
        ),
    ],
    also: none,
};

static CONTAINER_PORT: Type = Type {
    called: "a port of a container",
    told_by: ToldBy::Tables,
    fields: &[(Text, "hostIP name protocol"), (Whole, "containerPort")],
    unmodelled: &[not(
        "hostPort",
        "0",
        "ports of pods on one node never collide",
    )],
    also: none,
};

static RESOURCES: Type = Type {
    called: "`resources`",
    told_by: ToldBy::View,
    fields: &[(One(&AMOUNTS), "requests limits")],
    unmodelled: &[not("claims", "", "pods do not wait for devices")],
    also: none,
};

static AMOUNTS: Type = Type {
    called: "amounts of resources",
    told_by: ToldBy::View,
    fields: &[(Anything, "cpu memory ephemeral-storage")],
    unmodelled: &[],
    also: |name| name.contains('/') || name.starts_with("hugepages-"),
};

static PROBE: Type = Type {
    called: "a probe",
    told_by: ToldBy::View,
    fields: &[
        (
            Anything,
            "initialDelaySeconds periodSeconds timeoutSeconds successThreshold",
        ),
        (Anything, "failureThreshold terminationGracePeriodSeconds"),
        (One(&EXEC), "exec"),
        (One(&HTTP_GET), "httpGet"),
        (One(&TCP_SOCKET), "tcpSocket"),
        (One(&GRPC), "grpc"),
    ],
    unmodelled: &[],
    also: none,
};

static LIFECYCLE: Type = Type {
    called: "`lifecycle`",
    told_by: ToldBy::View,
    fields: &[(One(&HANDLER), "preStop")],
    unmodelled: &[
        not("postStart", "", "containers run without waiting for it"),
        not(
            "stopSignal",
            "SIGTERM",
            "the image's `on-sigterm` says how a container stops",
        ),
    ],
    also: none,
};

/// The view reads `exec` and `sleep`.
static HANDLER: Type = Type {
    called: "a lifecycle handler",
    told_by: ToldBy::View,
    fields: &[
        (One(&VIEWED_EXEC), "exec"),
        (One(&SLEEP), "sleep"),
        (One(&HTTP_GET), "httpGet"),
        (One(&TCP_SOCKET), "tcpSocket"),
    ],
    unmodelled: &[],
    also: none,
};

static VIEWED_EXEC: Type = Type {
    called: "`exec`",
    told_by: ToldBy::View,
    fields: &[(Anything, "command")],
    unmodelled: &[],
    also: none,
};

static SLEEP: Type = Type {
    called: "`sleep`",
    told_by: ToldBy::View,
    fields: &[(Anything, "seconds")],
    unmodelled: &[],
    also: none,
};

static EXEC: Type = Type {
    called: "`exec`",
    told_by: ToldBy::Tables,
    fields: &[(Texts, "command")],
    unmodelled: &[],
    also: none,
};

static HTTP_GET: Type = Type {
    called: "`httpGet`",
    told_by: ToldBy::Tables,
    fields: &[
        (Text, "host path scheme"),
        (WholeOrText, "port"),
        (Many(&HEADER), "httpHeaders"),
    ],
    unmodelled: &[],
    also: none,
};

static HEADER: Type = Type {
    called: "a header",
    told_by: ToldBy::Tables,
    fields: &[(Text, "name value")],
    unmodelled: &[],
    also: none,
};

static TCP_SOCKET: Type = Type {
    called: "`tcpSocket`",
    told_by: ToldBy::Tables,
    fields: &[(Text, "host"), (WholeOrText, "port")],
    unmodelled: &[],
    also: none,
};

static GRPC: Type = Type {
    called: "`grpc`",
    told_by: ToldBy::Tables,
    fields: &[(Text, "service"), (Whole, "port")],
    unmodelled: &[],
    also: none,
};

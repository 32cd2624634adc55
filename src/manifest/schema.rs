//! The fields Kubernetes knows, as one table: what is not in it is reported, never dropped in silence.

use super::{Object, ObjectSet};
use crate::document::{Diagnostic, Diagnostics, Node, nearest};

/// One type: fields that are read or cannot matter to a rollout, fields of another type (`[]` marks
/// a list of it), and fields that can matter but have no model yet.
struct Type {
    name: &'static str,
    plain: &'static str,
    nested: &'static [(&'static str, &'static str)],
    unmodelled: &'static str,
}

const TYPES: [Type; 13] = [
    Type {
        name: "Deployment",
        plain: "apiVersion kind metadata status",
        nested: &[("spec", "DeploymentSpec")],
        unmodelled: "",
    },
    Type {
        name: "DeploymentSpec",
        plain: "replicas minReadySeconds progressDeadlineSeconds revisionHistoryLimit paused",
        nested: &[
            ("strategy", "Strategy"),
            ("selector", "Selector"),
            ("template", "Template"),
        ],
        unmodelled: "",
    },
    Type {
        name: "Strategy",
        plain: "type",
        nested: &[("rollingUpdate", "RollingUpdate")],
        unmodelled: "",
    },
    Type {
        name: "RollingUpdate",
        plain: "maxSurge maxUnavailable",
        nested: &[],
        unmodelled: "",
    },
    Type {
        name: "Selector",
        plain: "matchLabels matchExpressions",
        nested: &[],
        unmodelled: "",
    },
    Type {
        name: "Template",
        plain: "metadata",
        nested: &[("spec", "PodSpec")],
        unmodelled: "",
    },
    Type {
        name: "PodSpec",
        plain: "terminationGracePeriodSeconds restartPolicy affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname imagePullSecrets nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName resourceClaims runtimeClassName schedulerName securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain tolerations topologySpreadConstraints volumes",
        nested: &[("containers[]", "Container")],
        unmodelled: "initContainers readinessGates activeDeadlineSeconds resources schedulingGates",
    },
    Type {
        name: "Container",
        plain: "name image imagePullPolicy args command env envFrom ports securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
        nested: &[
            ("resources", "Resources"),
            ("startupProbe", "Probe"),
            ("readinessProbe", "Probe"),
            ("livenessProbe", "Probe"),
            ("lifecycle", "Lifecycle"),
        ],
        unmodelled: "resizePolicy restartPolicy",
    },
    Type {
        name: "Resources",
        plain: "requests limits claims",
        nested: &[],
        unmodelled: "",
    },
    Type {
        name: "Probe",
        plain: "initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold terminationGracePeriodSeconds exec httpGet tcpSocket grpc",
        nested: &[],
        unmodelled: "",
    },
    Type {
        name: "Lifecycle",
        plain: "preStop",
        nested: &[],
        unmodelled: "postStart stopSignal",
    },
    Type {
        name: "Service",
        plain: "apiVersion kind metadata status",
        nested: &[("spec", "ServiceSpec")],
        unmodelled: "",
    },
    Type {
        name: "ServiceSpec",
        plain: "selector publishNotReadyAddresses ports type clusterIP clusterIPs externalIPs externalName ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges allocateLoadBalancerNodePorts healthCheckNodePort",
        nested: &[],
        unmodelled: "sessionAffinity sessionAffinityConfig externalTrafficPolicy internalTrafficPolicy trafficDistribution",
    },
];
const BUDGET: &str = "minAvailable maxUnavailable selector unhealthyPodEvictionPolicy";

/// Kinds with a typed view, by group.
const MODELLED: [(&str, &str); 3] = [
    ("apps", "Deployment"),
    ("", "Service"),
    ("policy", "PodDisruptionBudget"),
];
/// Kinds that change nothing in a rollout.
const HARMLESS: &str = "ConfigMap Secret ServiceAccount Namespace Role RoleBinding ClusterRole ClusterRoleBinding PersistentVolumeClaim NetworkPolicy";
/// Kinds that are known and have no model yet.
const LATER: &str = "Rollout Canary VirtualService DestinationRule Gateway AnalysisTemplate ClusterAnalysisTemplate HorizontalPodAutoscaler CronJob Job Ingress StatefulSet DaemonSet ReplicaSet Pod Application AppProject GitRepository Kustomization HelmRepository HelmRelease MetricTemplate HTTPRoute ResourceQuota LimitRange PriorityClass";

impl ObjectSet {
    /// Reports kinds and fields that are unknown (with the nearest known name) or without a model.
    pub fn check_fields(&self, problems: &mut Diagnostics) {
        for object in self.iter() {
            let kind = object.name.kind.as_str();
            if !MODELLED.contains(&(object.group(), kind)) {
                check_kind(object, problems);
            } else if kind == "PodDisruptionBudget" {
                for (key, entry) in object
                    .node
                    .child("spec")
                    .and_then(Node::as_map)
                    .into_iter()
                    .flatten()
                {
                    if !BUDGET.split(' ').any(|name| name == key) {
                        problems.push(unknown(key, BUDGET.split(' ')).at(entry.key_span));
                    }
                }
            } else {
                check(&object.node, kind, problems);
            }
        }
    }
}

fn check_kind(object: &Object, problems: &mut Diagnostics) {
    let kind = object.name.kind.as_str();
    let is_in = |words: &str| words.split(' ').any(|word| word == kind);
    let place = object
        .node
        .child("kind")
        .map_or(object.span(), |node| node.span);
    if is_in(HARMLESS) {
        return;
    }
    if is_in(LATER) {
        let message = format!(
            "`{kind}` is not modelled yet: `{}` is left out",
            object.name
        );
        problems.push(Diagnostic::note(message).at(place));
        return;
    }
    let known = MODELLED.iter().map(|(_, kind)| *kind);
    let known = known.chain(HARMLESS.split(' ')).chain(LATER.split(' '));
    let hint = match MODELLED.iter().find(|(_, name)| *name == kind) {
        Some((group, _)) => Some(format!("expected the API group `{group}`")),
        None => nearest(kind, known).map(|name| format!("did you mean `{name}`?")),
    };
    let message = format!(
        "unknown kind `{kind}` of `{}` is not modelled",
        object.api_version
    );
    problems.push(Diagnostic::warning(message).at(place).maybe_hint(hint));
}

fn check(node: &Node, type_name: &str, problems: &mut Diagnostics) {
    let known = TYPES.iter().find(|one| one.name == type_name);
    let known = known.expect("every nested type is in the table");
    for (key, entry) in node.as_map().into_iter().flatten() {
        let field = |name: &str| name.trim_end_matches("[]") == key;
        if let Some((name, inner)) = known.nested.iter().find(|(name, _)| field(name)) {
            if name.ends_with("[]") {
                let list = entry.node.as_list().into_iter().flatten();
                list.for_each(|one| check(one, inner, problems));
            } else {
                check(&entry.node, inner, problems);
            }
        } else if known.unmodelled.split(' ').any(|name| name == key) {
            let message = format!("`{key}` is not modelled yet: it changes nothing here");
            problems.push(Diagnostic::warning(message).at(entry.key_span));
        } else if !known.plain.split(' ').any(|name| name == key) {
            let nested = known
                .nested
                .iter()
                .map(|(name, _)| name.trim_end_matches("[]"));
            let names = known
                .plain
                .split(' ')
                .chain(nested)
                .chain(known.unmodelled.split(' '));
            problems.push(unknown(key, names).at(entry.key_span));
        }
    }
}

fn unknown<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let hint = nearest(key, known.filter(|name| !name.is_empty()));
    Diagnostic::warning(format!("unknown field `{key}`"))
        .maybe_hint(hint.map(|name| format!("did you mean `{name}`?")))
}

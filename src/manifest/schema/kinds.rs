//! Which kinds are read, which change nothing in a rollout, and which have no model yet.

use super::analysis::{ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE};
use super::destination_rule::DESTINATION_RULE;
use super::gateway::GATEWAY;
use super::rollout::ROLLOUT;
use super::shape::Type;
use super::top::{BUDGET, DEPLOYMENT, SERVICE};
use super::virtual_service::VIRTUAL_SERVICE;
use crate::document::{Diagnostic, Diagnostics, nearest};
use crate::manifest::Object;

/// A kind with a typed view.
struct Modelled {
    /// Its group; empty for the core group.
    group: &'static str,
    /// The version it is written in.
    version: &'static str,
    kind: &'static str,
    fields: &'static Type,
}

const MODELLED: [Modelled; 9] = [
    modelled("apps", "v1", "Deployment", &DEPLOYMENT),
    modelled("", "v1", "Service", &SERVICE),
    modelled("policy", "v1", "PodDisruptionBudget", &BUDGET),
    modelled("argoproj.io", "v1alpha1", "Rollout", &ROLLOUT),
    modelled(
        "argoproj.io",
        "v1alpha1",
        "AnalysisTemplate",
        &ANALYSIS_TEMPLATE,
    ),
    modelled(
        "argoproj.io",
        "v1alpha1",
        "ClusterAnalysisTemplate",
        &CLUSTER_ANALYSIS_TEMPLATE,
    ),
    modelled("networking.istio.io", "v1", "Gateway", &GATEWAY),
    modelled(
        "networking.istio.io",
        "v1",
        "VirtualService",
        &VIRTUAL_SERVICE,
    ),
    modelled(
        "networking.istio.io",
        "v1",
        "DestinationRule",
        &DESTINATION_RULE,
    ),
];

const fn modelled(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    fields: &'static Type,
) -> Modelled {
    Modelled {
        group,
        version,
        kind,
        fields,
    }
}

/// Kinds that change nothing in a rollout.
const HARMLESS: &str = "ConfigMap Secret ServiceAccount Namespace Role RoleBinding ClusterRole ClusterRoleBinding PersistentVolumeClaim PersistentVolume StorageClass NetworkPolicy ServiceMonitor PodMonitor PrometheusRule";
/// Kinds that are known and have no model yet (the Gateway is that of the Gateway API).
const LATER: &str = "Experiment AnalysisRun Canary Gateway HorizontalPodAutoscaler VerticalPodAutoscaler CronJob Job Ingress StatefulSet DaemonSet ReplicaSet Pod Application ApplicationSet AppProject GitRepository Kustomization HelmRepository HelmRelease MetricTemplate HTTPRoute ResourceQuota LimitRange PriorityClass";

/// The table of an object's fields, if it has a typed view.
pub(super) fn type_of(object: &Object) -> Option<&'static Type> {
    let fits = |one: &&Modelled| one.group == object.group() && one.kind == object.name.kind;
    MODELLED.iter().find(fits).map(|one| one.fields)
}

/// Reports a kind without a typed view, unless it changes nothing in a rollout.
pub(super) fn check_kind(object: &Object, problems: &mut Diagnostics) {
    let kind = object.name.kind.as_str();
    let is_in = |words: &str| words.split(' ').any(|word| word == kind);
    let written = object.node.child("kind");
    let place = written.map_or(object.span(), |node| node.span);
    if is_in(HARMLESS) {
        return;
    }
    if is_in(LATER) {
        let message = format!("not modelled: `{kind}`; `{}` is left out", object.name);
        problems.push(Diagnostic::note(message).at(place));
        return;
    }
    let known = MODELLED.iter().map(|one| one.kind);
    let known = known.chain(HARMLESS.split(' ')).chain(LATER.split(' '));
    let hint = match MODELLED.iter().find(|one| one.kind == kind) {
        Some(one) if one.group.is_empty() => {
            Some(format!("expected `apiVersion: {}`", one.version))
        }
        Some(one) => Some(format!(
            "expected `apiVersion: {}/{}`",
            one.group, one.version
        )),
        None => nearest(kind, known).map(|name| format!("did you mean `{name}`?")),
    };
    let version = &object.api_version;
    let message = format!("unknown kind `{kind}` of `{version}` is left out");
    problems.push(Diagnostic::warning(message).at(place).maybe_hint(hint));
}

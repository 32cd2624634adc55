//! Which kinds are read, which change nothing in a rollout, and which have no model yet.

use super::destination_rule::DESTINATION_RULE;
use super::gateway::GATEWAY;
use super::shape::Type;
use super::top::{BUDGET, DEPLOYMENT, SERVICE};
use super::virtual_service::VIRTUAL_SERVICE;
use crate::document::{Diagnostic, Diagnostics, nearest};
use crate::manifest::Object;

/// Kinds with a typed view, by group.
const MODELLED: [(&str, &str, &Type); 6] = [
    ("apps", "Deployment", &DEPLOYMENT),
    ("", "Service", &SERVICE),
    ("policy", "PodDisruptionBudget", &BUDGET),
    ("networking.istio.io", "Gateway", &GATEWAY),
    ("networking.istio.io", "VirtualService", &VIRTUAL_SERVICE),
    ("networking.istio.io", "DestinationRule", &DESTINATION_RULE),
];
/// Kinds that change nothing in a rollout.
const HARMLESS: &str = "ConfigMap Secret ServiceAccount Namespace Role RoleBinding ClusterRole ClusterRoleBinding PersistentVolumeClaim PersistentVolume StorageClass NetworkPolicy ServiceMonitor PodMonitor PrometheusRule";
/// Kinds that are known and have no model yet (the Gateway is that of the Gateway API).
const LATER: &str = "Rollout Canary Gateway AnalysisTemplate ClusterAnalysisTemplate HorizontalPodAutoscaler VerticalPodAutoscaler CronJob Job Ingress StatefulSet DaemonSet ReplicaSet Pod Application ApplicationSet AppProject GitRepository Kustomization HelmRepository HelmRelease MetricTemplate HTTPRoute ResourceQuota LimitRange PriorityClass";

/// Kinds whose fields are known while nothing in a run acts on them yet.
const IDLE: &str = "Gateway VirtualService DestinationRule";

/// The table of an object's fields, if it has a typed view.
pub(super) fn type_of(object: &Object) -> Option<&'static Type> {
    let fits = |(group, kind, _): &&(&str, &str, &Type)| {
        *group == object.group() && *kind == object.name.kind
    };
    MODELLED.iter().find(fits).map(|(_, _, fields)| *fields)
}

/// Says of an object whose fields are known that no run acts on it.
pub(super) fn note_idle(object: &Object, problems: &mut Diagnostics) {
    let kind = object.name.kind.as_str();
    if IDLE.split(' ').any(|idle| idle == kind) {
        let written = object.node.child("kind");
        let place = written.map_or(object.span(), |node| node.span);
        let message = format!("not modelled: `{kind}`; `{}` routes nothing", object.name);
        problems.push(Diagnostic::note(message).at(place));
    }
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
    let known = MODELLED.iter().map(|(_, kind, _)| *kind);
    let known = known.chain(HARMLESS.split(' ')).chain(LATER.split(' '));
    let hint = match MODELLED.iter().find(|(_, name, _)| *name == kind) {
        Some(("", _, _)) => Some("expected `apiVersion: v1`".to_owned()),
        Some((group, _, _)) => Some(format!("expected `apiVersion: {group}/v1`")),
        None => nearest(kind, known).map(|name| format!("did you mean `{name}`?")),
    };
    let version = &object.api_version;
    let message = format!("unknown kind `{kind}` of `{version}` is left out");
    problems.push(Diagnostic::warning(message).at(place).maybe_hint(hint));
}

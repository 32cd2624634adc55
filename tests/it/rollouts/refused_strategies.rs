//! What is wrong with a Rollout or its strategy, told with place, rule and cure (upstream's
//! `pkg/apis/rollouts/validation/validation.go`, by its constants).

use super::{rollout, strategy_tells, tells};

/// `spec` with one line more.
fn with(line: &str) -> String {
    rollout("canary: {}").replace("  selector:", &format!("  {line}\n  selector:"))
}

#[test]
fn a_workload_elsewhere_is_refused_and_nothing_more_is_said() {
    let text = "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec: { workloadRef: { apiVersion: apps/v1, kind: Deployment, name: shop }, strategy: { canary: {} } }
";
    tells(
        text,
        &["error: `workloadRef` is not modelled | @ workloadRef \
           | here a Rollout brings its own pods \
           | write the `selector` and `template` of that workload into the Rollout"],
    );
}

#[test]
fn a_restart_by_the_clock_is_noted() {
    tells(
        &with("restartAt: '2026-01-01T00:00:00Z'"),
        &[
            "note: not modelled: `restartAt: 2026-01-01T00:00:00Z` | @ restartAt \
           | here no pod is restarted at a time of day",
        ],
    );
}

#[test]
fn what_it_shares_with_a_deployment_is_told_alike() {
    tells(
        &with("replicas: -1"),
        &["error: `replicas` is -1 | @ -1 | expected 0 or more"],
    );
    tells(
        &with("minReadySeconds: 600"),
        &[
            "error: `progressDeadlineSeconds` 600 is not above `minReadySeconds` 600 | @ 600 \
           | the deadline has to be longer (default 600)",
        ],
    );
    tells(
        &rollout("canary: {}").replace("labels: { app: shop }", "labels: { app: other }"),
        &[
            "error: `selector` does not match the labels of `template` | @ selector \
           | expected labels that `template.metadata.labels` carries",
        ],
    );
    tells(
        &rollout("canary: {}").replace(
            "spec: { containers",
            "spec: { restartPolicy: Never, containers",
        ),
        &["error: `restartPolicy` is `Never` | @ Never | a Rollout takes only `Always`"],
    );
    tells(
        &with("rollbackWindow: { revisions: -1 }"),
        &["error: `revisions` is -1, out of range | @ -1 | expected 0 to 2147483647"],
    );
}

/// `InvalidStrategyMessage`, `MissingFieldMessage`.
#[test]
fn a_rollout_has_exactly_one_strategy() {
    strategy_tells(
        "",
        "error: `strategy` is neither `blueGreen` nor `canary` | @ strategy \
         | expected exactly one strategy | for a rolling update without steps write `canary: {}`",
    );
    strategy_tells(
        "canary: {}, blueGreen: { activeService: a }",
        "error: `blueGreen` and `canary` exclude each other | @ canary \
         | expected exactly one strategy | keep one of them",
    );
    tells(
        &rollout("canary: {}").replace("  strategy: { canary: {} }\n", ""),
        &["error: `strategy` is missing | @ spec | `strategy` is required here"],
    );
}

/// `DuplicatedServicesBlueGreenMessage`, `ScaleDownLimitLargerThanRevisionLimit`.
#[test]
fn blue_green_needs_two_services_and_room_for_old_sets() {
    strategy_tells(
        "blueGreen: { previewService: b }",
        "error: `activeService` is missing | @ blueGreen | `activeService` is required here",
    );
    strategy_tells(
        "blueGreen: { activeService: '' }",
        "error: `activeService` is empty | @ '' | expected the name of a Service",
    );
    strategy_tells(
        "blueGreen: { activeService: a, previewService: a }",
        "error: `activeService` and `previewService` are the same | @ a \
         | expected two different Services \
         | give the preview a Service of its own, or remove `previewService`",
    );
    strategy_tells(
        "blueGreen: { activeService: a, scaleDownDelayRevisionLimit: 11 }",
        "error: `scaleDownDelayRevisionLimit` 11 is above `revisionHistoryLimit` | @ 11 \
         | only 10 old sets are kept (default 10)",
    );
    strategy_tells(
        "blueGreen: { activeService: a, maxUnavailable: oops }",
        "error: `maxUnavailable`: `oops` cannot be read | @ oops \
         | expected a whole number or a whole percentage such as `25%`",
    );
}

/// `InvalidAntiAffinityStrategyMessage`, `InvalidAntiAffinityWeightMessage`.
#[test]
fn anti_affinity_requires_or_prefers() {
    let (required, preferred) = (
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    );
    let rule = format!("expected exactly one of `{required}` and `{preferred}`");
    strategy_tells(
        "canary: { antiAffinity: {} }",
        &format!("error: `antiAffinity` neither requires nor prefers | @ antiAffinity | {rule}"),
    );
    let both =
        format!("canary: {{ antiAffinity: {{ {required}: {{}}, {preferred}: {{ weight: 1 }} }} }}");
    tells(
        &rollout(&both),
        &[&format!(
            "error: `antiAffinity` both requires and prefers | @ antiAffinity | {rule}"
        )],
    );
    for fine in [
        format!("{required}: {{}}"),
        format!("{preferred}: {{ weight: 100 }}"),
    ] {
        tells(
            &rollout(&format!("canary: {{ antiAffinity: {{ {fine} }} }}")),
            &[],
        );
    }
    for weight in ["0", "101"] {
        strategy_tells(
            &format!(
                "blueGreen: {{ activeService: a, antiAffinity: {{ {preferred}: {{ weight: {weight} }} }} }}"
            ),
            &format!("error: `weight` is {weight}, out of range | @ {weight} | expected 1 to 100"),
        );
    }
}

/// `InvalidMaxSurgeMaxUnavailable`.
#[test]
fn the_fenceposts_of_a_canary_let_some_pod_go() {
    strategy_tells(
        "canary: { maxSurge: 0, maxUnavailable: 0% }",
        "error: `maxSurge` and `maxUnavailable` are both 0 | @ 0% | no pod could ever be replaced \
         | allow at least one of them, such as `maxSurge: 1`",
    );
    strategy_tells(
        "canary: { maxSurge: -1 }",
        "error: `maxSurge`: `-1` is out of range | @ -1 | expected 0 or more",
    );
}

//! What is wrong with how an analysis is asked for, or with its templates (upstream's
//! `utils/analysis/factory.go` and `pkg/apis/rollouts/validation`).

use super::{rollout, strategy_tells, tells};

fn args_tell(args: &str, expected: &str) {
    let analysis = format!("templates: [{{ templateName: t }}], args: [{args}]");
    strategy_tells(
        &format!("canary: {{ analysis: {{ {analysis} }} }}"),
        expected,
    );
}

#[test]
fn an_analysis_names_templates() {
    let told = |key: &str| {
        format!(
            "error: `{key}` names no templates | @ {key} | a run without templates has nothing to measure \
             | add `templates: [{{ templateName: … }}]`, or remove `{key}`"
        )
    };
    for key in ["prePromotionAnalysis", "postPromotionAnalysis"] {
        strategy_tells(
            &format!("blueGreen: {{ activeService: a, {key}: {{}} }}"),
            &told(key),
        );
    }
    strategy_tells("canary: { analysis: { templates: [] } }", &told("analysis"));
    strategy_tells("canary: { steps: [{ analysis: {} }] }", &told("analysis"));
    strategy_tells(
        "canary: { analysis: { templates: [{ clusterScope: true }] } }",
        "error: `templateName` is missing | @ { clusterScope: true } | `templateName` is required here",
    );
}

/// Upstream's `BuildArgumentsForRolloutAnalysisRun`; `InvalidAnalysisArgsMessage` for fields.
#[test]
fn an_argument_has_one_value() {
    args_tell(
        "{ name: a, value: 5 }",
        "error: `value`: expected text, found a whole number | @ 5 | expected text",
    );
    args_tell(
        "{ name: a }",
        "warning: argument `a` is given without a value | @ a \
         | it is empty, even where its template has a default",
    );
    args_tell(
        "{ name: a, value: b }, { name: a, value: c }",
        "warning: argument `a` is given twice | @ a | the last one counts",
    );
    args_tell(
        "{ name: a, value: b, valueFrom: { podTemplateHashValue: Latest } }",
        "warning: `value` of argument `a` does not count | @ value | `valueFrom` goes before it \
         | keep one of them",
    );
    args_tell(
        "{ name: a, valueFrom: { podTemplateHashValue: Newest } }",
        "error: `podTemplateHashValue`: unknown word `Newest` | @ Newest | expected `Latest` or `Stable`",
    );
    args_tell(
        "{ name: a, valueFrom: {} }",
        "error: `valueFrom` names no place | @ valueFrom | expected `podTemplateHashValue` or `fieldRef`",
    );
    for (path, why) in [
        (
            "metadata.labelz",
            "expected `metadata.name`, `metadata.namespace`, `metadata.labels['…']` or \
             `metadata.annotations['…']`",
        ),
        ("metadata.uid", "a simulated object has no `uid`"),
        ("status.phase", "its `status` is known only while it runs"),
        ("spec.none", "nothing is at `none`"),
        ("spec.template", "expected a single value there"),
    ] {
        args_tell(
            &format!("{{ name: a, valueFrom: {{ fieldRef: {{ fieldPath: {path} }} }} }}"),
            &format!("error: `fieldPath`: `{path}` leads to no value | @ {path} | {why}"),
        );
    }
}

fn template_tells(spec: &str, expected: &[&str]) {
    for kind in ["AnalysisTemplate", "ClusterAnalysisTemplate"] {
        tells(
            &format!(
                "{{ apiVersion: argoproj.io/v1alpha1, kind: {kind}, metadata: {{ name: t }}, spec: {spec} }}"
            ),
            expected,
        );
    }
}

const UP: &str = "provider: { prometheus: { query: up } }";

#[test]
fn a_template_has_metrics_of_different_names() {
    template_tells(
        "{ metrics: [] }",
        &[
            "error: a template without metrics | @ spec | a run of it has nothing to measure \
           | add `metrics`, or `templates` that have some",
        ],
    );
    template_tells("{ templates: [{ templateName: other }] }", &[]);
    template_tells(
        &format!("{{ metrics: [{{ name: m, {UP} }}, {{ name: m, {UP} }}] }}"),
        &["error: two metrics are called `m` | @ m"],
    );
}

/// Upstream's `ValidateMetric`; what names an argument is read when a run is made.
#[test]
fn the_fields_of_a_metric_are_read_where_they_can_be() {
    let with = |field: &str| {
        format!("{{ args: [{{ name: x }}], metrics: [{{ name: m, {field}, {UP} }}] }}")
    };
    for key in ["interval", "initialDelay"] {
        template_tells(
            &with(&format!("{key}: 1d")),
            &[&format!(
                "error: `{key}`: `1d` cannot be read | @ 1d | expected a duration as Go reads it, such as \
                 `30s`, `5m` or `1h30m` (units: ns us ms s m h)"
            )],
        );
        template_tells(&with(&format!("{key}: '{{{{args.x}}}}'")), &[]);
    }
    for (key, least) in [
        ("count", 0),
        ("failureLimit", -1),
        ("inconclusiveLimit", 0),
        ("consecutiveErrorLimit", 0),
        ("consecutiveSuccessLimit", 0),
    ] {
        for wrong in ["many".to_owned(), (least - 1).to_string()] {
            template_tells(
                &with(&format!("{key}: {wrong}")),
                &[&format!(
                    "error: `{key}` is `{wrong}` | @ {wrong} | expected a whole number from {least} on"
                )],
            );
        }
        template_tells(&with(&format!("{key}: '{{{{args.x}}}}'")), &[]);
    }
    template_tells(
        &with("successCondition: 'result > {{args.x'"),
        &["error: a `{{` is never closed | @ 'result > {{args.x' \
           | expected `}}` after it, such as in `{{args.name}}`"],
    );
}

/// Upstream's `no provider specified` and `multiple providers specified`.
#[test]
fn a_metric_asks_exactly_one_provider() {
    let with = |provider: &str| format!("{{ metrics: [{{ name: m, provider: {provider} }}] }}");
    template_tells(
        "{ metrics: [{ name: m }] }",
        &["error: `provider` is missing | @ { name: m } | `provider` is required here"],
    );
    template_tells(
        &with("{}"),
        &["error: `provider` names nobody to ask | @ provider \
           | expected exactly one provider, such as `prometheus`"],
    );
    template_tells(
        &with("{ prometheus: {} }"),
        &["error: `query` is missing | @ prometheus | `query` is required here"],
    );
    let note = "note: not modelled: `web` | @ web | here an analysis that asks it is refused";
    template_tells(
        &with("{ prometheus: { query: up }, web: { url: x } }"),
        &[
            note,
            "error: `provider` names two: `web` and `prometheus` | @ prometheus \
             | expected exactly one provider",
        ],
    );
    template_tells(&with("{ web: { url: x } }"), &[note]);
}

/// Upstream's `arg '…' has both Value and ValueFrom fields`.
#[test]
fn an_argument_of_a_template_has_at_most_one_value() {
    template_tells(
        &format!(
            "{{ args: [{{ name: x, value: a, valueFrom: {{ secretKeyRef: {{ name: s, key: k }} }} }}], metrics: [{{ name: m, {UP} }}] }}"
        ),
        &[
            "error: argument `x` has both `value` and `valueFrom` | @ valueFrom \
           | expected at most one of them",
        ],
    );
}

#[test]
fn another_version_is_told_with_the_right_one() {
    tells(
        &rollout("canary: {}").replace("argoproj.io/v1alpha1", "apps/v1"),
        &[
            "warning: unknown kind `Rollout` of `apps/v1` is left out | @ Rollout \
           | expected `apiVersion: argoproj.io/v1alpha1`",
        ],
    );
    tells(
        "{ apiVersion: apps/v2, kind: Service, metadata: { name: a }, spec: {} }",
        &[
            "warning: unknown kind `Service` of `apps/v2` is left out | @ Service | expected `apiVersion: v1`",
        ],
    );
}

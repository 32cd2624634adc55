//! What is wrong with the steps of a canary, told with place, rule and cure (upstream's
//! `pkg/apis/rollouts/validation/validation.go`, by its constants).

use super::{rollout, strategy_tells, tells};

const KINDS: &str = "`setWeight`, `pause`, `analysis`, `setCanaryScale`, `setHeaderRoute`, \
                     `setMirrorRoute`, `experiment`, `plugin`";

fn step_tells(step: &str, expected: &str) {
    strategy_tells(&format!("canary: {{ steps: [{{ {step} }}] }}"), expected);
}

/// The same with a router, given as under `trafficRouting`.
fn routed_tells(routing: &str, step: &str, expected: &str) {
    let routing = format!("canaryService: a, stableService: b, trafficRouting: {{ {routing} }}");
    strategy_tells(
        &format!("canary: {{ {routing}, steps: [{{ {step} }}] }}"),
        expected,
    );
}

const ISTIO: &str = "istio: { virtualService: { name: v } }, managedRoutes: [{ name: r }]";

/// `InvalidStepMessage`; some pairs that upstream takes are refused too.
#[test]
fn a_step_says_exactly_one_thing() {
    tells(
        &rollout("canary: { steps: [{}] }"),
        &[&format!(
            "error: a step says nothing | @ {{}} | expected one of {KINDS}"
        )],
    );
    tells(
        &rollout("canary: { steps: [{ pause: }] }"),
        &[&format!(
            "error: a step says nothing | @ {{ pause: }} | expected one of {KINDS} \
             | to wait for a human write `pause: {{}}`"
        )],
    );
    step_tells(
        "setWeight: 20, pause: { duration: 5m }",
        "error: a step is `setWeight` and `pause` | @ pause | expected one thing a step \
         | make two steps of it",
    );
}

/// `InvalidSetWeightMessage`, `InvalidDurationMessage`.
#[test]
fn weights_and_pauses_have_bounds() {
    step_tells(
        "setWeight: 101",
        "error: `setWeight` is 101, out of range | @ 101 | expected 0 to 100",
    );
    step_tells(
        "setWeight: -1",
        "error: `setWeight` is -1, out of range | @ -1 | expected 0 to 100",
    );
    let plugins = "plugins: { p: {} }, maxTrafficWeight: 50";
    routed_tells(
        plugins,
        "setWeight: 51",
        "error: `setWeight` is 51, out of range | @ 51 | expected 0 to 50",
    );
    step_tells(
        "pause: { duration: -5 }",
        "error: `duration` is -5 s, out of range | @ -5 | expected 0 to 2147483647 seconds",
    );
    for text in ["1d", "-5s", "soon"] {
        step_tells(
            &format!("pause: {{ duration: {text} }}"),
            &format!(
                "error: `duration`: `{text}` cannot be read | @ {text} \
                 | expected seconds, or a duration such as `30s`, `10m` or `1h`"
            ),
        );
    }
}

/// `InvalidSetCanaryScaleTrafficPolicy`; which size goes first is `GetCanaryReplicasOrWeight`'s.
#[test]
fn a_size_of_the_canary_is_one_and_needs_a_router() {
    step_tells(
        "setCanaryScale: { weight: 50 }",
        "error: `setCanaryScale` without `trafficRouting` | @ setCanaryScale \
         | it can only be used with traffic routing \
         | remove the step, or name a router in `trafficRouting`",
    );
    routed_tells(
        ISTIO,
        "setCanaryScale: {}",
        "warning: `setCanaryScale` says no size | @ setCanaryScale \
         | it is as `matchTrafficWeight: true`",
    );
    routed_tells(
        ISTIO,
        "setCanaryScale: { weight: 50, replicas: 3 }",
        "warning: `setCanaryScale` says more than one size | @ setCanaryScale \
         | `matchTrafficWeight` goes before `replicas`, and that before `weight`",
    );
}

/// `InvalidSetHeaderRouteTrafficPolicy`, `InvalidSetMirrorRouteTrafficPolicy`.
#[test]
fn routes_need_a_router_that_knows_them() {
    let header = "setHeaderRoute: { name: r }";
    let headers = "only `istio`, `alb`, `apisix` and `plugins` know such routes";
    step_tells(
        header,
        &format!("error: `setHeaderRoute` without `trafficRouting` | @ setHeaderRoute | {headers}"),
    );
    routed_tells(
        "smi: {}, managedRoutes: [{ name: r }]",
        header,
        &format!("error: `setHeaderRoute` with `smi` | @ setHeaderRoute | {headers}"),
    );
    let mirror = "setMirrorRoute: { name: r }";
    let mirrors = "only `istio` and `plugins` know such routes";
    step_tells(
        mirror,
        &format!("error: `setMirrorRoute` without `trafficRouting` | @ setMirrorRoute | {mirrors}"),
    );
    routed_tells(
        "alb: { ingress: i, servicePort: 80 }, managedRoutes: [{ name: r }]",
        mirror,
        &format!("error: `setMirrorRoute` with `alb` | @ setMirrorRoute | {mirrors}"),
    );
    routed_tells(
        ISTIO,
        "setMirrorRoute: { name: r, percentage: 101 }",
        "error: `percentage` is 101, out of range | @ 101 | expected 0 to 100",
    );
}

/// `InvalideStepRouteNameNotFoundInManagedRoutes`, and `MissingFieldMessage` for `managedRoutes`.
#[test]
fn routes_are_among_the_managed_ones() {
    for key in ["setHeaderRoute", "setMirrorRoute"] {
        let told = |cure: &str| {
            format!(
                "error: `{key}`: route `x` is not managed | @ x \
                 | expected a name of `trafficRouting.managedRoutes` | {cure}"
            )
        };
        let step = format!("{key}: {{ name: x }}");
        routed_tells(ISTIO, &step, &told("there is `r`"));
        let none = "istio: { virtualService: { name: v } }";
        let cure = "add `managedRoutes: [{ name: x }]` to `trafficRouting`";
        routed_tells(none, &step, &told(cure));
    }
}

/// `InvalidStringMatchMissedValuePolicy`, `InvalidStringMatchMultipleValuePolicy`,
/// `InvalidSetHeaderRouteALBValuePolicy`.
#[test]
fn a_match_says_one_thing() {
    let header = |value: &str| {
        format!(
            "setHeaderRoute: {{ name: r, match: [{{ headerName: h, headerValue: {{ {value} }} }}] }}"
        )
    };
    let rule = "expected exactly one of `exact`, `prefix`, `regex`";
    routed_tells(
        ISTIO,
        &header(""),
        &format!("error: a match says nothing | @ headerValue | {rule}"),
    );
    routed_tells(
        ISTIO,
        &header("exact: a, regex: b"),
        &format!("error: a match says more than one thing | @ headerValue | {rule}"),
    );
    routed_tells(
        "alb: { ingress: i, servicePort: 80 }, managedRoutes: [{ name: r }]",
        &header("prefix: a"),
        "error: `headerValue` of `alb` is not `exact` | @ headerValue | `alb` takes only `exact`",
    );
    routed_tells(
        ISTIO,
        "setMirrorRoute: { name: r, match: [{ method: {} }] }",
        &format!("error: a match says nothing | @ method | {rule}"),
    );
}

/// `InvalidCanaryExperimentTemplateWeightWithoutTrafficRouting` and the line after it; `specRef` and
/// names as `GetExperimentFromTemplate` and `VerifyExperimentSpec` have them.
#[test]
fn an_experiment_has_templates_of_its_own() {
    step_tells(
        "experiment: {}",
        "error: `templates` is missing | @ experiment | `templates` is required here",
    );
    step_tells(
        "experiment: { templates: [] }",
        "error: an experiment without templates | @ templates | expected at least one",
    );
    step_tells(
        "experiment: { templates: [{ name: t, specRef: old }] }",
        "error: `specRef`: unknown word `old` | @ old | expected `stable` or `canary`",
    );
    step_tells(
        "experiment: { templates: [{ name: t, specRef: stable }, { name: t, specRef: canary }] }",
        "error: two templates of an experiment are called `t` | @ t",
    );
    let weighed = "experiment: { templates: [{ name: t, specRef: canary, weight: 5 }] }";
    let rule =
        "only `istio`, `alb`, `smi` and `plugins` give an experiment traffic | remove `weight`";
    step_tells(
        weighed,
        &format!("error: `weight` of an experiment without `trafficRouting` | @ weight | {rule}"),
    );
    routed_tells(
        "nginx: { stableIngress: i }",
        weighed,
        &format!("error: `weight` of an experiment with `nginx` | @ weight | {rule}"),
    );
    step_tells(
        "experiment: { duration: 1d, templates: [{ name: t, specRef: canary }] }",
        "error: `duration`: `1d` cannot be read | @ 1d | expected a duration as Go reads it, such as \
         `30s`, `5m` or `1h30m` (units: ns us ms s m h)",
    );
}

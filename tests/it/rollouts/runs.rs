//! What a run measures, rule by rule (upstream's `utils/analysis`, `utils/template`, `rollout/analysis.go`
//! and `analysis/analysis.go`; reference progressive-delivery.md §3).

use super::read;
use rollcast::control::argo_rollouts::analysis::{
    InvalidMetric, MetricRole, MetricSpec, ResolveError, ResolvedMetric, RunEnd, RunRequest,
    resolve,
};
use rollcast::manifest::AnalysisTemplate;
use rollcast::manifest::argo::TemplateRef;
use rollcast::units::SimDuration;

/// A template a line: `a: { … }` is an AnalysisTemplate of namespace `default` with this spec,
/// `*a: { … }` one of the cluster.
fn templates(lines: &[&str]) -> Vec<AnalysisTemplate> {
    let documents = lines.iter().map(|line| {
        let (name, spec) = line.split_once(": ").unwrap();
        let kind = match name.starts_with('*') {
            true => "ClusterAnalysisTemplate",
            false => "AnalysisTemplate",
        };
        let name = name.trim_start_matches('*');
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{ name: {name} }}\nspec: {spec}\n"
        )
    });
    let told = read(&documents.collect::<Vec<_>>().join("---\n"));
    let error = |finding: &String| finding.starts_with("error");
    assert!(!told.findings.iter().any(error), "{:?}", told.findings);
    told.templates
}

fn run(lines: &[&str], given: &[(&str, &str)]) -> Result<Vec<ResolvedMetric>, Vec<String>> {
    let found = templates(lines);
    let first = found[0].name.clone();
    let cluster_scope = found[0].namespace.is_none();
    let arguments: Vec<(String, String)> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let request = RunRequest {
        templates: &[TemplateRef {
            name: first,
            cluster_scope,
        }],
        dry_run: &[],
        namespace: "default",
        arguments: &arguments,
        end: RunEnd::ByItself,
    };
    let told = |errors: Vec<ResolveError>| errors.iter().map(ToString::to_string).collect();
    resolve(&request, &found).map_err(told)
}

fn refused(lines: &[&str], given: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(run(lines, given).unwrap_err(), expected, "{lines:?}");
}

fn names(lines: &[&str]) -> Vec<(String, MetricRole)> {
    let metrics = run(lines, &[]).unwrap();
    metrics
        .into_iter()
        .map(|one| (one.name, one.role))
        .collect()
}

/// A metric that asks Prometheus for `up`.
fn metric(name: &str) -> String {
    format!("{{ name: {name}, provider: {{ prometheus: {{ query: up }} }} }}")
}

/// Upstream's `ResolveMetricArgs`: everywhere in the metric, numbers and durations too.
#[test]
fn arguments_are_filled_in_wherever_they_are_written() {
    let line = "a: { args: [{ name: service }, { name: count, value: '3' }], metrics: [{ \
                name: '{{args.service}}-ok', interval: '{{ args.every }}', \
                initialDelay: 1m, count: '{{args.count}}', failureLimit: '{{args.count}}', \
                inconclusiveLimit: 1, consecutiveErrorLimit: 2, \
                successCondition: 'result[0] > 0.{{args.count}}', failureCondition: 'result[0] < 0.1', \
                provider: { prometheus: { address: 'http://{{args.service}}', \
                query: 'up{job=\"{{args.service}}\"}' } } }] }";
    let line = line.replace("args: [", "args: [{ name: every, value: 30s }, ");
    let given = [("service", "shop"), ("nobody", "asks")];
    let expected = ResolvedMetric {
        name: "shop-ok".to_owned(),
        spec: MetricSpec {
            interval: Some(SimDuration::from_secs(30)),
            initial_delay: Some(SimDuration::from_secs(60)),
            count: Some(3),
            failure_limit: Some(3),
            inconclusive_limit: Some(1),
            consecutive_error_limit: Some(2),
            consecutive_success_limit: None,
        },
        role: MetricRole::Counts,
        success: Some("result[0] > 0.3".to_owned()),
        failure: Some("result[0] < 0.1".to_owned()),
        query: "up{job=\"shop\"}".to_owned(),
    };
    assert_eq!(run(&[&line], &given).unwrap(), [expected]);
}

/// Upstream's `MergeArgs` and `ResolveArgs`: a given value goes before the template's own, one that
/// no template declares is dropped, and every declared one needs a value.
#[test]
fn every_declared_argument_needs_a_value_and_others_are_dropped() {
    let spec = |args: &str| {
        format!(
            "a: {{ args: [{args}], metrics: [{{ name: m, provider: {{ prometheus: {{ query: '{{{{args.x}}}}' }} }} }}] }}"
        )
    };
    let query =
        |args: &str, given: &[(&str, &str)]| run(&[&spec(args)], given).unwrap()[0].query.clone();
    assert_eq!(query("{ name: x, value: own }", &[]), "own");
    assert_eq!(query("{ name: x, value: own }", &[("x", "given")]), "given");
    assert_eq!(query("{ name: x }", &[("x", "1"), ("x", "2")]), "2");
    let field = "{ name: x, valueFrom: { fieldRef: { fieldPath: metadata.name } } }";
    assert_eq!(query(field, &[("x", "given")]), "given");
    let told = "argument `x` of template `a` has no value";
    refused(&[&spec("{ name: x }")], &[], &[told]);
    refused(&[&spec(field)], &[], &[told]);
    refused(
        &[&spec("")],
        &[("x", "given")],
        &["`{{args.x}}` in metric `m` of template `a` is no argument of it"],
    );
}

/// Upstream's `resolveArgs`: a secret counts as a value, wherever its text decides nothing here.
#[test]
fn a_secret_is_a_value_that_nobody_knows() {
    let secret = "args: [{ name: x, valueFrom: { secretKeyRef: { name: s, key: k } } }]";
    let inside = |query: &str, header: &str| {
        format!(
            "a: {{ {secret}, metrics: [{{ name: m, provider: {{ prometheus: {{ query: '{query}', headers: [{{ key: k, value: '{header}' }}] }} }} }}] }}"
        )
    };
    assert!(run(&[&inside("up", "{{args.x}}")], &[]).is_ok());
    refused(
        &[&inside("{{args.x}}", "")],
        &[("x", "given")],
        &["argument `x` of metric `m` is a secret, which is not known here"],
    );
}

/// Upstream's `getAnalysisTemplatesFromRefs` and `flattenMetrics`: each template once, those of the
/// cluster last; upstream never comes back from a circle.
#[test]
fn nested_templates_come_along_once() {
    let (m, k, o) = (metric("m"), metric("k"), metric("o"));
    let lines = [
        format!(
            "a: {{ metrics: [{m}], templates: [{{ templateName: c, clusterScope: true }}, {{ templateName: b }}] }}"
        ),
        format!("b: {{ metrics: [{k}], templates: [{{ templateName: c, clusterScope: true }}] }}"),
        format!("*c: {{ metrics: [{o}] }}"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let expected = ["m", "k", "o"].map(|name| (name.to_owned(), MetricRole::Counts));
    assert_eq!(names(&lines), expected);
    refused(
        &["a: { templates: [{ templateName: b }, { templateName: a, clusterScope: true }] }"],
        &[],
        &[
            "there is no AnalysisTemplate `b`",
            "there is no ClusterAnalysisTemplate `a`",
        ],
    );
    refused(
        &[
            "a: { templates: [{ templateName: b }] }",
            "b: { templates: [{ templateName: a }] }",
        ],
        &[],
        &["templates go in a circle: `a` → `b` → `a`"],
    );
}

/// Upstream's `TestFlattenTemplates`: two metrics of one name, an argument with two values, the same
/// dry run twice.
#[test]
fn templates_that_contradict_each_other_are_refused() {
    let inner = "templates: [{ templateName: b }]";
    let m = metric("m");
    let pair = |a: &str, b: &str| [format!("a: {{ {inner}, {a} }}"), format!("b: {{ {b} }}")];
    let check = |a: &str, b: &str, expected: &str| {
        let lines = pair(a, b);
        refused(&[&lines[0], &lines[1]], &[], &[expected]);
    };
    let own = format!("metrics: [{m}]");
    check(&own, &own, "two metrics are called `m`");
    let args = |value: &str| format!("metrics: [], args: [{{ name: x, value: {value} }}]");
    check(
        &format!("{own}, args: [{{ name: x, value: one }}]"),
        &args("two").replace("metrics: []", &format!("metrics: [{}]", metric("k"))),
        "argument `x` is `one` in one template and `two` in another",
    );
    check(
        &format!("{own}, dryRun: [{{ metricName: m }}]"),
        &format!("metrics: [{}], dryRun: [{{ metricName: m }}]", metric("k")),
        "`dryRun` has `m` twice",
    );
    let lines = pair(
        &format!("{own}, args: [{{ name: x }}]"),
        &format!(
            "metrics: [{}], args: [{{ name: x, value: two }}]",
            metric("k")
        ),
    );
    assert!(run(&[&lines[0], &lines[1]], &[]).is_ok());
}

/// Upstream's `TestGetDryRunMetrics`: rules are regular expressions that fit anywhere in a name.
#[test]
fn dry_runs_fit_by_regular_expression() {
    let dry = |rule: &str| {
        let all = [metric("errors"), metric("latency")].join(", ");
        format!("a: {{ metrics: [{all}], dryRun: [{{ metricName: '{rule}' }}] }}")
    };
    let roles = |rule: &str| names(&[&dry(rule)]).into_iter().map(|(_, role)| role);
    use MetricRole::{Counts, DryRun};
    assert!(roles("^err").eq([DryRun, Counts]));
    assert!(roles(".*").eq([DryRun, DryRun]));
    assert!(roles("c").eq([Counts, DryRun]));
    refused(&[&dry("none")], &[], &["`dryRun` `none` fits no metric"]);
    refused(&[&dry("*")], &[], &["`dryRun` `*` fits no metric"]);
}

/// Upstream's `ValidateMetric`; here text that is no number is told, which it reads as 0.
#[test]
fn what_is_filled_in_has_to_make_sense() {
    let with = |fields: &str| {
        format!(
            "a: {{ args: [{{ name: x, value: soon }}], metrics: [{{ name: m, {fields}, provider: {{ prometheus: {{ query: up }} }} }}] }}"
        )
    };
    for (fields, expected) in [
        (
            "count: '{{args.x}}'",
            "`count` of metric `m` is `soon`: expected a whole number",
        ),
        (
            "interval: '{{args.x}}'",
            "`interval` of metric `m` is `soon`: expected a duration as Go reads it, such as \
             `30s`, `5m` or `1h30m` (units: ns us ms s m h)",
        ),
        (
            "interval: 1m",
            "metric `m` has an `interval` but no `count`: the update would wait for ever",
        ),
        (
            "count: 2",
            "metric `m`: `count` above 1 without an `interval`",
        ),
    ] {
        refused(&[&with(fields)], &[], &[expected]);
    }
    refused(
        &["a: { metrics: [{ name: m, provider: { web: { url: x } } }] }"],
        &[],
        &["metric `m` asks `web`; only `prometheus` is modelled"],
    );
    let broken = InvalidMetric::NoLimitAtAll.to_string();
    refused(
        &[&with("failureLimit: -1")],
        &[],
        &[&format!("metric `m`: {broken}")],
    );
}

/// Upstream's `ValidateAnalysisTemplateWithType`: only the background may go on for ever.
#[test]
fn a_run_that_somebody_ends_may_go_on_for_ever() {
    let found = templates(&[
        "a: { metrics: [{ name: m, interval: 1m, provider: { prometheus: { query: up } } }] }",
    ]);
    let request = RunRequest {
        templates: &[TemplateRef {
            name: "a".to_owned(),
            cluster_scope: false,
        }],
        dry_run: &[],
        namespace: "default",
        arguments: &[],
        end: RunEnd::WhenTold,
    };
    let metrics = resolve(&request, &found).unwrap();
    assert_eq!(metrics[0].spec.effective_count(), None);
    let elsewhere = RunRequest {
        namespace: "prod",
        ..request
    };
    assert!(resolve(&elsewhere, &found).is_err());
}

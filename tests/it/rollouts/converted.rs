//! A Rollout as written becomes exactly the spec that decisions read.

use super::{canary, read, rollout};
use rollcast::control::argo_rollouts::analysis::{HashNames, given_arguments};
use rollcast::control::argo_rollouts::{
    Analysis, BlueGreenSpec, CanaryScale, CanarySpec, DeadlineMissed, ProgressThreshold, Promotion,
    RolloutSpec, RolloutStrategy, Routing, ScaleDownDelays, StableScale, Step,
};
use rollcast::manifest::argo::{
    AntiAffinity, CanaryStep, HeaderMatch, IstioSplit, RouteMatch, Router, SpecRef, TextMatch,
};
use rollcast::units::{IntOrPercent, SimDuration};

fn spec(strategy: &str) -> RolloutSpec {
    let told = read(&rollout(strategy));
    assert_eq!(told.findings, [""; 0], "{strategy}");
    RolloutSpec::from(&told.rollouts[0])
}

fn canary_spec(fields: &str) -> CanarySpec {
    match spec(&format!("canary: {{ {fields} }}")).strategy {
        RolloutStrategy::Canary(canary) => canary,
        RolloutStrategy::BlueGreen(_) => panic!("{fields}"),
    }
}

/// Reference §1.1: what is not written has its default.
#[test]
fn a_rollout_that_says_little_has_the_defaults() {
    let expected = |strategy| RolloutSpec {
        replicas: 1,
        paused: false,
        progress_deadline: SimDuration::from_secs(600),
        deadline_missed: DeadlineMissed::Report,
        rollback_window: 0,
        strategy,
    };
    let canary = RolloutStrategy::Canary(CanarySpec::default());
    assert_eq!(spec("canary: {}"), expected(canary));
    let blue_green = RolloutStrategy::BlueGreen(BlueGreenSpec::default());
    assert_eq!(
        spec("blueGreen: { activeService: shop }"),
        expected(blue_green)
    );
}

#[test]
fn a_blue_green_update_says_when_it_goes_on() {
    let whole = rollout(
        "blueGreen: { activeService: a, previewReplicaCount: 2, autoPromotionSeconds: 60, \
         abortScaleDownDelaySeconds: 0, scaleDownDelayRevisionLimit: 2, maxUnavailable: '30', \
         prePromotionAnalysis: { templates: [{ templateName: t }] }, \
         previewMetadata: { labels: { role: preview } } }",
    );
    let whole = whole.replace(
        "  selector:",
        "  replicas: 4\n  paused: true\n  minReadySeconds: 5\n  progressDeadlineSeconds: 120\n  \
         progressDeadlineAbort: true\n  rollbackWindow: { revisions: 3 }\n  selector:",
    );
    let told = read(&whole);
    assert_eq!(told.findings, [""; 0]);
    let expected = RolloutSpec {
        replicas: 4,
        paused: true,
        progress_deadline: SimDuration::from_secs(120),
        deadline_missed: DeadlineMissed::Abort,
        rollback_window: 3,
        strategy: RolloutStrategy::BlueGreen(BlueGreenSpec {
            promotion: Promotion::After(SimDuration::from_secs(60)),
            preview_replicas: Some(2),
            pre_promotion: Analysis::Configured,
            post_promotion: Analysis::None,
            delays: ScaleDownDelays {
                after_promotion: None,
                after_abort: Some(SimDuration::ZERO),
                revision_limit: Some(2),
            },
            // Any text is a percentage (reference §2.2).
            max_unavailable: IntOrPercent::Percent(30),
        }),
    };
    assert_eq!(RolloutSpec::from(&told.rollouts[0]), expected);
    let by_hand = spec(
        "blueGreen: { activeService: a, autoPromotionEnabled: false, autoPromotionSeconds: 5 }",
    );
    let RolloutStrategy::BlueGreen(by_hand) = by_hand.strategy else {
        panic!("{by_hand:?}");
    };
    assert_eq!(by_hand.promotion, Promotion::ByHand);
}

/// Reference §2.6: seconds with and without a unit; whole seconds only (upstream's `DurationSeconds`).
#[test]
fn a_pause_is_as_long_as_it_says() {
    for (duration, seconds) in [
        ("30", Some(30)),
        ("'30'", Some(30)),
        ("10m", Some(600)),
        ("1h", Some(3600)),
        ("1m30s", Some(90)),
        ("0", Some(0)),
        ("1500ms", Some(1)),
        ("", None),
        ("null", None),
    ] {
        let read = canary_spec(&format!("steps: [{{ pause: {{ duration: {duration} }} }}]"));
        let length = seconds.map(SimDuration::from_secs);
        assert_eq!(read.steps, [Step::Pause(length)], "{duration}");
    }
    assert_eq!(
        canary_spec("steps: [{ pause: {} }]").steps,
        [Step::Pause(None)]
    );
}

const ROUTED: &str = "
canaryService: shop-canary, stableService: shop-stable, maxSurge: 1, maxUnavailable: 0,
minPodsPerReplicaSet: 2, dynamicStableScale: true, abortScaleDownDelaySeconds: 60,
replicaProgressThreshold: { type: Percent, value: 90 },
trafficRouting: { istio: { virtualService: { name: shop } }, managedRoutes: [{ name: beta }, { name: copy }] },
analysis: { startingStep: 2, templates: [{ templateName: errors, clusterScope: true }],
  args: [
    { name: latest, valueFrom: { podTemplateHashValue: Latest } },
    { name: stable, valueFrom: { podTemplateHashValue: Stable } },
    { name: team, valueFrom: { fieldRef: { fieldPath: \"metadata.labels['team']\" } } },
    { name: plain, value: x }] },
antiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { weight: 7 } },
steps: [
  { setCanaryScale: { replicas: 3 } }, { setCanaryScale: { weight: 150 } },
  { setCanaryScale: { matchTrafficWeight: true } }, { setWeight: 20 }, { pause: { duration: 1h } },
  { setHeaderRoute: { name: beta, match: [{ headerName: user, headerValue: { exact: me } }] } },
  { setMirrorRoute: { name: copy, percentage: 35, match: [{ path: { prefix: / }, headers: { a: { regex: b } } }] } },
  { analysis: { templates: [{ templateName: errors }], dryRun: [{ metricName: .* }] } },
  { experiment: { duration: 5m, templates: [{ name: old, specRef: stable }, { name: new, specRef: canary, replicas: 2, weight: 5 }],
      analyses: [{ name: both, templateName: errors, requiredForCompletion: true, args: [{ name: a, value: b }] }] } },
  { plugin: { name: org/wait, config: { any: thing } } }]
";

#[test]
fn a_canary_of_every_kind_of_step_becomes_its_spec() {
    let expected = CanarySpec {
        steps: vec![
            Step::SetCanaryScale(CanaryScale::Replicas(3)),
            Step::SetCanaryScale(CanaryScale::Weight(150)),
            Step::SetCanaryScale(CanaryScale::MatchTrafficWeight),
            Step::SetWeight(20),
            Step::Pause(Some(SimDuration::from_secs(3600))),
            Step::SetHeaderRoute,
            Step::SetMirrorRoute,
            Step::Analysis,
            Step::Experiment,
            Step::Plugin,
        ],
        max_surge: IntOrPercent::Int(1),
        max_unavailable: IntOrPercent::Int(0),
        routing: Routing::Weighted {
            max_weight: 100,
            stable: StableScale::Dynamic,
        },
        min_pods: Some(2),
        progress_threshold: Some(ProgressThreshold::Percent(90)),
        delays: ScaleDownDelays {
            after_promotion: None,
            after_abort: Some(SimDuration::from_secs(60)),
            revision_limit: None,
        },
        background: Analysis::Configured,
        analysis_starting_step: Some(2),
    };
    assert_eq!(canary_spec(ROUTED), expected);
}

#[test]
fn what_decisions_do_not_ask_stays_in_the_view() {
    let canary = canary(ROUTED);
    let routing = canary.traffic_routing.unwrap();
    assert_eq!(routing.router, Router::Istio(IstioSplit::Services));
    assert_eq!(routing.managed_routes, ["beta", "copy"]);
    assert_eq!(canary.anti_affinity, Some(AntiAffinity::Preferred(7)));
    let CanaryStep::SetHeaderRoute(header) = &canary.steps[5] else {
        panic!("{:?}", canary.steps);
    };
    let matched = |header: &str, value| HeaderMatch {
        header: header.to_owned(),
        value,
    };
    assert_eq!(header.name, "beta");
    assert_eq!(
        header.matches,
        [matched("user", TextMatch::Exact("me".to_owned()))]
    );
    let CanaryStep::SetMirrorRoute(mirror) = &canary.steps[6] else {
        panic!("{:?}", canary.steps);
    };
    let copied = RouteMatch {
        method: None,
        path: Some(TextMatch::Prefix("/".to_owned())),
        headers: vec![matched("a", TextMatch::Regex("b".to_owned()))],
    };
    assert_eq!(
        (mirror.percentage, &mirror.matches[..]),
        (Some(35), &[copied][..])
    );
    let CanaryStep::Experiment(experiment) = &canary.steps[8] else {
        panic!("{:?}", canary.steps);
    };
    assert_eq!(experiment.duration, Some(SimDuration::from_secs(300)));
    let sets = experiment.templates.iter();
    let sets: Vec<_> = sets
        .map(|one| (one.name.as_str(), one.spec_ref, one.replicas, one.weight))
        .collect();
    assert_eq!(
        sets,
        [
            ("old", SpecRef::Stable, 1, None),
            ("new", SpecRef::Canary, 2, Some(5))
        ]
    );
    assert!(experiment.analyses[0].required_for_completion);
    assert_eq!(canary.steps[7].analyses()[0].dry_run, [".*"]);
    assert_eq!(canary.steps[8].analyses().len(), 1);
}

/// Upstream's `BuildArgumentsForRolloutAnalysisRun`.
#[test]
fn arguments_get_hashes_and_fields_of_the_rollout() {
    let background = canary(ROUTED).analysis.unwrap();
    assert!(background.analysis.templates[0].cluster_scope);
    let hashes = HashNames {
        latest: "7d9f",
        stable: "5c8b",
    };
    let given = given_arguments(&background.analysis.args, hashes);
    let expected = [
        ("latest", "7d9f"),
        ("stable", "5c8b"),
        ("team", "web"),
        ("plain", "x"),
    ];
    assert_eq!(
        given,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

/// Upstream's `MaxTrafficWeight`, and `requireCanaryStableServices` for what needs no Services.
#[test]
fn a_router_may_count_to_more_than_a_hundred() {
    let nginx = "nginx: { stableIngress: shop }, maxTrafficWeight: 1000";
    let read = canary_spec(&format!(
        "canaryService: a, stableService: b, trafficRouting: {{ {nginx} }}, steps: [{{ setWeight: 1000 }}]"
    ));
    assert_eq!(read.max_weight(), 1000);
    assert_eq!(read.steps, [Step::SetWeight(1000)]);
    let subsets = "istio: { virtualServices: [{ name: v }], destinationRule: { name: d, canarySubsetName: c, stableSubsetName: s } }";
    let read = canary(&format!("trafficRouting: {{ {subsets} }}"));
    assert_eq!(
        read.traffic_routing.unwrap().router,
        Router::Istio(IstioSplit::Subsets)
    );
    canary("trafficRouting: { plugins: { any/router: {} } }");
    canary("antiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { weight: 100 } }");
}

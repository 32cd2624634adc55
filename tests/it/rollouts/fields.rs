//! Every map of Argo's kinds names what it does not know.

use proptest::prelude::*;
use rollcast::document::{Diagnostics, Node, Severity, Sources, Step, Value, parse_yaml};
use rollcast::manifest::ObjectSet;

/// Every map that the tables know, though no object says all of it.
const EVERYTHING: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: all }
status: { phase: Healthy }
spec:
  analysis: { successfulRunHistoryLimit: 1, unsuccessfulRunHistoryLimit: 1 }
  rollbackWindow: { revisions: 1 }
  selector: { matchLabels: { app: all }, matchExpressions: [{ key: app, operator: Exists }] }
  template:
    metadata: { labels: { app: all } }
    spec: { containers: [{ name: all, image: all:v1 }] }
  strategy:
    blueGreen:
      activeService: a
      antiAffinity:
        requiredDuringSchedulingIgnoredDuringExecution: {}
        preferredDuringSchedulingIgnoredDuringExecution: { weight: 1 }
      previewMetadata: { labels: { a: b }, annotations: { a: b } }
      prePromotionAnalysis:
        templates: [{ templateName: t, clusterScope: true }]
        args:
          - { name: a, value: b }
          - { name: c, valueFrom: { podTemplateHashValue: Latest } }
          - { name: d, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
        dryRun: [{ metricName: m }]
        measurementRetention: [{ metricName: m, limit: 5 }]
        analysisRunMetadata: { labels: { a: b } }
    canary:
      replicaProgressThreshold: { type: Pods, value: 1 }
      analysis:
        startingStep: 1
        templates: [{ templateName: t }]
        dryRun: [{ metricName: m }]
      canaryMetadata: { annotations: { a: b } }
      trafficRouting:
        maxTrafficWeight: 100
        managedRoutes: [{ name: r }]
        istio:
          virtualService: { name: v, routes: [a], tlsRoutes: [{ port: 1, sniHosts: [h] }], tcpRoutes: [{ port: 1 }] }
          virtualServices: [{ name: v }]
          destinationRule: { name: d, canarySubsetName: c, stableSubsetName: s, additionalSubsetNames: [t] }
        nginx: { stableIngress: i, stableIngresses: [i], annotationPrefix: p }
        alb: { ingress: i, ingresses: [i], servicePort: 80, rootService: r, annotationPrefix: p }
        smi: { rootService: r, trafficSplitName: t }
        traefik: { weightedTraefikServiceName: t }
        ambassador: { mappings: [m] }
        apisix: { route: { name: r, rules: [a] } }
        appMesh:
          virtualService: { name: v, routes: [a] }
          virtualNodeGroup: { canaryVirtualNodeRef: { name: c }, stableVirtualNodeRef: { name: s } }
        plugins: { any/router: { free: true } }
      steps:
        - setWeight: 1
        - pause: { duration: 1m }
        - analysis: { templates: [{ templateName: t }] }
        - setCanaryScale: { replicas: 1, weight: 1, matchTrafficWeight: true }
        - setHeaderRoute: { name: r, match: [{ headerName: h, headerValue: { exact: a, prefix: b, regex: c } }] }
        - setMirrorRoute: { name: r, percentage: 5, match: [{ method: { exact: a }, path: { prefix: / }, headers: { free: { exact: a } } }] }
        - plugin: { name: p, config: { free: true } }
        - experiment:
            duration: 5m
            scaleDownDelaySeconds: 5
            templates: [{ name: t, specRef: stable, replicas: 1, weight: 1 }]
            analyses: [{ name: a, templateName: t, clusterScope: false, requiredForCompletion: true, args: [{ name: a, value: b }] }]
            dryRun: [{ metricName: m }]
            analysisRunMetadata: { labels: { a: b } }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: all }
spec:
  args:
    - { name: a, value: b }
    - { name: s, valueFrom: { secretKeyRef: { name: s, key: k } } }
    - { name: f, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
  templates: [{ templateName: t, clusterScope: true }]
  dryRun: [{ metricName: m }]
  measurementRetention: [{ metricName: m, limit: 5 }]
  metrics:
    - name: m
      interval: 1m
      initialDelay: 1m
      count: 5
      failureLimit: 1
      inconclusiveLimit: 1
      consecutiveErrorLimit: 1
      consecutiveSuccessLimit: 0
      successCondition: 'true'
      failureCondition: 'false'
      provider:
        prometheus: { address: a, query: up, authentication: { free: true }, headers: [], insecure: true, timeout: 5 }
---
apiVersion: argoproj.io/v1alpha1
kind: ClusterAnalysisTemplate
metadata: { name: all }
spec: { metrics: [{ name: m, provider: { prometheus: { query: up } } }] }
";

/// Maps whose names are free, or whose insides nobody looks into.
const FREE: [&str; 9] = [
    "status",
    "labels",
    "annotations",
    "matchLabels",
    "authentication",
    "plugins",
    "config",
    "headers",
    "free",
];

fn documents() -> Vec<Node> {
    parse_yaml(&mut Sources::default(), "all.yaml", EVERYTHING).unwrap()
}

fn findings(document: Node) -> Vec<(Severity, String)> {
    let mut problems = Diagnostics::default();
    let mut objects = ObjectSet::default();
    objects.add(document, &mut problems);
    objects.check_fields(&mut problems);
    let all = problems.iter();
    all.map(|one| (one.severity, one.message.clone())).collect()
}

/// The ways to every map below a node.
fn maps(node: &Node, way: &[Step], found: &mut Vec<Vec<Step>>) {
    let below = |step| [way, &[step]].concat();
    match &node.value {
        Value::Map(map) => {
            found.push(way.to_vec());
            for (key, entry) in map.iter().filter(|(key, _)| !FREE.contains(&key.as_str())) {
                maps(&entry.node, &below(Step::Key(key.clone())), found);
            }
        }
        Value::List(list) => {
            for (at, one) in list.iter().enumerate() {
                maps(one, &below(Step::Index(at)), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_known_field_passes() {
    for document in documents() {
        assert_eq!(findings(document), []);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Letters that begin no known name: whatever is drawn is unknown.
    #[test]
    fn an_unknown_field_is_named_in_every_map(key in "zq[a-z]{0,12}") {
        let mut seen = 0;
        for document in documents() {
            let mut ways = Vec::new();
            maps(&document, &[], &mut ways);
            for mut way in ways {
                way.push(Step::Key(key.clone()));
                let mut changed = document.clone();
                let value = Node::new(document.span, Value::Bool(true));
                changed.set(&way, value).unwrap();
                let expected = (Severity::Warning, format!("unknown field `{key}`"));
                prop_assert_eq!(findings(changed), [expected], "{:?}", way);
                seen += 1;
            }
        }
        // More than there are tables, so that none of them was lost on the way.
        prop_assert!(seen > 60, "{}", seen);
    }
}

/// What would matter and has no model, with what happens instead.
#[test]
fn fields_without_a_model_say_what_happens_instead() {
    let ingress = "annotations of an Ingress change nothing";
    let notes = [
        ("trafficRouting.nginx.canaryIngressAnnotations", ingress),
        ("trafficRouting.nginx.additionalIngressAnnotations", ingress),
        (
            "trafficRouting.alb.stickinessConfig",
            "every request is split anew by weight",
        ),
        (
            "steps[7].experiment.templates[0].service",
            "it gets no Service of its own",
        ),
        (
            "steps[7].experiment.templates[0].selector",
            "its pods are found as the Rollout's are",
        ),
        (
            "steps[7].experiment.templates[0].metadata",
            "its pods carry the template's labels alone",
        ),
    ];
    let rollout = &documents()[0];
    for (path, instead) in notes {
        let whole = format!("Rollout/all:spec.strategy.canary.{path}");
        let path: rollcast::document::Path = whole.parse().unwrap();
        let mut changed = rollout.clone();
        let value = Node::new(rollout.span, Value::Text("written".to_owned()));
        changed.set(&path.steps, value).unwrap();
        let mut problems = Diagnostics::default();
        let mut objects = ObjectSet::default();
        objects.add(changed, &mut problems);
        objects.check_fields(&mut problems);
        let told: Vec<_> = problems
            .iter()
            .map(|one| (one.severity, one.label.clone()))
            .collect();
        assert_eq!(
            told,
            [(Severity::Note, Some(format!("here {instead}")))],
            "{whole}"
        );
    }
}

//! The guide's blue-green example reads to exactly its values (figures from the guide's
//! `blue-green-rollout.yaml`; reference progressive-delivery.md §0, §1.1 for the defaults).

use super::read;
use rollcast::control::argo_rollouts::analysis::{
    HashNames, MetricRole, MetricSpec, ResolvedMetric, RunEnd, RunRequest, given_arguments, resolve,
};
use rollcast::document::Span;
use rollcast::manifest::argo::{
    AnalysisArg, AnalysisMetric, AnalysisRef, AnalysisTemplate, ArgSource, BlueGreen, Provider,
    RolloutStrategy, ScaleDown, TemplateArg, TemplateRef, Templated,
};
use rollcast::units::{IntOrPercent, SimDuration};

/// Six pods of `user-service`, promoted by hand, judged before and after the switch.
const GUIDE: &str = r#"
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: user-service, namespace: production }
spec:
  replicas: 6
  selector: { matchLabels: { app: user-service } }
  strategy:
    blueGreen:
      activeService: user-service-active
      previewService: user-service-preview
      autoPromotionEnabled: false
      scaleDownDelaySeconds: 30
      prePromotionAnalysis:
        templates: [{ templateName: success-rate }]
        args: [{ name: service-name, value: user-service-preview }]
      postPromotionAnalysis:
        templates: [{ templateName: success-rate }]
        args: [{ name: service-name, value: user-service-active }]
  template:
    metadata: { labels: { app: user-service } }
    spec:
      containers:
        - name: user-service
          image: myregistry/user-service:v2.0.0
          ports: [{ containerPort: 8080 }]
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { cpu: 500m, memory: 512Mi }
          readinessProbe:
            httpGet: { path: /health/ready, port: 8080 }
            initialDelaySeconds: 10
            periodSeconds: 5
          livenessProbe:
            httpGet: { path: /health/live, port: 8080 }
            initialDelaySeconds: 30
            periodSeconds: 10
---
apiVersion: v1
kind: Service
metadata: { name: user-service-active, namespace: production }
spec: { selector: { app: user-service }, ports: [{ port: 80, targetPort: 8080 }], type: ClusterIP }
---
apiVersion: v1
kind: Service
metadata: { name: user-service-preview, namespace: production }
spec: { selector: { app: user-service }, ports: [{ port: 80, targetPort: 8080 }], type: ClusterIP }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: success-rate, namespace: production }
spec:
  args: [{ name: service-name }]
  metrics:
    - name: success-rate
      successCondition: result[0] >= 0.95
      provider:
        prometheus:
          address: http://prometheus.monitoring:9090
          query: |
            sum(rate(http_requests_total{service="{{args.service-name}}", status=~"2.."}[5m])) /
            sum(rate(http_requests_total{service="{{args.service-name}}"}[5m]))
"#;

/// The guide's query of one Service.
fn query(service: &str) -> String {
    let all = format!("http_requests_total{{service=\"{service}\"");
    format!("sum(rate({all}, status=~\"2..\"}}[5m])) /\nsum(rate({all}}}[5m]))\n")
}

fn analysis(service: &str, span: Span) -> AnalysisRef {
    AnalysisRef {
        templates: vec![TemplateRef {
            name: "success-rate".to_owned(),
            cluster_scope: false,
        }],
        args: vec![AnalysisArg {
            name: "service-name".to_owned(),
            source: ArgSource::Value(service.to_owned()),
        }],
        dry_run: Vec::new(),
        span,
    }
}

#[test]
fn the_guides_rollout_reads_to_its_values() {
    let told = read(GUIDE);
    assert_eq!(told.findings, [""; 0]);
    let rollout = &told.rollouts[0];
    let spans: Vec<Span> = rollout.analyses().iter().map(|one| one.span).collect();
    let seen: Vec<&str> = spans
        .iter()
        .map(|span| &GUIDE[span.start..span.end])
        .collect();
    assert_eq!(seen, ["prePromotionAnalysis", "postPromotionAnalysis"]);
    let strategy = BlueGreen {
        active_service: "user-service-active".to_owned(),
        preview_service: Some("user-service-preview".to_owned()),
        preview_replicas: None,
        auto_promotion_enabled: false,
        auto_promotion_delay: SimDuration::ZERO,
        scale_down: ScaleDown {
            delay: Some(SimDuration::from_secs(30)),
            abort_delay: None,
            revision_limit: None,
        },
        pre_promotion: Some(analysis("user-service-preview", spans[0])),
        post_promotion: Some(analysis("user-service-active", spans[1])),
        anti_affinity: None,
        max_unavailable: IntOrPercent::Percent(25),
    };
    assert_eq!(rollout.strategy, RolloutStrategy::BlueGreen(strategy));
    let named = (rollout.name.as_str(), rollout.namespace.as_str());
    assert_eq!(named, ("user-service", "production"));
    assert_eq!((rollout.replicas, rollout.revision_history_limit), (6, 10));
    assert_eq!(
        (rollout.paused, rollout.progress_deadline_abort),
        (false, false)
    );
    assert_eq!(rollout.min_ready, SimDuration::ZERO);
    assert_eq!(rollout.progress_deadline, SimDuration::from_secs(600));
    assert_eq!(rollout.rollback_window, None);
    assert!(rollout.selector.matches(&rollout.template.labels));
    let container = &rollout.template.containers[0];
    assert_eq!(container.image, "myregistry/user-service:v2.0.0");
    let readiness = container.readiness.unwrap();
    let times = (
        readiness.initial_delay.as_secs(),
        readiness.period.as_secs(),
    );
    assert_eq!(times, (10, 5));
}

#[test]
fn the_guides_template_reads_to_its_values() {
    let metric = AnalysisMetric {
        name: Templated::new("success-rate"),
        interval: None,
        initial_delay: None,
        count: None,
        failure_limit: None,
        inconclusive_limit: None,
        consecutive_error_limit: None,
        consecutive_success_limit: None,
        success_condition: Some(Templated::new("result[0] >= 0.95")),
        failure_condition: None,
        provider: Provider::Prometheus {
            address: Some(Templated::new("http://prometheus.monitoring:9090")),
            query: Templated::new(query("{{args.service-name}}")),
        },
        tags: vec!["args.service-name".to_owned()],
    };
    let template = AnalysisTemplate {
        name: "success-rate".to_owned(),
        namespace: Some("production".to_owned()),
        args: vec![TemplateArg {
            name: "service-name".to_owned(),
            value: None,
        }],
        metrics: vec![metric],
        dry_run: Vec::new(),
        templates: Vec::new(),
    };
    assert_eq!(read(GUIDE).templates, [template]);
}

/// Reference §0.1: one instant query of the preview's own requests, effective count 1.
#[test]
fn the_guides_run_asks_once_for_the_preview() {
    let told = read(GUIDE);
    let rollout = &told.rollouts[0];
    let hashes = HashNames {
        latest: "new",
        stable: "old",
    };
    let before = rollout.analyses()[0];
    let given = given_arguments(&before.args, hashes);
    let request = RunRequest::of(before, &rollout.namespace, &given, RunEnd::ByItself);
    let metric = ResolvedMetric {
        name: "success-rate".to_owned(),
        spec: MetricSpec::default(),
        role: MetricRole::Counts,
        success: Some("result[0] >= 0.95".to_owned()),
        failure: None,
        query: query("user-service-preview"),
    };
    assert_eq!(metric.spec.effective_count(), Some(1));
    assert_eq!(resolve(&request, &told.templates).unwrap(), [metric]);
}

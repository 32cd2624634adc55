//! Manifests as people write them, and as they get them wrong.

use proptest::prelude::*;
use rollcast::document::{
    Colour, Diagnostic, Diagnostics, Node, Path, Sources, Span, Step, Value, parse_yaml,
};
use rollcast::manifest::{ObjectSet, PreStop, Strategy};
use rollcast::units::{IntOrPercent, SimDuration};

const GOOD: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: { name: app, namespace: prod }
spec:
  replicas: 6
  strategy:
    rollingUpdate: { maxSurge: 2, maxUnavailable: 25% }
  minReadySeconds: 30
  selector: { matchLabels: { app: app } }
  template:
    metadata: { labels: { app: app } }
    spec:
      containers:
        - name: app
          image: repo/app:v1
          env: [{ name: A, value: b }]
          lifecycle: { preStop: { exec: { command: ["/bin/sh", "-c", "sleep 15"] } } }
"#;

fn check(text: &str) -> (ObjectSet, String) {
    let mut sources = Sources::default();
    let mut problems = Diagnostics::default();
    let mut objects = ObjectSet::default();
    match parse_yaml(&mut sources, "app.yaml", text) {
        Ok(documents) => documents
            .into_iter()
            .for_each(|one| objects.add(one, &mut problems)),
        Err(found) => problems.append(found),
    }
    objects.check_fields(&mut problems);
    objects.deployments(&mut problems);
    (objects, problems.render(&sources, Colour::Plain))
}

fn told(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from));
    check(&GOOD.replace(from, to)).1
}

#[test]
fn a_good_deployment_is_read_with_its_defaults() {
    let (objects, told) = check(GOOD);
    assert_eq!(told, "");
    let deployment = &objects.deployments(&mut Diagnostics::default())[0];
    assert_eq!(
        (deployment.replicas, deployment.namespace.as_str()),
        (6, "prod")
    );
    let strategy = Strategy::RollingUpdate {
        max_surge: IntOrPercent::Int(2),
        max_unavailable: IntOrPercent::Percent(25),
    };
    assert_eq!(deployment.strategy, strategy);
    assert_eq!(deployment.min_ready, SimDuration::from_secs(30));
    assert_eq!(
        deployment.progress_deadline,
        Some(SimDuration::from_secs(600))
    );
    let pre_stop = deployment.template.containers[0].pre_stop;
    assert_eq!(pre_stop, Some(PreStop::Sleep(SimDuration::from_secs(15))));
}

#[test]
fn bad_manifests_are_told_with_place_rule_and_cure() {
    insta::assert_snapshot!(check("name: x\n").1, @r#"
    error: not a Kubernetes manifest: `kind` is missing
     --> app.yaml:1:1
      |
    1 | name: x
      | ^^^^ expected an object with `apiVersion`, `kind` and `metadata`

    error: not a Kubernetes manifest: `apiVersion` is missing
     --> app.yaml:1:1
      |
    1 | name: x
      | ^^^^ expected an object with `apiVersion`, `kind` and `metadata`
    "#);
    insta::assert_snapshot!(told("minReadySeconds", "minReadySecond"), @r#"
    warning: unknown field `minReadySecond`
     --> app.yaml:8:3
      |
    8 |   minReadySecond: 30
      |   ^^^^^^^^^^^^^^
      |
      = hint: did you mean `minReadySeconds`?
    "#);
    insta::assert_snapshot!(told("maxUnavailable: 25%", "maxUnavailable: 25%%"), @r#"
    error: `maxUnavailable`: `25%%` cannot be read
     --> app.yaml:7:51
      |
    7 |     rollingUpdate: { maxSurge: 2, maxUnavailable: 25%% }
      |                                                   ^^^^ expected a whole number or a whole percentage such as `25%`
      |
      = hint: write `25%`
    "#);
    insta::assert_snapshot!(told("maxSurge: 2, maxUnavailable: 25%", "maxSurge: 0, maxUnavailable: 0"), @r#"
    error: `maxSurge` and `maxUnavailable` are both 0
     --> app.yaml:7:51
      |
    7 |     rollingUpdate: { maxSurge: 0, maxUnavailable: 0 }
      |                                                   ^ no pod could ever be replaced
      |
      = hint: allow at least one of them, such as `maxSurge: 1`
    "#);
    insta::assert_snapshot!(told("replicas: 6", "replicas: -1"), @r#"
    error: `replicas` is -1
     --> app.yaml:5:13
      |
    5 |   replicas: -1
      |             ^^ expected 0 or more
    "#);
    insta::assert_snapshot!(told("replicas: 6", "replicas: 1000000000"), @r#"
    error: `replicas` is 1000000000
     --> app.yaml:5:13
      |
    5 |   replicas: 1000000000
      |             ^^^^^^^^^^ a run holds at most 10000 replicas
      |
      = hint: scale the replicas and the load down together
    "#);
}

#[test]
fn a_file_without_objects_reads_as_no_document() {
    let mut sources = Sources::default();
    let read = parse_yaml(&mut sources, "empty.yaml", "# nothing\n");
    assert_eq!(read.unwrap(), []);
}

#[test]
fn aliases_that_multiply_are_refused_by_name_of_the_rule() {
    let bomb = (1..10).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let list = vec![format!("*a{}", n - 1); 10].join(", ");
        text + &format!("a{n}: &a{n} [{list}]\n")
    });
    insta::assert_snapshot!(check(&bomb).1, @r#"
    error: aliases grow beyond the limit
     --> app.yaml:7:20
      |
    7 | a6: &a6 [*a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5]
      |                    ^^^ aliases copy at most 1000000 values and bytes a file
      |
      = hint: write the values out, or refer to fewer of them
    "#);
}

#[test]
fn a_path_that_meets_nothing_names_the_nearest() {
    let mut sources = Sources::default();
    let text = "Deployment/app:spec.template.spec.containers[name=ap].lifecycle";
    let file = sources.add("patch", text);
    let span = Span {
        file,
        start: 0,
        end: text.len(),
    };
    let path: Path = text.parse().unwrap();
    let problem = check(GOOD).0.remove(&path, span).unwrap_err();
    insta::assert_snapshot!(problem.render(&sources, Colour::Plain), @r#"
    error: nothing is at `Deployment/app:spec.template.spec.containers[name=ap]`
     --> patch:1:1
      |
    1 | Deployment/app:spec.template.spec.containers[name=ap].lifecycle
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected a path that meets something
      |
      = hint: the nearest is `Deployment/app:spec.template.spec.containers[name=app]`
    "#);
}

/// Findings one a line: severity, message, rule, cure.
fn findings(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    let mut sources = Sources::default();
    let mut problems = Diagnostics::default();
    let mut objects = ObjectSet::default();
    let text = GOOD.replacen(from, to, 1);
    for one in parse_yaml(&mut sources, "app.yaml", &text).expect("YAML") {
        objects.add(one, &mut problems);
    }
    objects.check_fields(&mut problems);
    objects.deployments(&mut problems);
    objects.services(&mut problems);
    objects.budgets(&mut problems);
    let line = |one: &Diagnostic| {
        let parts = [
            Some(one.message.clone()),
            one.label.clone(),
            one.hint.clone(),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("{:?}: {}", one.severity, parts.join(" | ")).to_lowercase()
    };
    problems.iter().map(line).collect()
}

/// What follows in a pod's spec, after its only container.
const POD: &str = "      containers:\n";
const CONTAINER: &str = "          env:";
const END: &str = "\"sleep 15\"] } } }\n";

fn beside(mark: &str, line: &str) -> Vec<String> {
    let indent = &mark[..mark.len() - mark.trim_start().len()];
    findings(mark, &format!("{indent}{line}\n{mark}"))
}

fn service(spec: &str) -> Vec<String> {
    let text = format!(
        "{END}---\napiVersion: v1\nkind: Service\nmetadata: {{ name: app, namespace: prod }}\nspec:\n  selector: {{ app: app }}\n  {spec}\n"
    );
    findings(END, &text)
}

#[test]
fn known_fields_that_change_nothing_pass_quietly() {
    for line in [
        "securityContext: { runAsUser: 1 }",
        "volumes: [{ name: a, emptyDir: {} }]",
        "hostNetwork: false",
        "nodeSelector: {}",
        "initContainers: []",
        "readinessGates:",
        "schedulerName: default-scheduler",
        "affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }",
        "topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable: ScheduleAnyway }]",
        "tolerations: [{ operator: Exists }]",
        "hostnameOverride: a",
    ] {
        assert_eq!(beside(POD, line), [""; 0], "{line}");
    }
    for line in [
        "ports: [{ containerPort: 8080, name: http, protocol: TCP }]",
        "resources: { limits: { cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi, a.b/gpu: 1 } }",
        "readinessProbe: { httpGet: { path: /, port: http, httpHeaders: [{ name: a, value: b }] } }",
        "livenessProbe: { tcpSocket: { port: 80 } }",
        "startupProbe: { grpc: { port: 80, service: a }, terminationGracePeriodSeconds: 5 }",
        "securityContext: {}",
        "tty: true",
        "resizePolicy: []",
    ] {
        assert_eq!(beside(CONTAINER, line), [""; 0], "{line}");
    }
    for line in [
        "sessionAffinity: None",
        "internalTrafficPolicy: Cluster",
        "type: LoadBalancer",
        "ports: [{ port: 80, targetPort: http, nodePort: 30000, appProtocol: http }]",
        "ipFamilies: [IPv4]",
    ] {
        assert_eq!(service(line), [""; 0], "{line}");
    }
}

#[test]
fn fields_that_would_matter_are_noted_with_what_happens_instead() {
    for (line, told) in [
        (
            "readinessGates: [{ conditionType: a/b }]",
            "ready without waiting",
        ),
        (
            "initContainers: [{ name: a, image: b }]",
            "pods start without them",
        ),
        ("hostNetwork: true", "`hostnetwork: true` | here ports"),
        ("priorityClassName: high", "no pod gives way"),
        ("nodeSelector: { disk: ssd }", "any node"),
        (
            "topologySpreadConstraints: [{ whenUnsatisfiable: DoNotSchedule }]",
            "no pod waits",
        ),
        (
            "affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } }",
            "of `nodeaffinity`",
        ),
    ] {
        let seen = beside(POD, line);
        assert!(
            seen.len() == 1 && seen[0].starts_with("note: not modelled: "),
            "{seen:?}"
        );
        assert!(seen[0].contains(told), "{seen:?}");
    }
    for line in [
        "sessionAffinity: ClientIP",
        "internalTrafficPolicy: Local",
        "externalTrafficPolicy: Local",
    ] {
        let seen = service(line);
        let noted = format!("note: not modelled: `{line}` | here every").to_lowercase();
        assert!(seen.len() == 1 && seen[0].starts_with(&noted), "{seen:?}");
    }
}

#[test]
fn an_unknown_field_is_told_with_the_nearest_or_its_home() {
    let near = |name: &str| format!("did you mean `{name}`?");
    let home = |name: &str| format!("it belongs to {name}");
    for (mark, line, cure) in [
        (
            POD,
            "teminationGracePeriodSeconds: 5",
            near("terminationGracePeriodSeconds"),
        ),
        (POD, "minReadySeconds: 5", home("`spec` of a Deployment")),
        (POD, "readinessProbe: {}", home("a container")),
        (
            CONTAINER,
            "terminationGracePeriodSeconds: 5",
            home("`spec` of a pod"),
        ),
        (CONTAINER, "readinesProbe: {}", near("readinessProbe")),
        (
            CONTAINER,
            "ports: [{ containerport: 80 }]",
            near("containerPort"),
        ),
        (
            CONTAINER,
            "resources: { limits: { memroy: 1Gi } }",
            near("memory"),
        ),
        (
            CONTAINER,
            "livenessProbe: { httpGet: { port: 80, pth: / } }",
            near("path"),
        ),
        (
            CONTAINER,
            "livenessProbe: { exec: { comand: [a] } }",
            near("command"),
        ),
        (
            CONTAINER,
            "livenessProbe: { grpc: { port: 1 }, periodSecond: 1 }",
            near("periodSeconds"),
        ),
    ] {
        let seen = beside(mark, line);
        assert!(
            seen.len() == 1 && seen[0].starts_with("warning: unknown field"),
            "{seen:?}"
        );
        assert!(seen[0].ends_with(&cure.to_lowercase()), "{line}: {seen:?}");
    }
    assert!(service("sesionAffinity: None")[0].contains("`sessionaffinity`"));
    assert!(findings("namespace: prod", "namespce: prod")[0].contains("`namespace`"));
}

#[test]
fn a_known_field_of_another_type_is_an_error_told_once() {
    for (from, to, told) in [
        (
            "replicas: 6",
            "replicas: \"6\"",
            "`replicas`: expected a whole number, found text",
        ),
        (
            "image: repo/app:v1",
            "image: 5",
            "`image`: expected text, found a whole number",
        ),
        ("- name: app", "- name: 5", "`name`: expected text"),
        (
            "metadata: { name: app,",
            "metadata: { name: 5,",
            "`metadata.name` is a whole number",
        ),
        (
            "namespace: prod",
            "namespace: 5",
            "`namespace`: expected text",
        ),
        (
            "namespace: prod",
            "labels: { app: 1 }",
            "`app`: expected text, found a whole number",
        ),
        (
            "namespace: prod",
            "annotations: [a]",
            "`annotations` is a map of named values, found a list",
        ),
        (
            "labels: { app: app }",
            "labels: { app: app, x: 1 }",
            "label `x` is a whole number",
        ),
        (
            "env: [{ name: A, value: b }]",
            "env: { A: b }",
            "`env`: expected a list",
        ),
        (
            "env: [{ name: A, value: b }]",
            "readinessProbe: []",
            "`readinessprobe` is a map of named",
        ),
        (
            "env: [{ name: A, value: b }]",
            "livenessProbe: { httpGet: { port: [] } }",
            "`port`: expected a whole number or text",
        ),
        (
            "env: [{ name: A, value: b }]",
            "livenessProbe: { httpGet: {} }",
            "`port` is missing",
        ),
        (
            "env: [{ name: A, value: b }]",
            "livenessProbe: { exec: { command: ls } }",
            "`command`: expected a list",
        ),
        (
            "env: [{ name: A, value: b }]",
            "ports: [80]",
            "a port of a container is a map",
        ),
        (
            "env: [{ name: A, value: b }]",
            "tty: \"yes\"",
            "`tty`: expected `true` or `false`",
        ),
        (
            "env: [{ name: A, value: b }]",
            "args: [1]",
            "`args`: expected text, found a whole number",
        ),
        (
            "exec: {",
            "sleep: { seconds: 1 }, exec: {",
            "`prestop` does two things",
        ),
        ("strategy:\n", "strategy: []\n  paused:\n", ""),
        (
            "minReadySeconds: 30",
            "paused: \"no\"",
            "`paused`: expected `true` or `false`",
        ),
        (
            "minReadySeconds: 30",
            "minReadySeconds: 1.5",
            "`minreadyseconds`: expected a whole number",
        ),
    ] {
        let seen = findings(from, to);
        let errors: Vec<_> = seen.iter().filter(|one| one.starts_with("error")).collect();
        assert!(
            errors.len() == 1 || told.is_empty() && !errors.is_empty(),
            "{to}: {seen:?}"
        );
        assert!(errors[0].contains(told), "{to}: {seen:?}");
    }
}

proptest! {
    #[test]
    fn what_is_set_is_there_and_what_is_removed_is_gone(
        keys in prop::collection::vec("[a-c]", 1..4),
        others in prop::collection::vec("[d-f]", 1..4),
    ) {
        let file = Sources::default().add("p", "");
        let span = Span { file, start: 0, end: 0 };
        let steps = |keys: &[String]| keys.iter().cloned().map(Step::Key).collect::<Vec<_>>();
        let (here, there) = (steps(&keys), steps(&others));
        let mut root = Node::empty_map(span);
        root.set(&there, Node::new(span, Value::Int(1))).unwrap();
        root.set(&here, Node::new(span, Value::Int(2))).unwrap();
        prop_assert_eq!(&root.get(&here).unwrap().value, &Value::Int(2));
        prop_assert_eq!(&root.get(&there).unwrap().value, &Value::Int(1));
        root.remove(&here).unwrap();
        prop_assert!(root.get(&here).is_err());
        prop_assert_eq!(&root.get(&there).unwrap().value, &Value::Int(1));
    }
}

//! Manifests as people write them, and as they get them wrong.

use proptest::prelude::*;
use rollcast::document::{Colour, Diagnostics, Node, Path, Sources, Span, Step, Value, parse_yaml};
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

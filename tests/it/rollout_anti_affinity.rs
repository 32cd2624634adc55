//! `antiAffinity` of Rollouts in whole runs (reference progressive-delivery.md §1.11): new pods keep off
//! nodes with stable ones, or try to, and wait where they must.

use rollcast::document::Colour;
use rollcast::facts::Happening;
use rollcast::ids::{NodeId, PodId, ReplicaSetId, RunIndex};
use rollcast::metrics::{Ending, Metric};
use rollcast::scenario::load;
use rollcast::sim::{Job, Simulation, Watched};
use rollcast::units::{SimDuration, SimTime};

const SCENARIO: &str = r#"
name      = "anti-affinity"
horizon   = "10m"
warm-up   = "10s"
seed      = 5
manifests = ["web.yaml"]

[release]
at   = "30s"
from = { web = "example/web:1" }
to   = { web = "example/web:2" }

[cluster]
nodes = NODES

[traffic.web]
arrivals.poisson = { rate = "5/s" }
users            = { count = 100 }

[image."example/web:1"]
start-up     = "2s"
service-time = "5ms"
concurrency  = 8

[image."example/web:2"]
like = "example/web:1"

[[variant]]
name = "as is"
"#;

/// Two pods; a pod takes 2 s to start and 5 s to go. At t = 0 they are on two nodes, for each goes to the
/// least allocated one.
const MANIFEST: &str = r"
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web }
spec:
  replicas: 2
  progressDeadlineSeconds: 60
  selector: { matchLabels: { app: web } }
  strategy:
    STRATEGY
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: example/web:1
          readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 1 }
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
";

const REQUIRED: &str = "antiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} }";
const PREFERRED: &str =
    "antiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { weight: 1 } }";
const RUNS: u32 = 6;

fn blue_green(more: &str) -> String {
    format!("blueGreen: {{ activeService: web, {more} }}")
}

fn watch((nodes, run): (u32, u32), strategy: &str, operators: &str) -> Watched {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let manifest = MANIFEST.replace("STRATEGY", strategy);
    let scenario = SCENARIO.replace("NODES", &nodes.to_string()) + operators;
    let path = folder.path().join("scenario.toml");
    std::fs::write(folder.path().join("web.yaml"), manifest).expect("it can be written");
    std::fs::write(&path, scenario).expect("it can be written");
    let loaded = load(&path)
        .map_err(|refused| refused.diagnostics.render(&refused.sources, Colour::Plain))
        .unwrap_or_else(|told| panic!("{told}"));
    let scenario = &loaded.scenario;
    let variant = &scenario.variants[0];
    Simulation::new(scenario).watch(&Job {
        variant,
        count_from: scenario.count_from(variant),
        run: RunIndex::new(run),
    })
}

fn noted<T>(watched: &Watched, what: impl Fn(&Happening) -> Option<T>) -> Vec<(SimTime, T)> {
    let noted = watched.recording.noted.iter();
    noted
        .filter_map(|noted| Some((noted.at, what(&noted.what)?)))
        .collect()
}

/// Pods that were created in the run, with the nodes that took them.
fn created(watched: &Watched) -> Vec<(ReplicaSetId, Option<NodeId>)> {
    let placed = noted(watched, |it| match it {
        Happening::PodScheduled(pod, node) => Some((*pod, *node)),
        _ => None,
    });
    let node_of = |pod: PodId| {
        let mut placed = placed.iter().map(|(_, placed)| *placed);
        placed.find(|(of, _)| *of == pod).map(|(_, node)| node)
    };
    let all = noted(watched, |it| match it {
        Happening::PodCreated(pod, set) => Some((*set, *pod)),
        _ => None,
    });
    all.into_iter()
        .map(|(_, (set, pod))| (set, node_of(pod)))
        .collect()
}

fn nodes(watched: &Watched) -> Vec<Option<NodeId>> {
    created(watched).into_iter().map(|(_, node)| node).collect()
}

fn deadline_is_missed(watched: &Watched) -> bool {
    let missed = noted(watched, |it| match it {
        Happening::Condition(_, _, Some(false), "ProgressDeadlineExceeded") => Some(()),
        _ => None,
    });
    missed.len() == 1
}

#[test]
fn on_as_many_nodes_as_stable_pods_required_new_pods_wait_for_ever() {
    for strategy in [
        blue_green(REQUIRED),
        format!("canary: {{ maxSurge: 2, maxUnavailable: 0, {REQUIRED} }}"),
    ] {
        let watched = watch((2, 0), &strategy, "");
        assert_eq!(nodes(&watched), [None, None], "{strategy}");
        assert!(deadline_is_missed(&watched), "{strategy}");
        assert_eq!(watched.outcome.ending, Ending::Stuck, "{strategy}");
        let exposed = watched.outcome.metrics.get(Metric::UsersExposed);
        assert_eq!(exposed, Some(0.0), "{strategy}");
    }
    // It is the rule that keeps them waiting.
    let free = watch((2, 0), &blue_green(""), "");
    assert_eq!(free.outcome.ending, Ending::Promoted);
}

#[test]
fn one_node_without_a_stable_pod_takes_all_new_ones() {
    for rule in [REQUIRED, PREFERRED] {
        for run in 0..RUNS {
            let watched = watch((3, run), &blue_green(rule), "");
            let nodes = nodes(&watched);
            assert_eq!(nodes.len(), 2, "{rule}");
            assert!(
                nodes[0].is_some() && nodes[0] == nodes[1],
                "{rule}: {nodes:?}"
            );
            assert_eq!(watched.outcome.ending, Ending::Promoted, "{rule}");
        }
    }
    // Without the rule the second would be at home on each of three nodes with one pod.
    let free = (0..RUNS).map(|run| nodes(&watch((3, run), &blue_green(""), "")));
    assert!(free.into_iter().any(|nodes| nodes[0] != nodes[1]));
}

#[test]
fn a_preference_never_blocks() {
    let watched = watch((2, 0), &blue_green(PREFERRED), "");
    assert!(nodes(&watched).iter().all(Option::is_some));
    assert_eq!(watched.outcome.ending, Ending::Promoted);
}

#[test]
fn a_terminating_pod_keeps_new_ones_off_until_it_is_gone() {
    let strategy = format!("canary: {{ maxSurge: 0, maxUnavailable: 1, {REQUIRED} }}");
    let watched = watch((2, 0), &strategy, "");
    let placed = noted(&watched, |it| match it {
        Happening::PodScheduled(..) => Some(()),
        _ => None,
    });
    let gone = noted(&watched, |it| match it {
        Happening::PodGone(_) => Some(()),
        _ => None,
    });
    // The first attempt failed; the next comes a second after the node is free (reference
    // kubernetes.md §5: back-off of 1 s after the first).
    assert_eq!(placed[0].0 - gone[0].0, SimDuration::SECOND);
    assert_eq!(watched.outcome.ending, Ending::Promoted);
}

/// Six stable pods and one new one on three nodes, while the preview waits for a human. By room alone no
/// node would have fewer than two of seven.
#[test]
fn stable_pods_keep_off_the_nodes_of_new_ones_too() {
    let strategy = blue_green(&format!(
        "autoPromotionEnabled: false, previewReplicaCount: 1, {REQUIRED}"
    ));
    let scale = "[[operator]]\nat = '2m'\naction = 'scale'\nreplicas = 6\n";
    let watched = watch((3, 0), &strategy, scale);
    let created = created(&watched);
    let new = created[0].0;
    let (new, stable): (Vec<_>, Vec<_>) = created.into_iter().partition(|(set, _)| *set == new);
    assert_eq!((new.len(), stable.len()), (1, 4));
    let home = new[0].1;
    assert!(home.is_some());
    let elsewhere = |node: Option<NodeId>| node.is_some() && node != home;
    assert!(
        stable.iter().all(|(_, node)| elsewhere(*node)),
        "{stable:?}"
    );
}

#[test]
fn a_set_that_is_the_new_one_again_avoids_the_pods_that_are_stable_now() {
    // The first update knows no rule, so that its pods carry none; then it is written, and undone.
    let operators = format!(
        "[[operator]]\nat = '3m'\naction = 'set'\n\
         [operator.patch]\n\"Rollout/web:spec.strategy.blueGreen.antiAffinity.{}\" = {{}}\n\
         [[operator]]\nat = '4m'\naction = 'undo'\n",
        "requiredDuringSchedulingIgnoredDuringExecution"
    );
    let watched = watch((2, 0), &blue_green("scaleDownDelaySeconds: 10"), &operators);
    let nodes = nodes(&watched);
    assert_eq!(nodes.len(), 4);
    assert!(nodes[..2].iter().all(Option::is_some), "{nodes:?}");
    assert_eq!(nodes[2..], [None, None]);
    assert!(deadline_is_missed(&watched));
}

#[test]
fn pods_of_an_experiment_carry_the_rule_of_the_set_that_it_refers_to() {
    for (refers_to, starts) in [("canary", false), ("stable", true)] {
        let strategy = format!(
            "canary: {{ {REQUIRED}, steps: [{{ experiment: {{ duration: 30s, \
             templates: [{{ name: one, specRef: {refers_to}, replicas: 1 }}] }} }}, {{ pause: {{}} }}] }}"
        );
        let watched = watch((2, 0), &strategy, "");
        let nodes = nodes(&watched);
        assert_eq!(nodes[0].is_some(), starts, "{refers_to}: {nodes:?}");
    }
}

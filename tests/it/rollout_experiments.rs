//! Experiment steps of canaries in whole runs (reference progressive-delivery.md §2.6; upstream's
//! `rollout/experiment.go`, `experiments/experiment.go`).

use rollcast::facts::{Happening, Judgement};
use rollcast::ids::{PodId, ReplicaSetId};
use rollcast::metrics::Ending;
use rollcast::sim::Watched;
use rollcast::units::SimTime;

use crate::whole_runs::{seconds, times, watch, written};

const SCENARIO: &str = r#"
name      = "an experiment"
horizon   = "15m"
warm-up   = "10s"
manifests = ["web.yaml"]

[release]
at   = "1m"
from = { web = "example/web:1" }
to   = { web = "example/web:2" }

[traffic.web]
arrivals.poisson = { rate = "20/s" }
users            = { count = 100 }
entry            = "Service/web"

[image."example/web:1"]
start-up     = "2s"
service-time = "5ms"
concurrency  = 8

[image."example/web:2"]
like     = "example/web:1"
start-up = "START-UP"

[[variant]]
name = "as is"
"#;

/// Without a router, `setWeight: 50` of four pods is two of each; the experiment comes first.
const MANIFEST: &str = r#"
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web }
spec:
  replicas: 4
  progressDeadlineSeconds: 60
  selector: { matchLabels: { app: web } }
  strategy:
    canary:
      SERVICES
      steps:
        - experiment: EXPERIMENT
        - setWeight: 50
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: example/web:1
          readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web-canary }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: never }
spec:
  metrics:
    - name: never
      successCondition: result[0] > 0
      provider: { prometheus: { address: "http://prometheus", query: vector(0) } }
"#;

const TWO_PODS: &str = "templates: [{ name: new, specRef: canary, replicas: 2 }]";

/// What stories differ in.
struct Story<'s> {
    experiment: &'s str,
    /// Services of the strategy.
    services: &'s str,
    operators: &'s str,
    /// Of the new version.
    start_up: &'s str,
}

impl<'s> Story<'s> {
    fn of(experiment: &'s str) -> Self {
        Self {
            experiment,
            services: "",
            operators: "",
            start_up: "2s",
        }
    }

    fn watch(&self) -> Watched {
        let manifest = MANIFEST
            .replace("SERVICES", self.services)
            .replace("EXPERIMENT", self.experiment);
        let scenario = SCENARIO.replace("START-UP", self.start_up) + self.operators;
        watch(&written(&scenario, &manifest).scenario, "as is", 0)
    }
}

fn plain(experiment: &str) -> Watched {
    Story::of(experiment).watch()
}

fn only(times: &[SimTime]) -> SimTime {
    assert_eq!(times.len(), 1, "{times:?}");
    times[0]
}

fn started(watched: &Watched) -> SimTime {
    only(&times(watched, |it| {
        matches!(it, Happening::ExperimentStarted(_, 0))
    }))
}

/// When the experiment ended, as it was judged.
fn ended(watched: &Watched, judgement: Judgement) -> SimTime {
    only(&times(
        watched,
        |it| matches!(it, Happening::ExperimentEnded(_, judged) if *judged == judgement),
    ))
}

/// The first set that was created once the experiment had begun, and its pods.
fn its_pods(watched: &Watched) -> Vec<PodId> {
    let begun = started(watched);
    let later = watched.recording.noted.iter().filter(|it| it.at >= begun);
    let mut sets = later.filter_map(|noted| match noted.what {
        Happening::ReplicaSetCreated(_, set, _) => Some(set),
        _ => None,
    });
    let set: ReplicaSetId = sets.next().expect("an experiment has a set");
    let noted = watched.recording.noted.iter();
    let pods = noted.filter_map(|noted| match noted.what {
        Happening::PodCreated(pod, of) if of == set => Some(pod),
        _ => None,
    });
    pods.collect()
}

fn of_pods<'p>(
    pods: &'p [PodId],
    what: impl Fn(&Happening) -> Option<PodId> + 'p,
) -> impl Fn(&Happening) -> bool + 'p {
    move |happening| what(happening).is_some_and(|pod| pods.contains(&pod))
}

fn readied(happening: &Happening) -> Option<PodId> {
    match happening {
        Happening::PodReady(pod) => Some(*pod),
        _ => None,
    }
}

fn terminated(happening: &Happening) -> Option<PodId> {
    match happening {
        Happening::PodTerminating(pod) => Some(*pod),
        _ => None,
    }
}

fn joined(happening: &Happening) -> Option<PodId> {
    match happening {
        Happening::EndpointReady(_, pod) => Some(*pod),
        _ => None,
    }
}

#[test]
fn an_experiment_of_two_pods_for_a_minute_passes_and_the_canary_goes_on() {
    let watched = plain(&format!(
        "{{ duration: 1m, scaleDownDelaySeconds: 0, {TWO_PODS} }}"
    ));
    let pods = its_pods(&watched);
    assert_eq!(pods.len(), 2);
    let ready = times(&watched, of_pods(&pods, readied));
    let gone = times(&watched, of_pods(&pods, terminated));
    assert_eq!((ready.len(), gone.len()), (2, 2));
    let over = ended(&watched, Judgement::Successful);
    // The minute counts from the whole second in which all its pods were seen available.
    let lasted = seconds(ready[1], over);
    assert!((59.0..=61.0).contains(&lasted), "{lasted} s");
    for gone in gone {
        let stayed = seconds(over, gone);
        assert!((0.0..=1.0).contains(&stayed), "{stayed} s");
    }
    // The next step begins once the Rollout has seen the end, and not before.
    let next = times(&watched, |it| matches!(it, Happening::StepReached(_, 1)));
    let waited = seconds(over, only(&next));
    assert!((0.0..=1.0).contains(&waited), "{waited} s");
    assert_eq!(watched.outcome.ending, Ending::Promoted);
}

#[test]
fn its_pods_have_traffic_from_a_service_that_selects_no_hash_and_from_no_other() {
    let experiment = format!("{{ duration: 1m, scaleDownDelaySeconds: 0, {TWO_PODS} }}");
    let endpoints = |watched: &Watched| times(watched, of_pods(&its_pods(watched), joined)).len();
    // Two Services select them by the labels of the Rollout: each lists both.
    assert_eq!(endpoints(&plain(&experiment)), 4);
    let switched = Story {
        services: "stableService: web\n      canaryService: web-canary",
        ..Story::of(&experiment)
    };
    assert_eq!(endpoints(&switched.watch()), 0);
}

#[test]
fn an_experiment_whose_analysis_fails_aborts_the_rollout() {
    let watched = plain(&format!(
        "{{ duration: 5m, {TWO_PODS}, analyses: [{{ name: judge, templateName: never }}] }}"
    ));
    let over = ended(&watched, Judgement::Failed);
    let aborted = only(&times(&watched, |it| matches!(it, Happening::Aborted(_))));
    let waited = seconds(over, aborted);
    assert!((0.0..=1.0).contains(&waited), "{waited} s");
    assert_eq!(watched.outcome.ending, Ending::RolledBack);
    let why = &watched.outcome.why;
    assert!(why.contains("analysis of an experiment"), "{why}");
    // Its pods stay for the default delay of 30 s, counted from a whole second.
    let pods = its_pods(&watched);
    let gone = times(&watched, of_pods(&pods, terminated));
    assert_eq!(gone.len(), 2);
    let stayed = seconds(over, gone[0]);
    assert!((29.0..=31.0).contains(&stayed), "{stayed} s");
}

#[test]
fn an_abort_by_an_operator_ends_the_experiment() {
    let abort = "[[operator]]\nat = \"2m\"\naction = \"abort\"\n";
    let experiment = format!("{{ duration: 10m, scaleDownDelaySeconds: 0, {TWO_PODS} }}");
    let story = Story {
        operators: abort,
        ..Story::of(&experiment)
    };
    let watched = story.watch();
    let aborted = only(&times(&watched, |it| matches!(it, Happening::Aborted(_))));
    let acted = only(&times(&watched, |it| matches!(it, Happening::Operated(0))));
    assert_eq!(aborted, acted);
    // What is told to end ends well; only its Rollout knows better.
    let over = ended(&watched, Judgement::Successful);
    let waited = seconds(aborted, over);
    assert!((0.0..=2.0).contains(&waited), "{waited} s");
    let pods = its_pods(&watched);
    assert_eq!(times(&watched, of_pods(&pods, terminated)).len(), 2);
    let steps = times(&watched, |it| matches!(it, Happening::StepReached(_, 1)));
    assert!(steps.is_empty(), "{steps:?}");
    assert_eq!(watched.outcome.ending, Ending::RolledBack);
    assert_eq!(watched.outcome.why, "aborted by hand");
}

#[test]
fn an_experiment_whose_pods_do_not_come_aborts_the_rollout_at_its_deadline() {
    let experiment = format!("{{ duration: 5m, {TWO_PODS} }}");
    let slow = Story {
        start_up: "10m",
        ..Story::of(&experiment)
    };
    let watched = slow.watch();
    let over = ended(&watched, Judgement::Failed);
    // `progressDeadlineSeconds: 60` counts from the whole second in which both pods were counted.
    let pods = its_pods(&watched);
    let created = times(
        &watched,
        |it| matches!(it, Happening::PodCreated(pod, _) if pods.contains(pod)),
    );
    let waited = seconds(created[1], over);
    assert!((59.0..=61.0).contains(&waited), "{waited} s");
    assert_eq!(watched.outcome.ending, Ending::RolledBack);
    assert_eq!(
        watched.outcome.why,
        "aborted by experiment of step 1: pods of template `new` were not available in time"
    );
}

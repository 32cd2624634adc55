//! Restarting the pods of Rollouts in whole runs (reference progressive-delivery.md §1.1, upstream
//! `rollout/restart.go`): every old pod goes, a few at a time, whatever budgets say meanwhile.

use rollcast::facts::Happening;
use rollcast::ids::PodId;
use rollcast::metrics::Ending;
use rollcast::sim::Watched;
use rollcast::units::{SimDuration, SimTime};

use crate::whole_runs::{self, written};

const BLUE_GREEN: &str = "blueGreen: { activeService: web, scaleDownDelaySeconds: 60 }";
const CANARY: &str = "canary: { maxUnavailable: 0, maxSurge: 1 }";
/// When the person restarts.
const RESTART: SimTime = SimTime::from_secs(60);

/// Four pods under this strategy; they start in 2 s and end 5 s after their deletion. `more` are
/// manifests beside it, `release` is when a new version is applied.
fn watch((strategy, more): (&str, &str), release: &str) -> Watched {
    let manifest = format!(
        r"apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{ name: web }}
spec:
  replicas: 4
  strategy: {{ {strategy} }}
  selector: {{ matchLabels: {{ app: web }} }}
  template:
    metadata: {{ labels: {{ app: web }} }}
    spec:
      containers:
        - name: web
          image: web:1
          readinessProbe: {{ httpGet: {{ path: /, port: 8080 }}, periodSeconds: 1 }}
          lifecycle: {{ preStop: {{ sleep: {{ seconds: 5 }} }} }}
---
apiVersion: v1
kind: Service
metadata: {{ name: web }}
spec: {{ selector: {{ app: web }}, ports: [{{ port: 80, targetPort: 8080 }}] }}
{more}"
    );
    let scenario = format!(
        r#"name = "restart"
horizon = "10m"
warm-up = "10s"
runs = 2
seed = 3
manifests = ["web.yaml"]
[release]
at = "{release}"
from = {{ web = "web:1" }}
to = {{ web = "web:2" }}
[traffic.web]
arrivals.poisson = {{ rate = "1/s" }}
users = {{ count = 10 }}
[image."web:1"]
start-up = "2s"
service-time = "5ms"
concurrency = 8
[image."web:2"]
like = "web:1"
[[operator]]
at = "60s"
action = "restart"
[[variant]]
name = "as is"
"#
    );
    whole_runs::watch(&written(&scenario, &manifest).scenario, "as is", 0)
}

/// When pods were told to go, in order.
fn evictions(watched: &Watched) -> Vec<(SimTime, PodId)> {
    let noted = watched.recording.noted.iter();
    noted
        .filter_map(|noted| match noted.what {
            Happening::PodTerminating(pod) => Some((noted.at, pod)),
            _ => None,
        })
        .collect()
}

/// Fewest pods that were ever ready and not on their way out.
fn fewest_ready(watched: &Watched) -> usize {
    fewest_ready_until(watched, SimTime::NEVER)
}

/// The same until the release, say, which has a limit of its own.
fn fewest_ready_until(watched: &Watched, end: SimTime) -> usize {
    let mut ready = watched.recording.settled.clone();
    let mut fewest = ready.len();
    let noted = watched.recording.noted.iter();
    for noted in noted.take_while(|noted| noted.at < end) {
        match noted.what {
            Happening::PodReady(pod) => ready.push(pod),
            Happening::PodUnready(pod) | Happening::PodTerminating(pod) => {
                ready.retain(|other| *other != pod);
            }
            _ => {}
        }
        fewest = fewest.min(ready.len());
    }
    fewest
}

/// Whether every pod of t = 0 is gone.
fn all_replaced(watched: &Watched) -> bool {
    let gone = evictions(watched);
    let settled = &watched.recording.settled;
    settled
        .iter()
        .all(|old| gone.iter().any(|(_, pod)| pod == old))
}

/// 25 % of four pods, rounded down, is one; a canary's 0 is one all the same: one pod at a time, the
/// next when the one in its place is available, three at least.
fn check_one_by_one(name: &str, strategy: &str) {
    let watched = watch((strategy, ""), "9m59s");
    let gone = evictions(&watched);
    let before: Vec<_> = gone
        .iter()
        .filter(|(at, _)| *at < SimTime::from_secs(599))
        .collect();
    assert_eq!(before.len(), 4, "{name}: {before:?}");
    assert!(all_replaced(&watched), "{name}");
    assert_eq!(fewest_ready(&watched), 3, "{name}");
    assert!(
        before[0].0 > RESTART && before[0].0 < RESTART + SimDuration::from_secs(2),
        "{name}"
    );
    for pair in before.windows(2) {
        let waited = pair[1].0 - pair[0].0;
        // A pod takes its 2 s to start, and a probe a second to find it.
        assert!(waited > SimDuration::from_secs(2), "{name}: {before:?}");
        assert!(waited < SimDuration::from_secs(10), "{name}: {before:?}");
    }
}

#[test]
fn a_blue_green_rollout_is_restarted_pod_by_pod() {
    check_one_by_one("blue-green", BLUE_GREEN);
}

#[test]
fn a_canary_is_restarted_pod_by_pod_even_if_none_may_be_missing() {
    check_one_by_one("canary", CANARY);
}

#[test]
fn half_of_the_pods_go_at_once_where_half_may_be_missing() {
    let strategy = "canary: { maxUnavailable: '50%' }";
    let watched = watch((strategy, ""), "9m59s");
    let gone = evictions(&watched);
    assert!(all_replaced(&watched));
    assert_eq!(fewest_ready(&watched), 2);
    assert!(gone[1].0 - gone[0].0 < SimDuration::SECOND, "{gone:?}");
    assert!(
        gone[2].0 - gone[1].0 > SimDuration::from_secs(2),
        "{gone:?}"
    );
}

/// The budget keeps three of four: two may be missing for the Rollout, one for the budget.
#[test]
fn a_budget_that_refuses_slows_a_restart_and_never_loses_it() {
    let budget = "---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 3, selector: { matchLabels: { app: web } } }
";
    let strategy = "canary: { maxUnavailable: '50%' }";
    let watched = watch((strategy, budget), "9m59s");
    let gone = evictions(&watched);
    assert!(all_replaced(&watched));
    assert_eq!(fewest_ready_until(&watched, SimTime::from_secs(599)), 3);
    // Refused pods are asked for again 30 s later at the latest, and a second or two for the hops.
    for pair in gone[..4].windows(2) {
        let waited = pair[1].0 - pair[0].0;
        assert!(waited > SimDuration::from_secs(2), "{gone:?}");
        assert!(waited < SimDuration::from_secs(32), "{gone:?}");
    }
}

/// The budget allows nothing while all four pods have to stay; nobody is evicted, and the restart is
/// still open at the horizon.
#[test]
fn a_budget_that_allows_nothing_holds_a_restart_for_ever() {
    let budget = "---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { maxUnavailable: 0, selector: { matchLabels: { app: web } } }
";
    let watched = watch((CANARY, budget), "9m59s");
    let gone = evictions(&watched);
    assert!(
        gone.iter().all(|(at, _)| *at >= SimTime::from_secs(599)),
        "{gone:?}"
    );
}

/// The release comes at 58 s, the restart at 60 s: new pods made before the restart are old, too.
#[test]
fn a_restart_during_an_update_takes_new_pods_too_and_the_update_ends_well() {
    for (name, strategy) in [("update-bg", BLUE_GREEN), ("update-canary", CANARY)] {
        let watched = watch((strategy, ""), "58s");
        assert!(all_replaced(&watched), "{name}");
        assert!(
            fewest_ready(&watched) >= 3,
            "{name}: {}",
            fewest_ready(&watched)
        );
        assert_eq!(watched.outcome.ending, Ending::Promoted, "{name}");
        let created = watched
            .recording
            .noted
            .iter()
            .filter_map(|noted| match noted.what {
                Happening::PodCreated(pod, _) if noted.at < RESTART => Some(pod),
                _ => None,
            });
        let gone = evictions(&watched);
        for pod in created {
            assert!(
                gone.iter().any(|(_, other)| *other == pod),
                "{name}: {pod:?}"
            );
        }
    }
}

/// A new template makes all pods anew: the restart that it overtakes is over (upstream's
/// `resetRolloutStatus`), and no pod of the new version is replaced.
#[test]
fn an_update_overtakes_a_restart() {
    let watched = watch((CANARY, ""), "62s");
    assert!(all_replaced(&watched));
    assert_eq!(
        evictions(&watched).len(),
        4 + made_of_old(&watched),
        "{:?}",
        evictions(&watched)
    );
    assert_eq!(watched.outcome.ending, Ending::Promoted);
}

/// Pods of the old version that were made after t = 0.
fn made_of_old(watched: &Watched) -> usize {
    let made = watched
        .recording
        .noted
        .iter()
        .filter(|noted| match noted.what {
            Happening::PodCreated(pod, _) => watched.recording.revision_of(pod) == 1,
            _ => false,
        });
    made.count()
}

//! Rollouts of Argo in whole runs: the shipped scenarios tell the stories that the reference predicts.

use rollcast::facts::{AnalysisStage, Happening, Judgement, Wait};
use rollcast::metrics::{Ending, Metric};
use rollcast::scenario::Scenario;
use rollcast::sim::Watched;

use crate::whole_runs::{seconds, shipped, times, watch, written};

/// A run in which nothing is wrong with the new version.
fn good_run(scenario: &Scenario, variant: &str) -> Watched {
    let mut runs = (0..100).map(|run| watch(scenario, variant, run));
    let good = runs.find(|watched| watched.truth.real.is_empty());
    good.expect("most runs are good")
}

#[test]
fn the_guides_blue_green_aborts_forty_seconds_after_its_first_query() {
    let watched = good_run(&shipped("guide/blue-green.toml").scenario, "as is");
    let measured = times(&watched, |it| matches!(it, Happening::Measured(..)));
    let aborted = times(&watched, |it| matches!(it, Happening::Aborted(_)));
    // The fifth error in a row exceeds the limit of four; retries come every ten seconds, counted
    // from whole seconds (reference §0.1, §3.1).
    assert_eq!(measured.len(), 5);
    let waited = seconds(measured[0], aborted[0]);
    assert!((39.0..=41.5).contains(&waited), "{waited} s");
    assert_eq!(watched.outcome.ending, Ending::RolledBack);
    assert!(
        watched.outcome.why.contains("finds no series"),
        "{}",
        watched.outcome.why
    );
    // Users never meet the new version.
    assert_eq!(watched.outcome.metrics.get(Metric::UsersExposed), Some(0.0));
}

#[test]
fn with_counters_born_at_zero_it_aborts_at_its_first_query() {
    let scenario = shipped("guide/blue-green.toml").scenario;
    let watched = good_run(&scenario, "as is, counters born at zero");
    let measured = times(&watched, |it| matches!(it, Happening::Measured(..)));
    let aborted = times(&watched, |it| matches!(it, Happening::Aborted(_)));
    assert_eq!(measured.len(), 1);
    assert!(seconds(measured[0], aborted[0]) < 1.0);
    assert!(
        watched.outcome.why.contains("0 / 0"),
        "{}",
        watched.outcome.why
    );
}

#[test]
fn it_waits_for_a_human_and_is_promoted_when_the_human_comes() {
    let scenario = shipped("guide/blue-green.toml").scenario;
    let alone = good_run(&scenario, "with preview traffic");
    let waits = |it: &Happening| matches!(it, Happening::Paused(_, Wait::Human));
    assert_eq!(times(&alone, waits).len(), 1);
    assert_eq!(alone.outcome.ending, Ending::StillGoing);
    assert_eq!(alone.outcome.why, "paused, and nobody promoted it");

    let helped = good_run(&scenario, "with preview traffic, a human promotes");
    let acted = times(&helped, |it| matches!(it, Happening::Operated(_)));
    let switched = times(&helped, |it| matches!(it, Happening::ServiceSwitched(..)));
    let post = AnalysisStage::PostPromotion;
    let judged = times(
        &helped,
        |it| matches!(it, Happening::AnalysisStarted(_, stage) if *stage == post),
    );
    // The preview first, then the active Service within two hops of the controller.
    assert_eq!((acted.len(), switched.len(), judged.len()), (1, 2, 1));
    assert!(seconds(acted[0], switched[1]) < 0.5);
    assert!(switched[1] < judged[0]);
    assert_eq!(helped.outcome.ending, Ending::Promoted);
}

#[test]
fn a_canary_takes_its_pauses_and_the_starts_of_its_pods() {
    let scenario = shipped("guide/canary-timeline.toml").scenario;
    let watched = good_run(&scenario, "a router splits, nobody judges");
    let weights: Vec<u32> = (watched.recording.noted.iter())
        .filter_map(|noted| match noted.what {
            Happening::WeightSet(_, weight) => Some(weight),
            _ => None,
        })
        .collect();
    assert_eq!(weights, [10, 20, 30, 50, 100, 0]);
    // Five pauses of 300 s, each up to a second shorter for its whole-second start, and four waits
    // for pods: 10 %, 20 %, 50 % and 100 % of six need 1, 2, 3 and 6 (30 % needs no more than 20 %).
    let took = watched.outcome.metrics.get(Metric::RolloutSeconds);
    let took = took.expect("it was promoted");
    assert!(
        (1495.0 + 4.0 * 10.0..1500.0 + 4.0 * 60.0).contains(&took),
        "{took} s"
    );
}

#[test]
fn a_background_analysis_gives_a_bad_canary_up() {
    let scenario = shipped("guide/canary-timeline.toml").scenario;
    let judged = "a router splits, an analysis judges";
    let mut runs = (0..100).map(|run| watch(&scenario, judged, run));
    // The first risk: some requests fail; among its runs one that fails clearly.
    let bad = runs.find(|it| {
        let failed = |noted: &rollcast::facts::Noted| {
            matches!(noted.what, Happening::AnalysisEnded(_, Judgement::Failed))
        };
        it.recording.noted.iter().any(failed)
    });
    let bad = bad.expect("a tenth of the runs fails up to a fifth of its requests");
    assert!(!bad.truth.real.is_empty(), "a good version is not given up");
    assert_eq!(bad.outcome.ending, Ending::RolledBack);
    assert!(bad.outcome.alarmed);
    // Three misses at a minute's interval are one too many for a limit of two (reference §3.3); the
    // window of two minutes fills meanwhile.
    let detection = bad.outcome.metrics.get(Metric::DetectionSeconds);
    let detection = detection.expect("it was noticed");
    assert!((60.0..=900.0).contains(&detection), "{detection} s");
    assert!(
        bad.outcome.why.contains("out of bounds"),
        "{}",
        bad.outcome.why
    );
}

/// The first run whose version crashes on start.
fn crashing_run(scenario: &Scenario, variant: &str) -> Watched {
    let mut runs = (0..20).map(|run| watch(scenario, variant, run));
    let bad = runs.find(|watched| !watched.truth.real.is_empty());
    bad.expect("half of the runs crash")
}

#[test]
fn an_abort_by_the_progress_deadline_says_which_deadline_and_which_set() {
    let scenario = shipped("questions/deadline.toml").scenario;
    let missed = |seconds| {
        format!(
            "aborted by the progress deadline: the ReplicaSet of revision 2 did not become ready, \
             with no progress for {seconds} s (progressDeadlineSeconds)"
        )
    };
    // 600 s is the default of the field; 60 s is written in the scenario.
    let crashed = crashing_run(&scenario, "progressDeadlineAbort");
    assert_eq!(crashed.outcome.why, missed(600));
    let slow = good_run(&scenario, "a minute, and it starts in two");
    assert_eq!(slow.outcome.why, missed(60));
}

#[test]
fn an_abort_by_hand_is_not_the_deadlines_unless_that_aborts_again() {
    let text = include_str!("../../scenarios/questions/deadline.toml")
        .replace("manifests/canary-web.yaml", "web.yaml");
    let manifest = include_str!("../../scenarios/questions/manifests/canary-web.yaml");
    let deed = |at, action| format!("\n[[operator]]\nat = \"{at}\"\naction = \"{action}\"\n");
    let by_hand = text + &deed("1m", "abort");
    let why = |text: &str| {
        let scenario = written(text, manifest).scenario;
        crashing_run(&scenario, "progressDeadlineAbort").outcome.why
    };
    assert_eq!(why(&by_hand), "aborted by hand");
    let retried = by_hand + &deed("2m", "retry");
    let told = why(&retried);
    assert!(
        told.starts_with("aborted by the progress deadline"),
        "{told}"
    );
}

#[test]
fn a_deadline_that_aborts_can_notice_and_one_that_reports_cannot() {
    let scenario = shipped("questions/deadline.toml").scenario;
    let notices: Vec<bool> = scenario.variants.iter().map(|it| it.can_notice()).collect();
    assert_eq!(notices, [false, true, true]);
}

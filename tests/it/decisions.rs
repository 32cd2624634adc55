//! What is made of alarms and aborts: shares, gates, words and tables, on made-up outcomes.

use rollcast::experiment::{
    Decisions, GateVerdict, Job, Plan, Results, ShareEstimate, World, compare,
};
use rollcast::images::Risk;
use rollcast::laws::Law;
use rollcast::metrics::{Decision, Ending, Metric, RunOutcome};
use rollcast::report::{from_json, to_csv, to_html, to_json, to_text, to_text_within};
use rollcast::scenario::{
    Bound, Comparison, Gate, Measure, OnCall, OnCallAction, Scenario, Statistic, Subject,
};

use crate::synthetic::{self, NAMES};

/// Wrong answers (10 %: runs 3, 13, 23, 33 of 40), four times slower (20 %: those that end in 6 or
/// 9), nothing wrong (28 runs). Nobody watches the first of three variants.
fn scenario() -> Scenario {
    let mut scenario = synthetic::scenario(3);
    scenario.truths.risks.push(Risk {
        name: "four times slower".to_owned(),
        chance: "20%".parse().unwrap(),
        independent: false,
        differences: Default::default(),
    });
    for variant in &mut scenario.variants[1..] {
        variant.on_call = Some(OnCall {
            alerts: Vec::new(),
            notice: Law::Constant(60.0),
            act: Law::Constant(60.0),
            action: OnCallAction::Undo,
        });
    }
    scenario.gates = gates();
    scenario
}

fn gates() -> Vec<Gate> {
    let decision = |variant, decision, comparison, value: f64| Gate {
        subject: variant,
        measure: Measure::Decision(decision),
        text: format!("mean {comparison:?} {value}"),
        bound: Bound {
            statistic: Statistic::Mean,
            comparison,
            value,
        },
    };
    let seconds = |variant, statistic, value: f64| Gate {
        subject: Subject::Variant(variant),
        measure: Measure::Metric {
            metric: Metric::DetectionSeconds,
            excess: false,
        },
        text: format!("{statistic:?} AtMost {value}"),
        bound: Bound {
            statistic,
            comparison: Comparison::AtMost,
            value,
        },
    };
    use Comparison::{AtLeast, AtMost, Less};
    use Decision::{Detected, FalseAlarm, Missed};
    use Subject::{Difference, Variant};
    vec![
        decision(Variant(1), FalseAlarm, AtMost, 0.15),
        decision(Variant(1), Detected, AtLeast, 0.9),
        decision(Variant(2), Missed, AtMost, 0.4),
        decision(Difference(2, 1), FalseAlarm, Less, 0.0),
        seconds(2, Statistic::P50, 60.0),
        seconds(1, Statistic::P50, 50.0),
        seconds(1, Statistic::Mean, 300.0),
    ]
}

/// The second variant notices wrong answers in every run (after 30 s + the run's number) and a
/// slow version in none; the third all wrong answers but those of run 33, slow ones in runs 6, 9
/// and 16 (after 100 s + the run's number), and it cries wolf in runs 0, 10, 20 and 30. A
/// hundredth of a percent of the users is hurt in each second until then. Who is noticed is rolled
/// back; who is not is promoted, but for run 9, which gets stuck.
fn simulate(job: &Job<'_>) -> RunOutcome {
    let mut outcome = synthetic::simulate(job);
    let run = job.run.index();
    outcome.truth = match run % 10 {
        3 => 1,
        6 | 9 => 2,
        _ => 0,
    };
    outcome.ending = if run == 9 {
        Ending::Stuck
    } else {
        Ending::Promoted
    };
    outcome.why = String::new();
    let number = NAMES.iter().position(|name| *name == job.variant.name);
    let seconds = match (number, outcome.truth) {
        _ if job.world == World::Standing => None,
        (Some(1), 1) => Some(30 + run),
        (Some(2), 1) => (run != 33).then_some(30 + run),
        (Some(2), 2) => [6, 9, 16].contains(&run).then_some(100 + run),
        (Some(2), 0) => run.is_multiple_of(10).then_some(50),
        _ => None,
    };
    if let Some(seconds) = seconds.map(|it| it as f64) {
        outcome.alarmed = true;
        outcome.ending = Ending::RolledBack;
        let metrics = &mut outcome.metrics;
        metrics.set(Metric::UsersAffectedBeforeAlarm, seconds / 10_000.0);
        if outcome.truth > 0 {
            metrics.set(Metric::DetectionSeconds, seconds);
        }
    }
    outcome
}

fn results() -> Results {
    let plan = Plan {
        runs: 40,
        threads: Some(2),
    };
    compare(&scenario(), plan, simulate, |_, _| {})
        .unwrap()
        .results
}

fn decisions(results: &Results, variant: usize) -> &Decisions {
    results.variants[variant].decisions.as_ref().unwrap()
}

/// Mean, low and high with four decimals, and runs.
fn told(share: Option<&ShareEstimate>) -> String {
    let it = share.unwrap();
    format!("{:.4} {:.4} {:.4} {}", it.mean, it.low, it.high, it.runs)
}

#[test]
fn shares_are_of_the_runs_that_can_say_and_count_truths_by_their_chance() {
    let results = results();
    let all = |variant| Decision::ALL.map(|it| told(decisions(&results, variant).share(it)));
    // Wilson at z = 1.959964, z² = 3.841459. Of 12 bad runs, weighted 0.1 : 0.2, the second
    // detects (0.1 · 1 + 0.2 · 0) / 0.3: middle (0.3333 + 0.160061) / 1.320122 = 0.373749, half
    // 1.959964 · √(0.2222/12 + 3.841459/576) / 1.320122 = 0.235628. Missed and promoted: 7 of 8
    // slow runs, 0.2 · 0.875 / 0.3 = 0.583333: middle 0.563125, half 0.243614. No false alarm in
    // 28 runs: up to 3.841459 / 31.841459.
    let second = ["0.3333 0.1381 0.6094 12", "0.6667 0.3906 0.8619 12"];
    assert_eq!(all(1)[..2], second);
    assert_eq!(
        all(1)[2..],
        ["0.5833 0.3195 0.8067 12", "0.0000 0.0000 0.1206 28"]
    );
    // (0.1 · 0.75 + 0.2 · 0.375) / 0.3 = 0.5, half 0.246218. The one missed run of wrong answers and
    // five slow ones, none of which is run 9: missed defects are all missed. 4 false alarms of 28:
    // middle (0.142857 + 0.068597) / 1.137195 = 0.185943, half 0.128954.
    let half = "0.5000 0.2538 0.7462 12";
    assert_eq!(all(2), [half, half, half, "0.1429 0.0570 0.3149 28"]);
}

#[test]
fn time_and_harm_are_those_of_detected_runs() {
    let results = results();
    let third = decisions(&results, 2);
    // 33, 43, 53, 106, 109, 116: mean 460 / 6; rank ⌈6 · 0.5⌉ = 3, ⌈6 · 0.95⌉ = 6.
    let seconds = &third.detection_seconds;
    assert!((seconds.mean.unwrap() - 460.0 / 6.0).abs() < 1e-9);
    let quantiles = (seconds.p50, seconds.p95, seconds.runs);
    assert_eq!(quantiles, (Some(53.0), Some(116.0), 6));
    // Users hurt before a false alarm are no harm of a detected defect: the metric has ten runs.
    let users = &third.users_affected_before_alarm;
    assert!((users.mean.unwrap() - 0.046 / 6.0).abs() < 1e-12);
    assert_eq!(users.runs, 6);
    let metric = results.variants[2]
        .metrics
        .of(Metric::UsersAffectedBeforeAlarm);
    assert_eq!(metric.unwrap().runs, 10);
}

#[test]
fn each_risk_has_its_own_numbers() {
    let results = results();
    let [good, wrong, slow] = results.variants[2].by_truth.as_slice() else {
        panic!("three truths were met");
    };
    // 4 of 28, as above; 3 of 4: middle (0.75 + 0.480182) / 1.960365, half 0.326885; 3 of 8: middle
    // (0.375 + 0.240091) / 1.480182 = 0.415551, half 0.278707.
    assert_eq!(told(good.alarmed.as_ref()), "0.1429 0.0570 0.3149 28");
    assert_eq!(told(wrong.alarmed.as_ref()), "0.7500 0.3006 0.9544 4");
    assert_eq!(told(slow.alarmed.as_ref()), "0.3750 0.1368 0.6943 8");
    assert_eq!(good.missed_defect, None);
    assert_eq!(wrong.missed_defect.unwrap().mean, 0.25);
    let median = |truth: &rollcast::experiment::TruthResults| {
        truth.metrics.of(Metric::DetectionSeconds).unwrap().p50
    };
    assert_eq!(
        (median(good), median(wrong), median(slow)),
        (None, Some(43.0), Some(109.0))
    );
    let twin = wrong.metrics.excess_of(Metric::DetectionSeconds);
    assert_eq!(twin, None);
}

#[test]
fn where_nobody_could_notice_nothing_is_kept_or_said() {
    let results = results();
    let blind = &results.variants[0];
    assert_eq!(blind.decisions, None);
    for truth in &blind.by_truth {
        assert_eq!((truth.alarmed, truth.missed_defect), (None, None));
        assert_eq!(truth.metrics.of(Metric::DetectionSeconds), None);
    }
    let words: Vec<String> = to_text(&results)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    assert!(
        words
            .join(" ")
            .contains("Nobody could notice anything in `as is`.")
    );
    let unwatched = synthetic::compared(3, 1).results;
    assert!(!to_json(&unwatched).contains("decisions"));
    assert!(!to_text(&unwatched).contains("noticed"));
    assert!(!to_html(&unwatched).contains("What was noticed"));
}

#[test]
fn an_alarm_is_told_even_where_nobody_was_known_to_watch() {
    let mut scenario = scenario();
    for variant in &mut scenario.variants {
        variant.on_call = None;
    }
    let plan = Plan {
        runs: 40,
        threads: Some(1),
    };
    let results = compare(&scenario, plan, simulate, |_, _| {})
        .unwrap()
        .results;
    let kept = results.variants.iter().map(|it| it.decisions.is_some());
    assert_eq!(kept.collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn gates_on_decisions_pass_fail_or_stay_undecided() {
    let results = results();
    let told: Vec<(&str, GateVerdict, &str)> = results
        .gates
        .iter()
        .map(|gate| (gate.metric.as_str(), gate.verdict, gate.advice.as_str()))
        .collect();
    use GateVerdict::{Failed, Passed, Undecided};
    let more = "the interval straddles the bound; more runs narrow it";
    assert_eq!(
        told,
        [
            // At most 12 %; at most 61 %; 25 … 75 %.
            ("decision.false_alarm", Passed, ""),
            ("decision.detected", Failed, ""),
            ("decision.missed", Undecided, more),
            // 4 more in 28 paired runs: 0.1429 ± 0.138 (t 2.05 · s 0.3563 / √28).
            ("decision.false_alarm", Failed, ""),
            // The 3rd to the 10th of 12 bad runs: 53 s to never. The 6th is 116 s.
            ("detection_seconds", Undecided, more),
            // The 6th of 12 was never detected, and the 3rd after 53 s.
            ("detection_seconds", Failed, ""),
            (
                "detection_seconds",
                Undecided,
                "8 of 12 runs never got there; ask for a quantile"
            ),
        ]
    );
    assert_eq!(
        (results.gates[4].value, results.gates[4].low),
        (Some(116.0), Some(53.0))
    );
    assert_eq!(
        (results.gates[5].value, results.gates[5].high),
        (None, None)
    );
}

#[test]
fn without_bad_runs_there_is_nothing_to_detect() {
    let good = |job: &Job<'_>| RunOutcome {
        truth: 0,
        ..simulate(job)
    };
    let plan = Plan {
        runs: 3,
        threads: Some(1),
    };
    let results = compare(&scenario(), plan, good, |_, _| {}).unwrap().results;
    let gate = &results.gates[1];
    assert_eq!(gate.verdict, GateVerdict::Undecided);
    let advice = "no run faced a bad version; a `[[risk]]` and enough runs bring some";
    assert_eq!(gate.advice, advice);
    assert_eq!(decisions(&results, 1).detected, None);
    assert!(!to_html(&results).contains("NaN"));
    assert!(to_text(&results).contains("What was noticed"));
}

#[test]
fn the_verdict_names_risks_that_go_unnoticed() {
    let verdict = results().verdict;
    let end = "`recreate` never notices `four times slower` (in 8 runs). `surge 1, unavailable 0` \
               misses `four times slower` in 5 of 8 runs.";
    assert!(verdict.ends_with(end), "{verdict}");
}

#[test]
fn saved_decisions_give_the_same_reports_and_older_files_are_read_without_them() {
    let live = results();
    let saved = from_json(&to_json(&live)).unwrap();
    assert_eq!(saved, live);
    assert_eq!(to_json(&saved), to_json(&live));
    assert_eq!(to_csv(&saved), to_csv(&live));
    assert_eq!(to_text(&saved), to_text(&live));
    assert_eq!(to_html(&saved), to_html(&live));
    let mut older: serde_json::Value = serde_json::from_str(&to_json(&live)).unwrap();
    assert_eq!(older["version"], 1);
    for variant in older["variants"].as_array_mut().unwrap() {
        variant.as_object_mut().unwrap().remove("decisions");
        for truth in variant["by_truth"].as_array_mut().unwrap() {
            let truth = truth.as_object_mut().unwrap();
            truth.remove("alarmed");
            truth.remove("missed_defect");
        }
    }
    let read = from_json(&older.to_string()).unwrap();
    assert!(read.variants.iter().all(|it| it.decisions.is_none()));
    assert!(!to_text(&read).contains("What was noticed"));
}

#[test]
fn decisions_are_lines_of_the_csv() {
    let csv = to_csv(&results());
    let names: Vec<&str> = csv
        .lines()
        .filter(|line| line.starts_with("recreate,,decision."))
        .map(|line| line.split(',').nth(2).unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "decision.detected",
            "decision.missed",
            "decision.missed_defect",
            "decision.false_alarm",
            "decision.detection_seconds",
            "decision.users_affected_before_alarm",
        ]
    );
    assert!(!csv.contains("as is,,decision."));
    let wide = csv.lines().all(|line| line.split(',').count() >= 12);
    assert!(wide, "{csv}");
}

#[test]
fn the_text_says_what_was_noticed() {
    let text = to_text(&results());
    let (_, section) = text.split_once("What was noticed\n").unwrap();
    let (section, _) = section.split_once("\nGates").unwrap();
    insta::assert_snapshot!(section);
    for columns in [80, 100] {
        let text = to_text_within(&results(), columns);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(usize::from(columns)), "{text}");
    }
}

#[test]
fn the_page_shows_a_block_for_each_risk() {
    let page = to_html(&results());
    for text in [
        "<h2>What was noticed</h2>",
        "whatever is wrong <small>12 of 40 runs</small>",
        "wrong answers <small>10 %, 4 runs</small>",
        "four times slower <small>20 %, 8 runs</small>",
        // The second variant misses every slow version: the deepest tint.
        "<td style=\"--tint:60\">100 %<small>88 % promoted</small>",
        "Nobody could notice anything in <b>as is</b>.",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

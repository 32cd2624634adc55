//! Analyses that come out one way whatever the new version does (reference progressive-delivery.md
//! §3.2, §3.3).

use super::finding::Finding;
use super::update::Question;
use crate::control::argo_rollouts::analysis::{ERROR_RETRY, Phase};
use crate::scenario::outlook::Place;
use crate::telemetry::SeriesBirth;
use crate::telemetry::promql::Selection;

/// No number passes.
pub(super) fn never_passes(question: &Question<'_>) -> Option<Finding> {
    let (asked, judge) = (question.asked, &question.asked.judge);
    let phases = judge.of_numbers();
    if !asked.counts() || phases.contains(&Phase::Successful) {
        return None;
    }
    let errors = phases.iter().all(|phase| *phase == Phase::Error);
    let reason = match errors {
        true => "every number is an error: the condition does not fit what the query answers",
        false => "it holds for no number that was tried, from -1 to 1000000000",
    };
    let condition = asked.metric.success.as_deref().unwrap_or_default();
    let message = format!(
        "metric `{}` can never pass: `{condition}`",
        asked.metric.name
    );
    Some(
        Finding::at(asked.at("successCondition"), message)
            .because(reason)
            .cure("correct the condition: a query with series answers a list, `result[0]` is its first"),
    )
}

/// Nothing fails, neither a number nor NaN nor silence.
pub(super) fn never_fails(question: &Question<'_>) -> Option<Finding> {
    let (asked, judge) = (question.asked, &question.asked.judge);
    let mut phases = judge.of_numbers();
    phases.extend([judge.of_nothing(), judge.of_number(f64::NAN)]);
    if !asked.counts() || phases.iter().any(|phase| *phase != Phase::Successful) {
        return None;
    }
    let message = format!("metric `{}` can never fail", asked.metric.name);
    let (steps, reason) = match judge.judges() {
        false => ("name", "without a condition every measurement is a success"),
        true => (
            "successCondition",
            "its conditions pass every number that was tried, NaN and an empty answer too",
        ),
    };
    Some(
        Finding::at(asked.at(steps), message)
            .because(reason)
            .cure("write a `successCondition` that a bad version misses"),
    )
}

/// Whether a selection counts answers of this code, by whichever label says it.
fn counts(selection: &Selection, code: &str) -> bool {
    let mut labels = ["status", "code", "response_code"].into_iter();
    let bounds = |label: &str| selection.labels().any(|own| own == label);
    labels.all(|label| !bounds(label) || selection.admits(label, code))
}

/// Without traffic it passes, so that only traffic makes it worth anything.
pub(super) fn silence_passes(question: &Question<'_>) -> Option<Finding> {
    let (asked, judge) = (question.asked, &question.asked.judge);
    if !asked.counts() || judge.of_nothing() != Phase::Successful || !judge.judges() {
        return None;
    }
    if judge
        .of_numbers()
        .iter()
        .all(|phase| *phase == Phase::Successful)
    {
        return None;
    }
    let share = asked.query.share()?;
    let of_good = counts(&share.part, "200") && !counts(&share.part, "500");
    if question.update.variant.telemetry.birth == SeriesBirth::Start || !of_good {
        return None;
    }
    let message = format!("metric `{}` passes an empty answer", asked.metric.name);
    Some(
        Finding::at(asked.at("successCondition"), message)
            .because(
                "where every request fails no good one was ever counted: the query finds nothing, \
                 and the worst version passes",
            )
            .cure("let the query answer 0 then: `(… or vector(0)) / …`"),
    )
}

/// A share of failures has no numerator until something fails.
pub(super) fn no_failure_is_no_data(question: &Question<'_>) -> Option<Finding> {
    let asked = question.asked;
    let share = asked.query.share()?;
    let of_failures = !counts(&share.part, "200") && counts(&share.part, "500");
    let late = question.update.variant.telemetry.birth == SeriesBirth::FirstRequest;
    let nothing = asked.judge.of_nothing();
    if !asked.counts() || !of_failures || !late || nothing == Phase::Successful {
        return None;
    }
    let message = format!(
        "metric `{}` has no data as long as no request fails",
        asked.metric.name
    );
    Some(
        Finding::at(asked.at_query(), message)
            .because(match nothing {
                Phase::Error => {
                    "a counter is born at its first failure: the best version is an error"
                }
                _ => "a counter is born at its first failure: the best version fails",
            })
            .cure("let the query answer 0 then: `(… or vector(0)) / …`"),
    )
}

/// A limit that cannot be exceeded.
pub(super) fn limit_above_count(question: &Question<'_>) -> Option<Finding> {
    let (asked, spec) = (question.asked, &question.asked.metric.spec);
    let name = &asked.metric.name;
    if !asked.counts() || spec.successes_needed().is_some() {
        return None;
    }
    let (message, reason) = match (spec.failures_borne(), spec.effective_count()) {
        (None, _) => (
            format!("metric `{name}` bears any number of failures"),
            "`failureLimit` is negative, which means no limit".to_owned(),
        ),
        (Some(limit), Some(count)) if i64::from(limit) >= i64::from(count) => (
            {
                let (measured, failed) = (times(count), times(limit));
                format!("metric `{name}` is measured {measured} and may fail {failed}")
            },
            "a run fails when more fail than may: here it never does".to_owned(),
        ),
        _ => return None,
    };
    Some(
        Finding::at(asked.at("failureLimit"), message)
            .because(reason)
            .cure("let `failureLimit` be less than `count`"),
    )
}

/// All metrics are dry runs.
pub(super) fn only_dry_runs(question: &Question<'_>) -> Option<Finding> {
    let asked = question.asked;
    let mut others = question
        .update
        .asked
        .iter()
        .filter(|one| one.place == asked.place);
    if others.any(|one| one.counts()) {
        return None;
    }
    let message = format!("the {} analysis measures and decides nothing", asked.place);
    Some(
        Finding::at(asked.at("name"), message)
            .because("every metric of it is a `dryRun`")
            .cure("take at least one metric out of `dryRun`"),
    )
}

/// A metric in the background that is measured once, when nothing has come yet.
pub(super) fn background_measures_once(question: &Question<'_>) -> Option<Finding> {
    let (asked, spec) = (question.asked, &question.asked.metric.spec);
    if asked.place != Place::Background || spec.effective_count() != Some(1) {
        return None;
    }
    let message = format!(
        "metric `{}` in the background is measured once",
        asked.metric.name
    );
    Some(
        Finding::at(asked.at("interval"), message)
            .because("nothing watches the steps after that measurement")
            .cure("give it an `interval`"),
    )
}

/// A delay that lasts longer than the steps.
pub(super) fn delayed_beyond_the_end(question: &Question<'_>) -> Option<Finding> {
    let (asked, course) = (question.asked, &question.update.course);
    let delay = asked.metric.spec.initial_delay?;
    let (begins, ends) = (course.begins(asked.place)?, course.promoted?);
    if asked.place != Place::Background || begins + delay.as_secs_f64() < ends {
        return None;
    }
    let left = super::update::told(ends - begins);
    let message = format!(
        "metric `{}` waits {delay} before it measures",
        asked.metric.name
    );
    Some(
        Finding::at(asked.at("initialDelay"), message)
            .because(format!(
                "the steps are over {left} after the analysis has begun"
            ))
            .cure("wait less, or make the steps longer"),
    )
}

/// What becomes of an analysis whose query finds nothing.
pub(super) fn fate_without_data(question: &Question<'_>, phase: Phase) -> String {
    let borne = question.asked.metric.spec.errors_borne();
    match phase {
        Phase::Error => {
            let seconds = u64::from(borne.max(0).unsigned_abs()) * ERROR_RETRY.as_secs();
            format!(
                "every measurement is an error: the {} in a row aborts the update, about {seconds} s \
                 after the first query",
                ordinal(borne + 1)
            )
        }
        Phase::Failed => "every measurement fails, whatever the new version does".to_owned(),
        Phase::Inconclusive => "every measurement is inconclusive: a human has to look".to_owned(),
        _ => "every measurement passes, whatever the new version does".to_owned(),
    }
}

fn ordinal(number: i32) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        4 => "fourth".to_owned(),
        5 => "fifth".to_owned(),
        more => format!("{more}th"),
    }
}

/// `once`, `3 times`.
fn times(count: impl Into<i64>) -> String {
    match count.into() {
        1 => "once".to_owned(),
        many => format!("{many} times"),
    }
}

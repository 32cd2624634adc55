//! Queries, of analyses and of alerts, that look at nothing, or at the wrong time.

use super::finding::Finding;
use super::list::Stage;
use super::update::{Question, told};
use super::verdicts::fate_without_data;
use crate::control::argo_rollouts::analysis::{ERROR_RETRY, Phase};
use crate::document::nearest;
use crate::scenario::outlook::{Place, Scene, SeriesOf, Span, Version};
use crate::telemetry::promql::{Query, Selection};
use crate::telemetry::{FAMILIES, SeriesBirth, Storage};
use crate::traffic::Arrivals;
use crate::units::{SimDuration, SimTime};

/// What is wrong with what a query selects.
struct Nothing {
    message: String,
    cure: String,
}

/// The first selection that selects nothing.
fn selects_nothing(query: &Query, series: &SeriesOf) -> Option<Nothing> {
    query
        .selections()
        .iter()
        .find_map(|one| unexported(one).or_else(|| excluded(one, series)))
}

fn unexported(selection: &Selection) -> Option<Nothing> {
    let name = selection.name.as_deref()?;
    if FAMILIES.iter().any(|family| family.name == name) {
        return None;
    }
    let near = nearest(name, FAMILIES.iter().map(|family| family.name));
    Some(Nothing {
        message: format!("nobody exports `{name}`"),
        cure: match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("ask for one of the metrics there are: {}", names()),
        },
    })
}

fn names() -> String {
    let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    names.join(", ")
}

fn excluded(selection: &Selection, series: &SeriesOf) -> Option<Nothing> {
    let name = selection.name.as_deref()?;
    let label = series.excluding_label(selection)?;
    let values = series.values(label, selection);
    let (message, cure) = match values[..] {
        [] => (
            format!("no series of `{name}` has a label `{label}`"),
            "ask by a label that it has".to_owned(),
        ),
        _ => {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            let values = values.join(", ");
            (
                format!("no series of `{name}` has this `{label}`"),
                format!("its values are {values}"),
            )
        }
    };
    Some(Nothing { message, cure })
}

/// Whether a query has an answer where nothing was ever scraped.
fn answers_nothing(query: &Query) -> bool {
    let answer = query.evaluate(&Storage::default(), SimTime::ZERO, Default::default());
    answer.is_ok_and(|answer| !answer.values().is_empty())
}

/// An analysis that asks for what is not there.
pub(super) fn reads_nothing(question: &Question<'_>) -> Option<Finding> {
    let asked = question.asked;
    let nothing = selects_nothing(&asked.query, &question.update.series)?;
    let reason = match answers_nothing(&asked.query) {
        true => "the query answers as if that were missing for ever".to_owned(),
        false => fate_without_data(question, asked.judge.of_nothing()),
    };
    let message = format!("metric `{}`: {}", asked.metric.name, nothing.message);
    let finding = Finding::at(asked.at_query(), message);
    Some(finding.because(reason).cure(nothing.cure))
}

/// An alert that asks for what is not there.
pub(super) fn alert_reads_nothing(stage: &Stage<'_>) -> Vec<Finding> {
    let series = SeriesOf::variant(stage.variant);
    let finding = |path: String, name: &str, query: &Query| {
        let nothing = selects_nothing(query, &series)?;
        let message = format!("alert `{name}`: {}", nothing.message);
        let reason = match answers_nothing(query) {
            true => "the query answers as if that were missing for ever",
            false => "it never fires",
        };
        Some(
            Finding::at(path, message)
                .because(reason)
                .cure(nothing.cure),
        )
    };
    alerts(stage, finding)
}

/// A range too short for two samples, in an alert.
pub(super) fn alert_range_too_short(stage: &Stage<'_>) -> Vec<Finding> {
    let scrape = stage.variant.telemetry.scrape;
    alerts(stage, |path, name, query| {
        let message = format!("alert `{name}`");
        too_short(query, scrape).map(|(range, reason)| {
            Finding::at(path, format!("{message} looks back {range}"))
                .because(reason)
                .cure(at_least(scrape))
        })
    })
}

/// An alert whose window reaches back before the release tells of the old version.
pub(super) fn alert_waits_longer_than_it_may(stage: &Stage<'_>) -> Vec<Finding> {
    let Some(release) = &stage.variant.release else {
        return Vec::new();
    };
    let left = stage.scenario.horizon.saturating_since(release.at);
    let holds = stage
        .variant
        .on_call
        .iter()
        .flat_map(|on_call| &on_call.alerts);
    let late = holds.enumerate().filter(|(_, alert)| alert.hold >= left);
    late.map(|(index, alert)| {
        let message = format!("alert `{}` has to hold for {}", alert.name, alert.hold);
        Finding::at(format!("scenario:on-call.alert[{index}].for"), message)
            .because(format!(
                "the run ends {left} after the release: it never fires"
            ))
            .cure("a shorter `for`, or a later `horizon`")
    })
    .collect()
}

fn alerts(
    stage: &Stage<'_>,
    mut finding: impl FnMut(String, &str, &Query) -> Option<Finding>,
) -> Vec<Finding> {
    let all = stage
        .variant
        .on_call
        .iter()
        .flat_map(|on_call| &on_call.alerts);
    let found = all.enumerate().filter_map(|(index, alert)| {
        let query: Query = alert.query.parse().ok()?;
        finding(
            format!("scenario:on-call.alert[{index}].query"),
            &alert.name,
            &query,
        )
    });
    found.collect()
}

/// A range in which there are never two samples, and why that matters.
fn too_short(query: &Query, scrape: SimDuration) -> Option<(SimDuration, String)> {
    let selections = query.selections();
    let short = selections.iter().find_map(|selection| {
        let range = selection.range?;
        let needed = scrape * u64::from(selection.samples_least);
        (range < needed).then_some((range, selection.samples_least))
    });
    let (range, samples) = short?;
    let reason = match samples {
        1 => format!("scrapes come every {scrape}: it often holds no sample"),
        _ => format!(
            "scrapes come every {scrape}: a rate needs two of them, and often or always lacks one"
        ),
    };
    Some((range, reason))
}

fn at_least(scrape: SimDuration) -> String {
    format!("look back at least {}, four scrapes", scrape * 4)
}

/// A range too short for two samples.
pub(super) fn range_too_short(question: &Question<'_>) -> Option<Finding> {
    let scrape = question.update.variant.telemetry.scrape;
    let (range, reason) = too_short(&question.asked.query, scrape)?;
    let message = format!("metric `{}` looks back {range}", question.asked.metric.name);
    let finding = Finding::at(question.asked.at_query(), message);
    Some(finding.because(reason).cure(at_least(scrape)))
}

fn highest_rate(arrivals: &Arrivals) -> f64 {
    super::capacity::rate_most(arrivals)
}

fn scene<'u>(question: &Question<'u>) -> Scene<'u> {
    let update = question.update;
    Scene::of(update.variant, update.rollout, &update.course, highest_rate)
}

/// The whole time of a run, in seconds since the release.
const EVER: Span = Span {
    from: f64::NEG_INFINITY,
    to: f64::INFINITY,
};

/// A query over requests through Services that nobody sends any to while the analysis runs.
pub(super) fn nobody_asks(question: &Question<'_>) -> Option<Finding> {
    let (asked, update) = (question.asked, question.update);
    if selects_nothing(&asked.query, &update.series).is_some() {
        return None;
    }
    let scene = scene(question);
    let requests = asked.query.selections();
    let requests: Vec<&Selection> = requests
        .iter()
        .filter(|one| one.name.as_deref() != Some("up"))
        .collect();
    let ends = update.scenario.horizon.as_secs_f64();
    let span = Span { to: ends, ..EVER };
    let none = |selection: &&Selection| {
        let seen = |version| scene.seen((selection, &update.series), version, span);
        seen(Version::Old) + seen(Version::New) == 0.0
    };
    let silent = requests.iter().find(|selection| none(selection))?;
    let services = scene.selected((silent, &update.series), Version::New);
    let names: Vec<String> = services
        .iter()
        .map(|service| format!("`{}`", update.variant.before.services[*service].name))
        .collect();
    let name = names.first()?.trim_matches('`').to_owned();
    let phase = match update.variant.telemetry.birth {
        SeriesBirth::FirstRequest => asked.judge.of_nothing(),
        SeriesBirth::Start => asked.judge.of_number(f64::NAN),
    };
    let message = format!(
        "metric `{}` reads requests through Service {}, where nobody knocks and no router sends anybody",
        asked.metric.name,
        names.join(" and ")
    );
    let data = match update.variant.telemetry.birth {
        SeriesBirth::FirstRequest => "no series is born",
        SeriesBirth::Start => "its series stay at zero, 0 / 0 is NaN",
    };
    Some(
        Finding::at(asked.at_query(), message)
            .because(format!("{data}: {}", fate_without_data(question, phase)))
            .cure(format!(
                "send it traffic, such as testers or a load test with `entry = \"Service/{name}\"`, \
                 or judge what users meet"
            )),
    )
}

/// How far back a question looks.
fn range_of(question: &Question<'_>) -> Option<(f64, Selection)> {
    let selections = question.asked.query.selections();
    let ranged = selections
        .into_iter()
        .filter_map(|one| Some((one.range?.as_secs_f64(), one)));
    ranged.max_by(|one, other| one.0.total_cmp(&other.0))
}

/// When it is first measured.
fn first_measured(question: &Question<'_>) -> Option<f64> {
    let begins = question.update.course.begins(question.asked.place)?;
    let delay = question.asked.metric.spec.initial_delay;
    Some(begins + delay.map_or(0.0, |delay| delay.as_secs_f64()))
}

/// A window that reaches back to before what it is to judge: most of what it holds is old.
pub(super) fn window_holds_the_old_version(question: &Question<'_>) -> Option<Finding> {
    let (asked, update) = (question.asked, question.update);
    let (range, selection) = range_of(question)?;
    let at = first_measured(question)?;
    // What no window has to look back for: a wait for a human may be as long as it likes.
    if asked.place == Place::Background {
        return None;
    }
    let scene = scene(question);
    let seen = |version, span| scene.seen((&selection, &update.series), version, span);
    let span = Span {
        from: at - range,
        to: at,
    };
    let (old, new) = (seen(Version::Old, span), seen(Version::New, span));
    let fresh = Span {
        from: at - 1.0,
        to: at,
    };
    let mixed = seen(Version::Old, fresh) > 0.0;
    if mixed || old <= 0.0 || old < 0.1 * (old + new) {
        return None;
    }
    let message = format!(
        "metric `{}` looks back {} and is first measured {} after the new version is asked",
        asked.metric.name,
        told(range),
        told(since_new(&scene, (&selection, &update.series), at))
    );
    let share = 100.0 * old / (old + new);
    Some(
        Finding::at(asked.at_query(), message)
            .because(format!(
                "{share:.0} % of the requests it then looks at were answered by the old version"
            ))
            .cure("measure later (`initialDelay`), look back less, or ask by `rollouts_pod_template_hash`"),
    )
}

fn since_new(scene: &Scene<'_>, selected: (&Selection, &SeriesOf), at: f64) -> f64 {
    let services = scene.selected(selected, Version::New);
    // The first request to the new version comes at some move before.
    let moves = scene.course.stretches.iter().map(|stretch| stretch.from);
    let mut served = moves.filter(|from| {
        services
            .iter()
            .any(|service| scene.rate(*service, Version::New, *from) > 0.0)
    });
    served.next().map_or(0.0, |first| (at - first).max(0.0))
}

/// A query over both versions: the share of the new one bounds what it can see.
pub(super) fn versions_are_mixed(question: &Question<'_>) -> Option<Finding> {
    let (asked, update) = (question.asked, question.update);
    let selection = asked.query.share()?.whole;
    let scene = scene(question);
    let begins = update.course.begins(asked.place)?;
    let ends = update.course.promoted.unwrap_or(f64::INFINITY);
    let moves = update.course.stretches.iter().map(|stretch| stretch.from);
    let moves = moves.filter(|at| (begins..ends).contains(at));
    let shares = moves.filter_map(|at| {
        let span = Span {
            from: at,
            to: at + 1.0,
        };
        let seen = |version| scene.seen((&selection, &update.series), version, span);
        let (old, new) = (seen(Version::Old), seen(Version::New));
        (old > 0.0 && new > 0.0).then(|| new / (old + new))
    });
    let least = shares.min_by(f64::total_cmp)?;
    let message = format!(
        "metric `{}` does not tell new pods from old ones",
        asked.metric.name
    );
    Some(
        Finding::at(asked.at_query(), message)
            .because(format!(
                "at first {:.0} % of what it looks at are the new version's requests: a share of \
                 failures of 10 % shows as {:.1} %",
                100.0 * least,
                10.0 * least
            ))
            .cure("ask for the new pods alone, by `rollouts_pod_template_hash`"),
    )
}

/// A window longer than the steps it judges.
pub(super) fn window_longer_than_steps(question: &Question<'_>) -> Option<Finding> {
    let (asked, update) = (question.asked, question.update);
    let (range, _) = range_of(question)?;
    if asked.place != Place::Background {
        return None;
    }
    let begins = update.course.begins(asked.place)?;
    let ends = update.course.promoted?;
    let moves = update.course.stretches.iter().filter(|one| one.share > 0.0);
    let mut edges: Vec<f64> = moves
        .map(|one| one.from)
        .filter(|at| *at >= begins)
        .collect();
    edges.push(ends);
    let lengths = edges.windows(2).map(|pair| pair[1] - pair[0]);
    let shortest = lengths
        .filter(|length| *length > 1.0)
        .min_by(f64::total_cmp)?;
    if range <= shortest {
        return None;
    }
    let message = format!(
        "metric `{}` looks back {}, the shortest step takes {}",
        asked.metric.name,
        told(range),
        told(shortest)
    );
    Some(
        Finding::at(asked.at_query(), message)
            .because("it judges what came at earlier weights, and a step is over before it shows")
            .cure("look back no longer than a step takes"),
    )
}

/// An analysis that begins before anybody meets the new version.
pub(super) fn asked_before_traffic(question: &Question<'_>) -> Option<Finding> {
    let (asked, update) = (question.asked, question.update);
    let birth = update.variant.telemetry.birth;
    if asked.judge.of_nothing() != Phase::Error || birth == SeriesBirth::Start {
        return None;
    }
    let (_, selection) = range_of(question)?;
    let scene = scene(question);
    let at = first_measured(question)?;
    let everything = Span { to: at, ..EVER };
    let selected = (&selection, &update.series);
    if scene.seen(selected, Version::Old, everything) > 0.0 {
        return None;
    }
    let services = scene.selected(selected, Version::New);
    let first = scene.first_of_new(&services)?;
    let scrape = update.variant.telemetry.scrape.as_secs_f64();
    // The newest of the scrapes that a rate needs, by the luckiest phase.
    let shown = first + scrape * f64::from(selection.samples_least - 1);
    let borne = asked.metric.spec.errors_borne().max(0).unsigned_abs();
    let patience = f64::from(borne) * ERROR_RETRY.as_secs_f64();
    if at + patience >= shown {
        return None;
    }
    let message = format!(
        "metric `{}` is first measured {} before there is anything to see",
        asked.metric.name,
        told(shown - at)
    );
    Some(
        Finding::at(asked.at_query(), message)
            .because(fate_without_data(question, Phase::Error))
            .cure("begin later: `startingStep`, `initialDelay`, or a condition that bears `len(result) == 0`"),
    )
}
